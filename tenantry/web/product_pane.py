"""The forms of a product's pane: licenses assigned, switched and removed for a few people at once."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.manage_people import set_usage_location
from tenantry.commands.pin_licenses import pin_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Kind, Refused
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.find import parse_ids
from tenantry.web.pages import go
from tenantry.web.product import Pane, Spot, show, spot_of
from tenantry.web.visit import Visit


@post("/licenses/{sku_id:uuid}/assign", status_code=200)
async def assign(visit: Visit, sku_id: UUID) -> Response[Any]:
    """Everyone who was picked gets the license, or nobody does."""
    form, spot = await visit.request.form(), spot_of(visit, sku_id)
    people, off = _people(form), _switched_off(form, sku_id)
    try:
        _check_number(visit, people)
        done = await assign_licenses(
            visit.house.db,
            visit.viewer,
            selection=Selection(ids=people),
            wish=Wish(assign={sku_id: off}),
            all_or_none=True,
            now=visit.now,
            key=_key(form),
        )
    except Refused as refused:
        return await _again(visit, spot, Pane("assign", _kept(visit, people), off, refused=refused))
    return onward(visit, spot.href(pane="assigned", operation=[done.operation_id], user=people))


@post("/licenses/{sku_id:uuid}/unassign", status_code=200)
async def unassign(visit: Visit, sku_id: UUID) -> Response[Any]:
    """First who was picked, in a pane that says what happens to them; then, confirmed, all of them or none."""
    form, spot = await visit.request.form(), spot_of(visit, sku_id)
    people, confirmed = _people(form), "confirm" in form
    try:
        _check_number(visit, people)
        if not confirmed:
            return onward(visit, spot.href(pane="remove", user=people))
        done = await assign_licenses(
            visit.house.db,
            visit.viewer,
            selection=Selection(ids=people),
            wish=Wish(assign={}, remove=frozenset([sku_id])),
            all_or_none=True,
            now=visit.now,
            key=_key(form),
        )
    except Refused as refused:
        pane = Pane("remove" if confirmed else "unassign", _kept(visit, people), refused=refused)
        return await _again(visit, spot, pane)
    removed = visit.speech.count("%(num)s license removed", "%(num)s licenses removed", done.lost.get(sku_id, 0))
    return onward(visit, Spot(spot.home, sku_id, spot.q, "").href(), toast=removed)


@post("/licenses/{sku_id:uuid}/people/{user_id:uuid}", status_code=200)
async def switch_apps(visit: Visit, sku_id: UUID, user_id: UUID) -> Response[Any]:
    """The apps of one person's license, as ticked. A license that somebody removed meanwhile is not assigned anew."""
    form, spot = await visit.request.form(), spot_of(visit, sku_id)
    off = _switched_off(form, sku_id)
    try:
        await assign_licenses(
            visit.house.db,
            visit.viewer,
            selection=Selection(ids=(user_id,)),
            wish=Wish(assign={sku_id: off}, set_apps=True, held_only=True),
            all_or_none=True,
            now=visit.now,
            key=_key(form),
        )
    except Refused as refused:
        return await _again(visit, spot, Pane("person", (user_id,), off, refused=refused))
    return onward(visit, spot.href(open=str(user_id)), toast=visit.speech.say("Changes saved"))


@post("/licenses/{sku_id:uuid}/location", status_code=200)
async def locate(visit: Visit, sku_id: UUID) -> Response[Any]:
    """The usage location that some of the picked people lack, without losing who was picked."""
    form, spot = await visit.request.form(), spot_of(visit, sku_id)
    kept, off = parse_ids(_texts(form, "keep")), _switched_off(form, sku_id)
    people = parse_ids(_texts(form, "located"))
    try:
        done = await set_usage_location(
            visit.house.db,
            visit.viewer,
            selection=Selection(ids=people),
            country=str(form.get("country", "")),
            now=visit.now,
            key=_key(form),
        )
    except Refused as refused:
        return await _again(visit, spot, Pane("assign", _kept(visit, kept), off, refused=refused))
    said = visit.speech.count(
        "Usage location set for %(num)s person", "Usage location set for %(num)s people", done.changed
    )
    return onward(visit, spot.href(pane="assign", user=kept, off=sorted(off)), toast=said)


@post(["/licenses/{sku_id:uuid}/pin", "/licenses/{sku_id:uuid}/unpin"], status_code=200)
async def pin(visit: Visit, sku_id: UUID) -> Response[Any]:
    """Pins the licenses of who was ticked, or lets them go."""
    people = _people(await visit.request.form())
    pinned = visit.request.url.path.endswith("/pin")
    done = await pin_licenses(visit.house.db, visit.viewer, sku_id=sku_id, people=people, pinned=pinned, now=visit.now)
    said = visit.speech.count("%(num)s license changed", "%(num)s licenses changed", done.changed)
    return onward(visit, spot_of(visit, sku_id).href(), toast=said)


@get(["/licenses/{sku_id:uuid}/assign", "/licenses/{sku_id:uuid}/unassign", "/licenses/{sku_id:uuid}/location"])
async def back(visit: Visit, sku_id: UUID) -> Redirect:
    """A form's address, asked for again (a reload, another language): the page it belongs to."""
    part = visit.request.url.path.rpartition("/")[2]
    return go(spot_of(visit, sku_id).href(pane="unassign" if part == "unassign" else "assign"))


@get("/licenses/{sku_id:uuid}/people/{user_id:uuid}")
async def back_to_person(visit: Visit, sku_id: UUID, user_id: UUID) -> Redirect:
    """The same for one person's apps."""
    return go(spot_of(visit, sku_id).href(open=str(user_id)))


def _texts(form: FormMultiDict, name: str) -> list[str]:
    return [str(text) for text in form.getall(name, [])]


def _people(form: FormMultiDict) -> tuple[UUID, ...]:
    return parse_ids(_texts(form, "user"))


def _switched_off(form: FormMultiDict, sku_id: UUID) -> frozenset[UUID]:
    """The apps that were shown and are not ticked, and those that a button switches off."""
    shown = parse_ids(" ".join(_texts(form, "apps")).split())
    ticked = parse_ids([text.partition("/")[2] for text in _texts(form, "app") if text.startswith(f"{sku_id}/")])
    return frozenset(shown) - frozenset(ticked) | frozenset(parse_ids(" ".join(_texts(form, "off")).split()))


def _key(form: FormMultiDict) -> str | None:
    return str(form.get("key", ""))[:100] or None


def _check_number(visit: Visit, people: tuple[UUID, ...]) -> None:
    limit = visit.house.settings.direct_limit
    if not people:
        raise Refused("nobody_selected", Kind.INVALID)
    if len(people) > limit:
        raise Refused("too_many_selected", Kind.INVALID, limit=limit)


def _kept(visit: Visit, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
    return people[: visit.house.settings.direct_limit]


async def _again(visit: Visit, spot: Spot, pane: Pane) -> Response[Any]:
    """The form again, with what was chosen and why it was refused."""
    assert pane.refused is not None
    if pane.refused.kind is Kind.DENIED:
        raise pane.refused
    status = 409 if pane.refused.kind is Kind.MISSING else STATUS[pane.refused.kind]
    return await show(visit, spot, pane, status=status)


HANDLERS = [assign, unassign, pin, switch_apps, locate, back, back_to_person]
