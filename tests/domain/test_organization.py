"""What may stand in an organization's profile, and what counts as its name."""

from dataclasses import replace

import pytest

from tenantry.domain.organization import Policies, Profile, check_profile, mark_of, same_name

CONTOSO = Profile("Contoso", "DK", "da", "Strandvejen 1", "8000", "Aarhus", "it@contoso.example")


def wrong(**facts: str) -> list[tuple[str, str]]:
    found = check_profile(replace(CONTOSO, **facts), country_codes={"DK", "NO"}, languages={"da", "en"})
    return [(one.field, one.code) for one in found]


def test_a_whole_profile_and_a_bare_one_are_right() -> None:
    assert wrong() == []
    assert wrong(street="", postal_code="", city="", technical_contact="") == []


@pytest.mark.parametrize("name", ["<b>Contoso</b>", "شركة", "Ko\u0308ln & Søn", "康托索"])
def test_markup_and_every_script_are_names_like_others(name: str) -> None:
    assert wrong(name=name) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": " "}, "text_missing"),
        ({"name": "C" * 257}, "text_long"),
        ({"city": "Aar\u202ehus"}, "text_control"),
        ({"postal_code": "8" * 41}, "text_long"),
        ({"technical_contact": "it at contoso"}, "address_invalid"),
        ({"country": "XX"}, "country_unknown"),
        ({"language": "tlh"}, "language_unknown"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(facts: dict[str, str], code: str) -> None:
    assert wrong(**facts) == [(next(iter(facts)), code)]


def test_a_mark_changes_with_any_field() -> None:
    marks = {mark_of(CONTOSO), mark_of(replace(CONTOSO, city="Odense")), mark_of(Policies()), mark_of(Policies(True))}
    assert len(marks) == 4
    assert mark_of(replace(CONTOSO)) == mark_of(CONTOSO)


def test_a_name_is_typed_whatever_its_case_and_blanks() -> None:
    assert same_name(" contoso  north ", "Contoso North")
    assert not same_name("Contoso", "Contoso North")
    assert not same_name("", "Contoso")
