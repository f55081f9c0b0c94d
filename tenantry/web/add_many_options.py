"""Add many, continued: what everybody of the file gets, and the review whose button adds them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.add_people import add_people
from tenantry.commands.draft_people import change_draft
from tenantry.commands.long_operations import ask
from tenantry.domain.licenses import Refusal
from tenantry.domain.newcomers import NewPeople
from tenantry.domain.people_drafts import PeopleDraft
from tenantry.domain.roles import Permission, roles_with
from tenantry.kit.passwords import new_seed
from tenantry.queries.licenses import OwnedProduct
from tenantry.queries.people_drafts import PlannedDraft, plan_draft
from tenantry.web.add_many import PLACE, SHOWN, place_of, sent_to, show_step
from tenantry.web.buying import Buy, buy_each
from tenantry.web.pages import go
from tenantry.web.switches import Switches, read_switches, view_products
from tenantry.web.visit import Visit
from tenantry.words.countries import country_codes
from tenantry.words.outcomes import REASONS
from tenantry.words.speech import Speech


async def _plan(visit: Visit, draft_id: UUID) -> PlannedDraft:
    limit = visit.house.settings.import_limit
    return await plan_draft(visit.house.db, visit.viewer, draft_id=draft_id, limit=limit, now=visit.now)


# What they get


@get(f"{PLACE}/{{draft_id:uuid}}/options")
async def options(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Step 3: a sign-in, a usage location and licenses for everybody."""
    plan = await _plan(visit, draft_id)
    if not plan.seen.ready:
        return sent_to(visit, plan.seen) or go(place_of(visit, draft_id, "/verify"))
    return sent_to(visit, plan.seen) or _options(visit, plan)


def _options(visit: Visit, plan: PlannedDraft, error: str = "") -> Response[Any]:
    """The form; what is wrong with the products stands at them."""
    draft, checked = plan.seen.draft, plan.seen.checked
    products, _ = view_products(
        plan.products, visit.speech, switches=_switches(draft, plan.products), refusals=plan.conflicts
    )
    return show_step(
        visit,
        "options",
        3,
        plan.seen.id,
        status=422 if error or plan.conflicts else 200,
        draft=draft,
        error=error,
        location=visit.tenant.country if draft.usage_location is None else draft.usage_location,
        unlocated=checked.unlocated if checked else 0,
        count=len(plan.seen.rows),
        countries=visit.speech.countries,
        products=products,
    )


def _switches(draft: PeopleDraft, products: Sequence[OwnedProduct]) -> Switches:
    """The draft's products as a form that was sent."""
    apps = {product.sku_id: frozenset(plan.id for plan in product.plans) for product in products}
    on = {sku_id: apps[sku_id] - draft.products.get(sku_id, frozenset()) for sku_id in apps}
    return Switches(apps, frozenset(), frozenset(draft.products) & apps.keys(), on)


