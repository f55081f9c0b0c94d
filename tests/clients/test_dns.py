"""The DNS asked for real: Knot and unbound on the loopback, and a server that means no good."""

import time
from dataclasses import replace

import pytest

from tenantry.clients.dns import LONGEST, MOST_VALUES, Ways, is_public, look
from tenantry.domain.domains import Answer, Look, Method, Outcome, judge
from tests.clients.nameservers import EVIL, ONE, SIX, TOKEN, TWO, VALUE, Knot


def outcome(found: Look) -> Outcome:
    return judge(found, TOKEN).outcome


async def test_every_server_is_asked_by_both_families(ways: Ways, knot: Knot) -> None:
    found = await look("plain.example", ways)
    asked = {(said.server, said.address) for said in found.said}
    six = {("ns1.plain.example", SIX)} if knot.six else set()
    assert asked - {("ns1.plain.example", SIX)} | six == {
        ("ns1.plain.example", ONE),
        ("ns2.plain.example", TWO),
        *six,
    }
    assert {said.txt for said in found.said if said.answer is Answer.RECORDS} == {(VALUE, "v=spf1 -all")}
    assert outcome(found) is Outcome.PROVEN


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("none.example", Outcome.MISSING),
        ("nosuch.example", Outcome.NO_DOMAIN),
        ("deep.nosuch.example", Outcome.NO_DOMAIN),
        ("www.plain.example", Outcome.ALIAS),
        ("sub.plain.example", Outcome.MISSING),
        ("big.example", Outcome.PROVEN),
        ("split.example", Outcome.DISAGREE),
        ("silent.example", Outcome.UNREACHABLE),
        ("lame.example", Outcome.UNREACHABLE),
        ("liar.example", Outcome.MISSING),
        ("drip.example", Outcome.UNREACHABLE),
        ("alias.loop.example", Outcome.ALIAS),
        ("a.b.c.d.e.f.loop.example", Outcome.UNREACHABLE),
        ("nobody.knows", Outcome.UNREACHABLE),
    ],
)
async def test_what_is_found_says_what_is_the_matter(name: str, wanted: Outcome, ways: Ways) -> None:
    begun = time.monotonic()
    assert outcome(await look(name, ways)) is wanted
    assert time.monotonic() - begun < 10 * ways.patience


async def test_a_mail_server_proves_where_a_host_has_no_txt(ways: Ways) -> None:
    assert judge(await look("mail.example", ways), TOKEN).method is Method.MX


async def test_of_a_huge_answer_a_little_is_kept_and_the_value_is_in_it(ways: Ways) -> None:
    found = await look("huge.example", ways)
    (said,) = found.said
    assert (said.address, outcome(found)) == (EVIL, Outcome.PROVEN)
    assert len(said.txt) == MOST_VALUES
    assert max(map(len, said.txt)) == LONGEST


async def test_a_domain_that_is_too_new_for_the_resolver_is_found_from_above(ways: Ways) -> None:
    """The resolver knows only up.example, which leads further down to where the name is refused."""
    found = await look("new.up.example", ways)
    assert [(said.server, said.address) for said in found.said] == [("ns.new.up.example", ONE)]


async def test_servers_that_are_not_of_the_internet_are_not_asked(ways: Ways) -> None:
    found = await look("plain.example", replace(ways, allow_private=False))
    assert {said.answer for said in found.said} == {Answer.PRIVATE}
    assert outcome(found) is Outcome.PRIVATE


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
        *((address, False) for address in ("10.1.2.3", "127.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1")),
        *((address, False) for address in ("0.0.0.0", "255.255.255.255", "::1", "fe80::1", "fd00::1", "ff02::1")),
        *((address, False) for address in ("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::")),
    ],
)
def test_addresses_of_this_machine_and_of_private_networks_are_known(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_what_dnssec_proves_false_proves_nothing(ways: Ways, validating: tuple[str, int]) -> None:
    """The value is there for all to see; only a resolver that checks notices that the zone was tampered with."""
    assert outcome(await look("broken.example", ways)) is Outcome.PROVEN
    checked = replace(ways, validating=validating, patience=2)
    wanted = {
        "signed.example": Outcome.PROVEN,
        "plain.example": Outcome.PROVEN,
        "broken.example": Outcome.INSECURE,
        "none.example": Outcome.MISSING,
    }
    assert {name: outcome(await look(name, checked)) for name in wanted} == wanted


async def test_a_validating_resolver_that_is_away_proves_nothing(ways: Ways) -> None:
    found = await look("plain.example", replace(ways, validating=(EVIL, 1)))
    assert outcome(found) is Outcome.UNREACHABLE
