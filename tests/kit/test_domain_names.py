"""Names of domains: the registrable one, those that are shared, and those that pose as another."""

import pytest

from tenantry.kit.domain_names import above, as_read, brand, is_shared, mixes_scripts, registrable


@pytest.mark.parametrize(
    ("name", "top"),
    [
        ("contoso.com", "contoso.com"),
        ("eu.mail.contoso.co.uk", "contoso.co.uk"),
        ("xn--strae-oqa.de", "xn--strae-oqa.de"),
        ("co.uk", None),
        ("com", None),
    ],
)
def test_the_registrable_name_is_what_somebody_bought(name: str, top: str | None) -> None:
    assert registrable(name) == top
    assert (above(name)[-1:] or (None,))[0] == top


def test_names_above_end_with_the_registrable_one() -> None:
    assert above("eu.mail.contoso.co.uk") == ("eu.mail.contoso.co.uk", "mail.contoso.co.uk", "contoso.co.uk")
    assert brand("eu.mail.contoso.co.uk") == "contoso"


def test_below_a_shared_name_everybody_is_somebody_else() -> None:
    shared = {name for name in ("com", "co.uk", "github.io", "contoso.com", "us.contoso.com") if is_shared(name)}
    assert shared == {"com", "co.uk", "github.io"}


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("rob@contoso.com", False),
        ("søren@århus.dk", False),
        ("почта@пример.рф", False),
        ("почта@example.com", False),  # each word is of one alphabet
        ("rob@日本語テスト.jp", False),
        ("rob@cоntoso.com", True),  # a Cyrillic о
        ("αdele@contoso.com", True),
    ],
)
def test_two_alphabets_in_one_word_are_seen(text: str, mixed: bool) -> None:
    assert mixes_scripts(text) is mixed


def test_a_name_is_read_in_its_own_letters() -> None:
    assert as_read("xn--strae-oqa.de") == "straße.de"
    assert as_read("xn--a.com") == "xn--a.com"
