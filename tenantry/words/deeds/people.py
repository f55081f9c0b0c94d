"""Deeds on people and their roles."""

from tenantry.words.deeds.frame import people_of, type_deed, type_facts
from tenantry.words.speech import Speech


def _add_person(speech: Speech, subject: str, facts: type_facts) -> str:
    if facts.get("assigned"):
        products = speech.all_of(facts["assigned"])
        return speech.say("Added %(name)s and assigned %(products)s", name=subject, products=products)
    if facts["kind"] == "guest":
        return speech.say("Added %(name)s as a guest", name=subject)
    return speech.say("Added %(name)s", name=subject)


def _sign_up(speech: Speech, subject: str, facts: type_facts) -> str:
    if facts["outcome"] == "found":
        return speech.say("%(name)s signed up, as the first of the group", name=subject)
    if facts["outcome"] == "product":
        return _take_product(speech, subject, facts)
    return speech.say("%(name)s signed up", name=subject)


def _take_product(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("%(name)s took %(products)s", name=subject, products=speech.all_of(facts["assigned"]))


def _close_own_account(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("%(name)s closed their account", name=subject)


def _import_people(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Imported %(num)s person from a file", "Imported %(num)s people from a file", facts["count"])


def _add_people(speech: Speech, subject: str, facts: type_facts) -> str:
    people, products = people_of(speech, subject, facts["count"]), speech.all_of(facts.get("assigned", {}))
    if products:
        return speech.say("Added %(people)s from a file and assigned %(products)s", people=people, products=products)
    return speech.say("Added %(people)s from a file", people=people)


def _delete_people(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Deleted %(people)s", people=people_of(speech, subject, facts["count"]))


def _restore_people(speech: Speech, subject: str, facts: type_facts) -> str:
    people, products = people_of(speech, subject, facts["count"]), speech.all_of(facts["assigned"])
    if products:
        return speech.say("Restored %(people)s and assigned %(products)s", people=people, products=products)
    return speech.say("Restored %(people)s", people=people)


def _purge_people(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count(
        "Ended %(num)s person for good, 30 days after the deletion",
        "Ended %(num)s people for good, 30 days after the deletion",
        facts["count"],
    )


def _purge_person(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Deleted %(name)s permanently", name=subject)


def _reset_passwords(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Reset the password of %(people)s", people=people_of(speech, subject, facts["count"]))


def _reset_second_steps(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Removed the second steps of %(name)s", name=subject)


def _set_usage_location(speech: Speech, subject: str, facts: type_facts) -> str:
    people, country = people_of(speech, subject, facts["changed"]), speech.country(facts["usage_location"])
    return speech.say("Set the usage location of %(people)s to %(country)s", people=people, country=country)


def _edit_person(speech: Speech, subject: str, facts: type_facts) -> str:
    if facts.get("renamed"):
        renamed = facts["renamed"]
        return speech.say("Edited %(name)s, whose username is %(user_name)s now", name=subject, user_name=renamed)
    return speech.say("Edited %(name)s", name=subject)


def _block_people(speech: Speech, subject: str, facts: type_facts) -> str:
    people = people_of(speech, subject, facts["changed"])
    if facts["blocked"]:
        return speech.say("Blocked the sign-in of %(people)s", people=people)
    return speech.say("Unblocked the sign-in of %(people)s", people=people)


def _change_roles(speech: Speech, subject: str, facts: type_facts) -> str:
    people = people_of(speech, subject, facts["changed"])
    given = speech.all_of(speech.role(role) for role in facts["roles_given"])
    taken = speech.all_of(speech.role(role) for role in facts["roles_taken"])
    if given and taken:
        return speech.say(
            "Changed the roles of %(people)s: assigned %(given)s, removed %(taken)s",
            people=people,
            given=given,
            taken=taken,
        )
    if given:
        return speech.say("Assigned the role %(roles)s to %(people)s", roles=given, people=people)
    return speech.say("Removed the role %(roles)s from %(people)s", roles=taken, people=people)


DEEDS: dict[str, type_deed] = {
    "add_person": _add_person,
    "import_people": _import_people,
    "sign_up": _sign_up,
    "take_product": _take_product,
    "close_own_account": _close_own_account,
    "add_people": _add_people,
    "delete_people": _delete_people,
    "restore_people": _restore_people,
    "purge_people": _purge_people,
    "purge_person": _purge_person,
    "reset_passwords": _reset_passwords,
    "reset_second_steps": _reset_second_steps,
    "set_usage_location": _set_usage_location,
    "edit_person": _edit_person,
    "block_people": _block_people,
    "change_roles": _change_roles,
}
