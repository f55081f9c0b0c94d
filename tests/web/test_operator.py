"""The operator at work: organizations, support access, the catalog, jobs and letters."""

import re
from typing import Any

import pytest
from sqlalchemy import select, text, update

from tenantry.commands.make_operator import make_operator_link
from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.queries.operator_tenants import list_all_tenants
from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tenantry.store.tables import accounts, letters, support_access, tenants
from tenantry.web.visit import SESSION
from tests.cast import ADELE, BASIC, CHAT, MAIL_SMALL, NOW, PETER, SITES_SMALL
from tests.commands.test_import_catalog import PRICES, table
from tests.web.conftest import Boss, Desk, desk_of, make_boss, type_browse, words
from tests.world import Tenant, make_tenant, query_count, rows_of

WISH = {"reason": "Ticket 812", "level": "look", "hours": "2"}


async def signed_in(desk: Desk, email: str, password: str) -> str:
    """Where a sign-in leads in the end."""
    answer = await desk.client.post("/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 303, words(answer)
    return (await desk.client.get("/")).headers["location"]


# The first operator


async def test_the_terminals_link_makes_an_operator_once_and_looking_does_not_use_it_up(
    house: House, boss: Boss
) -> None:
    token = await make_operator_link(house.db, first=False, now=NOW.now(NOW.tzinfo))
    form = {"name": "Ola Nordmann", "email": f"ola-{new_id()}@house.example"}
    password = "a house of many seats"
    async with desk_of(house, boss) as desk:
        desk.client.cookies.delete(SESSION)
        place = f"/operator/welcome/{token}"
        assert "Your name" in words(await desk.client.get(place))
        weak = await desk.client.post(place, data=form | {"password": "short", "repeated": "short"})
        assert (weak.status_code, "too short" in words(weak)) == (422, True)
        differs = await desk.client.post(place, data=form | {"password": password, "repeated": "another"})
        assert differs.status_code == 422
        made = await desk.client.post(place, data=form | {"password": password, "repeated": password})
        assert made.headers["location"] == "/sign-in"
        assert (await desk.client.get(place)).status_code == 410
        again = await desk.client.post(place, data=form | {"password": password, "repeated": password})
        assert again.status_code == 410
        assert await signed_in(desk, form["email"], password) == "/operator/tenants"


async def test_a_link_is_printed_only_while_nobody_runs_the_house(house: House, blank: Any, make_house: Any) -> None:
    empty = make_house(blank)
    first = await make_operator_link(empty.db, first=True, now=NOW)
    assert first is not None
    await make_boss(empty.db)
    assert await make_operator_link(empty.db, first=True, now=NOW) is None


# Organizations


async def test_an_organization_is_made_with_an_admin_who_has_to_choose_a_password(house: House, boss: Boss) -> None:
    slug = f"fabrikam-{str(new_id())[-8:]}"
    form = {"name": "Fabrikam", "slug": slug, "domain": f"{slug}.com", "country": "DK", "language": "da"}
    form |= {"currency": "DKK", "admin_name": "Ane Holm", "admin_alias": "ane"}
    async with desk_of(house, boss) as desk:
        refused = await desk.post("/tenants/add", form | {"slug": "No"})
        assert (refused.status_code, "is not an address" in words(refused)) == (422, True)
        page = await desk.post("/tenants/add", form)
        password = re.search(r"<code>([^<]+)</code>", page.text)[1]
        desk.client.cookies.delete(SESSION)
        assert await signed_in(desk, f"ane@{slug}.com", password) == f"/t/{slug}/"
        home = await desk.client.get(f"/t/{slug}/")
    assert home.headers["location"].startswith("/account/password")


async def test_a_suspended_tenants_people_are_kept_out_and_told_whom_to_ask(
    house: House, boss: Boss, contoso: Tenant, browse: type_browse
) -> None:
    place, name = f"/tenants/{contoso.id}", contoso.slug.title()
    async with desk_of(house, boss) as desk, browse(contoso, ADELE) as theirs:
        wrong = await desk.post(f"{place}/suspend", {"why": "Not paid", "typed": "Northwind"})
        assert (wrong.status_code, (await theirs.get("/")).status_code) == (422, 200)
        await desk.post(f"{place}/suspend", {"why": "Not paid", "typed": name.lower()})
        out = await theirs.get("/")
        assert (out.status_code, "is suspended. Ask those who run this service" in words(out)) == (403, True)
        assert "Not paid" not in words(out)
        assert "Suspended" in words(await desk.get(f"/tenants?q={contoso.slug}&only=suspended"))
        await desk.post(f"{place}/resume")
        assert (await theirs.get("/")).status_code == 200
    told = [row["command"] for row in await rows_of(house.db, contoso.id, "operations")]
    assert sorted(told) == ["resume_tenant", "suspend_tenant"]


async def test_a_deleted_tenant_says_when_it_ends(house: House, boss: Boss, contoso: Tenant) -> None:
    async with house.db.transaction(contoso.id) as tx:
        await tx.execute(update(tenants).values(deleted_at=NOW))
    async with desk_of(house, boss) as desk:
        assert "Deleted, ends on 1 Apr 2026" in words(await desk.get(f"/tenants?q={contoso.slug}"))
        page = await desk.get(f"/tenants/{contoso.id}")
    assert "Open support access" not in words(page)


@pytest.mark.parametrize("more", [0, 49])
async def test_the_list_costs_the_same_for_one_and_for_fifty(house: House, db: Database, boss: Boss, more: int) -> None:
    word = f"many{str(new_id())[-6:]}"
    for number in range(more + 1):
        await make_tenant(db, f"{word}-{number}", [], number=False)
    with query_count(house.jobs) as asked:
        facts = {"q": word, "state": "", "cursor": None, "limit": 50, "now": NOW}
        page = await list_all_tenants(house, boss.operator, **facts)
    assert (len(page.items), asked.count) == (more + 1, 5)


# Support access


async def test_support_access_shows_its_bar_on_every_page_and_leaving_ends_it(
    house: House, boss: Boss, contoso: Tenant, browse: type_browse
) -> None:
    async with desk_of(house, boss) as desk:
        assert (await desk.get(f"/t/{contoso.slug}/users/active")).status_code == 404
        opened = await desk.post(f"/tenants/{contoso.id}/support", WISH)
        assert opened.headers["location"] == f"/t/{contoso.slug}/"
        page = await desk.get(f"/t/{contoso.slug}/users/active")
        assert f"You look after {contoso.slug.title()} for support · Look only · until" in words(page)
        assert PETER.name in words(page)
        assert (await desk.get(f"/t/{contoso.slug}/users/add")).status_code == 403
        await desk.post(f"/tenants/{contoso.id}/leave")
        assert (await desk.get(f"/t/{contoso.slug}/users/active")).status_code == 404
    async with browse(contoso, ADELE) as theirs:
        assert "You look after" not in words(await theirs.get("/"))
        audit = words(await theirs.get("/audit"))
    assert f"Opened support access to {contoso.slug.title()} for 2 hours, to look Olga Operator" in audit


async def test_support_access_that_an_admin_ended_is_gone_at_the_next_click(
    house: House, boss: Boss, contoso: Tenant, browse: type_browse
) -> None:
    async with desk_of(house, boss) as desk, browse(contoso, ADELE) as theirs:
        await desk.post(f"/tenants/{contoso.id}/support", WISH)
        async with house.db.transaction(contoso.id) as tx:
            (access_id,) = (await tx.execute(select(support_access.c.id))).scalars()
        assert "Olga Operator" in words(await theirs.get("/settings/organization"))
        await theirs.post("/settings/organization/support", {"access": str(access_id)})
        assert (await desk.get(f"/t/{contoso.slug}/users/active")).status_code == 404


# The catalog


async def uploaded(desk: Desk, **files: bytes) -> Any:
    named = {name: (f"{name}.csv", data, "text/csv") for name, data in files.items()}
    form = {"_csrf_token": desk.csrf}
    return await desk.client.post("/operator/catalog/import", data=form, files=named)


def packed(page: Any) -> dict[str, str]:
    """The hidden fields of a preview."""
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page.text)[1] for name in ("packed", "stamp")}


