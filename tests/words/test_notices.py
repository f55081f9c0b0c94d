"""Notices in words: each kind in every language, with its audience, and no place left open."""

from uuid import UUID

import pytest

from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.roles import roles_with
from tenantry.words.notices import NOTICES, tell
from tenantry.words.speech import LANGUAGES, speech

SUBJECT = UUID(int=1)


def sample(kind: str) -> dict[str, object]:
    special = {"amount": {"minor": 123456, "currency": "EUR"}, "short": 1200, "cut": 3, "seats": 5}
    return {
        name: "2026-03-02T10:30:00Z" if name.endswith("_at") else special.get(name, "X")
        for name in NOTICES[kind].places
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_can_be_told_in_every_language(kind: str, language: str) -> None:
    told = tell(speech(language), kind, SUBJECT, sample(kind))
    assert told.title
    assert "%(" not in told.title + told.text
    assert "{" not in told.place
    assert told.place.startswith("/")


def test_every_kind_has_somebody_who_can_do_something_about_it() -> None:
    assert NOTICES.keys() == AUDIENCE.keys() == set(NoticeKind)
    assert all(roles_with(permission) for permission in AUDIENCE.values())


def test_money_and_days_are_written_as_the_reader_does() -> None:
    told = tell(speech("en"), "renewal_ahead", SUBJECT, sample("renewal_ahead"))
    assert told.title == "X renews on 2 Mar 2026"
    assert told.text.replace("\xa0", " ").startswith("EUR 1,234.56 will be charged for 5 seats.")


def test_params_without_a_place_are_refused() -> None:
    with pytest.raises(ValueError, match="expired needs"):
        tell(speech("en"), "expired", SUBJECT, {"product": "X"})
