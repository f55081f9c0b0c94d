"""The ways out of a seat conflict that cost money: more seats in a subscription, or one that has ended renewed.

With one subscription they lead straight to its page; with several, one is chosen first.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get

from tenantry.queries.seat_conflicts import Purchase, WaysOut, read_ways_out
from tenantry.web.answers import address
from tenantry.web.pages import go
from tenantry.web.visit import Visit


@get("/licenses/{sku_id:uuid}/buy-more")
async def buy_more(visit: Visit, sku_id: UUID) -> Response[Any]:
    found = await read_ways_out(visit.house.db, visit.viewer, sku_id=sku_id, now=visit.now)
    if not found.growing:
        return go(address(f"{visit.home}/licenses/{sku_id}/renew")) if found.ended else go(purchase(visit, found))
    return _choose(visit, found, found.growing, "seats", visit.speech.say("Add/Remove licenses"))


@get("/licenses/{sku_id:uuid}/renew")
async def renew(visit: Visit, sku_id: UUID) -> Response[Any]:
    found = await read_ways_out(visit.house.db, visit.viewer, sku_id=sku_id, now=visit.now)
    if not found.ended:
        return go(f"{visit.home}/licenses")
    return _choose(visit, found, found.ended, "renew", visit.speech.say("Renew"))


def purchase(visit: Visit, found: WaysOut) -> str:
    """Where a new subscription of the product is bought."""
    return f"{visit.home}/purchase/{found.row.sku_id}"


def _choose(visit: Visit, found: WaysOut, some: Sequence[Purchase], part: str, action: str) -> Response[Any]:
    """The one subscription's page, or the list of several."""
    if len(some) == 1:
        return go(f"{visit.home}/products/{some[0].id}/{part}")
    say = visit.speech.say
    return visit.page(
        "licenses/choose.html",
        title=say("Choose a subscription"),
        crumbs=[(say("Billing"), None), (say("Licenses"), f"{visit.home}/licenses"), (found.row.name, None)],
        row=found.row,
        subscriptions=some,
        part=part,
        action=action,
    )


HANDLERS = [buy_more, renew]
