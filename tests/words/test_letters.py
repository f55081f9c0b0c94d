"""Letters: said in every language, with the places that are given, and nothing of a reader's becomes markup."""

import ast
from collections.abc import Iterable

import pytest

from tenantry.words.letters import LETTERS, write
from tenantry.words.speech import LANGUAGES
from tests.house.sources import Source, calls, parse, sources

LINK = "https://tenantry.example/reset/abc?x=1&y=2"
RESET = {"email": "peter@contoso.example", "expires_at": "2026-03-02T10:30:00Z", "link": LINK}


SUBJECT = "00000000-0000-4000-8000-000000000001"
EXPIRED = {"kind": "expired", "subject_id": SUBJECT, "params": {"product": "<b>E3</b>", "disabled_at": "2026-03-02"}}


def sample(kind: str) -> dict[str, object]:
    listed = {"notices": [EXPIRED]} if LETTERS[kind].lists else {}
    return listed | {
        name: "2026-03-02T10:30:00Z" if name.endswith(("_at", "_date")) else LINK if name == "link" else f"<{name}>"
        for name in LETTERS[kind].places - listed.keys()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LETTERS)
def test_every_letter_can_be_said_in_every_language(kind: str, language: str) -> None:
    letter = write(kind, language, sample(kind))
    assert letter.subject
    assert "%(" not in letter.subject + letter.text + letter.html
    assert f'<html lang="{language}">' in letter.html


def test_the_link_is_plain_in_the_text_and_safe_in_the_html() -> None:
    letter = write("password_reset", "en", RESET)
    assert f"\n{LINK}\n" in letter.text
    assert 'href="https://tenantry.example/reset/abc?x=1&amp;y=2"' in letter.html
    assert "2 Mar 2026, 10:30:00 UTC" in letter.text


def test_moments_are_told_in_the_zone_that_the_reader_chose() -> None:
    said = write("password_reset", "en", RESET, "Europe/Copenhagen").text
    assert "2 Mar 2026, 11:30:00 (Europe/Copenhagen)" in said.replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_nothing_that_is_filled_in_becomes_markup_or_another_line_of_the_subject() -> None:
    letter = write("password_reset", "en", RESET | {"email": "<b>x</b>\r\nBcc: y@z"})
    assert "<b>" not in letter.html
    assert "&lt;b&gt;x" in letter.html
    assert "\n" not in letter.subject


def test_notices_are_listed_with_their_places() -> None:
    home = "https://tenantry.example/t/contoso"
    letter = write("notices", "en", {"name": "Contoso", "home": home, "link": LINK, "notices": [EXPIRED]})
    assert letter.subject == "Contoso: what you should know"
    assert (
        f"<b>E3</b> expired\nPeople keep their apps until 2 Mar 2026. Renew it before that day.\n{home}" in letter.text
    )
    assert f'href="{home}/products/{SUBJECT}"' in letter.html
    assert "<b>E3" not in letter.html


def test_money_and_days_are_told_as_the_language_writes_them() -> None:
    total, due = {"minor": 123450, "currency": "DKK"}, "2026-03-02T10:30:00Z"
    facts = {"name": "Contoso", "number": "2026-000001", "amount": total, "due_date": due, "link": LINK}
    said = write("invoice", "en", facts).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "DKK 1,234.50 is to be paid until 2 Mar 2026." in said


@pytest.mark.parametrize("params", [{}, RESET | {"more": 1}])
def test_other_params_than_the_places_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="password_reset needs"):
        write("password_reset", "en", params)


def miswritten(some: Iterable[Source]) -> list[str]:
    """Calls of `write_letter` whose kind is unknown or whose params are not its places."""
    found = []
    for source in some:
        for name, call in calls(source.tree):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            kind, params = given.get("kind"), given.get("params")
            if name != "write_letter" or not isinstance(kind, ast.Constant):
                continue
            if kind.value not in LETTERS:
                found.append(f"{source.path}: {kind.value} is no letter")
            elif isinstance(params, ast.Dict):
                names = {key.value for key in params.keys if isinstance(key, ast.Constant)}
                if len(names) == len(params.keys) and names != LETTERS[str(kind.value)].places:
                    found.append(f"{source.path}: {kind.value} is given {sorted(names)}")
    return found


def test_every_letter_is_written_with_its_places() -> None:
    assert miswritten(sources()) == []


def test_a_letter_without_its_places_is_seen() -> None:
    spoiled = 'write_letter(tx, kind="love", params={})\nwrite_letter(tx, kind="password_reset", params={"email": 1})'
    assert miswritten([parse("x.py", spoiled)]) == [
        "x.py: love is no letter",
        "x.py: password_reset is given ['email']",
    ]