async def test_an_import_is_looked_at_product_by_product_and_then_done(own: Any, make_house: Any) -> None:
    house = make_house(own)
    files = {
        "products": table(MAIL_SMALL, SITES_SMALL, name="Business Basic Plus"),
        "prices": f"{PRICES}{BASIC.sku_id},DKK,12,monthly,71.00".encode(),
    }
    async with desk_of(house, await make_boss(house.db)) as desk:
        seen = await uploaded(desk, **files)
        read = words(seen)
        assert "Name until now: Business Basic" in read
        assert "DKK 70.00 → DKK 71.00" in read
        assert f"Business Basic Plus {CHAT.friendly_name}" in read  # the file does not name it, so it stays
        done = await desk.post("/catalog/import/apply", packed(seen))
        assert done.headers["location"] == "/operator/catalog"
        assert "Business Basic Plus" in words(await desk.get("/catalog?q=basic"))
        assert "Nothing would change" in words(await uploaded(desk, **files))
        assert "Imported the catalog" in words(await desk.get("/log"))


async def test_a_preview_that_is_out_of_date_imports_nothing(own: Any, make_house: Any) -> None:
    house = make_house(own)
    async with desk_of(house, await make_boss(house.db)) as desk:
        first = await uploaded(desk, products=table(MAIL_SMALL, name="First"))
        second = await uploaded(desk, products=table(MAIL_SMALL, name="Second"))
        await desk.post("/catalog/import/apply", packed(second))
        stale = await desk.post("/catalog/import/apply", packed(first))
        assert (stale.status_code, "Name until now: Second" in words(stale)) == (409, True)
        assert "Second" in words(await desk.get("/catalog?q=second"))


