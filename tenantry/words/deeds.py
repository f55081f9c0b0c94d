"""The audit log in words: what a command did, as a sentence, and its facts as label and value."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tenantry.kit.money import Money
from tenantry.words.speech import N_, Speech

type_facts = Mapping[str, Any]

# What each command is called where one filters by it.
NAMES = {
    "assign_licenses": N_("Licenses"),
    "repair_conflict": N_("Seat conflicts repaired"),
    "pin_licenses": N_("Licenses pinned"),
    "watch_conflicts": N_("Service lost or back"),
    "purge_data": N_("Data deleted"),
    "add_person": N_("People added"),
    "import_people": N_("People imported"),
    "add_people": N_("Many people added"),
    "delete_people": N_("People deleted"),
    "restore_people": N_("People restored"),
    "purge_people": N_("People gone for good"),
    "purge_person": N_("Deleted permanently"),
    "reset_passwords": N_("Passwords reset"),
    "reset_second_steps": N_("Second steps removed"),
    "set_usage_location": N_("Usage location"),
    "edit_person": N_("People edited"),
    "block_people": N_("Sign-in blocked or unblocked"),
    "open_subscription": N_("Subscriptions"),
    "run_subscriptions": N_("Renewals and charges"),
    "advance_clock": N_("Test clock"),
    "set_recurring": N_("Recurring billing"),
    "extend_trial": N_("Trials extended"),
    "delete_subscription": N_("Subscriptions deleted"),
    "restore_subscription": N_("Deletions of subscriptions undone"),
    "set_po_number": N_("Purchase order numbers"),
    "book_change": N_("Changes booked for a renewal"),
    "drop_booking": N_("Booked changes dropped"),
    "place_order": N_("Orders"),
    "retry_order": N_("Orders tried again"),
    "drop_order": N_("Orders given up"),
    "start_trial": N_("Trials"),
    "change_roles": N_("Roles"),
    "change_profile": N_("Profile of the organization"),
    "change_policies": N_("Policies of the organization"),
    "save_billing_account": N_("Billing account"),
    "book_payment": N_("Payments booked"),
    "settle_payment": N_("Payments"),
    "make_second_step": N_("Second steps of payments"),
    "book_refund": N_("Payments given back"),
    "pay_invoice": N_("Invoices paid by card"),
    "pay_again": N_("Payments tried again"),
    "chase_payments": N_("Payments tried again by themselves"),
    "add_test_card": N_("Payment methods added"),
    "choose_default_method": N_("Default payment method"),
    "remove_method": N_("Payment methods removed"),
    "delete_tenant": N_("Organization deleted"),
    "undo_deletion": N_("Deletion undone"),
    "purge_tenant": N_("Organization ended"),
    "export_tenant": N_("Export of everything"),
    "create_tenant": N_("Organization"),
    "import_catalog": N_("Catalog"),
    "make_operator": N_("Operators"),
    "suspend_tenant": N_("Organization suspended"),
    "resume_tenant": N_("Organization resumed"),
    "retry_letters": N_("Letters sent again"),
    "retry_jobs": N_("Jobs done again"),
    "open_support_access": N_("Support access"),
    "end_support_access": N_("Support access ended"),
    "leave_support_access": N_("Support access left"),
}


def deed(speech: Speech, command: str, subject: str, facts: type_facts) -> str:
    """What `command` did to `subject` (a name, or how many), in one sentence.

    The log outlives commands: of one that is no longer known, its name is told.
    """
    return DEEDS[command](speech, subject, facts) if command in DEEDS else f"{command}: {subject}"


def _people(speech: Speech, subject: str, count: int) -> str:
    """Who it was: by name if it was one person, else how many."""
    return speech.count("%(num)s person", "%(num)s people", count) if subject.isdecimal() else subject


def _assign_licenses(speech: Speech, subject: str, facts: type_facts) -> str:
    people = _people(speech, subject, facts["changed"] or facts["refused"])
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


def _add_person(speech: Speech, subject: str, facts: type_facts) -> str:
    if facts.get("assigned"):
        products = speech.all_of(facts["assigned"])
        return speech.say("Added %(name)s and assigned %(products)s", name=subject, products=products)
    if facts["kind"] == "guest":
        return speech.say("Added %(name)s as a guest", name=subject)
    return speech.say("Added %(name)s", name=subject)


def _import_people(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Imported %(num)s person from a file", "Imported %(num)s people from a file", facts["count"])


def _add_people(speech: Speech, subject: str, facts: type_facts) -> str:
    people, products = _people(speech, subject, facts["count"]), speech.all_of(facts.get("assigned", {}))
    if products:
        return speech.say("Added %(people)s from a file and assigned %(products)s", people=people, products=products)
    return speech.say("Added %(people)s from a file", people=people)


def _delete_people(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Deleted %(people)s", people=_people(speech, subject, facts["count"]))


def _restore_people(speech: Speech, subject: str, facts: type_facts) -> str:
    people, products = _people(speech, subject, facts["count"]), speech.all_of(facts["assigned"])
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
    return speech.say("Reset the password of %(people)s", people=_people(speech, subject, facts["count"]))


def _reset_second_steps(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Removed the second steps of %(name)s", name=subject)


def _set_usage_location(speech: Speech, subject: str, facts: type_facts) -> str:
    people, country = _people(speech, subject, facts["changed"]), speech.country(facts["usage_location"])
    return speech.say("Set the usage location of %(people)s to %(country)s", people=people, country=country)


def _edit_person(speech: Speech, subject: str, facts: type_facts) -> str:
    if facts.get("renamed"):
        renamed = facts["renamed"]
        return speech.say("Edited %(name)s, whose username is %(user_name)s now", name=subject, user_name=renamed)
    return speech.say("Edited %(name)s", name=subject)


def _block_people(speech: Speech, subject: str, facts: type_facts) -> str:
    people = _people(speech, subject, facts["changed"])
    if facts["blocked"]:
        return speech.say("Blocked the sign-in of %(people)s", people=people)
    return speech.say("Unblocked the sign-in of %(people)s", people=people)


def _open_subscription(speech: Speech, subject: str, facts: type_facts) -> str:
    seats = speech.count("%(num)s seat", "%(num)s seats", facts["seats"])
    if facts["trial"]:
        return speech.say("Started a trial of %(product)s with %(seats)s", product=subject, seats=seats)
    return speech.say("Opened a subscription of %(product)s with %(seats)s", product=subject, seats=seats)


def _run_subscriptions(speech: Speech, subject: str, facts: type_facts) -> str:
    if not facts["charged"]:
        return speech.say("Asked for the payment of the next term: %(product)s", product=subject)
    if facts["renewed"]:
        return speech.say("Renewed and charged: %(product)s", product=subject)
    return speech.say("Charged the next billing period: %(product)s", product=subject)


def _advance_clock(speech: Speech, subject: str, facts: type_facts) -> str:
    at = datetime.fromisoformat(str(facts["clock_at"]))
    return speech.say("Moved the test clock to %(date)s", date=speech.date(at))


def _set_recurring(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    if facts["recurring"]:
        return speech.say("Turned recurring billing on for %(product)s", product=subject)
    if facts["dropped"]:
        return speech.say(
            "Turned recurring billing off for %(product)s: it ends on %(date)s, what was booked is dropped",
            product=subject,
            date=date,
        )
    return speech.say("Turned recurring billing off for %(product)s: it ends on %(date)s", product=subject, date=date)


def _day(speech: Speech, moment: str) -> str:
    """The date of a moment as it stands in facts."""
    return speech.date(datetime.fromisoformat(moment))


def _extend_trial(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    return speech.say("Extended the trial of %(product)s to %(date)s", product=subject, date=date)


def _delete_subscription(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    return speech.say("Deleted the subscription of %(product)s, for good on %(date)s", product=subject, date=date)


def _restore_subscription(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Undid the deletion of the subscription of %(product)s", product=subject)


def _set_po_number(speech: Speech, subject: str, facts: type_facts) -> str:
    if facts["po_number"]:
        number = facts["po_number"]
        return speech.say("Set the purchase order number of %(product)s to %(number)s", product=subject, number=number)
    return speech.say("Removed the purchase order number of %(product)s", product=subject)


def _book_change(speech: Speech, subject: str, facts: type_facts) -> str:
    date = _day(speech, facts["date"])
    return speech.say("Booked a change of %(product)s for its renewal on %(date)s", product=subject, date=date)


def _drop_booking(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Dropped what was booked for the renewal of %(product)s", product=subject)


def _place_order(speech: Speech, subject: str, facts: type_facts) -> str:
    """What was ordered, by its kind; of several products, the first is named."""
    seats = speech.count("%(num)s seat", "%(num)s seats", facts["ordered"][subject])
    told = {"product": subject, "seats": seats}
    if len(facts["ordered"]) > 1:
        several = speech.count("%(num)s product", "%(num)s products", len(facts["ordered"]))
        return speech.say("Ordered %(products)s, %(product)s among them", products=several, product=subject)
    if facts["kind"] == "seats":
        before = speech.number(facts["before"])
        return speech.say("Ordered %(seats)s of %(product)s in all, instead of %(before)s", before=before, **told)
    if facts["kind"] == "renewal":
        return speech.say("Ordered the renewal of %(product)s with %(seats)s", **told)
    if facts["kind"] == "switch":
        return speech.say("Ordered the change to %(product)s with %(seats)s", **told)
    if facts["kind"] == "conversion":
        return speech.say("Bought the trial of %(product)s with %(seats)s", **told)
    if facts["kind"] == "cancellation":
        return speech.say("Canceled %(product)s", product=subject)
    return speech.say("Ordered %(product)s with %(seats)s", **told)


def _retry_order(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Tried the order of %(product)s again", product=subject)


def _drop_order(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Gave up the order of %(product)s", product=subject)


def _start_trial(speech: Speech, subject: str, facts: type_facts) -> str:
    seats = speech.count("%(num)s seat", "%(num)s seats", facts["seats"])
    return speech.say("Started a trial of %(product)s with %(seats)s", product=subject, seats=seats)


def _change_roles(speech: Speech, subject: str, facts: type_facts) -> str:
    people = _people(speech, subject, facts["changed"])
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


def _change_profile(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Changed the profile of %(name)s", name=subject)


def _change_policies(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Changed the policies of %(name)s", name=subject)


def _save_billing_account(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Saved the billing account of %(name)s", name=subject)


def _settle_payment(speech: Speech, subject: str, facts: type_facts) -> str:
    told = {"amount": speech.money(Money(**facts["total"])), "subject": subject}
    if facts["refunded"]:
        return speech.say("Received %(amount)s for %(subject)s, which is given back: it was paid already", **told)
    if facts["state"] == "paid":
        return speech.say("Received %(amount)s for %(subject)s", **told)
    if facts["state"] == "action":
        return speech.say("The payment of %(amount)s for %(subject)s waits for a second step", **told)
    return speech.say("The payment of %(amount)s for %(subject)s failed", **told)


def _book_refund(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Gave back %(amount)s", amount=speech.money(Money(**facts["total"])))


def _pay_invoice(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Asked for %(amount)s of an invoice", amount=speech.money(Money(**facts["total"])))


def _pay_again(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Asked again for %(amount)s", amount=speech.money(Money(**facts["total"])))


def _add_method(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Added the payment method %(name)s", name=subject)


def _choose_default_method(speech: Speech, subject: str, facts: type_facts) -> str:
    if subject:
        return speech.say("Made %(name)s the default payment method", name=subject)
    return speech.say("Made the invoice the default payment method")


def _remove_method(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Removed the payment method %(name)s", name=subject)


def _book_payment(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Booked a payment of invoice %(number)s", number=subject)


def _delete_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Deleted the organization %(name)s", name=subject)


def _undo_deletion(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Undid the deletion of %(name)s", name=subject)


def _purge_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Ended the organization %(name)s for good", name=subject)


def _export_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Exported everything that %(name)s has", name=subject)


def _create_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Created the organization %(name)s", name=subject)


def _import_catalog(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Imported the catalog")


def _make_operator(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("%(name)s became an operator", name=subject)


def _suspend_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Suspended the organization %(name)s", name=subject)


def _resume_tenant(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Resumed the organization %(name)s", name=subject)


def _retry_letters(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Sent %(num)s letter again", "Sent %(num)s letters again", facts["retried"])


def _retry_jobs(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.count("Had %(num)s job done again", "Had %(num)s jobs done again", facts["retried"])


def _open_support_access(speech: Speech, subject: str, facts: type_facts) -> str:
    hours = speech.count("%(num)s hour", "%(num)s hours", facts["hours"])
    if facts["level"] == "look":
        return speech.say("Opened support access to %(name)s for %(hours)s, to look", name=subject, hours=hours)
    return speech.say("Opened support access to %(name)s for %(hours)s, to change things", name=subject, hours=hours)


def _end_support_access(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Ended the support access of %(name)s", name=subject)


def _leave_support_access(speech: Speech, subject: str, facts: type_facts) -> str:
    return speech.say("Left %(name)s after support access", name=subject)


DEEDS: dict[str, Callable[[Speech, str, type_facts], str]] = {
    "assign_licenses": _assign_licenses,
    "repair_conflict": _repair_conflict,
    "pin_licenses": _pin_licenses,
    "watch_conflicts": _watch_conflicts,
    "purge_data": _purge_data,
    "add_person": _add_person,
    "import_people": _import_people,
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
    "open_subscription": _open_subscription,
    "run_subscriptions": _run_subscriptions,
    "advance_clock": _advance_clock,
    "set_recurring": _set_recurring,
    "extend_trial": _extend_trial,
    "delete_subscription": _delete_subscription,
    "restore_subscription": _restore_subscription,
    "set_po_number": _set_po_number,
    "book_change": _book_change,
    "drop_booking": _drop_booking,
    "place_order": _place_order,
    "retry_order": _retry_order,
    "drop_order": _drop_order,
    "start_trial": _start_trial,
    "change_roles": _change_roles,
    "change_profile": _change_profile,
    "change_policies": _change_policies,
    "save_billing_account": _save_billing_account,
    "book_payment": _book_payment,
    "settle_payment": _settle_payment,
    "make_second_step": _settle_payment,
    "book_refund": _book_refund,
    "pay_invoice": _pay_invoice,
    "pay_again": _pay_again,
    "chase_payments": _pay_again,
    "add_test_card": _add_method,
    "choose_default_method": _choose_default_method,
    "remove_method": _remove_method,
    "delete_tenant": _delete_tenant,
    "undo_deletion": _undo_deletion,
    "purge_tenant": _purge_tenant,
    "export_tenant": _export_tenant,
    "create_tenant": _create_tenant,
    "import_catalog": _import_catalog,
    "make_operator": _make_operator,
    "suspend_tenant": _suspend_tenant,
    "resume_tenant": _resume_tenant,
    "retry_letters": _retry_letters,
    "retry_jobs": _retry_jobs,
    "open_support_access": _open_support_access,
    "end_support_access": _end_support_access,
    "leave_support_access": _leave_support_access,
}

LABELS = {
    "assigned": N_("Assigned"),
    "removed": N_("Removed"),
    "switched_off": N_("Apps off"),
    "changed": N_("People changed"),
    "unchanged": N_("Nothing to change"),
    "refused": N_("Could not be changed"),
    "user_name": N_("Username"),
    "kind": N_("Kind"),
    "roles": N_("Roles"),
    "roles_given": N_("Roles assigned"),
    "roles_taken": N_("Roles removed"),
    "count": N_("People"),
    "failed": N_("People not added"),
    "usage_location": N_("Usage location"),
    "fields": N_("Edited"),
    "renamed": N_("New username"),
    "blocked": N_("Blocked"),
    "removed_steps": N_("Second steps removed"),
    "ordered": N_("Seats ordered"),
    "total": N_("Total"),
    "seats": N_("Seats"),
    "recurring": N_("Recurring billing"),
    "dropped": N_("Booked changes dropped"),
    "date": N_("Date"),
    "product": N_("Product"),
    "frequency": N_("Billing"),
    "trial": N_("Trial"),
    "term_months": N_("Term in months"),
    "charged": N_("Charges"),
    "renewed": N_("Terms begun"),
    "asked": N_("Payments asked for"),
    "clock_at": N_("Test clock"),
    "sandbox": N_("Sandbox"),
    "retried": N_("Tried again"),
    "added": N_("Rows added"),
    "mended": N_("Rows changed"),
    "reason": N_("Reason"),
    "level": N_("Rights"),
    "hours": N_("Hours"),
    "slug": N_("Address"),
    "name": N_("Name"),
    "country": N_("Country"),
    "language": N_("Language"),
    "currency": N_("Currency"),
    "before": N_("Before"),
    "ends_at": N_("Ends for good on"),
    "rows": N_("Rows"),
    "kept_until": N_("File kept until"),
    "released": N_("Licenses released"),
    "pinned": N_("Pinned"),
    "service_lost": N_("Licenses that lost service"),
    "service_back": N_("Licenses with service again"),
    "deleted": N_("Data deleted"),
    "bought": N_("Seats ordered"),
    "street": N_("Street"),
    "postal_code": N_("Postal code"),
    "city": N_("City"),
    "technical_contact": N_("Technical contact"),
    "legal_name": N_("Legal name"),
    "vat_number": N_("VAT number"),
    "email": N_("E-mail for invoices"),
    "po_number": N_("Purchase order number"),
    "amount": N_("Amount"),
    "left": N_("Left to pay"),
    "paid_on": N_("Paid on"),
    "require_two_step": N_("Two-step sign-in for admins"),
    "allow_support": N_("Support access allowed"),
}
FREQUENCIES = {"monthly": N_("Billed monthly"), "yearly": N_("Billed yearly")}
LEVELS = {"look": N_("Look only"), "change": N_("Look and change")}
FIELDS = {
    "user_name": N_("Username"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "display_name": N_("Display name"),
    "job_title": N_("Job title"),
    "department": N_("Department"),
    "office": N_("Office"),
    "office_phone": N_("Office phone"),
    "mobile_phone": N_("Mobile phone"),
    "fax": N_("Fax"),
    "address": N_("Street address"),
    "city": N_("City"),
    "state": N_("State or province"),
    "postal_code": N_("Postal code"),
    "country": N_("Country"),
    "usage_location": N_("Usage location"),
}
KINDS = {
    "member": N_("Member"),
    "guest": N_("Guest user"),
    "buy": N_("Purchase"),
    "seats": N_("Change of seats"),
    "renewal": N_("Renewal"),
    "switch": N_("Change of product"),
    "conversion": N_("Purchase after a trial"),
    "cancellation": N_("Cancellation"),
}
VIAS = {
    "web": N_("Browser"),
    "cli": N_("Command line"),
    "job": N_("In the background"),
    "operator": N_("Operator"),
    "support": N_("Support access"),
}


def told(speech: Speech, facts: type_facts) -> list[tuple[str, str]]:
    """The facts of an operation as (label, value) in the order of `LABELS`, those that say nothing left out."""
    order = [*LABELS, *sorted(facts.keys() - LABELS.keys())]
    shown = [name for name in order if facts.get(name) not in ({}, [], None)]
    return [(speech.say(LABELS.get(name, name)), _value(speech, name, facts[name])) for name in shown]


def _value(speech: Speech, name: str, value: Any) -> str:
    match name, value:
        case "roles" | "roles_given" | "roles_taken", list():
            return speech.all_of(speech.role(role) for role in value)
        case (("usage_location" | "country"), str()):
            return speech.country(value)
        case "fields", list():
            return speech.all_of(speech.say(FIELDS[field]) for field in value)
        case _, {"minor": int(minor), "currency": str(currency)}:
            return speech.money(Money(minor, currency))
        case (("kept_until" | "clock_at" | "paid_on"), str()):
            return speech.date(datetime.fromisoformat(value))
        case "kind", str() if value in KINDS:
            return speech.say(KINDS[value])
        case "frequency", str() if value in FREQUENCIES:
            return speech.say(FREQUENCIES[value])
        case "level", str() if value in LEVELS:
            return speech.say(LEVELS[value])
        case _, bool():
            return speech.say("Yes") if value else speech.say("No")
        case _, int():
            return speech.number(value)
        case _, dict():
            return ", ".join(f"{product}: {_value(speech, '', part)}" for product, part in value.items())
        case _, list():
            return speech.all_of(str(part) for part in value)
        case _:
            return str(value)
