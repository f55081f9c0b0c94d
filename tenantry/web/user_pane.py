"""The pane of one person: the account, and licenses and apps, as held or as they are being changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from tenantry.domain.licenses import Refusal
from tenantry.domain.people import Person
from tenantry.domain.roles import Permission, roles_with
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.people import OpenPerson, PeopleView
from tenantry.queries.users import UserDetail
from tenantry.web.buying import buy_short
from tenantry.web.filters import FORMS, Listing
from tenantry.web.pages import initials
from tenantry.web.switches import Switches, view_products
from tenantry.web.user_account import account_context, block_context, edit_context, manages
from tenantry.web.user_activity import activity_context
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech


@dataclass(frozen=True)
class Draft:
    """What somebody has typed in the pane and is not saved: why not, or that it waits to be confirmed.

    typed: the particulars; was: what their form was filled with, as it carries it.
    """

    switches: Switches | None = None
    refused: Refused | None = None
    confirming: bool = False
    country: str = ""
    typed: Person | None = None
    was: str = ""

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
    user, tab = person.user, _tab(visit, listing, person.user)
    before, after = _neighbors(listing, view)
    context = {
        "person": person,
        "user": user,
        "draft": draft,
        "tab": tab,
        "tab_links": _tabs(visit, listing, user, tab),
        "subtitle": " · ".join(filter(None, (user.user_name, user.department))),
        "initials": initials(user.name),
        "previous_person": before,
        "next_person": after,
        "countries": visit.speech.countries,
        "chosen_country": draft.country if draft else "",
        "location_error": _location_error(draft, visit.speech),
        "location_action": listing.action(f"/users/{user.id}/location"),
        "licenses_action": listing.action(f"/users/{user.id}/licenses"),
        "key": str(new_id()),
    }
    return context | _inside(visit, listing, person, tab, draft)


def _inside(visit: Visit, listing: Listing, person: OpenPerson, tab: str, draft: Draft | None) -> dict[str, Any]:
    """What the open tab shows."""
    match tab:
        case "licenses":
            return _licenses(visit, person, draft)
        case "activity" if person.activity is not None:
            return activity_context(visit, listing, person.user, person.activity)
        case "edit":
            typed = draft or Draft()
            return edit_context(visit, listing, person, typed.typed, typed.refused, typed.was)
        case "block":
            return block_context(listing, person.user)
        case _:
            return account_context(visit, listing, person.user)


def _tab(visit: Visit, listing: Listing, user: UserDetail) -> str:
    """The tab that the address means, as far as the viewer may see it."""
    viewer = visit.viewer
    open_to_viewer = {
        "licenses": viewer.can(Permission.LICENSE_READ),
        "activity": True,
        "edit": manages(viewer, user, Permission.USER_EDIT),
        "block": manages(viewer, user, Permission.USER_BLOCK) and user.id != viewer.user_id,
    }
    return listing.tab if open_to_viewer.get(listing.tab) else "account"


def _tabs(visit: Visit, listing: Listing, user: UserDetail, tab: str) -> list[tuple[str, str, bool, None]]:
    say = visit.speech.say
    tabs = [("account", say("Account")), ("licenses", say("Licenses and apps")), ("activity", say("Activity"))]
    current = "account" if tab in FORMS else tab
    return [
        (label, listing.pane(user.id, name), name == current, None)
        for name, label in tabs
        if name != "licenses" or visit.viewer.can(Permission.LICENSE_READ)
    ]


def _neighbors(listing: Listing, view: PeopleView) -> tuple[str | None, str | None]:
    """The rows above and below, where the open person is in sight."""
    ids: list[UUID | None] = [None, *(row.id for row in view.people.page.items), None]
    if listing.open is None or listing.open not in ids:
        return None, None
    place = ids.index(listing.open)
    above, below = ids[place - 1], ids[place + 1]
    return listing.pane(above) if above else None, listing.pane(below) if below else None


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
        "buy": buy_short(visit, loose, [(product.sku_id, product.name) for product in person.products]),
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
