"""Events for the vendor's app: their shape, and for how long they are tried."""

from datetime import timedelta
from uuid import UUID

import pytest

from tenantry.domain.events import MOST_TRIES, WAITS, Event, Target, envelope, target_of
from tenantry.kit.errors import Refused
from tests.cast import DAY, NOW

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TENANT, EVENT = UUID(int=1), UUID(int=2)


def event(kind: str = "data.deleted", tries: int = 1, **payload: str) -> Event:
    return Event(TENANT, EVENT, kind, payload, NOW, tries)


def test_an_event_names_itself_its_tenant_and_whom_it_is_about() -> None:
    assert envelope(event(user_id="u", plan_id="p"), "https://house.example") == {
        "specversion": "1.0",
        "id": str(EVENT),
        "source": "https://house.example",
        "type": "data.deleted",
        "time": NOW.isoformat(),
        "tenant": str(TENANT),
        "subject": "u",
        "data": {"user_id": "u", "plan_id": "p"},
    }


def test_a_kind_about_nobody_has_no_subject() -> None:
    assert "subject" not in envelope(event("tenant.ended", user_id="u"), "")


def test_tries_go_on_for_a_week_ever_more_rarely_and_then_end() -> None:
    assert list(WAITS) == sorted(WAITS)
    assert timedelta(days=6) < sum(WAITS, timedelta()) < 7 * DAY
    assert [event(tries=tries).last for tries in (1, MOST_TRIES - 1, MOST_TRIES)] == [False, False, True]


@pytest.mark.parametrize("url", ["", "app.example", "ftp://app.example", "https://", "http://x:port", "file:///etc"])
def test_a_place_that_cannot_be_posted_to_is_refused(url: str) -> None:
    with pytest.raises(Refused) as refused:
        target_of(url, SECRET)
    assert refused.value.params["name"] == "EVENTS_URL"


@pytest.mark.parametrize("secret", ["", "whsec_", "c2hvcnQ=", "not base64, but long enough to be a key", "A" * 200])
def test_a_secret_that_is_none_is_refused_and_not_told(secret: str) -> None:
    with pytest.raises(Refused) as refused:
        target_of("https://app.example", secret)
    assert (refused.value.params["name"], refused.value.params["value"]) == ("EVENTS_SECRET", "…")


def test_a_secret_is_good_without_its_prefix() -> None:
    assert target_of("https://x", SECRET) == target_of("https://x", SECRET.removeprefix("whsec_"))
    assert isinstance(target_of("http://127.0.0.1:9000/in", SECRET), Target)
