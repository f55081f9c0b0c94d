"""Deeds on service requests, and on the editions that say what support there is."""

from tenantry.words.deeds.frame import type_deed, type_facts
from tenantry.words.speech import N_, Speech

_DONE = {
    "write": N_("Wrote to the service request %(number)s"),
    "close": N_("Closed the service request %(number)s"),
    "reopen": N_("Opened the service request %(number)s again"),
    "take": N_("Took the service request %(number)s"),
    "answer": N_("Answered the service request %(number)s"),
    "ask_back": N_("Asked back about the service request %(number)s"),
    "finish": N_("Closed the service request %(number)s"),
}


def _open_request(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Opened the service request %(number)s", number=subject)


def _go_on(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say(_DONE[str(facts["deed"])], number=subject)


def _save_edition(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Saved the edition %(name)s", name=subject)


def _add_phone(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Added a support phone number to the edition %(name)s", name=subject)


def _remove_phone(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Removed a support phone number from the edition %(name)s", name=subject)


def _choose_edition(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Chose the edition of %(name)s", name=subject)


DEEDS: dict[str, type_deed] = {
    "open_request": _open_request,
    "go_on_request": _go_on,
    "answer_request": _go_on,
    "save_edition": _save_edition,
    "add_support_phone": _add_phone,
    "remove_support_phone": _remove_phone,
    "choose_edition": _choose_edition,
}