async def test_a_file_with_faults_is_told_by_line_and_reason(house: House, boss: Boss) -> None:
    async with desk_of(house, boss) as desk:
        page = await uploaded(
            desk, products=table(MAIL_SMALL), prices=f"{PRICES}{BASIC.sku_id},DKK,12,weekly,1".encode()
        )
        assert page.status_code == 422
        assert "2 frequency “weekly” is not a billing frequency" in words(page)
        nothing = await uploaded(desk)
        assert (nothing.status_code, "Choose the file of products" in words(nothing)) == (422, True)
        forged = await desk.post("/catalog/import/apply", {"packed": "eJwDAAAAAAE=", "stamp": "x"})
        assert forged.status_code == 422


# Letters


async def test_a_letter_that_was_given_up_is_sent_again_and_names_nobody(house: House, boss: Boss) -> None:
    domain = f"mail-{new_id()}.example"
    facts = {"email": f"peter@{domain}", "changed_at": NOW}
    async with house.db.transaction() as tx:
        await write_letter(tx, kind="password_changed", to=f"peter@{domain}", language="da", params=facts, now=NOW)
        mine = letters.c.recipient == f"peter@{domain}"
        refusal = f"550 <peter@{domain}>: no such mailbox"
        await tx.execute(update(letters).where(mine).values(failed_at=NOW, error=refusal, tries=6))
        letter_id = (await tx.execute(select(letters.c.id).where(mine))).scalar_one()
    async with desk_of(house, boss) as desk:
        read = words(await desk.get("/letters?only=failed"))
        assert (f"…@{domain}" in read, "peter" in read, "no such mailbox" in read) == (True, False, True)
        await desk.post("/letters/retry", {"letter": str(letter_id)})
    async with house.db.transaction() as tx:
        row = (await tx.execute(select(letters).where(mine))).one()
    assert (row.failed_at, row.tries) == (None, 0)


async def test_a_job_that_failed_is_done_again(house: House, boss: Boss) -> None:
    task = f"task_{str(new_id())[-8:]}"
    put = "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('x', :task, 'failed') RETURNING id"
    async with house.db.transaction() as tx:
        job_id = (await tx.execute(text(put), {"task": task})).scalar_one()
    async with desk_of(house, boss) as desk:
        assert task in words(await desk.get("/jobs"))
        await desk.post("/jobs/retry", {"job": str(job_id)})
        await desk.post("/jobs/retry", {"task": task})
        assert "Had 1 job done again" in words(await desk.get("/log"))
    async with house.db.transaction() as tx:
        states = await tx.execute(text("SELECT status FROM procrastinate_jobs WHERE id = :id"), {"id": job_id})
        assert states.scalar_one() == "todo"


async def test_an_operator_who_is_none_any_more_is_out_at_once(house: House, boss: Boss) -> None:
    async with desk_of(house, boss) as desk:
        async with house.db.transaction() as tx:
            await tx.execute(update(accounts).where(accounts.c.id == boss.account_id).values(is_operator=False))
        assert (await desk.get("/tenants")).status_code == 404
