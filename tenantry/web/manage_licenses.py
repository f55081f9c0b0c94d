"""Manage product licenses: what to do, with which products, and a preview of exactly what will happen, before it does.

Every step is an address that carries the whole task, so that back, reload and sharing lose nothing.
"""

from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.bulk import ManyLicenses
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.licenses import OwnedProduct
from tenantry.queries.manage_licenses import Chosen, Offer, each_outcome, read_bulk_preview, read_chosen, read_offer
from tenantry.web.bulk_task import PLACE, Task, parse_pairs, read_task
from tenantry.web.find import parse_ids
from tenantry.web.long_operations import put_off
from tenantry.web.outcomes import Told, outcome_cells, tell, who
from tenantry.web.pages import go
from tenantry.web.spool import Spool
from tenantry.web.visit import Visit

STALE = {"forecast_stale", "people_gone"}

type_request = Request[Any, Any, Any]


def _crumbs(visit: Visit, task: Task) -> list[tuple[str, str | None]]:
    say = visit.speech.say
    people = say("Guest users") if task.kind == "guest" else say("Active users")
    return [(say("Users"), None), (people, task.list), (say("Manage product licenses"), None)]


def _steps(visit: Visit, task: Task, current: int) -> dict[str, Any]:
    """The step list: what was chosen stands in the first step's place once it is."""
    say = visit.speech.say
    chosen = {"more": say("Assign more"), "replace": say("Replace"), "unassign": say("Unassign all")}[task.do]
    steps = [(chosen if current > 1 else say("What to do"), task.href())]
    if task.do != "unassign" or current == 1:
        steps.append((say("Products and apps"), task.href("/products")))
    return {"steps": [*steps, (say("Preview"), None)], "current": min(current, len(steps) + 1)}


def _page(visit: Visit, template: str, task: Task, chosen: Chosen, step: int, **more: Any) -> Response[Any]:
    """A step of the wizard. A selection that has become empty says so, whatever the step."""
    task = replace(task, people=chosen.selection.ids or ())
    title = more.pop("title", visit.speech.say("Manage product licenses"))
    if not chosen.count:
        template, more = "manage/nobody.html", {"status": 404}
    more |= {"task": task, "chosen": chosen, "who": who(visit, chosen, task.filters)}
    return visit.page(template, title=title, crumbs=_crumbs(visit, task), **_steps(visit, task, step), **more)


@get(PLACE)
async def what_to_do(visit: Visit) -> Response[Any]:
    """Step 1: assign more, replace, or unassign all."""
    task = read_task(visit)
    chosen = await read_chosen(visit.house.db, visit.viewer, selection=task.selection)
    return _page(visit, "manage/what.html", task, chosen, 1)


@get(f"{PLACE}/products")
async def what_with(visit: Visit) -> Response[Any]:
    """Step 2: products, and the apps of each."""
    task = read_task(visit)
    if task.do == "unassign":
        return go(task.href("/preview"))
    offer = await read_offer(visit.house.db, visit.viewer, selection=task.selection, now=visit.now)
    return _products(visit, task, offer)


def _products(visit: Visit, task: Task, offer: Offer, error: str = "") -> Response[Any]:
    products = [_switches(visit, task, product) for product in offer.products]
    status = 422 if error else 200
    return _page(visit, "manage/products.html", task, offer.chosen, 2, products=products, error=error, status=status)


def _switches(visit: Visit, task: Task, product: OwnedProduct) -> dict[str, Any]:
    """A product as the macro `product_switches` takes it."""
    apps = [
        {"id": plan.id, "name": plan.friendly_name, "on": (product.sku_id, plan.id) not in task.off}
        for plan in product.plans
    ]
    free = visit.speech.count("%(num)s seat available", "%(num)s seats available", product.seats.free)
    note = f"{free} · " + visit.speech.say("%(count)s paid", count=visit.speech.number(product.seats.enabled))
    checked = product.sku_id in task.give
    return {"id": product.sku_id, "name": product.name, "note": note, "checked": checked, "apps": apps}


