"""Deeds on the way to become the admin, and what an admin does next."""

from tenantry.words.deeds.frame import type_deed, type_facts
from tenantry.words.deeds.money import DEEDS as MONEY
from tenantry.words.speech import Speech


def _on_the_way(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Began to become the admin of everybody at %(domain)s", domain=subject)


def _become_admin(speech: Speech, subject: str, facts: type_facts) -> str:
    told = {"name": subject, "organization": facts["organization"]}
    if not facts.get("assigned"):
        return speech.say("%(name)s became the admin of %(organization)s", **told)
    products = speech.all_of(facts["assigned"])
    return speech.say(
        "%(name)s became the admin of %(organization)s, and everybody got %(products)s", products=products, **told
    )


def _write_to_people(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Wrote to %(num)s person", "Wrote to %(num)s people", facts["count"])


def _share_quick_start(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count(
        "Shared the quick-start page with %(num)s person",
        "Shared the quick-start page with %(num)s people",
        facts["count"],
    )


def _save_quick_start(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Saved the quick-start page")


def _renew_link(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Made another link to the quick-start page")


def _dismiss_next(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Hid “What’s next?”")


DEEDS: dict[str, type_deed] = {
    "write_to_people": _write_to_people,
    "share_quick_start": _share_quick_start,
    "save_quick_start": _save_quick_start,
    "renew_quick_start_link": _renew_link,
    "dismiss_next": _dismiss_next,
    "become_admin": _become_admin,
    "become_without_buying": _become_admin,
    "begin_upgrade": _on_the_way,
    "choose_upgrade": _on_the_way,
    "ask_upgrade_proof": _on_the_way,
    "look_at_upgrade": _on_the_way,
    "keep_upgrade_terms": _on_the_way,
    "save_upgrade_payer": MONEY["save_billing_account"],
    "add_upgrade_card": MONEY["add_test_card"],
    "begin_upgrade_card": MONEY["begin_card"],
    "ask_about_card": MONEY["ask_provider"],
    "ask_about_payment": MONEY["ask_provider"],
    "buy_upgrade": MONEY["place_order"],
    "drop_upgrade_order": MONEY["drop_order"],
    "make_upgrade_step": MONEY["make_second_step"],
}
