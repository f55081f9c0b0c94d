"""The organization's settings and its end, in the browser."""

import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from tenantry.domain.organization import Policies, Profile, mark_of
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.handles import handle_hash
from tenantry.store.tables import handles, long_operations, support_access, tenants
from tests.cast import ADELE, BASIC, BILL, NANCY, PETER, RASMUS, WAREHOUSE
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_pool, query_count, rows_of

SETTINGS, ENDING = "/settings/organization", "/settings/organization/delete"


def form_of(profile: Profile, seen: Profile) -> dict[str, str]:
    return {**asdict(profile), "seen": mark_of(seen)}


def profile_of(tenant: Tenant) -> Profile:
    return Profile(tenant.slug.title(), "DK", "en")


async def test_a_profile_is_saved_and_shown(browse: type_browse, contoso: Tenant) -> None:
    before = profile_of(contoso)
    async with browse(contoso, ADELE) as desk:
        form = form_of(replace(before, name="Contoso & Søn <x>", city="Aarhus"), before)
        assert (await desk.post(SETTINGS, form)).status_code == 303
        page = await desk.get(SETTINGS)
    assert 'value="Contoso &amp; Søn &lt;x&gt;"' in page.text
    assert "Profile saved" in words(page)


async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(
    browse: type_browse, contoso: Tenant
) -> None:
    before = profile_of(contoso)
    async with browse(contoso, ADELE) as desk:
        form = form_of(replace(before, city="Aarhus", technical_contact="nobody"), before)
        page = await desk.post(SETTINGS, form)
    assert page.status_code == 422
    assert "“nobody” is not an e-mail address" in words(page)
    assert 'value="Aarhus"' in page.text


