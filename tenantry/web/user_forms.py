"""The forms of a person's pane: particulars, sign-in, licenses and apps, and the usage location."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, post

from tenantry.commands.assign_licenses import Assigned, assign_licenses
from tenantry.commands.block_people import block_people
from tenantry.commands.edit_people import edit_person
from tenantry.commands.manage_people import set_usage_location
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Kind, Refused
from tenantry.web.errors import STATUS
from tenantry.web.filters import Listing, read_listing
from tenantry.web.pages import go
from tenantry.web.switches import read_switches
from tenantry.web.user_account import read_person, read_was
from tenantry.web.user_pane import Draft
from tenantry.web.users import show_people
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech


@post("/users/{user_id:uuid}/licenses")
async def save_licenses(visit: Visit, user_id: UUID) -> Response[Any]:
    """Saves what is ticked; a license that would go is asked about first."""
    visit.require(Permission.LICENSE_ASSIGN)
    form, listing = await visit.request.form(), _listing(visit, user_id, "licenses")
    switches = read_switches(form)
    if "edit" in form:
        return await show_people(visit, listing, draft=Draft(switches))
    if switches.removed and "confirmed" not in form:
        return await show_people(visit, listing, draft=Draft(switches, confirming=True))
    try:
        done = await assign_licenses(
            visit.house.db,
            visit.viewer,
            selection=Selection(ids=(user_id,)),
            wish=switches.wish(),
            all_or_none=True,
            now=visit.now,
            key=form.get("key"),
        )
    except Refused as refused:
        return await _again(visit, listing, Draft(switches, refused))
    return go(listing.pane(user_id), toast={"kind": "ok", "text": _done(done, visit.speech), **_shared(visit, done)})


@post("/users/{user_id:uuid}/edit")
async def save_person(visit: Visit, user_id: UUID) -> Response[Any]:
    """Saves the particulars; what is wrong stands at its field, what another changed meanwhile too."""
    visit.require(Permission.USER_EDIT)
    form, listing = await visit.request.form(), _listing(visit, user_id, "edit")
    person, was = read_person(form), str(form.get("was", ""))
    try:
        done = await edit_person(
            visit.house.db, visit.viewer, user_id=user_id, person=person, was=read_was(was), now=visit.now
        )
    except Refused as refused:
        return await _again(visit, listing, Draft(refused=refused, typed=person, was=was))
    say = visit.speech.say
    text = say("%(name)s was saved", name=person.display_name) if done.changed else say("There was nothing to change")
    return go(listing.pane(user_id, "account"), toast={"kind": "ok", "text": text})


@post("/users/{user_id:uuid}/block")
async def save_block(visit: Visit, user_id: UUID) -> Response[Any]:
    """Blocks or unblocks the sign-in, as the button said."""
    visit.require(Permission.USER_BLOCK)
    form, listing = await visit.request.form(), _listing(visit, user_id, "block")
    blocked = form.get("do") != "unblock"
    try:
        await block_people(
            visit.house.db, visit.viewer, selection=Selection(ids=(user_id,)), blocked=blocked, now=visit.now
        )
    except Refused as refused:
        return await _again(visit, listing, Draft(refused=refused))
    text = visit.speech.say("Sign-in blocked") if blocked else visit.speech.say("Sign-in unblocked")
    return go(listing.pane(user_id, "account"), toast={"kind": "ok", "text": text})


def _listing(visit: Visit, user_id: UUID, tab: str = "") -> Listing:
    listing = read_listing(visit.home, visit.request.query_params)
    return replace(listing, open=user_id, tab=tab or listing.tab)


async def _again(visit: Visit, listing: Listing, draft: Draft) -> Response[Any]:
    """The form as it was sent, with what is wrong; a person who is not here stays a page of its own."""
    refused = draft.refused
    if refused is None or refused.kind in (Kind.MISSING, Kind.DENIED):
        raise refused or ValueError("nothing was refused")
    return await show_people(visit, listing, draft=draft, status=STATUS[refused.kind])


def _shared(visit: Visit, done: Assigned) -> dict[str, str]:
    """The way to tell somebody with a new license how to begin."""
    if not done.gained:
        return {}
    href = f"{visit.home}/quick-start/share?operation={done.operation_id}"
    return {"action_label": visit.speech.say("Share the quick-start page"), "action_href": href}


def _done(done: Assigned, speech: Speech) -> str:
    gained, lost = sum(done.gained.values()), sum(done.lost.values())
    parts = []
    if gained:
        parts.append(speech.count("%(num)s license assigned", "%(num)s licenses assigned", gained))
    if lost:
        parts.append(speech.count("%(num)s license removed", "%(num)s licenses removed", lost))
    if parts:
        return speech.say("Saved: %(what)s", what=speech.all_of(parts))
    return speech.say("Saved: apps changed") if done.changed else speech.say("There was nothing to change")


@post("/users/{user_id:uuid}/location")
async def save_location(visit: Visit, user_id: UUID) -> Response[Any]:
    """Sets the usage location. What is ticked beside it stays; `next` leads back to another page of the tenant."""
    form, listing = await visit.request.form(), _listing(visit, user_id)
    country = str(form.get("country", ""))[:2]
    switches = read_switches(form) if "offered" in form else None
    try:
        await set_usage_location(
            visit.house.db, visit.viewer, selection=Selection(ids=(user_id,)), country=country, now=visit.now
        )
    except Refused as refused:
        return await _again(visit, listing, Draft(switches, refused, country=country))
    back = str(form.get("next", ""))
    if back.startswith(f"{visit.home}/") and "\\" not in back and "//" not in back:
        return go(back, toast=_located(visit.speech, country))
    if switches is not None:
        return await show_people(visit, listing, draft=Draft(switches))
    return go(listing.pane(user_id), toast=_located(visit.speech, country))


def _located(speech: Speech, country: str) -> dict[str, str]:
    return {"kind": "ok", "text": speech.say("Usage location: %(country)s", country=speech.country(country))}


HANDLERS = [save_licenses, save_location, save_person, save_block]
