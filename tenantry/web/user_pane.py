"""The pane of one person: the account, and licenses and apps, as held or as they are being changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from tenantry.domain.licenses import Refusal
from tenantry.domain.roles import Permission, roles_with
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.people import OpenPerson, PeopleView
from tenantry.queries.users import UserDetail
from tenantry.web.filters import Listing
from tenantry.web.pages import initials
from tenantry.web.switches import Switches, view_products
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech


@dataclass(frozen=True)
class Draft:
    """What somebody has typed in the pane and is not saved: why not, or that it waits to be confirmed."""

    switches: Switches | None = None
    refused: Refused | None = None
    confirming: bool = False
    country: str = ""

    @property
    def people(self) -> list[Refusal]:
        """Why the person cannot have what was wished."""
        people = self.refused.params.get("people", ()) if self.refused else ()
        return [Refusal(person["code"], person["params"]) for person in people]


def pane_context(visit: Visit, listing: Listing, view: PeopleView, draft: Draft | None) -> dict[str, Any]:
    """What the pane shows; nothing but `person` where nobody is open."""
    person = view.person
    if person is None:
        return {"person": None}
    sees = visit.viewer.can(Permission.LICENSE_READ)
    tab = "licenses" if sees and listing.tab == "licenses" else "account"
    speech, user = visit.speech, person.user
    before, after = _neighbors(listing, view)
    tabs = [(speech.say("Account"), listing.pane(user.id, "account"), tab == "account", None)]
    if sees:
        tabs.append((speech.say("Licenses and apps"), listing.pane(user.id, "licenses"), tab == "licenses", None))
    context = {
        "person": person,
        "user": user,
        "draft": draft,
        "tab": tab,
        "tab_links": tabs,
        "subtitle": " · ".join(filter(None, (user.user_name, user.department))),
        "initials": initials(user.name),
        "previous_person": before,
        "next_person": after,
        "facts": _facts(user, speech),
        "countries": speech.countries,
        "chosen_country": draft.country if draft else "",
        "location_error": _location_error(draft, speech),
        "location_action": listing.action(f"/users/{user.id}/location"),
        "licenses_action": listing.action(f"/users/{user.id}/licenses"),
        "key": str(new_id()),
    }
    return context | (_licenses(visit, person, draft) if tab == "licenses" else {})


def _neighbors(listing: Listing, view: PeopleView) -> tuple[str | None, str | None]:
    """The rows above and below, where the open person is in sight."""
    ids: list[UUID | None] = [None, *(row.id for row in view.people.page.items), None]
    if listing.open is None or listing.open not in ids:
        return None, None
    place = ids.index(listing.open)
    above, below = ids[place - 1], ids[place + 1]
    return listing.pane(above) if above else None, listing.pane(below) if below else None


def _facts(user: UserDetail, speech: Speech) -> list[tuple[str, str]]:
    say = speech.say
    named = [
        (say("Username"), user.user_name),
        (say("First name"), user.first_name),
        (say("Last name"), user.last_name),
        (say("Job title"), user.job_title),
        (say("Department"), user.department),
        (say("Office"), user.office),
        (say("Mobile phone"), user.mobile_phone),
        (say("City"), user.city),
        (say("Country"), user.country),
        (say("Roles"), speech.all_of(speech.role(role) for role in user.roles) or say("No admin roles")),
        (say("Added"), speech.date(user.created_at)),
    ]
    return [(label, value) for label, value in named if value]


def _location_error(draft: Draft | None, speech: Speech) -> str | None:
    wrong = draft.refused if draft and draft.refused and draft.refused.field == "usage_location" else None
    return speech.refused(wrong) if wrong else None


def _licenses(visit: Visit, person: OpenPerson, draft: Draft | None) -> dict[str, Any]:
    speech, switches = visit.speech, draft.switches if draft else None
    refusals = draft.people if draft else []
    locked = not visit.viewer.can(Permission.LICENSE_ASSIGN)
    shown, loose = view_products(person.products, speech, switches=switches, refusals=refusals, locked=locked)
    held = sum(product.held for product in person.products)
    return {
        "products_shown": shown,
        "general": _general(draft, loose, speech),
        "buyers": buyers(loose, speech),
        "blocking": _blocking(refusals, speech),
        "held_text": speech.count("%(num)s license", "%(num)s licenses", held),
        "removed": _removed(visit, person, switches),
        "gained": speech.all_of(product.name for product in shown if product.checked and not product.held),
    }


def _general(draft: Draft | None, loose: Sequence[Refusal], speech: Speech) -> list[str]:
    """What is wrong with no single product."""
    if draft is None or draft.refused is None or draft.refused.field == "usage_location":
        return []
    if draft.people:
        return [speech.refusal(refusal.code, refusal.params) for refusal in loose]
    return [speech.refused(draft.refused)]


def buyers(refusals: Sequence[Refusal], speech: Speech) -> str:
    """Who may buy the seats that are missing; empty if none are."""
    if not any(refusal.code == "seats_short" for refusal in refusals):
        return ""
    roles = speech.either(speech.role(role) for role in roles_with(Permission.SUBSCRIPTION_CHANGE))
    return speech.say("Seats are bought by a %(roles)s.", roles=roles)


def _blocking(refusals: Sequence[Refusal], speech: Speech) -> str:
    """What stands in the way of saving, counted."""
    if not refusals:
        return ""
    if all(refusal.code == "plan_conflict" for refusal in refusals):
        return speech.count(
            "%(num)s plan conflict must be solved first",
            "%(num)s plan conflicts must be solved first",
            len(refusals),
        )
    return speech.count("%(num)s problem must be solved first", "%(num)s problems must be solved first", len(refusals))


def _removed(visit: Visit, person: OpenPerson, switches: Switches | None) -> list[tuple[str, str]]:
    """The products that go, and what becomes of their data."""
    gone = switches.removed if switches else frozenset()
    return [
        (product.name, _kept(visit, person.retention, product.sku_id))
        for product in person.products
        if product.sku_id in gone
    ]


def _kept(visit: Visit, retention: Mapping[UUID, tuple[int, int]], sku_id: UUID) -> str:
    speech = visit.speech
    least, most = retention.get(sku_id, (0, 0))
    until = speech.date(visit.now + timedelta(days=least))
    if least == most:
        return speech.count(
            "The data of its apps is kept for %(num)s day, until %(date)s, and then deleted. "
            "Assigning the license again before that brings it back.",
            "The data of its apps is kept for %(num)s days, until %(date)s, and then deleted. "
            "Assigning the license again before that brings it back.",
            least,
            date=until,
        )
    return speech.say(
        "The data of its apps is kept for %(days)s to %(most)s days, depending on the app: the first is deleted on "
        "%(date)s. Assigning the license again before that brings it back.",
        days=speech.number(least),
        most=speech.number(most),
        date=until,
    )
