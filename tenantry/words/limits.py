"""The numbers that apps grant their users, in words. A limit that is not here is told by its own name."""

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


def limit_words(speech: Speech, name: str, value: int) -> str:
    """A limit in a line: what, and how much."""
    return f"{speech.say(LIMITS[name]) if name in LIMITS else name}: {speech.number(value)}"
