"""The files of the doors and of the mail domains that nobody signs up with."""

import pytest

from tenantry.domain.doors import Door, parse_doors
from tenantry.domain.mail_domains import listed_as, parse_mail_domains
from tenantry.sample import sample
from tests.cast import BASIC, CATALOG, MEETINGS


def test_each_door_offers_products_in_their_order() -> None:
    rows = f"door,sku_id,part_number,position\nsign_up,{MEETINGS.sku_id},,\nmeetings,{BASIC.sku_id},BASIC,2\n"
    offers = parse_doors(rows.encode(), products=CATALOG.products).checked()
    assert offers == {(Door.SIGN_UP, MEETINGS.sku_id): 0, (Door.MEETINGS, BASIC.sku_id): 2}


def test_every_fault_of_a_door_is_told() -> None:
    twice = f"admin,{BASIC.sku_id},,\n" * 2
    rows = f"door,sku_id,part_number,position\nback,{BASIC.sku_id},PREMIUM,x\n{twice}"
    faults = parse_doors(rows.encode(), products=CATALOG.products).faults
    codes = [(fault.line, fault.code) for fault in faults]
    assert codes[:3] == [(2, "door_unknown"), (2, "number_form"), (2, "part_number_differs")]
    assert codes[3][0] == 4


def test_a_mail_domain_is_a_name_in_its_normal_form_and_of_a_known_kind() -> None:
    rows = b"name,kind\nGmail.com,consumer\nyahoo.*,consumer\nno name,consumer\n*.com,consumer\nx.com,free\n"
    parsed = parse_mail_domains(rows)
    assert set(parsed.value) == {"gmail.com", "yahoo.*"}
    assert [fault.code for fault in parsed.faults] == ["mail_domain_form"] * 2 + ["mail_domain_kind_unknown"]


@pytest.mark.parametrize(
    ("domain", "listed"),
    [
        ("gmail.com", {"gmail.com", "gmail.*"}),
        ("eu.mail.yahoo.co.uk", {"eu.mail.yahoo.co.uk", "mail.yahoo.co.uk", "yahoo.co.uk", "yahoo.*"}),
        ("notgmail.com", {"notgmail.com", "notgmail.*"}),
        (
            "gmail.com.contoso.example",
            {"gmail.com.contoso.example", "com.contoso.example", "contoso.example", "contoso.*"},
        ),
    ],
)
def test_a_domain_is_looked_for_up_to_the_registrable_one(domain: str, listed: set[str]) -> None:
    assert listed_as(domain) == listed


def test_the_sample_is_sound() -> None:
    names = parse_mail_domains(sample("mail_domains.csv")).checked()
    assert {
        "gmail.com",
        "yahoo.*",
        "proton.me",
        "ziggo.nl",
        "online.no",
        "stofanet.dk",
        "mailinator.com",
    } <= names.keys()
    assert not {"microsoft.com", "novonordisk.com"} & names.keys()