@post(f"{PLACE}/products")
async def choose_products(visit: Visit, request: type_request) -> Response[Any]:
    """Takes the ticked products and what is off of them into the address of the preview."""
    task, form = read_task(visit), await request.form()
    offer = await read_offer(visit.house.db, visit.viewer, selection=task.selection, now=visit.now)
    ticked, on = set(parse_ids(form.getall("product", []))), parse_pairs(form.getall("app", []))
    chosen = [product for product in offer.products if product.sku_id in ticked]
    every = {(product.sku_id, plan.id) for product in chosen for plan in product.plans}
    task = replace(task, give=tuple(product.sku_id for product in chosen), off=frozenset(every - on))
    if not chosen:
        return _products(visit, task, offer, visit.speech.say("Choose at least one product."))
    return go(task.href("/preview"))


@get(f"{PLACE}/preview")
async def preview(visit: Visit) -> Response[Any]:
    """Step 3: one line per outcome, and the button that does it."""
    task = read_task(visit)
    if task.do != "unassign" and not task.give:
        return go(task.href("/products"))
    return await _preview(visit, task)


async def _preview(visit: Visit, task: Task, error: str = "") -> Response[Any]:
    try:
        seen = await read_bulk_preview(
            visit.house.db, visit.viewer, selection=task.selection, wish=task.wish, now=visit.now
        )
    except Refused as refused:
        if refused.code != "nobody_selected":
            raise
        return _page(visit, "manage/nobody.html", task, Chosen(Selection(ids=()), 0, ()), 3)
    task = replace(task, people=seen.chosen.selection.ids or ())
    told: Told = tell(visit, task, seen)
    more = {"told": told, "error": error, "key": new_id(), "expected": ",".join(map(str, seen.preview.outcomes))}
    status = 409 if error else 200
    return _page(visit, "manage/preview.html", task, seen.chosen, 3, title=told.title, status=status, **more)


@post(f"{PLACE}/preview")
async def carry_out(visit: Visit, request: type_request) -> Response[Any]:
    """Does what the preview promised; if it has come to differ, nothing, and the new preview is shown."""
    task, form = read_task(visit), await request.form()
    expected, key = _expected(str(form.get("expected", ""))), str(form.get("key", ""))[:64]
    many = ManyLicenses(task.selection, task.wish, expected)
    if elsewhere := await put_off(visit, assign_licenses, many, sum(expected), key):
        return elsewhere
    try:
        done = await assign_licenses(
            visit.house.db,
            visit.viewer,
            selection=task.selection,
            wish=task.wish,
            all_or_none=False,
            expected=expected,
            now=visit.now,
            key=key,
        )
    except Refused as refused:
        if refused.code not in STALE:
            raise
        return await _preview(visit, task, visit.speech.refused(refused))
    if done.changed or done.refused:
        return go(f"{visit.home}/operations/{done.operation_id}")
    return go(task.list, toast={"kind": "ok", "text": visit.speech.say("Nothing had to be changed.")})


def _expected(text: str) -> tuple[int, int, int]:
    """The preview's outcomes as its form sends them; a form that does not is as good as stale."""
    numbers = [int(part) if part.isdecimal() and len(part) < 9 else -1 for part in text[:60].split(",")]
    changed, unchanged, refused = numbers if len(numbers) == 3 else (-1, -1, -1)
    return changed, unchanged, refused


@get(f"{PLACE}/preview.csv")
async def preview_csv(visit: Visit) -> Response[Any]:
    """Everybody of the preview with what would become of them."""
    visit.require(Permission.LICENSE_ASSIGN)
    task, say = read_task(visit), visit.speech.say
    headings = [say("Name"), say("Username"), say("Department"), say("Usage location"), say("Outcome"), say("Why")]
    file = Spool(headings, outcome_cells(visit, task.do))
    await each_outcome(
        visit.house.db, visit.viewer, selection=task.selection, wish=task.wish, now=visit.now, take=file.take
    )
    return file.answer(f"preview-{visit.tenant.slug}.csv")


HANDLERS = [what_to_do, what_with, choose_products, preview, carry_out, preview_csv]
