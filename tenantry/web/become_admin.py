"""Becoming the admin of a group that has none: where to begin, which product, whose domain, and the end of the way."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from tenantry.commands.become_admin import (
    ask_upgrade_proof,
    become_without_buying,
    begin_upgrade,
    choose_upgrade,
    look_at_upgrade,
)
from tenantry.domain.domains import Outcome
from tenantry.domain.doors import Door, parse_door
from tenantry.domain.upgrades import DOORS, Step, may_open, steps_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.upgrade import Proof, Way, read_proof, read_way
from tenantry.web.answers import address, onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.proof import Panel, is_over, panel
from tenantry.web.visit import Visit

PLACE = "/become-admin"


def place_of(visit: Visit, step: Step | None = None) -> str:
    return f"{visit.home}{PLACE}/{step}" if step else f"{visit.home}{PLACE}"


def door_of(text: str) -> Door | None:
    """The door that an address names; nothing for any other text."""
    door = parse_door(text)
    return door if door in DOORS else None


def show(visit: Visit, way: Way, step: Step, template: str, title: str, **context: Any) -> Response[Any]:
    """A step's page with the list of the steps."""
    steps = steps_of(len(way.offers))
    return visit.page(
        template,
        title=title,
        way=way,
        steps=_listed(visit, way, steps),
        current=steps.index(step) + 2 if step in steps else 2,
        place=place_of(visit),
        later=f"{visit.home}/",
        **context,
    )


def _listed(visit: Visit, way: Way, steps: tuple[Step, ...]) -> list[tuple[str, str, str | None]]:
    """The steps as label, note and link: what one may look at again is linked. Signing up is behind everybody."""
    say = visit.speech.say
    names = {
        Step.START: say("Run the wizard"),
        Step.PRODUCT: say("Choose a product"),
        Step.DOMAIN: say("Verify domain ownership"),
        Step.BUY: say("Buy licenses"),
        Step.DONE: say("You are the admin"),
    }
    listed: list[tuple[str, str, str | None]] = [(say("Sign up"), way.address, None)]
    for step in steps:
        passed = may_open(step, way.far) and step is not Step.DONE and way.upgrade is not None
        listed.append((names[step], _note(visit, way, step), place_of(visit, step) if passed else None))
    return listed


def _note(visit: Visit, way: Way, step: Step) -> str:
    """What a step came to, or what it will ask."""
    say, upgrade = visit.speech.say, way.upgrade
    if step is Step.PRODUCT or (step is Step.START and len(way.offers) == 1):
        return way.chosen.name if way.chosen else ""
    if step is Step.DOMAIN and upgrade is not None:
        return say("Verified") if upgrade.proven_at else say("Not verified yet")
    if step is Step.BUY and way.far is not Step.DONE:
        count = visit.speech.count
        return count(
            "At least %(num)s, one for everybody who has signed up",
            "At least %(num)s, one for everybody who has signed up",
            way.people,
        )
    return ""


def ahead(visit: Visit, way: Way, step: Step) -> Redirect | None:
    """To where one is, for who asks for a step that they have not come to, or for one that is behind the end."""
    if not way.is_open and way.far is not Step.DONE:
        return go(place_of(visit, Step.START)) if step is not Step.START else None
    return None if may_open(step, way.far) else go(place_of(visit, way.far))


@get(PLACE)
async def way(visit: Visit, door: str = "") -> Redirect:
    """To the step that comes next; to the first one for who comes through a door anew."""
    seen = await read_way(visit.house.db, visit.viewer, door=door_of(door))
    anew = seen.upgrade is not None and door_of(door) not in (None, seen.door) and seen.far is not Step.DONE
    step = Step.START if anew else seen.far
    return go(address(place_of(visit, step), door=door if step is Step.START and door_of(door) else ""))


# Start


@get(f"{PLACE}/start")
async def start(visit: Visit, door: str = "") -> Response[Any]:
    return await show_start(visit, door)


async def show_start(visit: Visit, door: str, refused: Refused | None = None) -> Response[Any]:
    """The first step, and what it says where somebody else is the admin by now."""
    seen = await read_way(visit.house.db, visit.viewer, door=door_of(door))
    if elsewhere := ahead(visit, seen, Step.START):
        return elsewhere
    return show(
        visit,
        seen,
        Step.START,
        "upgrade/start.html",
        visit.speech.say("Become the admin"),
        status=STATUS[refused.kind] if refused else 200,
        refused=visit.speech.refused(refused) if refused else "",
        door=door_of(door) or seen.door,
        more=seen.people - len(seen.some),
        products=visit.speech.either([offer.name for offer in seen.offers]),
    )


