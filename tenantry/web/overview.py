"""Billing in pictures: seats by product and by month, what was charged and what will be, and when terms end."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from litestar import Response, get

from tenantry.domain.falling_due import Due
from tenantry.domain.timelines import Turn
from tenantry.kit.money import Money, exponent
from tenantry.queries.charts import Overview, read_overview
from tenantry.queries.licenses import ProductRow
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech

PLACE = "/billing/overview"
MOST_PRODUCTS, MOST_TURNS = 12, 100
type_rows = list[tuple[str, list[tuple[str, float]]]]  # a label, and (words, value) of each series


@get(PLACE)
async def overview(visit: Visit) -> Response[Any]:
    view = await read_overview(visit.house.db, visit.viewer, now=visit.now)
    say, left_out = visit.speech.say, len(view.products) - MOST_PRODUCTS
    count = visit.speech.count
    return visit.page(
        "overview/page.html",
        title=say("Overview"),
        crumbs=[(say("Billing"), None), (say("Overview"), None)],
        view=view,
        rest=count("and %(num)s more product", "and %(num)s more products", left_out) if left_out > 0 else "",
        products=_products(visit.speech, view),
        seats=_seats(visit.speech, view),
        costs=_money(visit.speech, view.costs),
        charged=any(money.minor for _, money in view.costs),
        ahead=_money(visit.speech, view.ahead.months),
        turns=[_turn(visit.speech, turn) for turn in view.ahead.turns[:MOST_TURNS]],
    )


def _products(speech: Speech, view: Overview) -> type_rows:
    """The products that are short first, then the largest."""

    def parts(row: ProductRow) -> tuple[int, int, int]:
        return min(row.seats.consumed, row.seats.enabled), row.seats.free, row.seats.short

    order = sorted(view.products, key=lambda row: (-row.seats.short, -row.seats.enabled, row.name.casefold()))
    return [(row.name, _numbers(speech, parts(row))) for row in order[:MOST_PRODUCTS]]


def _numbers(speech: Speech, values: Iterable[int]) -> list[tuple[str, float]]:
    return [(speech.number(value), value) for value in values]


def _seats(speech: Speech, view: Overview) -> type_rows:
    *months, (now, *counts) = view.seats
    rows = [(_month(speech, at), _numbers(speech, values)) for at, *values in months]
    return [*rows, (speech.date(now), _numbers(speech, counts))]


def _money(speech: Speech, months: Iterable[tuple[datetime, Money]]) -> type_rows:
    return [
        (_month(speech, at), [(speech.money(money), money.minor / 10 ** exponent(money.currency))])
        for at, money in months
    ]


def _month(speech: Speech, at: datetime) -> str:
    return speech.date(at, form="MMM yyyy")


def _turn(speech: Speech, turn: Turn) -> tuple[Turn, str, str]:
    """The end of a term with its sign and what happens then."""
    if turn.due is None:
        return turn, "soon", speech.say("Ends")
    if turn.due is Due.CONVERSION:
        return turn, "info", speech.say("The trial becomes a purchase")
    if turn.due is Due.SPLIT:
        return turn, "info", speech.say("Begins")
    return turn, "ok", speech.say("Renews")


HANDLERS = [overview]