async def test_two_who_change_at_once_see_each_others_change(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    before = profile_of(contoso)
    async with browse(contoso, ADELE) as desk:
        await desk.post(SETTINGS, form_of(replace(before, city="Aarhus"), before))
        page = await desk.post(SETTINGS, form_of(replace(before, city="Odense"), before))
        assert page.status_code == 409
        assert "Somebody else changed this meanwhile" in words(page)
        assert "Saved meanwhile: Aarhus" in words(page)
        seen = re.search(r'name="seen" value="(\w+)"', page.text)
        assert seen
        again = await desk.post(SETTINGS, form_of(replace(before, city="Odense"), before) | {"seen": seen[1]})
    assert again.status_code == 303
    ((row),) = await rows_of(db, contoso.id, "tenants")
    assert row["city"] == "Odense"


async def test_who_may_only_look_finds_facts_and_no_form(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, RASMUS) as desk:
        page = await desk.get(SETTINGS)
    read = words(page)
    assert "Support access Allowed" in read
    assert "Global admin and Global reader" in read
    assert f'action="/t/{contoso.slug}{SETTINGS}' not in page.text


async def test_a_policy_that_would_lock_its_admin_out_says_what_to_do_first(
    browse: type_browse, contoso: Tenant
) -> None:
    form = {"require_two_step": "1", "allow_support": "1", "seen": mark_of(Policies())}
    async with browse(contoso, ADELE) as desk:
        page = await desk.post(f"{SETTINGS}/policies", form)
    assert page.status_code == 409
    assert "Set up two-step sign-in for your own account first" in words(page)
    assert 'href="/account/two-step"' in page.text


async def let_in(db: Database, tenant: Tenant, account: Tenant) -> str:
    """An open access of the operator, who is Nancy here."""
    access_id, now = new_id(), datetime.now(UTC)
    mine = {"tenant_id": tenant.id, "account_id": account.accounts[NANCY]}
    times = {"started_at": now - timedelta(minutes=5), "ends_at": now + timedelta(hours=1)}
    handle = {"kind": "support", "hash": handle_hash(account.accounts[NANCY]), "row_id": access_id}
    async with db.transaction(tenant.id) as tx:
        row = {"id": access_id, "name": "Olga Operator", "reason": "Ticket 7", "level": "look"}
        await tx.execute(insert(support_access).values(**mine, **row, **times))
        await tx.execute(insert(handles).values(tenant_id=tenant.id, **handle))
    return str(access_id)


async def test_an_admin_sees_who_was_let_in_and_ends_it(
    browse: type_browse, contoso: Tenant, northwind: Tenant, db: Database
) -> None:
    access = await let_in(db, contoso, northwind)
    async with browse(contoso, ADELE) as desk:
        page = words(await desk.get(SETTINGS))
        assert "Olga Operator Ticket 7 Look" in page
        assert "End now" in page
        assert (await desk.post(f"{SETTINGS}/support", {"access": access})).status_code == 303
        page = words(await desk.get(SETTINGS))
        assert "ended by Adele Vance" in page
        assert "End now" not in page
        again = await desk.post(f"{SETTINGS}/support", {"access": access})
    assert again.status_code == 303
    async with db.transaction() as tx:
        left = await tx.execute(select(handles).where(handles.c.kind == "support", handles.c.tenant_id == contoso.id))
        assert left.all() == []


async def test_the_settings_cost_the_same_with_one_access_and_with_many(
    browse: type_browse, contoso: Tenant, northwind: Tenant, db: Database
) -> None:
    async with browse(contoso, ADELE) as desk:
        costs = []
        for count in (1, 20):
            for _ in range(count):
                access = await let_in(db, contoso, northwind)
                await desk.post(f"{SETTINGS}/support", {"access": access})
            with query_count(db) as counted:
                await desk.get(SETTINGS)
            costs.append(counted.count)
    assert costs[0] == costs[1]


# The end


async def test_the_page_says_exactly_what_would_end(browse: type_browse, contoso: Tenant, db: Database) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await make_pool(db, contoso.id, WAREHOUSE, 1, recurring=False)
    await make_pool(db, contoso.id, BASIC, 3, trial=True)
    async with browse(contoso, ADELE) as desk:
        read = words(await desk.get(ENDING))
    assert "9 members and 1 guest" in read
    assert f"Domains {contoso.domain}" in read
    assert "Business Basic 5 seats, renews on" in read
    assert "Warehouse 1 seat, paid until" in read
    assert "3 seats" not in read
    assert f"Delete {contoso.slug.title()}" in read


async def test_another_name_deletes_nothing(browse: type_browse, contoso: Tenant, db: Database) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.post(ENDING, {"confirm": "Northwind"})
    assert page.status_code == 422
    assert "That is not the name of the organization" in words(page)
    assert 'value="Northwind"' in page.text
    ((row),) = await rows_of(db, contoso.id, "tenants")
    assert row["deleted_at"] is None


async def test_a_deleted_tenant_is_one_page_for_its_global_admins_and_none_for_others(
    browse: type_browse, contoso: Tenant
) -> None:
    async with browse(contoso, ADELE) as desk, browse(contoso, BILL) as bill, browse(contoso, PETER) as peter:
        assert (await desk.post(ENDING, {"confirm": contoso.slug})).status_code == 303
        for path in ("/", "/users/active", "/audit", "/settings/organization"):
            led = await desk.get(path)
            assert (led.status_code, led.headers["location"]) == (303, f"{desk.home}{ENDING}")
        part = await desk.get("/users/active", target="pane")
        assert part.headers["hx-redirect"] == f"{desk.home}{ENDING}"
        changed = await desk.post("/settings/organization", {"name": "X"})
        assert changed.headers["location"] == f"{desk.home}{ENDING}"
        page = await desk.get(ENDING)
        for other in (bill, peter):
            refused = await other.get("/")
            assert refused.status_code == 403
            assert "Its global admins can undo that for 30 days" in words(refused)
    read = words(page)
    assert "It ends for good on" in read
    assert "Undo the deletion" in read
    assert "Type " not in read
    places = re.findall(
        rf'href="/t/{contoso.slug}(/[^"]*)"', page.text.partition('id="tn-nav"')[2].partition("</nav>")[0]
    )
    assert places == [ENDING]


async def test_the_way_back_leads_home_and_everything_is_as_it_was(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk, browse(contoso, BILL) as bill:
        await desk.post(ENDING, {"confirm": contoso.slug})
        undone = await desk.post(f"{ENDING}/undo")
        assert undone.headers["location"] == f"{desk.home}/"
        assert (await desk.get("/users/active")).status_code == 200
        assert (await bill.get("/products")).status_code == 200


async def test_what_forbids_it_is_said_and_there_is_no_form(browse: type_browse, contoso: Tenant, db: Database) -> None:
    row = {"tenant_id": contoso.id, "id": new_id(), "command": "x", "actor_name": "A", "total": 1}
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(long_operations).values(**row, request={}, language="en", asked_at=datetime.now(UTC)))
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(ENDING)
        tried = await desk.post(ENDING, {"confirm": contoso.slug})
    assert "1 operation is still under way" in words(page)
    assert 'id="delete-form"' not in page.text
    assert tried.status_code == 409


async def test_the_last_day_is_told_from_the_day_it_was_deleted(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    deleted_at = datetime(2026, 1, 2, 12, tzinfo=UTC)
    async with db.transaction(contoso.id) as tx:
        await tx.execute(update(tenants).values(deleted_at=deleted_at))
    async with browse(contoso, ADELE) as desk:
        read = words(await desk.get(ENDING))
    assert "It ends for good on 1 February 2026" in read
    assert "It was deleted on 2 Jan 2026" in read
