"""What a look into the DNS proves, when it is looked at again, and what keeps a domain from being removed."""

from datetime import timedelta
from uuid import UUID

import pytest

from tenantry.domain.domains import (
    LAPSE,
    WAITS,
    WEEK,
    Answer,
    Hindrance,
    Look,
    Method,
    Outcome,
    Said,
    Uses,
    after_look,
    can_force,
    candidates,
    hindrances,
    judge,
    parents,
    records,
    rename_all,
)
from tests.cast import NOW

TOKEN = "mfrggzdfmztwq2lknnwg23tpobyxe43u"
TXT, MX = records(TOKEN)
SPF = "v=spf1 -all"


def said(*txt: str, server: str = "ns1.contoso.dk", answer: Answer = Answer.RECORDS, mx: str = "") -> Said:
    return Said(server, "192.0.2.1", answer, txt, ((32767, mx),) if mx else ())


def outcome(*answers: Said, failure: Outcome | None = None) -> Outcome:
    return judge(Look(answers, failure), TOKEN).outcome


def test_the_records_are_what_a_host_asks_for() -> None:
    assert (TXT.host, TXT.value, TXT.ttl) == ("@", f"tenantry-verification={TOKEN}", 3600)
    assert (MX.host, MX.value, MX.priority) == ("@", f"{TOKEN}.verify.invalid", 32767)


@pytest.mark.parametrize("text", [TXT.value, f' "{TXT.value}" ', TXT.value.upper()])
def test_the_value_at_all_servers_proves(text: str) -> None:
    verdict = judge(Look((said(SPF, text), said(text, server="ns2.contoso.dk"))), TOKEN)
    assert (verdict.outcome, verdict.method) == (Outcome.PROVEN, Method.TXT)


def test_a_mail_server_of_that_name_proves() -> None:
    assert judge(Look((said(mx=f"{MX.value.upper()}."),)), TOKEN).method is Method.MX


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ((said(SPF),), Outcome.MISSING),
        ((said(TOKEN),), Outcome.WITHOUT_PREFIX),
        ((said("tenantry-verification=other"),), Outcome.OTHER_VALUE),
        ((said(mx=f"{MX.value}.contoso.dk"),), Outcome.OTHER_VALUE),
        ((said(f"{TXT.value}x"),), Outcome.OTHER_VALUE),
        ((said(TXT.value), said(server="ns2.contoso.dk")), Outcome.DISAGREE),
        ((said(TXT.value), said(server="ns2.contoso.dk", answer=Answer.NO_DOMAIN)), Outcome.DISAGREE),
        ((said(TXT.value), said(server="ns1.contoso.dk")), Outcome.DISAGREE),
        ((said(TXT.value), said(server="ns2.contoso.dk", answer=Answer.SILENT)), Outcome.UNREACHABLE),
        ((said(TXT.value), said(server="ns2.contoso.dk", answer=Answer.LAME)), Outcome.UNREACHABLE),
        ((said(answer=Answer.NO_DOMAIN),), Outcome.NO_DOMAIN),
        ((said(answer=Answer.ALIAS),), Outcome.ALIAS),
        ((said(answer=Answer.SILENT),), Outcome.UNREACHABLE),
        ((said(answer=Answer.PRIVATE),), Outcome.PRIVATE),
        ((), Outcome.UNREACHABLE),
    ],
)
def test_anything_else_says_why_not(answers: tuple[Said, ...], wanted: Outcome) -> None:
    assert outcome(*answers) is wanted


def test_a_third_server_may_be_away() -> None:
    two = said(TXT.value), said(TXT.value, server="ns2.contoso.dk")
    assert outcome(*two, said(server="ns3.contoso.dk", answer=Answer.SILENT)) is Outcome.PROVEN


def test_where_there_are_no_answers_the_failure_is_told() -> None:
    assert outcome(said(TXT.value), failure=Outcome.INSECURE) is Outcome.INSECURE


def test_it_is_looked_for_ever_more_rarely_and_in_the_end_only_when_asked() -> None:
    tries, waits = 0, []
    while (after := after_look(proven=False, outcome=Outcome.MISSING, tries=tries, now=NOW)).check_at:
        waits.append(after.check_at - NOW)
        tries = after.tries
    assert waits == sorted(waits) == list(WAITS)
    assert sum(waits, timedelta()) > timedelta(days=13)


def test_a_proof_is_looked_at_every_week_and_lapses_after_some_days_in_a_row() -> None:
    seen = after_look(proven=True, outcome=Outcome.PROVEN, tries=2, now=NOW)
    assert (seen.tries, seen.check_at, seen.lapsed) == (0, NOW + WEEK, False)
    after, lapsed = seen, []
    for _ in range(LAPSE):
        after = after_look(proven=True, outcome=Outcome.MISSING, tries=after.tries, now=NOW)
        lapsed.append(after.lapsed)
        assert after.check_at == NOW + timedelta(days=1)
    assert lapsed == [False] * (LAPSE - 1) + [True]


def test_the_parents_of_a_name_end_before_its_top() -> None:
    assert parents("a.b.contoso.dk") == ("b.contoso.dk", "contoso.dk")
    assert parents("contoso.dk") == ()


def test_only_people_and_few_can_be_done_away_with_by_force() -> None:
    assert hindrances(Uses()) == ()
    assert can_force(Uses(people=1000))
    assert not can_force(Uses(people=1001))
    assert not can_force(Uses())
    everything = Uses(is_initial=True, is_default=True, own=True, below=("b.contoso.dk",), people=1)
    assert hindrances(everything) == tuple(Hindrance)
    for one in (Uses(is_initial=True, people=1), Uses(is_default=True, people=1), Uses(own=True, people=1)):
        assert not can_force(one)


def test_people_keep_the_part_before_the_at_unless_it_is_taken() -> None:
    ids = [UUID(int=number) for number in (1, 2, 3)]
    names = dict(zip(ids, ["Ib@old.dk", "bo@old.dk", "x" * 50 + "@old.dk"], strict=True))
    taken = {"bo@new.dk", "x" * 50 + "@new.dk"}
    renamed = rename_all(names, "new.dk", taken)
    assert [renamed[one] for one in ids] == ["Ib@new.dk", "bo.00000002@new.dk", "x" * 41 + ".00000003@new.dk"]
    assert {name.casefold() for name in renamed.values()} <= candidates(names, "new.dk")
