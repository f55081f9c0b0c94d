"""Events for the vendor's app: their shape, and for how long they are tried."""

from datetime import timedelta
from uuid import UUID

from tenantry.domain.events import MOST_TRIES, WAITS, Event, envelope
from tests.cast import DAY, NOW

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
