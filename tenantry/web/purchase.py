"""Purchase services: the catalog with its prices, a product to buy or to try, two products beside each other."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.buy import start_trial
from tenantry.commands.fill_cart import fill_cart
from tenantry.domain.carts import CartLine
from tenantry.domain.catalog import Limit
from tenantry.domain.charges import Price
from tenantry.domain.orders import TRIAL_DAYS, TRIAL_SEATS
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.kit.paging import decode
from tenantry.queries.offers import Offers, OfferSheet, list_offers, read_offer, read_offers
from tenantry.web.answers import address, onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.sign_in import inside
from tenantry.web.subscription_words import price_words, term_words
from tenantry.web.visit import Visit
from tenantry.words.limits import limit_words

PLACE = "/purchase"
MOST_DIGITS = 12


def place_of(visit: Visit, sku_id: UUID | None = None) -> str:
    return f"{visit.home}{PLACE}/{sku_id}" if sku_id else f"{visit.home}{PLACE}"


def crumbs_of(visit: Visit, *here: str) -> list[tuple[str, str | None]]:
    say = visit.speech.say
    way: list[tuple[str, str | None]] = [(say("Billing"), None)]
    return [*way, (say("Purchase services"), place_of(visit) if here else None), *((name, None) for name in here)]


def way_back(visit: Visit, text: str) -> str:
    """Where a purchase was begun, if that is a page of this organization; else nothing."""
    return text if text.startswith(f"{visit.home}/") and inside(text) == text else ""


def whole(text: str) -> int:
    """A number of seats as it was typed; 0 for what is none, which is refused."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0


def terms_of(text: str) -> tuple[int, str]:
    """Months and frequency of "12-monthly"; what is not sold is refused."""
    months, _, frequency = text.partition("-")
    return whole(months), frequency


@get(PLACE)
async def catalog(visit: Visit, q: str = "", show: str = "", after: str = "") -> Response[Any]:
    priced = show != "all"
    seen = await list_offers(
        visit.house.db,
        visit.viewer,
        q=q,
        priced=priced,
        cursor=decode(after),
        limit=visit.own.page_rows,
        now=visit.now,
    )
    return visit.page(
        "purchase/list.html",
        title=visit.speech.say("Purchase services"),
        crumbs=crumbs_of(visit),
        seen=seen,
        q=q,
        show=show,
        place=place_of(visit),
        **_ways(visit, seen, q, show),
    )


def _ways(visit: Visit, seen: Offers, q: str, show: str) -> dict[str, Any]:
    """The filters and the pages around."""
    say, place = visit.speech.say, place_of(visit)
    chips = [(say("With a price"), seen.priced, "", show != "all"), (say("All"), seen.total, "all", show == "all")]

    def page(cursor: str | None) -> str | None:
        return address(place, q=q, show=show, after=cursor) if cursor else None

    return {
        "chips": [(label, count, address(place, q=q, show=one), active) for label, count, one, active in chips],
        "previous": page(seen.page.previous),
        "next": page(seen.page.next),
    }


@get(PLACE + "/{sku_id:uuid}")
async def offer(visit: Visit, sku_id: UUID, seats: str = "", next: str = "") -> Response[Any]:
    return await _show(visit, sku_id, seats=seats[:MOST_DIGITS], next=next)


async def _show(
    visit: Visit, sku_id: UUID, *, seats: str, next: str, terms: str = "", refused: Refused | None = None
) -> Response[Any]:
    """The product's page; seats, terms: as they were typed."""
    seen = await read_offer(visit.house.db, visit.viewer, sku_id=sku_id, now=visit.now)
    speech, product = visit.speech, seen.sheet.product
    field = (refused.field or "").partition("-")[0] if refused else ""
    return visit.page(
        "purchase/product.html",
        title=product.name,
        status=STATUS[refused.kind] if refused else 200,
        crumbs=crumbs_of(visit, product.name),
        sheet=seen.sheet,
        others=[(one.sku_id, one.name) for one in seen.others],
        place=place_of(visit, sku_id),
        compare=f"{place_of(visit)}/compare",
        seats=seats or "1",
        terms=offered(visit, seen.sheet.prices),
        chosen=terms,
        errors={field: speech.refused(refused)} if refused and field else {},
        refused=speech.refused(refused) if refused and not field else "",
        apps=app_rows(visit, seen.sheet),
        next=way_back(visit, next),
        missing=whole(seats),
        trial_seats=TRIAL_SEATS,
        trial_days=TRIAL_DAYS,
        key=new_id(),
    )


