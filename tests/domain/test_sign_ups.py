"""Who may sign up, as the full table (reference/licensing.md 1.3), and which addresses can."""

from itertools import product as combinations

import pytest

from tenantry.domain.mail_domains import MailDomain
from tenantry.domain.sign_ups import Home, Known, Outcome, check_address, currency_of, decide, decide_domain, group_slug
from tenantry.kit.errors import Refused

# join by e-mail, self-licensing, federated -> somebody without an account; with one there; added without one; blocked
TABLE = """
    on  on  no   join        product       join        blocked
    off on  no   not_joined  product       not_joined  blocked
    on  off no   not_licensed not_licensed not_licensed blocked
    off off no   not_licensed not_licensed not_licensed blocked
    on  on  yes  federated   product       federated   blocked
    off on  yes  federated   product       federated   blocked
    on  off yes  federated   not_licensed  federated   blocked
    off off yes  federated   not_licensed  federated   blocked
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
KNOWN = (Known.NOBODY, Known.MEMBER, Known.NO_ACCOUNT, Known.BLOCKED)


def test_the_table_is_full() -> None:
    assert [row[:3] for row in ROWS] == [
        [join, own, federated] for federated, own, join in combinations(("no", "yes"), ("on", "off"), ("on", "off"))
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row[:3]))
def test_what_comes_of_a_sign_up_into_a_tenant(row: list[str]) -> None:
    join, own, federated, *outcomes = row
    home = Home(join == "on", own == "on", federated == "yes")
    assert [decide(home, known) for known in KNOWN] == [Outcome(one) for one in outcomes]


@pytest.mark.parametrize("known", Known)
def test_a_tenant_that_is_closed_takes_nobody(known: Known) -> None:
    assert decide(Home(is_open=False), known) is Outcome.CLOSED


def test_a_domain_that_nobody_has_gets_a_group() -> None:
    assert decide(None, Known.NOBODY) is Outcome.FOUND


@pytest.mark.parametrize(
    ("listed", "shared", "outcome"),
    [
        (None, False, None),
        (None, True, Outcome.SHARED),
        (MailDomain.CONSUMER, False, Outcome.CONSUMER),
        (MailDomain.CONSUMER, True, Outcome.CONSUMER),
        (MailDomain.DISPOSABLE, False, Outcome.DISPOSABLE),
    ],
)
def test_some_domains_are_nobodys_organization(
    listed: MailDomain | None, shared: bool, outcome: Outcome | None
) -> None:
    assert decide_domain(listed, shared=shared) is outcome


def test_three_outcomes_go_on() -> None:
    assert {one for one in Outcome if one.goes_on} == {Outcome.FOUND, Outcome.JOIN, Outcome.PRODUCT}


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("  Rob@Contoso.EXAMPLE ", "Rob@contoso.example"),
        ("rob@Straße.de", "rob@xn--strae-oqa.de"),
        ("rob@STRASSE.de", "rob@strasse.de"),
        ("rob@xn--strae-oqa.de", "rob@xn--strae-oqa.de"),
        ("o'neil.j_x@sub.contoso.co.uk", "o'neil.j_x@sub.contoso.co.uk"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, address: str) -> None:
    assert check_address(typed) == address


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("rob", "address_invalid"),
        ("rob@contoso", "address_invalid"),
        ("rob@localhost", "address_invalid"),
        ("rob@[192.0.2.1]", "address_invalid"),
        ('"rob smith"@contoso.example', "address_invalid"),
        ("rob@contoso.example\r\nBcc: x@y.example", "address_invalid"),
        ("rob\0@contoso.example", "address_invalid"),
        ("rob@@contoso.example", "address_invalid"),
        ("rob@xn--a.example", "address_invalid"),
        ("rob+meetings@contoso.example", "address_tagged"),
        ("rоb@contoso.example", "address_mixed"),  # a Cyrillic о
        ("rob@cоntoso.com", "address_mixed"),
        ("søren@contoso.example", "address_letters"),
        (f"{'r' * 51}@contoso.example", "user_name_alias_long"),
        (f"rob@{'c' * 50}.example", "user_name_domain_long"),
    ],
)
def test_an_address_with_a_trick_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_address(typed)
    assert (refused.value.code, refused.value.field) == (code, "email")


def test_a_group_is_found_at_its_domain() -> None:
    assert group_slug("mail.contoso.co.uk") == "mail-contoso-co-uk"
    assert group_slug("xn--strae-oqa.de") == "xn-strae-oqa-de"


def test_money_is_that_of_the_country() -> None:
    assert [currency_of(country) for country in ("DK", "NO", "NL", "US", "CH")] == ["DKK", "NOK", "EUR", "USD", "USD"]


@pytest.mark.parametrize("known", Known)
def test_an_edition_without_self_service_takes_nobody(known: Known) -> None:
    assert decide(Home(self_service=False), known) is Outcome.OFF
