"""Deeds on licenses and seat conflicts."""

from tenantry.words.deeds.frame import people_of, type_deed, type_facts
from tenantry.words.speech import Speech


def _assign_licenses(speech: Speech, subject: str, facts: type_facts) -> str:
    people = people_of(speech, subject, facts["changed"] or facts["refused"])
    given, taken = speech.all_of(facts["assigned"]), speech.all_of(facts["removed"])
    if given and taken:
        return speech.say(
            "Replaced licenses of %(people)s: assigned %(given)s, removed %(taken)s",
            people=people,
            given=given,
            taken=taken,
        )
    if given:
        return speech.say("Assigned %(products)s to %(people)s", products=given, people=people)
    if taken:
        return speech.say("Removed %(products)s from %(people)s", products=taken, people=people)
    if facts["changed"]:
        return speech.say("Turned apps on or off for %(people)s", people=people)
    return speech.say("Licenses could not be assigned to %(people)s", people=people)


def _repair_conflict(speech: Speech, subject: str, facts: type_facts) -> str:
    released = speech.count("%(num)s license released", "%(num)s licenses released", facts["released"])
    bought = speech.count("%(num)s seat ordered", "%(num)s seats ordered", facts["bought"])
    done = [text for text, number in ((released, facts["released"]), (bought, facts["bought"])) if number]
    return speech.say("Repaired the seat conflict of %(product)s: %(done)s", product=subject, done=speech.all_of(done))


def _pin_licenses(speech: Speech, subject: str, facts: type_facts) -> str:
    count = facts["count"]
    if facts["pinned"]:
        return speech.count(
            "Pinned %(num)s license of %(product)s", "Pinned %(num)s licenses of %(product)s", count, product=subject
        )
    return speech.count(
        "Unpinned %(num)s license of %(product)s", "Unpinned %(num)s licenses of %(product)s", count, product=subject
    )


def _watch_conflicts(speech: Speech, subject: str, facts: type_facts) -> str:
    lost, back = facts["service_lost"], facts["service_back"]
    texts = (
        speech.count("%(num)s license lost its service", "%(num)s licenses lost their service", lost),
        speech.count("%(num)s license got its service back", "%(num)s licenses got their service back", back),
    )
    return speech.all_of(text for text, number in zip(texts, (lost, back), strict=True) if number)


def _purge_data(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count(
        "Had the data of %(num)s app of a person deleted, as its days are over",
        "Had the data of %(num)s apps of people deleted, as its days are over",
        facts["deleted"],
    )


DEEDS: dict[str, type_deed] = {
    "assign_licenses": _assign_licenses,
    "repair_conflict": _repair_conflict,
    "pin_licenses": _pin_licenses,
    "watch_conflicts": _watch_conflicts,
    "purge_data": _purge_data,
}