@post(f"{PLACE}/{{draft_id:uuid}}/options")
async def choose(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Keeps what was chosen; on to the review unless the products exclude each other."""
    form = await visit.request.form()
    location = str(form.get("usage_location", ""))[:10]
    known = location in country_codes().values()
    changes: dict[str, Any] = {"sign_in": form.get("sign_in") == "password"}
    changes["usage_location"] = location if known else ""
    if visit.viewer.can(Permission.LICENSE_ASSIGN):
        changes["products"] = dict(read_switches(form).wish().assign)
    await change_draft(visit.house.db, visit.viewer, draft_id=draft_id, now=visit.now, **changes)
    plan = await _plan(visit, draft_id)
    if (plan.conflicts or (location and not known)) and plan.seen.ready and not plan.seen.sent:
        error = "" if known or not location else visit.speech.refusal("country_unknown", {"value": location})
        return _options(visit, plan, error)
    return go(place_of(visit, draft_id, "/review"))


# The review


@get(f"{PLACE}/{{draft_id:uuid}}/review")
async def review(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Step 4: who is added, with what, and whom the seats do not reach."""
    plan = await _plan(visit, draft_id)
    return sent_to(visit, plan.seen) or _earlier(visit, plan) or _review(visit, plan)


def _earlier(visit: Visit, plan: PlannedDraft) -> Response[Any] | None:
    """The step that is not done yet, if there is one."""
    if not plan.seen.ready:
        return go(place_of(visit, plan.seen.id, "/verify"))
    return go(place_of(visit, plan.seen.id, "/options")) if plan.conflicts else None


def _review(visit: Visit, plan: PlannedDraft, error: str = "") -> Response[Any]:
    speech, rows = visit.speech, plan.seen.rows
    return show_step(
        visit,
        "review",
        4,
        plan.seen.id,
        status=409 if error else 200,
        error=error,
        rows=rows[:SHOWN],
        count=len(rows),
        facts=_facts(visit, plan),
        outcomes=_outcomes(visit, plan),
        missing=_missing(visit, plan),
        buys=(buys := _buys(visit, plan)),
        buyers=who_buys(speech) if plan.newcomers.missing and not buys else "",
        button_label=speech.count("Add %(num)s person", "Add %(num)s people", len(rows)),
    )


def _facts(visit: Visit, plan: PlannedDraft) -> list[tuple[str, str]]:
    speech, draft, checked = visit.speech, plan.seen.draft, plan.seen.checked
    left_out = len(checked.faulty) if checked else 0
    chosen = [product for product in plan.products if product.sku_id in draft.products]
    nowhere = sum(not row.person.usage_location for row in plan.seen.rows)
    places = speech.country(draft.usage_location) if draft.usage_location else speech.say("Missing")
    if checked and not checked.unlocated:
        places = speech.say("As in the file")
    elif checked and checked.unlocated < len(plan.seen.rows):
        places = speech.say("As in the file, else %(country)s", country=places) if not nowhere else places
    sign_in = speech.say("Passwords are made, and shown once when it is done")
    facts = [
        (speech.say("People"), speech.number(len(plan.seen.rows))),
        (speech.say("Lines left out"), speech.number(left_out) if left_out else ""),
        (speech.say("Sign-in"), sign_in if draft.sign_in else speech.say("No password yet")),
        (speech.say("Usage location"), places),
        (speech.say("Licenses"), speech.all_of(map(_apps(visit, draft), chosen)) or speech.say("None")),
    ]
    return [(label, value) for label, value in facts if value]


def _apps(visit: Visit, draft: PeopleDraft) -> Any:
    """A product's name, and what is off of it."""

    def told(product: OwnedProduct) -> str:
        off = [plan.friendly_name for plan in product.plans if plan.id in draft.products[product.sku_id]]
        apps = visit.speech.say("off: %(apps)s", apps=visit.speech.all_of(off))
        return f"{product.name} ({apps})" if off else product.name

    return told


def _outcomes(visit: Visit, plan: PlannedDraft) -> list[tuple[str, str, int, str]]:
    """What becomes of how many: (kind, label, count, why). Nothing without products: then all are added alike."""
    say, found = visit.speech.say, plan.newcomers
    if not plan.seen.draft.products:
        return []
    short = REASONS["seats_short"]
    lines = [
        ("will", say("Added, with licenses"), found.served, say("A seat is free")),
        *(_left_out(visit, refusal, count) for refusal, count in found.refused),
        ("soon", say("Added, without a license"), found.waiting, say(short)),
    ]
    return [line for line in lines if line[2]]


def _left_out(visit: Visit, refusal: Refusal, count: int) -> tuple[str, str, int, str]:
    why = visit.speech.refusal(refusal.code, refusal.params)
    return "broken", visit.speech.say("Added, without a license"), count, why


def _buys(visit: Visit, plan: PlannedDraft) -> list[Buy]:
    """The ways to the checkout, each with what is missing; they lead back to this review."""
    names = {product.sku_id: product.name for product in plan.products}
    return buy_each(visit, plan.newcomers.missing, names, place_of(visit, plan.seen.id, "/review"))


def _missing(visit: Visit, plan: PlannedDraft) -> list[str]:
    """The seats to buy, product by product."""
    names = {product.sku_id: product.name for product in plan.products}
    return [
        visit.speech.count("%(num)s seat of %(product)s", "%(num)s seats of %(product)s", count, product=names[sku_id])
        for sku_id, count in plan.newcomers.missing.items()
    ]


def who_buys(speech: Speech) -> str:
    roles = speech.either(speech.role(role) for role in roles_with(Permission.SUBSCRIPTION_CHANGE))
    return speech.say("Seats are bought by a %(roles)s.", roles=roles)


@post(f"{PLACE}/{{draft_id:uuid}}/review")
async def add(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Has them added; sent twice, or from two tabs, it is one operation. If it is others by now, the new review."""
    plan, form = await _plan(visit, draft_id), await visit.request.form()
    seen, draft = plan.seen, plan.seen.draft
    if seen.sent or _earlier(visit, plan):
        return sent_to(visit, seen) or go(place_of(visit, draft_id, "/verify"))
    if str(form.get("expected", "")) != str(len(seen.rows)):
        return _review(visit, plan, visit.speech.refusal("forecast_stale", {}))
    await ask(
        visit.house.db,
        visit.viewer,
        command=add_people,
        operation_id=draft.operation_id,
        request=NewPeople(seen.rows, draft.sign_in, draft.products),
        total=len(seen.rows),
        secret=new_seed() if draft.sign_in else None,
        now=visit.now,
    )
    return go(f"{visit.home}/operations/{draft.operation_id}")


HANDLERS = [options, choose, review, add]
