"""Editions: their features, the pages that these switch off, and what may be written about them."""

import pytest

from tenantry.domain.editions import ALL, Edition, Feature, checked_edition, checked_phone, feature_of, features_of
from tenantry.kit.errors import Refused


def test_an_unknown_edition_has_everything_and_an_unknown_word_is_passed_over() -> None:
    assert features_of(None) == ALL
    assert features_of([]) == frozenset()
    assert features_of(["meetings", "teleport"]) == {Feature.MEETINGS}


@pytest.mark.parametrize(
    ("path", "feature"),
    [
        ("/meetings", Feature.MEETINGS),
        ("/meetings/settings", Feature.MEETINGS),
        ("/meetings-of-others", None),
        ("/become-admin/buy/seats", Feature.TAKEOVER),
        ("/settings/domains/contoso.com/takeover", Feature.TAKEOVER),
        ("/settings/domains/contoso.com/takeover/restore", Feature.TAKEOVER),
        ("/settings/domains/takeover", None),
        ("/settings/domains/contoso.com", None),
        ("/", None),
    ],
)
def test_a_page_belongs_to_a_feature(path: str, feature: Feature | None) -> None:
    assert feature_of(path) == feature


@pytest.mark.parametrize(
    ("edition", "code", "field"),
    [
        (Edition("A B", "x"), "edition_code_form", "code"),
        (Edition("cn", " "), "text_missing", "name"),
        (Edition("cn", "x", community="javascript:alert(1)"), "link_form", "community"),
        (Edition("cn", "x", community="http://forum.example"), "link_form", "community"),
        (Edition("cn", "x", community="https://me@forum.example"), "link_form", "community"),
        (Edition("cn", "x", terms="a\x00"), "text_control", "terms"),
    ],
)
def test_what_is_wrong_with_an_edition_is_said_at_its_field(edition: Edition, code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_edition(edition)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_phone_number_is_one_and_hours_may_be_left_out() -> None:
    assert checked_phone(" +45  70 10 20 30", " ") == ("+45 70 10 20 30", "")
    assert checked_phone("0800 (1)", "Mon–Fri 8–17")[1] == "Mon–Fri 8–17"
    for wrong in ("", "call me", "12", "+", "1" * 21, "070-1<b>"):
        with pytest.raises(Refused, match="phone_form"):
            checked_phone(wrong, "")
