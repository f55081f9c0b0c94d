"""Deeds on people who came from another organization, and on the one they came from."""

from tenantry.words.deeds.frame import type_deed, type_facts
from tenantry.words.speech import Speech


def _take_over_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    """In the log of who took over, and, where the facts say into what, of who was taken over."""
    people = speech.count("%(num)s person", "%(num)s people", facts["count"])
    told = {"people": people, "domain": subject}
    if into := facts.get("into"):
        return speech.say("%(people)s of %(domain)s moved to %(name)s", name=into, **told)
    if facts.get("forced"):
        return speech.say("Took over %(people)s of %(domain)s by force", **told)
    return speech.say("Took over %(people)s of %(domain)s", **told)


def _restore(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Brought back %(name)s, which had been taken over", name=subject)


def _add_takeover_bar(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Data of %(name)s cannot be moved by a takeover any more", name=subject)


def _remove_takeover_bar(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Data of %(name)s can be moved by a takeover", name=subject)


DEEDS: dict[str, type_deed] = {
    "take_over_tenant": _take_over_tenant,
    "restore_group": _restore,
    "restore_taken_over": _restore,
    "add_takeover_bar": _add_takeover_bar,
    "remove_takeover_bar": _remove_takeover_bar,
}