@post(f"{PLACE}/start")
async def begin(visit: Visit) -> Response[Any]:
    door = str((await visit.request.form()).get("door", ""))[:40]
    try:
        on_the_way = await begin_upgrade(visit.house.db, visit.viewer, door=door_of(door) or Door.ADMIN, now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        return await show_start(visit, door, refused)
    return onward(visit, place_of(visit, on_the_way.step))


# The product


@get(f"{PLACE}/product")
async def product(visit: Visit) -> Response[Any]:
    return await _product(visit)


async def _product(visit: Visit, refused: Refused | None = None) -> Response[Any]:
    seen = await read_way(visit.house.db, visit.viewer, door=None)
    if elsewhere := ahead(visit, seen, Step.PRODUCT):
        return elsewhere
    if len(seen.offers) < 2:
        return go(place_of(visit, seen.far))
    common = frozenset.intersection(*(frozenset(offer.apps) for offer in seen.offers))
    return show(
        visit,
        seen,
        Step.PRODUCT,
        "upgrade/product.html",
        visit.speech.say("Choose a product"),
        status=STATUS[refused.kind] if refused else 200,
        refused=visit.speech.refused(refused) if refused else "",
        common=sorted(common),
        rows=[(offer, [app for app in offer.apps if app not in common]) for offer in seen.offers],
        chosen=seen.chosen or seen.offers[0],
    )


@post(f"{PLACE}/product")
async def choose(visit: Visit) -> Response[Any]:
    sku_id = parse_id(str((await visit.request.form()).get("product", ""))[:64])
    try:
        if sku_id is None:
            raise Refused("product_not_offered", Kind.INVALID, field="product")
        on_the_way = await choose_upgrade(visit.house.db, visit.viewer, sku_id=sku_id, now=visit.now)
    except Refused as refused:
        if refused.code in ("product_not_offered", "upgrade_bought"):
            return await _product(visit, refused)
        if refused.code in ("step_early", "already_managed"):
            return await show_start(visit, "", refused)
        raise
    return onward(visit, place_of(visit, on_the_way.step))


# The domain


@get(f"{PLACE}/domain")
async def domain(visit: Visit) -> Response[Any]:
    seen = await read_way(visit.house.db, visit.viewer, door=None)
    if elsewhere := ahead(visit, seen, Step.DOMAIN):
        return elsewhere
    token = await ask_upgrade_proof(visit.house.db, visit.viewer, now=visit.now)
    proof = await read_proof(visit.house.db, visit.viewer)
    shown, page = _panel(visit, proof, token), place_of(visit, Step.DOMAIN)
    if is_over(visit, shown):
        return Response("", media_type="text/html", headers={"HX-Redirect": page})
    return show(
        visit,
        proof.way,
        Step.DOMAIN,
        "upgrade/domain.html",
        visit.speech.say("Verify domain ownership"),
        panel=shown,
        is_proven=proof.way.upgrade is not None and proof.way.upgrade.proven_at is not None,
        without_purchase=visit.house.settings.admin_without_purchase,
    )


def _panel(visit: Visit, proof: Proof, token: str) -> Panel:
    """What the viewer is to put into the DNS, and what was found there of it: each has a value of their own."""
    lost = Outcome.ELSEWHERE if proof.outcome == Outcome.ELSEWHERE else None
    place = place_of(visit, Step.DOMAIN)
    return panel(
        visit,
        name=proof.way.domain,
        token=token,
        look=proof.look,
        checked_at=proof.checked_at,
        check_at=proof.check_at,
        outcome=lost,
        place=place,
        page=place,
    )


@post(f"{PLACE}/domain")
async def prove(visit: Visit) -> Response[Any]:
    """Has the domain looked at now; where the house allows it, *become* goes on without a purchase."""
    form = await visit.request.form()
    try:
        if "become" in form:
            allowed = visit.house.settings.admin_without_purchase
            done = await become_without_buying(visit.house.db, visit.viewer, allowed=allowed, now=visit.now)
        else:
            done = await look_at_upgrade(visit.house.db, visit.viewer, now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        return await show_start(visit, "", refused)
    return onward(visit, place_of(visit, done.step))


# The end


@get(f"{PLACE}/done")
async def done(visit: Visit) -> Response[Any]:
    seen = await read_way(visit.house.db, visit.viewer, door=None)
    if seen.far is not Step.DONE:
        return go(place_of(visit, Step.START if not seen.is_open else seen.far))
    return show(
        visit,
        seen,
        Step.DONE,
        "upgrade/done.html",
        visit.speech.say("You are the admin"),
        organization=visit.tenant.name,
        next=f"{visit.home}/next",
    )


HANDLERS = [way, start, begin, product, choose, domain, prove, done]
