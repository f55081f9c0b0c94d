"""What is told to the vendor's app, in words. A kind that is not here is called by its own name."""

from tenantry.words.speech import N_, Speech

EVENTS = {"data.deleted": N_("Data to delete"), "person.moved": N_("Somebody moved")}


def event_name(speech: Speech, kind: str) -> str:
    return speech.say(EVENTS[kind]) if kind in EVENTS else kind
