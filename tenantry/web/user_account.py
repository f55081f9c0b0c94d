"""The Account tab of a person's pane: the particulars as facts or as a form, and the sign-in blocked or unblocked."""

from typing import Any

import msgspec

from tenantry.domain.people import LENGTHS, Person
from tenantry.domain.roles import Permission, Role, reaches
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Refused
from tenantry.queries.people import OpenPerson
from tenantry.queries.users import UserDetail
from tenantry.web.filters import Listing
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech

TYPED = tuple(field for field in (*LENGTHS, "usage_location") if field != "user_name")


def labels(speech: Speech) -> dict[str, str]:
    """What the particulars are called."""
    say = speech.say
    return {
        "user_name": say("Username"),
        "first_name": say("First name"),
        "last_name": say("Last name"),
        "display_name": say("Display name"),
        "job_title": say("Job title"),
        "department": say("Department"),
        "office": say("Office"),
        "office_phone": say("Office phone"),
        "mobile_phone": say("Mobile phone"),
        "fax": say("Fax"),
        "address": say("Street address"),
        "city": say("City"),
        "state": say("State or province"),
        "postal_code": say("Postal code"),
        "country": say("Country"),
    }


def manages(viewer: Viewer, user: UserDetail, permission: Permission) -> bool:
    """Whether the viewer has the right, and the person's roles are within reach."""
    return viewer.can(permission) and reaches(viewer.roles, frozenset(Role(role) for role in user.roles))


def account_context(visit: Visit, listing: Listing, user: UserDetail) -> dict[str, Any]:
    """The facts, and what may be done to the account."""
    viewer, speech = visit.viewer, visit.speech
    told = [(label, getattr(user.person, field)) for field, label in labels(speech).items()]
    roles = speech.all_of(speech.role(role) for role in user.roles) or speech.say("No admin roles")
    facts = [*told, (speech.say("Roles"), roles), (speech.say("Added"), speech.date(user.created_at))]
    edits = manages(viewer, user, Permission.USER_EDIT)
    blocks = manages(viewer, user, Permission.USER_BLOCK) and user.id != viewer.user_id
    beyond = viewer.can(Permission.USER_EDIT) and not edits
    out_of_reach = {"name": user.name, "roles": (Role.GLOBAL.value,)}
    return {
        "facts": [(label, value) for label, value in facts if value],
        "edit_href": listing.pane(user.id, "edit") if edits else "",
        "block_href": listing.pane(user.id, "block") if blocks else "",
        "out_of_reach": speech.refusal("admin_out_of_reach", out_of_reach) if beyond else "",
    }


def block_context(listing: Listing, user: UserDetail) -> dict[str, Any]:
    """What blocking or unblocking does, before it does."""
    return {"blocked": user.sign_in == "blocked", "block_action": listing.action(f"/users/{user.id}/block")}


def edit_context(
    visit: Visit, listing: Listing, person: OpenPerson, typed: Person | None, refused: Refused | None, was: str
) -> dict[str, Any]:
    """The form. typed: what was sent and refused. was: what that form had been filled with.

    Where another changed a field in the meantime, the form says what stands there now, and is sent from there on.
    """
    speech, here = visit.speech, person.user.person
    changed = refused is not None and refused.code == "person_changed"
    shown = typed or here
    alias, _, domain = shown.user_name.rpartition("@")
    domains = list(dict.fromkeys((*person.domains, here.user_name.rpartition("@")[2])))
    return {
        "typed": shown,
        "alias": alias,
        "domain": domain,
        "domains": [(name, f"@{name}") for name in domains],
        "labels": labels(speech),
        "lengths": LENGTHS,
        "errors": {refused.field: speech.refused(refused)} if refused and refused.field else {},
        "meanwhile": _meanwhile(speech, read_was(was), here) if changed else {},
        "general": speech.refused(refused) if refused and not refused.field else "",
        "was": msgspec.json.encode(here).decode() if changed or not was else was,
        "edit_action": listing.action(f"/users/{person.user.id}/edit"),
    }


def _meanwhile(speech: Speech, was: Person, here: Person) -> dict[str, str]:
    """What stands now in the fields that another has changed."""
    now = {field: getattr(here, field) for field in LENGTHS if getattr(here, field) != getattr(was, field)}
    if here.usage_location != was.usage_location:
        now["usage_location"] = speech.country(here.usage_location) if here.usage_location else ""
    empty = speech.say("Emptied meanwhile")
    return {field: speech.say("Meanwhile: %(value)s", value=value) if value else empty for field, value in now.items()}


def read_person(form: Any) -> Person:
    """The particulars as the form sends them."""
    typed = {field: str(form.get(field, "")).strip() for field in TYPED}
    if "alias" in form:
        return Person(f"{str(form['alias']).strip()}@{form.get('domain', '')}", **typed)
    return Person(str(form.get("user_name", "")).strip(), **typed)


def read_was(text: str) -> Person:
    """What the form was filled with; one that does not say is as good as filled with nothing."""
    try:
        return msgspec.json.decode(text, type=Person)
    except msgspec.DecodeError:
        return Person("", "")
