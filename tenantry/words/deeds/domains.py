"""Deeds on the organization's domains."""

from tenantry.words.deeds.frame import type_deed, type_facts
from tenantry.words.speech import N_, Speech

_NEWS = {
    "proven": N_("%(name)s is verified"),
    "takeover": N_("%(name)s is proven, and people signed up with it: it can be taken over"),
    "lapsed": N_("The proof of %(name)s is not seen any more"),
    "seen_again": N_("The proof of %(name)s is seen again"),
}


def _add_domain(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Added the domain %(name)s", name=subject)


def _make_default_domain(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Made %(name)s the default domain", name=subject)


def _remove_domain(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Removed the domain %(name)s", name=subject)


def _force_remove_domain(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count(
        "Removed the domain %(name)s by force: renamed and blocked %(num)s person",
        "Removed the domain %(name)s by force: renamed and blocked %(num)s people",
        facts["count"],
        name=subject,
    )


def _check_domain(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Looked the domain %(name)s up", name=subject)


def _note_look(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say(_NEWS[str(facts["proof"])], name=subject)


DEEDS: dict[str, type_deed] = {
    "add_domain": _add_domain,
    "make_default_domain": _make_default_domain,
    "remove_domain": _remove_domain,
    "force_remove_domain": _force_remove_domain,
    "check_domain": _check_domain,
    "note_look": _note_look,
}
