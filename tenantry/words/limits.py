"""The numbers that apps grant their users, in words. A limit that is not here is told by its own name."""

from collections.abc import Sequence

from tenantry.domain.catalog import Limit
from tenantry.words.speech import N_, Speech

LIMITS = {
    "apps.max_devices": N_("Devices per person"),
    "files.gigabytes": N_("File storage in GB"),
    "mailbox.gigabytes": N_("Mailbox in GB"),
    "meeting.dial_out_minutes": N_("Minutes of calls out of meetings"),
    "meeting.max_hours": N_("Hours a meeting may last"),
    "meeting.max_participants": N_("People in a meeting"),
    "webinar.max_participants": N_("People in a webinar"),
}


def limit_words(speech: Speech, limits: Sequence[Limit]) -> str:
    """A limit in a line: what, how much, and what it comes to later. limits: of one name, by their first days."""
    name = limits[0].name
    steps = "; ".join(_step(speech, limit) for limit in limits)
    return f"{speech.say(LIMITS[name]) if name in LIMITS else name}: {steps}"


def _step(speech: Speech, limit: Limit) -> str:
    value = speech.number(limit.value)
    if not limit.from_day:
        return value
    return speech.say("%(value)s from day %(day)s on", value=value, day=speech.number(limit.from_day + 1))
