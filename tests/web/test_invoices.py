"""Bills and payments in the browser: the list, one invoice, and the files."""

import csv
import io
import re
from uuid import UUID

from httpx import Response
from sqlalchemy import insert

from tenantry.commands.use_credits import CreditsUsed, use_credits
from tenantry.domain.viewers import janitor
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.store.database import Database
from tenantry.store.tables import operations
from tenantry.web.invoices import plain
from tests.cast import ADELE, BILL, NOW, PHONES, PREMIUM
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_invoice, query_count

PLACE = "/billing/invoices"
RECENT = NOW.replace(year=2035)  # not due for years, whatever day the tests run


def rows(answer: Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_a_credit_is_seen_until_it_is_used_and_then_where_it_went(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    credit = await make_invoice(db, contoso, -1000)
    async with browse(contoso, BILL) as desk:
        assert "DKK 12.50 of credit is left" in words(await desk.get(PLACE))
        owed = await make_invoice(db, contoso, 4000, product=PREMIUM)
        assert await use_credits(db, janitor(contoso.id), now=NOW) == CreditsUsed(1, 0)
        assert await use_credits(db, janitor(contoso.id), now=NOW) == CreditsUsed(0, 0)
        assert "of credit is left" not in words(await desk.get(PLACE))
        note, bill = await desk.get(f"{PLACE}/{credit.id}"), await desk.get(f"{PLACE}/{owed.id}")
    assert f"Set off against an invoice · {owed.number} Paid" in words(note)
    assert f"Set off with a credit note · {credit.number} Paid" in words(bill)
    assert "Left to pay DKK 37.50" in words(bill)


async def test_the_list_says_how_each_stands_and_what_is_left(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    late, credit = await make_invoice(db, contoso, 10_000), await make_invoice(db, contoso, -1000)
    fresh = await make_invoice(db, contoso, 4000, now=RECENT)
    async with browse(contoso, BILL) as desk:
        with query_count(db) as asked:
            page = await desk.get(PLACE)
        overdue, credits = await desk.get(f"{PLACE}?only=overdue"), await desk.get(f"{PLACE}?only=credited&year=2026")
        paid = await desk.get(f"{PLACE}?only=paid")
    assert asked.count <= 5
    assert "DKK 125.00 is overdue" in words(page)
    assert "DKK 175.00 is left to pay in all" in words(page)
    assert all(one.number in words(page) for one in (late, credit, fresh))
    assert (late.number in words(overdue), fresh.number in words(overdue)) == (True, False)
    assert (credit.number in words(credits), late.number in words(credits)) == (True, False)
    assert "Others may be there without the filter" in words(paid)


async def test_pages_follow_each_other(browse: type_browse, contoso: Tenant, db: Database) -> None:
    made = [await make_invoice(db, contoso, 100) for _ in range(51)]
    async with browse(contoso, BILL) as desk:
        page = await desk.get(PLACE)
        (after,) = re.findall(r"after=([\w-]+)", page.text)
        last = await desk.get(f"{PLACE}?after={after}")
    assert made[0].number not in words(page)
    assert made[0].number in words(last)


async def test_an_invoice_shows_its_lines_sums_and_files(browse: type_browse, contoso: Tenant, db: Database) -> None:
    made = await make_invoice(db, contoso, 10_000, -2500, po_number="PO <7>")
    async with browse(contoso, BILL) as desk:
        with query_count(db) as asked:
            page = await desk.get(f"{PLACE}/{made.id}")
        pdf = await desk.get(f"{PLACE}/{made.id}/invoice.pdf")
        lines = rows(await desk.get(f"{PLACE}/{made.id}/lines.csv"))
        all_of_them = rows(await desk.get(f"{PLACE}/export.csv"))
    assert asked.count <= 6
    assert all(text in words(page) for text in ("DKK 100.00", "-DKK 25.00", "DKK 93.75", "PO <7>", "Tax, 25%"))
    assert (pdf.headers["content-type"], pdf.content[:4]) == ("application/pdf", b"%PDF")
    assert [line["Without tax"] for line in lines] == ["100.00", "-25.00"]
    assert [(row["Total"], row["Left to pay"], row["State"]) for row in all_of_them] == [("93.75", "93.75", "Overdue")]


async def test_a_line_leads_to_its_operation_and_back(browse: type_browse, contoso: Tenant, db: Database) -> None:
    operation_id = new_id()
    made = await make_invoice(db, contoso, 10_000, operation_id=operation_id)
    await tell(db, contoso, operation_id)
    async with browse(contoso, BILL) as desk:
        page = await desk.get(f"{PLACE}/{made.id}")
        receipt = await desk.get(f"/operations/{operation_id}")
    assert f"/operations/{operation_id}" in page.text
    assert f"{PLACE}/{made.id}" in receipt.text


async def tell(db: Database, tenant: Tenant, operation_id: UUID) -> None:
    """An operation of Adele's that cost something."""
    known = {"tenant_id": tenant.id, "id": operation_id, "command": "open_subscription", "via": "web", "at": NOW}
    who = {
        "actor_id": tenant.people[ADELE],
        "actor_name": "Adele",
        "subject": PHONES.name,
        "facts": {"seats": 5, "trial": False},
    }
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(operations), known | who)


async def test_another_organizations_invoice_is_not_there(
    browse: type_browse, contoso: Tenant, northwind: Tenant, db: Database
) -> None:
    made = await make_invoice(db, northwind, 100)
    async with browse(contoso, ADELE) as desk:
        answers = [await desk.get(f"{PLACE}/{made.id}{part}") for part in ("", "/invoice.pdf", "/lines.csv")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_amounts_in_files_have_the_decimals_of_their_currency() -> None:
    amounts = [Money(5, "DKK"), Money(-123_456, "EUR"), Money(70, "JPY"), Money(1234, "KWD")]
    assert [plain(one) for one in amounts] == ["0.05", "-1234.56", "70", "1.234"]
