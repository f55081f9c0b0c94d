"""A product: its seats, who holds it, and the pane that assigns, switches and removes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get

from tenantry.domain.roles import Permission, roles_with
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.kit.paging import decode
from tenantry.kit.words_index import search_words
from tenantry.queries.products import ProductView, read_product_view, suggest_candidates
from tenantry.web.answers import address
from tenantry.web.buying import Buy, buy
from tenantry.web.find import parse_ids
from tenantry.web.pages import go, html, initials, render
from tenantry.web.troubles import explain
from tenantry.web.visit import Visit

ROWS = 50
PANES = ("assign", "assigned", "unassign", "remove")


@dataclass(frozen=True)
class Spot:
    """Where a reader is on a product's page: the address without what is open."""

    home: str
    sku_id: UUID
    q: str
    after: str

    @property
    def path(self) -> str:
        return f"{self.home}/licenses/{self.sku_id}"

    def href(self, **more: Any) -> str:
        return address(self.path, q=self.q, after=self.after, **more)

    def page(self, after: str | None) -> str | None:
        return address(self.path, q=self.q, after=after) if after else None

    def action(self, part: str) -> str:
        """The address of a form of the pane; what it answers stands over the same rows."""
        return address(f"{self.path}/{part}", q=self.q, after=self.after)


@dataclass(frozen=True)
class Pane:
    """What is open: "person" or one of PANES, the people it is about, and what a form was refused for.

    off: the apps switched off so far; None: as they are (all on, for a new license).
    """

    kind: str
    people: tuple[UUID, ...] = ()
    off: frozenset[UUID] | None = None
    operation: UUID | None = None
    refused: Refused | None = None


def spot_of(visit: Visit, sku_id: UUID) -> Spot:
    query = visit.request.query_params
    after = query.get("after", "")
    return Spot(visit.home, sku_id, query.get("q", "").strip()[:200], after if decode(after) else "")


@get("/licenses/{sku_id:uuid}")
async def product(visit: Visit, sku_id: UUID) -> Response[Any]:
    return await show(visit, spot_of(visit, sku_id), _asked_pane(visit))


def _asked_pane(visit: Visit) -> Pane | None:
    """The pane that the address opens, for those who may use it."""
    query = visit.request.query_params
    if (opened := parse_id(query.get("open", ""))) is not None:
        return Pane("person", (opened,))
    kind = query.get("pane", "")
    if kind not in PANES or not visit.viewer.can(Permission.LICENSE_ASSIGN):
        return None
    people = parse_ids(query.getall("user", []))[: visit.house.settings.direct_limit]
    off = frozenset(parse_ids(query.getall("off", [])))
    return Pane(kind, people, off, parse_id(query.get("operation", "")))


async def show(visit: Visit, spot: Spot, pane: Pane | None, *, status: int = 200) -> Response[Any]:
    """The page with `pane` open, or only the pane if that is what was asked for."""
    view = await read_product_view(
        visit.house.db,
        visit.viewer,
        sku_id=spot.sku_id,
        words=search_words(spot.q),
        cursor=decode(spot.after),
        limit=ROWS,
        asked=pane.people if pane else (),
        now=visit.now,
    )
    if spot.after and not view.page.holders.items and status == 200:
        return go(address(spot.path, q=spot.q))
    if pane and pane.kind == "person" and not view.people:
        raise Refused("user_missing", Kind.MISSING)
    fragment = visit.target == "pane"
    return visit.page(
        "licenses/pane.html" if fragment else "licenses/product.html",
        title=view.page.row.name,
        status=status,
        crumbs=_crumbs(visit, view),
        trouble=explain(visit, pane.refused, spot.sku_id) if pane and pane.refused else None,
        buy=_buy(visit, spot, pane, view) if pane else None,
        beside=_beside(view, pane),
        spot=spot,
        pane=pane,
        **_facts(visit, view),
    )


def _crumbs(visit: Visit, view: ProductView) -> list[tuple[str, str | None]]:
    say = visit.speech.say
    return [(say("Billing"), None), (say("Licenses"), f"{visit.home}/licenses"), (view.page.row.name, None)]


def _buy(visit: Visit, spot: Spot, pane: Pane, view: ProductView) -> Buy | None:
    """The seats that are missing for those who are chosen, at least one if none is free; and the way back to them."""
    if pane.kind != "assign" or view.page.row.applies_to != "user":
        return None
    missing = sum(not one.held for one in view.people) - view.page.row.seats.free
    back = spot.href(pane="assign", user=pane.people, off=pane.off)
    return buy(visit, spot.sku_id, missing if view.page.row.seats.free else max(missing, 1), back)


def _facts(visit: Visit, view: ProductView) -> dict[str, Any]:
    """What the page and every pane of it tell of the product."""
    row = view.page.row
    return {
        "view": view,
        "row": row,
        "holders": view.page.holders,
        "kept": [(days, visit.now + timedelta(days=days), apps) for days, apps in view.retention],
        "may_assign": visit.viewer.can(Permission.LICENSE_ASSIGN) and row.applies_to == "user",
        "limit": visit.house.settings.direct_limit,
        "buyers": visit.speech.either(visit.speech.role(role) for role in roles_with(Permission.SUBSCRIPTION_CHANGE)),
        "key": new_id(),
        "initials": initials,
    }


def _beside(view: ProductView, pane: Pane | None) -> tuple[UUID | None, UUID | None]:
    """The rows before and after the open one."""
    ids = [holder.id for holder in view.page.holders.items]
    if pane is None or pane.kind != "person" or pane.people[0] not in ids:
        return None, None
    at = ids.index(pane.people[0])
    return (ids[at - 1] if at else None), (ids[at + 1] if at + 1 < len(ids) else None)


@get("/licenses/{sku_id:uuid}/people")
async def candidates(visit: Visit, sku_id: UUID, q: str = "", way: str = "assign") -> Response[Any]:
    """The picker's answers; who holds the product already, or not at all, cannot be picked."""
    found = await suggest_candidates(visit.house.db, visit.viewer, sku_id=sku_id, words=search_words(q))
    say = visit.speech.say
    shown = []
    for one in found:
        if way == "assign":
            barred = say("Already has the license") if one.held else None
        else:
            barred = say("Does not have the license") if not one.held else None
            barred = say("Has it from a group") if one.inherited else barred
        shown.append((one.person, initials(one.person.name), barred))
    context = visit.frame() | {"found": shown, "q": q}
    return html(render("licenses/candidates.html", visit.language, context))


HANDLERS = [product, candidates]
