"""The billing account, in the browser."""

from dataclasses import asdict, replace

from tenantry.domain.billing_account import BillingAccount, mark_of
from tenantry.store.database import Database
from tests.cast import ADELE, BILL, RASMUS
from tests.web.conftest import type_browse, words
from tests.world import Tenant, query_count, rows_of

PLACE = "/billing/account"
CONTOSO = BillingAccount("Contoso & Søn <x>", "Gade 1", "1000", "København", "DK", "DK13585628", "", "PO 7")


def form(account: BillingAccount, seen: BillingAccount | None = None) -> dict[str, str]:
    return {**asdict(account), "seen": mark_of(seen)}


async def test_it_starts_from_the_organizations_address_and_is_saved(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    async with browse(contoso, BILL) as desk:
        with query_count(db) as asked:
            page = await desk.get(PLACE)
        assert "Nothing is saved yet" in words(page)
        assert f'name="seen" value="{mark_of(None)}"' in page.text
        assert (await desk.post(PLACE, form(CONTOSO))).status_code == 303
        assert 'value="Contoso &amp; Søn &lt;x&gt;"' in (await desk.get(PLACE)).text
    (row,) = await rows_of(db, contoso.id, "billing_accounts")
    assert (row["vat_number"], row["email"], row["po_number"]) == ("DK13585628", None, "PO 7")
    assert asked.count <= 6


async def test_a_wrong_number_is_said_at_its_field_and_what_was_typed_is_kept(
    browse: type_browse, contoso: Tenant
) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.post(PLACE, form(replace(CONTOSO, vat_number="DK13585629")))
    assert page.status_code == 422
    assert "This is not a VAT number of Denmark" in words(page)
    assert 'value="DK13585629"' in page.text


async def test_two_who_change_at_once_are_told(browse: type_browse, contoso: Tenant, db: Database) -> None:
    async with browse(contoso, ADELE) as desk:
        await desk.post(PLACE, form(CONTOSO))
        page = await desk.post(PLACE, form(replace(CONTOSO, city="Aarhus")))
        assert (page.status_code, "meanwhile" in words(page)) == (409, True)
        again = await desk.post(PLACE, form(replace(CONTOSO, city="Aarhus"), CONTOSO))
        assert again.status_code == 303
    told = [row["facts"] for row in await rows_of(db, contoso.id, "operations")]
    assert {"city": "Aarhus", "before": {"city": "København"}} in told


async def test_a_reader_sees_it_without_a_form(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        await desk.post(PLACE, form(CONTOSO))
    async with browse(contoso, RASMUS) as desk:
        page = await desk.get(PLACE)
    assert "DK13585628" in words(page)
    assert 'name="legal_name"' not in page.text
