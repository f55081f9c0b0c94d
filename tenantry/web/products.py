"""Your products: a row per subscription, even of the same product."""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get

from tenantry.domain.subscriptions import Status
from tenantry.queries.subscriptions import SubscriptionRow, list_subscriptions
from tenantry.web.subscription_words import KINDS, date_words, status_word, term_words
from tenantry.web.visit import Visit


@dataclass(frozen=True)
class Purchase:
    """A subscription in words. `kind`: the badge of its status."""

    row: SubscriptionRow
    status: str
    kind: str
    term: str
    date: str


@get("/products")
async def products(visit: Visit) -> Response[Any]:
    rows = await list_subscriptions(visit.house.db, visit.viewer, now=visit.now)
    say = visit.speech.say
    return visit.page(
        "products/list.html",
        title=say("Your products"),
        crumbs=[(say("Billing"), None), (say("Your products"), None)],
        purchases=[_purchase(visit, row) for row in rows if row.status != Status.DELETED],
    )


def _purchase(visit: Visit, row: SubscriptionRow) -> Purchase:
    speech, status = visit.speech, Status(row.status)
    date = date_words(
        speech,
        status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        renews=row.recurring and not row.trial,
        now=visit.now,
    )
    return Purchase(row, status_word(speech, status), KINDS[status], term_words(speech, row.term_months), date)


HANDLERS = [products]
