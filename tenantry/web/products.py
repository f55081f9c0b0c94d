"""Your products: a row per subscription, even of the same product."""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get

from tenantry.domain.subscriptions import Status
from tenantry.queries.subscriptions import SubscriptionRow, list_subscriptions
from tenantry.web.visit import Visit

KINDS = {
    Status.ACTIVE: "ok",
    Status.TRIAL: "brand",
    Status.SCHEDULED: "",
    Status.EXPIRED: "soon",
    Status.DISABLED: "broken",
}


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
    say, status = visit.speech.say, Status(row.status)
    words = {
        Status.ACTIVE: say("Active"),
        Status.TRIAL: say("Trial"),
        Status.SCHEDULED: say("Scheduled"),
        Status.EXPIRED: say("Expired"),
        Status.DISABLED: say("Disabled"),
    }
    return Purchase(row, words[status], KINDS[status], _term(visit, row), _date(visit, row, status))


def _term(visit: Visit, row: SubscriptionRow) -> str:
    years, months = divmod(row.term_months, 12)
    if months:
        return visit.speech.count("%(num)s month", "%(num)s months", row.term_months)
    return visit.speech.count("%(num)s year", "%(num)s years", years)


def _date(visit: Visit, row: SubscriptionRow, status: Status) -> str:
    """What the next date of a subscription means; nothing for one that renewed by itself long ago."""
    say, date = visit.speech.say, visit.speech.date
    if status is Status.SCHEDULED:
        return say("Starts on %(date)s", date=date(row.starts_at))
    if status in {Status.EXPIRED, Status.DISABLED}:
        return say("Ended on %(date)s", date=date(row.ends_at))
    if row.ends_at <= visit.now:
        return ""
    if row.recurring and not row.trial:
        return say("Renews on %(date)s", date=date(row.ends_at))
    return say("Ends on %(date)s", date=date(row.ends_at))


HANDLERS = [products]
