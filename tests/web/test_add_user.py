"""Adding a person through the page: who may, what is proposed, what is refused where, and the receipt."""

import re
from typing import Any

from sqlalchemy import select

from tenantry.kit.passwords import verify
from tenantry.store.database import Database
from tenantry.store.tables import accounts, users
from tests.cast import ADELE, BASIC, BILL, CHAT, HENRIETTA, LIDIA, PETER, PREMIUM, RASMUS, ULLA
from tests.web.conftest import Desk, type_browse, words
from tests.web.test_user_pane import ticked
from tests.world import Tenant, held, make_pool


def typed(tenant: Tenant, alias: str = "ane.dahl", **more: Any) -> dict[str, Any]:
    """The form as somebody fills it in."""
    texts = {"first_name": "Ane", "last_name": "Dahl", "alias": alias, "domain": tenant.domain, "usage_location": "NO"}
    return texts | {"sign_in": "none", "password": "mk7pd-w2rxv-8hqcn-ta4es"} | more


async def add(desk: Desk, form: dict[str, Any]):
    return await desk.post("/users/add", form)


async def row_of(db: Database, tenant: Tenant, user_name: str) -> Any:
    async with db.transaction(tenant.id) as tx:
        return (await tx.execute(select(users).where(users.c.user_key == user_name))).one_or_none()


async def test_the_form_proposes_the_organizations_country_and_its_domains(
    browse: type_browse, contoso: Tenant
) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get("/users/add")
    assert '<option value="DK" selected>' in page.text
    assert f'<option value="{contoso.domain}">@{contoso.domain}</option>' in page.text


async def test_the_name_is_made_of_first_and_last_where_it_was_left_empty(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    async with browse(contoso, ULLA) as desk:
        page = await add(desk, typed(contoso))
    assert page.status_code == 200
    assert "Ane Dahl was added" in words(page)
    row = await row_of(db, contoso, f"ane.dahl@{contoso.domain}")
    assert (row.display_name, row.usage_location, row.account_id) == ("Ane Dahl", "NO", None)


async def test_the_generated_password_is_shown_once_and_signs_in(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    async with browse(contoso, ADELE) as desk:
        form = (await desk.get("/users/add")).text
        password = form.split('name="password" value="')[1].split('"')[0]
        page = await add(desk, typed(contoso, sign_in="password", password=password, key="once"))
        again = await add(desk, typed(contoso, sign_in="password", password=password, key="once"))
    assert re.fullmatch(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}", password)
    assert password in words(page)
    assert password in words(again)
    async with db.transaction() as tx:
        wanted = select(accounts.c.password_hash).where(accounts.c.email_key == f"ane.dahl@{contoso.domain}")
        assert verify((await tx.execute(wanted)).scalar_one(), password)


async def test_without_a_password_none_is_shown(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await add(desk, typed(contoso))
    assert "No password yet" in words(page)
    assert "mk7pd" not in page.text


async def test_a_password_that_was_tampered_with_is_refused(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await add(desk, typed(contoso, sign_in="password", password="short"))
    assert page.status_code == 422
    assert "at least 16 characters" in words(page)
    assert 'value="short"' not in page.text


async def test_licenses_come_in_the_same_step(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, ULLA) as desk:
        page = await add(desk, typed(contoso) | ticked(BASIC, off=(CHAT.id,)))
    assert "Licenses Business Basic" in words(page)
    row = await row_of(db, contoso, f"ane.dahl@{contoso.domain}")
    assert await held(db, contoso.id) == {(row.id, BASIC.sku_id): frozenset({CHAT.id})}


async def test_a_taken_name_is_told_at_its_field_and_what_was_typed_stays(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, ADELE) as desk:
        page = await add(desk, typed(contoso, PETER.user_name) | ticked(BASIC, off=(CHAT.id,)))
    assert page.status_code == 409
    assert "already in use" in words(page)
    field = page.text[page.text.index('id="f-alias"') :]
    assert 'aria-invalid="true"' in field[: field.index(">")]
    assert 'name="first_name" type="text" value="Ane"' in page.text
    assert f'value="{BASIC.sku_id}" data-product-box checked>' in page.text
    assert f'value="{BASIC.sku_id}/{CHAT.id}" checked' not in page.text
    assert '<option value="NO" selected>' in page.text


async def test_each_fault_stands_at_its_field(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        form = await add(desk, typed(contoso, "not a name"))
        empty = await add(desk, typed(contoso, first_name="", last_name=""))
        foreign = await add(desk, typed(contoso, domain="elsewhere.example"))
        nowhere = await add(desk, typed(contoso, usage_location="XX"))
    assert [page.status_code for page in (form, empty, foreign, nowhere)] == [422] * 4
    assert 'id="f-alias-error"' in form.text
    assert 'id="f-display_name-error"' in empty.text
    assert "elsewhere.example is not a domain of this organization" in words(foreign)
    assert 'id="f-usage_location-error"' in nowhere.text


async def test_a_license_without_a_location_is_told_at_the_location(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    async with browse(contoso, ADELE) as desk:
        page = await add(desk, typed(contoso, usage_location="") | ticked(BASIC))
    assert page.status_code == 409
    assert 'id="f-usage_location-error"' in page.text
    assert await row_of(db, contoso, f"ane.dahl@{contoso.domain}") is None


async def test_when_seats_are_short_nobody_is_added_and_the_page_says_who_buys(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    async with browse(contoso, ULLA) as desk:
        await add(desk, typed(contoso, "first") | ticked(BASIC))
        page = await add(desk, typed(contoso, "second") | ticked(BASIC))
    assert page.status_code == 409
    assert "1 seat is missing" in words(page)
    assert "Seats are bought by a Global admin or Billing admin" in words(page)
    assert await row_of(db, contoso, f"second@{contoso.domain}") is None


async def test_a_plan_conflict_can_be_switched_off_on_the_way(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    for product in (BASIC, PREMIUM):
        await make_pool(db, contoso.id, product, 5)
    form = typed(contoso) | ticked(BASIC, PREMIUM)
    async with browse(contoso, ADELE) as desk:
        page = await add(desk, form)
        off = re.findall(r'name="off" value="([^"]*)"', page.text)
        done = await add(desk, form | {"off": off})
    assert page.status_code == 409
    assert "exclude each other" in words(page)
    assert done.status_code == 200
    assert len(await held(db, contoso.id)) == 2


async def test_only_those_who_may_add_get_the_form(browse: type_browse, contoso: Tenant, db: Database) -> None:
    for who in (BILL, LIDIA, HENRIETTA, RASMUS, PETER):
        async with browse(contoso, who) as desk:
            assert (await desk.get("/users/add")).status_code == 403
            assert (await add(desk, typed(contoso))).status_code == 403
    assert await row_of(db, contoso, f"ane.dahl@{contoso.domain}") is None


async def test_markup_in_a_name_is_only_text(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await add(desk, typed(contoso, display_name="<b>Ane</b>"))
        shown = await desk.get("/users/active")
    assert "<b>Ane" not in page.text + shown.text
    assert "<b>Ane</b> was added" in words(page)