def offered(visit: Visit, prices: Mapping[tuple[int, str], Price]) -> list[tuple[str, str]]:
    """Terms as the choices of a field: what a seat costs, and for how long."""
    speech = visit.speech
    return [
        (f"{months}-{often}", f"{price_words(speech, price)} · {term_words(speech, months)}")
        for (months, often), price in prices.items()
    ]


def app_rows(visit: Visit, sheet: OfferSheet) -> list[tuple[str, str]]:
    """The apps of a product, each with what it grants."""
    return [(app.plan.friendly_name, _limits(visit, app.limits)) for app in sheet.apps]


def _limits(visit: Visit, limits: Iterable[Limit]) -> str:
    named = groupby(limits, key=lambda limit: limit.name)
    return " · ".join(limit_words(visit.speech, tuple(steps)) for _, steps in named)


@post(PLACE + "/{sku_id:uuid}")
async def put_in_cart(visit: Visit, sku_id: UUID) -> Response[Any]:
    form = await visit.request.form()
    seats, terms, next = (str(form.get(name, ""))[:2000] for name in ("seats", "terms", "next"))
    months, frequency = terms_of(terms)
    line = CartLine(sku_id, whole(seats), months, frequency)
    try:
        if not line.seats:
            raise Refused("seats_whole", Kind.INVALID, field="seats")
        await fill_cart(visit.house.db, visit.viewer, lines=[line], now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.INVALID:
            raise
        return await _show(visit, sku_id, seats=seats[:MOST_DIGITS], next=next, terms=terms, refused=refused)
    return onward(visit, address(f"{place_of(visit)}/cart", next=way_back(visit, next)))


@post(PLACE + "/{sku_id:uuid}/trial")
async def try_out(visit: Visit, sku_id: UUID) -> Response[Any]:
    form = await visit.request.form()
    try:
        started = await start_trial(
            visit.house.db, visit.viewer, sku_id=sku_id, now=visit.now, key=str(form.get("key", ""))[:64] or None
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, sku_id, seats="", next="", refused=refused)
    date = visit.speech.date(started.ends_at)
    return onward(
        visit,
        f"{visit.home}/products/{started.subscription_id}",
        toast=visit.speech.say("The trial runs until %(date)s", date=date),
    )


@get(PLACE + "/{sku_id:uuid}/trial")
async def back(visit: Visit, sku_id: UUID) -> Response[Any]:
    """A form's address, asked for again."""
    return go(place_of(visit, sku_id))


@get(PLACE + "/compare")
async def compare(visit: Visit) -> Response[Any]:
    """The apps of two products. Without two, the catalog to choose from."""
    asked = [parse_id(text) for text in visit.request.query_params.getall("product", [])[:2]]
    skus = tuple(dict.fromkeys(sku_id for sku_id in asked if sku_id is not None))
    if len(skus) < 2:
        return go(place_of(visit, skus[0]) if skus else place_of(visit))
    left, right = await read_offers(visit.house.db, visit.viewer, skus=skus, now=visit.now)
    title = visit.speech.say("Compare apps")
    return visit.page(
        "purchase/compare.html",
        title=title,
        crumbs=crumbs_of(visit, title),
        sheets=(left, right),
        rows=_beside(visit, left, right),
        place=place_of(visit),
    )


def _beside(visit: Visit, left: OfferSheet, right: OfferSheet) -> list[dict[str, Any]]:
    """A row per app of either product: those that only one has come first, for they are what differs."""
    sides = [{app.plan.id: app for app in sheet.apps} for sheet in (left, right)]
    apps = {plan_id: app for side in sides for plan_id, app in side.items()}
    rows = [
        {
            "name": app.plan.friendly_name,
            "has": tuple(plan_id in side for side in sides),
            "limits": _limits(visit, app.limits),
        }
        for plan_id, app in apps.items()
    ]
    return sorted(rows, key=lambda row: (all(row["has"]), row["name"].casefold()))


HANDLERS = [catalog, offer, put_in_cart, try_out, back, compare]
