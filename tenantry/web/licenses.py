"""Licenses: a row per product, with its seats over all subscriptions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response, get

from tenantry.domain.seat_conflicts import Conflict
from tenantry.kit.csvfile import write_rows
from tenantry.queries.licenses import ProductRow
from tenantry.queries.seat_conflicts import Licenses, list_licenses
from tenantry.web.answers import address, download
from tenantry.web.conflict_words import cause_of, deadline_of
from tenantry.web.visit import Visit

SHOWN: dict[str, Callable[[ProductRow], bool]] = {
    "all": lambda row: True,
    "conflict": lambda row: row.applies_to == "user" and row.seats.short > 0,
    "full": lambda row: row.applies_to == "user" and row.seats.free == 0 and row.seats.short == 0,
}


@dataclass(frozen=True)
class ProductLine:
    """A product as a row: `second` is its second line. conflict, why: what is the matter with it, if anything."""

    row: ProductRow
    href: str
    second: str
    conflict: Conflict | None = None
    why: str = ""

    @property
    def for_company(self) -> bool:
        return self.row.applies_to == "company"


@get("/licenses")
async def licenses(visit: Visit, q: str = "", show: str = "all") -> Response[Any]:
    found = await _found(visit, q)
    show = show if show in SHOWN else "all"
    place = f"{visit.home}/licenses"
    chips = [(name, sum(map(SHOWN[name], found.rows)), address(place, q=q, show=name)) for name in SHOWN]
    lines = [_line(visit, row, found.conflicts.get(row.sku_id)) for row in found.rows if SHOWN[show](row)]
    return visit.page(
        "licenses/list.html",
        title=visit.speech.say("Licenses"),
        crumbs=[(visit.speech.say("Billing"), None), (visit.speech.say("Licenses"), None)],
        lines=lines,
        any_short=any(line.conflict for line in lines),
        chips=chips,
        show=show,
        q=q,
        export=address(f"{place}/export", q=q, show=show if show != "all" else ""),
        total=_total(visit, [line.row for line in lines]),
    )


async def _found(visit: Visit, q: str) -> Licenses:
    """The tenant's products whose name or part number has what was typed."""
    wanted = q.strip().casefold()
    found = await list_licenses(visit.house.db, visit.viewer, now=visit.now)
    fits = (row for row in found.rows if wanted in row.name.casefold() or wanted in row.part_number.casefold())
    return Licenses(tuple(fits), found.conflicts)


def _line(visit: Visit, row: ProductRow, conflict: Conflict | None) -> ProductLine:
    href, second = f"{visit.home}/licenses/{row.sku_id}", renewal(visit, row)
    if conflict is None:
        return ProductLine(row, href, second)
    parts = (cause_of(visit.speech, conflict, row), deadline_of(visit.speech, conflict))
    return ProductLine(row, href, second, conflict, " · ".join(part for part in parts if part))


def renewal(visit: Visit, row: ProductRow) -> str:
    """How many subscriptions there are, if more than one, and when the next one renews or ends."""
    speech, parts = visit.speech, []
    if row.subscriptions > 1:
        parts.append(speech.count("%(num)s subscription", "%(num)s subscriptions", row.subscriptions))
    if row.renews_at:
        date = speech.date(row.renews_at)
        text = (
            speech.say("Renews on %(date)s", date=date) if row.recurring else speech.say("Ends on %(date)s", date=date)
        )
        parts.append(text)
    elif not row.recurring:
        parts.append(speech.say("No current subscription"))
    return " · ".join(parts)


def _total(visit: Visit, rows: Sequence[ProductRow]) -> str:
    seated = [row.seats for row in rows if row.applies_to == "user" and not row.is_free]
    assigned, paid = sum(seats.consumed for seats in seated), sum(seats.enabled for seats in seated)
    products = visit.speech.count("%(num)s product", "%(num)s products", len(rows))
    figures = visit.speech.count(
        "%(num)s license assigned of %(paid)s paid",
        "%(num)s licenses assigned of %(paid)s paid",
        assigned,
        paid=visit.speech.number(paid),
    )
    return f"{products} · {figures}"


@get("/licenses/export")
async def export(visit: Visit, q: str = "", show: str = "all") -> Response[bytes]:
    """The list as it is filtered, as CSV."""
    say, fits = visit.speech.say, SHOWN.get(show, SHOWN["all"])
    headings = [say("Product"), say("Part number"), say("Product ID"), say("Subscriptions"), say("Total")]
    headings += [say("Assigned"), say("Available"), say("Short"), say("Renews or ends on")]
    rows = [_cells(row) for row in (await _found(visit, q)).rows if fits(row)]
    return download(f"licenses-{visit.tenant.slug}.csv", write_rows(headings, rows))


def _cells(row: ProductRow) -> list[str]:
    seats = row.seats
    numbers = (row.subscriptions, seats.enabled, seats.consumed, seats.free, seats.short)
    date = row.renews_at.date().isoformat() if row.renews_at else ""
    return [row.name, row.part_number, str(row.sku_id), *map(str, numbers), date]


HANDLERS = [licenses, export]
