"""A seat conflict in a few words: what took the seats, and by when."""

from tenantry.domain.seat_conflicts import Cause, Conflict
from tenantry.queries.licenses import ProductRow
from tenantry.words.speech import Speech


def cause_of(speech: Speech, conflict: Conflict, row: ProductRow) -> str:
    """What made the pool short, and when."""
    date = speech.date(conflict.since)
    if conflict.cause is Cause.CANCELED:
        return speech.say("A subscription was canceled on %(date)s", date=date)
    if conflict.cause is Cause.REDUCED:
        paid = row.seats.enabled
        return speech.count("Renewed with %(num)s seat", "Renewed with %(num)s seats", paid)
    return speech.say("A subscription expired on %(date)s", date=date)


def deadline_of(speech: Speech, conflict: Conflict) -> str:
    """By when it has to be solved, and how many have lost service already."""
    parts = []
    if conflict.cut:
        parts.append(speech.count("%(num)s without service", "%(num)s without service", conflict.cut))
    if conflict.deadline is not None:
        parts.append(speech.say("deadline %(date)s", date=speech.date(conflict.deadline)))
    return " · ".join(parts)
