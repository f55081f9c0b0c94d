"""The audit log in words: what a command did, as a sentence, and its facts as label and value."""

from tenantry.words.deeds import domains, house, licenses, money, people, requests, takeovers, upgrades
from tenantry.words.deeds.facts import FIELDS, FREQUENCIES, KINDS, LABELS, LEVELS, VIAS, told
from tenantry.words.deeds.frame import type_deed, type_facts
from tenantry.words.deeds.names import NAMES
from tenantry.words.speech import Speech

DEEDS: dict[str, type_deed] = {
    **people.DEEDS,
    **licenses.DEEDS,
    **money.DEEDS,
    **house.DEEDS,
    **domains.DEEDS,
    **upgrades.DEEDS,
    **takeovers.DEEDS,
    **requests.DEEDS,
}


def deed(speech: Speech, command: str, subject: str, facts: type_facts) -> str:
    """What `command` did to `subject` (a name, or how many), in one sentence.

    The log outlives commands: of one that is no longer known, its name is told.
    """
    return DEEDS[command](speech, subject, facts) if command in DEEDS else f"{command}: {subject}"


__all__ = ["DEEDS", "FIELDS", "FREQUENCIES", "KINDS", "LABELS", "LEVELS", "NAMES", "VIAS", "deed", "told", "type_facts"]
