"""Remove licenses: who holds one, who is to lose it, what is deleted and when, and the question before it is done.

Every step is an address that carries who was picked; nothing is kept between them.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.paging import decode
from tenantry.kit.words_index import search_words
from tenantry.queries.products import ProductPerson, ProductView, read_product_view
from tenantry.web.answers import address
from tenantry.web.find import parse_ids
from tenantry.web.pages import go, initials
from tenantry.web.visit import Visit

PLACE = "/licenses/{sku_id:uuid}/remove"
ROWS, MOST = 50, 200  # of a page; that can be picked at once


@dataclass(frozen=True)
class Removal:
    """What the address tells: of which product, who was picked, and where in the list of holders one is."""

    place: str
    picked: tuple[UUID, ...]
    q: str
    after: str

    def href(self, step: str = "", **more: str) -> str:
        return address(self.place + step, user=self.picked, **more)

    def without(self, user_id: UUID) -> str:
        """The list with one less picked."""
        rest = [one for one in self.picked if one != user_id]
        return address(self.place, q=self.q, after=self.after, user=rest)


def _read(visit: Visit, sku_id: UUID) -> Removal:
    visit.require(Permission.LICENSE_ASSIGN)
    query = visit.request.query_params
    after = query.get("to", "") or query.get("after", "")
    picked = parse_ids(query.getall("user", []))[:MOST]
    q = query.get("q", "").strip()[:200]
    return Removal(f"{visit.home}/licenses/{sku_id}/remove", picked, q, after if decode(after) else "")


async def _view(visit: Visit, sku_id: UUID, removal: Removal) -> ProductView:
    view = await read_product_view(
        visit.house.db,
        visit.viewer,
        sku_id=sku_id,
        words=search_words(removal.q),
        cursor=decode(removal.after),
        limit=ROWS,
        asked=removal.picked,
        now=visit.now,
    )
    if view.page.row.applies_to != "user":
        raise Refused("product_for_company", Kind.INVALID, product=view.page.row.name)
    return view


@get(PLACE)
async def pick(visit: Visit, sku_id: UUID) -> Response[Any]:
    """Step 1: who holds it, picked into *Selected users*."""
    removal = _read(visit, sku_id)
    error = visit.speech.say("Pick at least one person.") if visit.request.query_params.get("nobody") else ""
    return _step(visit, 1, removal, await _view(visit, sku_id, removal), error=error)


@get(f"{PLACE}/confirm")
async def confirm(visit: Visit, sku_id: UUID, sure: str = "") -> Response[Any]:
    """Step 2: what they lose, and what is deleted when; `sure` asks once more."""
    removal = _read(visit, sku_id)
    return await _confirm(visit, sku_id, removal, sure=bool(sure))


async def _confirm(
    visit: Visit, sku_id: UUID, removal: Removal, *, sure: bool, refused: Refused | None = None
) -> Response[Any]:
    view = await _view(visit, sku_id, removal)
    if not _removable(view):
        return go(removal.href(nobody="1"))
    error = visit.speech.refused(refused) if refused else ""
    return _step(visit, 2, removal, view, status=409 if error else 200, sure=sure, error=error, key=new_id())


@post(f"{PLACE}/confirm")
async def carry_out(visit: Visit, sku_id: UUID) -> Response[Any]:
    """*Yes*: all of them lose it, or, if something changed meanwhile, nobody does."""
    form = await visit.request.form()
    removal = replace(_read(visit, sku_id), picked=parse_ids(form.getall("user", []))[:MOST])
    try:
        done = await assign_licenses(
            visit.house.db,
            visit.viewer,
            selection=Selection(ids=removal.picked),
            wish=Wish(assign={}, remove=frozenset([sku_id])),
            all_or_none=True,
            now=visit.now,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _confirm(visit, sku_id, removal, sure=False, refused=refused)
    if not done.lost:
        nothing = {"kind": "ok", "text": visit.speech.say("Nothing had to be changed.")}
        return go(f"{visit.home}/licenses", toast=nothing)
    return go(removal.href("/done"))


@get(f"{PLACE}/done")
async def done(visit: Visit, sku_id: UUID) -> Response[Any]:
    """Step 3: who lost it, until when it can be undone, and whether anybody still lacks a seat."""
    removal = _read(visit, sku_id)
    return _step(visit, 3, removal, await _view(visit, sku_id, removal))


def _removable(view: ProductView) -> list[ProductPerson]:
    return [person for person in view.people if person.removable]


def _step(visit: Visit, step: int, removal: Removal, view: ProductView, **more: Any) -> Response[Any]:
    say, row = visit.speech.say, view.page.row
    licenses = f"{visit.home}/licenses"
    names = [(say("Selected users"), removal.href()), (say("Remove licenses"), None), (say("Done"), None)]
    return visit.page(
        ("licenses/remove_pick.html", "licenses/remove_confirm.html", "licenses/remove_done.html")[step - 1],
        title=say("Remove licenses"),
        crumbs=[(say("Billing"), None), (say("Licenses"), licenses), (row.name, f"{licenses}/{row.sku_id}")],
        steps=names,
        current=step,
        removal=removal,
        view=view,
        row=row,
        picked=_removable(view),
        gone=[person for person in view.people if not person.held],
        kept=[(days, visit.now + timedelta(days=days), apps) for days, apps in view.retention],
        most=MOST,
        initials=initials,
        **({"error": ""} | more),
    )


HANDLERS = [pick, confirm, carry_out, done]
