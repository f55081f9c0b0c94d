"""The facts of an operation as label and value."""

from datetime import datetime
from typing import Any

from tenantry.kit.money import Money
from tenantry.words.deeds.frame import type_facts
from tenantry.words.requests import CATEGORIES, SEVERITIES, STEPS
from tenantry.words.speech import N_, Speech

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
    "outcome": N_("Result"),
    "door": N_("Door"),
    "join_by_email": N_("Join by e-mail"),
    "self_licensing": N_("Products without asking"),
    "terms": N_("Terms"),
    "merged": N_("Already here"),
    "left_behind": N_("Licenses left behind"),
    "meetings": N_("Meetings"),
    "old_name": N_("From"),
    "into": N_("To"),
    "forced": N_("By force"),
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
    "part": N_("Product of a part"),
    "part_seats": N_("Seats of the part"),
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
    "set_off": N_("Set off against invoices"),
    "given_back": N_("Given back"),
    "organization": N_("Organization"),
    "domain": N_("Domain"),
    "proof": N_("Proof"),
    "deed": N_("Step"),
    "category": N_("Category"),
    "severity": N_("Severity"),
    "files": N_("Files"),
    "edition": N_("Edition"),
    "phone": N_("Phone number"),
    "require_two_step": N_("Two-step sign-in for admins"),
    "allow_support": N_("Support access allowed"),
}


FREQUENCIES = {"monthly": N_("Billed monthly"), "yearly": N_("Billed yearly")}


SIGN_UPS = {
    "found": N_("First of the group"),
    "join": N_("New in the organization"),
    "product": N_("In the organization before"),
}


PROOFS = {
    "proven": N_("Verified"),
    "takeover": N_("Can be taken over"),
    "lapsed": N_("Not seen any more"),
    "seen_again": N_("Seen again"),
}


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
        case "outcome", str() if value in SIGN_UPS:
            return speech.say(SIGN_UPS[value])
        case "proof", str() if value in PROOFS:
            return speech.say(PROOFS[value])
        case "deed", str() if value in STEPS:
            return speech.say(STEPS[value])
        case "category", str() if value in CATEGORIES:
            return speech.say(CATEGORIES[value])
        case "severity", str() if value in SEVERITIES:
            return speech.say(SEVERITIES[value])
        case "level", str() if value in LEVELS:
            return speech.say(LEVELS[value])
        case _, bool():
            return speech.say("Yes") if value else speech.say("No")
        case _, int():
            return speech.number(value)
        case _, dict():
            return ", ".join(f"{product}: {_value(speech, '', part)}" for product, part in value.items())
        case _, list():
            return speech.all_of(_value(speech, "", part) for part in value)
        case _:
            return str(value)
