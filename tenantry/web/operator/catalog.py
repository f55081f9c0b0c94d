"""The catalog: every product, and one with its apps, rules and prices."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from tenantry.domain.catalog import Price
from tenantry.kit.money import Money
from tenantry.kit.paging import decode
from tenantry.queries.operator_catalog import list_catalog, read_product_sheet
from tenantry.web.answers import address
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.visit import Visit

PLACE = f"{HOME}/catalog"


@get("/catalog")
async def catalog(visit: Visit, q: str = "", after: str = "") -> Response[Any]:
    q = q[:100]
    page = await list_catalog(visit.house, operator(visit), q=q, cursor=decode(after), limit=visit.own.page_rows)
    return operator_page(
        visit,
        "operator/catalog.html",
        title=visit.speech.say("Catalog"),
        rows=page.items,
        q=q,
        previous=address(PLACE, q=q, after=page.previous) if page.previous else None,
        next=address(PLACE, q=q, after=page.next) if page.next else None,
        place=PLACE,
    )


@get("/catalog/{sku_id:uuid}")
async def product(visit: Visit, sku_id: UUID) -> Response[Any]:
    sheet = await read_product_sheet(visit.house, operator(visit), sku_id=sku_id)
    say, speech = visit.speech.say, visit.speech
    facts = [
        (say("Part number"), sheet.product.part_number),
        (say("Id"), str(sheet.product.sku_id)),
        (say("Applies to"), applies_to(visit, sheet.product.applies_to)),
        (
            say("Not offered in"),
            speech.all_of(speech.country(code) for code in sheet.barred) or say("It is offered everywhere."),
        ),
    ]
    return operator_page(
        visit,
        "operator/product.html",
        title=sheet.product.name,
        crumbs=[(say("Catalog"), PLACE)],
        facts=facts,
        apps=sheet.apps,
        prices=[(price, *terms(visit, price)) for price in sheet.prices],
    )


def applies_to(visit: Visit, whom: str) -> str:
    say = visit.speech.say
    return say("The whole organization") if whom == "company" else say("People")


def terms(visit: Visit, price: Price) -> tuple[str, str, str]:
    """Term, billing and amount of a price, in words."""
    say, months = visit.speech.say, visit.speech.count("%(num)s month", "%(num)s months", price.term_months)
    billed = say("Billed yearly") if price.frequency == "yearly" else say("Billed monthly")
    return months, billed, visit.speech.money(Money(price.minor, price.currency))


HANDLERS = [catalog, product]
