"""Deleting, restoring and new passwords through the pages: what is said before, done, and shown once."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from tenantry.kit.passwords import verify
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.tables import accounts
from tests.cast import ADELE, BASIC, BILL, GUSTAV, HENRIETTA, LIDIA, PETER, ULLA, Character
from tests.commands.test_delete_people import assign
from tests.web.conftest import Desk, type_browse, words
from tests.web.test_add_many import work
from tests.web.test_bulk_people import address, field, press
from tests.world import Tenant, consumed, make_pool, rows_of

DELETE, RESTORE, RESET = "/users/delete", "/users/restore", "/users/reset-password"
PASSWORD = re.compile(r"<code>([a-z2-9]{5}(?:-[a-z2-9]{5}){3})</code>")


async def gone(db: Database, tenant: Tenant) -> set[object]:
    return {row["id"] for row in await rows_of(db, tenant.id, "users") if row["deleted_at"] is not None}


async def delete(desk: Desk, tenant: Tenant, *who: Character) -> None:
    assert (await press(desk, address(tenant, DELETE, *who))).status_code == 303


async def opens(db: Database, tenant: Tenant, who: Character, password: str) -> bool:
    """Whether the password is that of the person's account."""
    async with db.transaction() as tx:
        known = select(accounts.c.password_hash).where(
            accounts.c.email == tenant.email(who), accounts.c.closed_at.is_(None)
        )
        return verify((await tx.execute(known)).scalar_one(), password)


async def test_the_page_says_what_ends_and_what_stays_paid_before_anybody_is_deleted(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await assign(db, contoso, BASIC, *contoso.ids(PETER, BILL))
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(address(contoso, DELETE, PETER, BILL, ADELE))
        told = words(page)
        assert await gone(db, contoso) == set()
    assert "Delete 2 people" in told
    assert f"{BASIC.name} 2 seats 30 days, until" in told
    assert "still paid for" in told
    assert "They can be restored for 30 days, until" in told
    assert "You cannot delete yourself" in told


async def test_the_button_deletes_and_leads_to_the_deleted_users(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    await assign(db, contoso, BASIC, contoso.people[PETER])
    async with browse(contoso, ULLA) as desk:
        done = await press(desk, address(contoso, DELETE, PETER))
        assert done.status_code == 303
        assert "1 person was deleted" in words(await desk.get(done.headers["location"]))
        told = words(await desk.get("/users/deleted"))
    assert "Peter Plain" in told
    assert "30 days left" in told
    assert await gone(db, contoso) == {contoso.people[PETER]}
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 0}


async def test_very_many_are_deleted_by_a_job(
    browse: type_browse, contoso: Tenant, db: Database, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.web.long_operations.PATIENT", 0)
    async with browse(contoso, ADELE) as desk:
        place = (await press(desk, address(contoso, DELETE, PETER, GUSTAV))).headers["location"]
        assert await gone(db, contoso) == set()
        await work(house, contoso, place)
        receipt = await desk.get(place)
    assert await gone(db, contoso) == set(contoso.ids(PETER, GUSTAV))
    assert "Deleted 2 people" in words(receipt)


async def test_whoever_is_deleted_is_out_at_once(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, BILL) as theirs, browse(contoso, ADELE) as desk:
        assert (await theirs.get("/")).status_code == 200
        await delete(desk, contoso, BILL)
        left = await theirs.get("/")
    assert (left.status_code, left.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_who_may_not_be_deleted_stays_and_an_empty_deed_cannot_be_pressed(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(address(contoso, DELETE, LIDIA))
        assert "There is nobody whom you may delete." in words(page)
        answer = await press(desk, address(contoso, DELETE, LIDIA))
    assert answer.status_code == 409
    assert await gone(db, contoso) == set()


async def test_the_deleted_are_searched_and_saved_as_a_file(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        assert "Nobody was deleted" in words(await desk.get("/users/deleted"))
        await delete(desk, contoso, PETER, BILL)
        found = words(await desk.get("/users/deleted?q=bil", target="list"))
        assert ("Bill" in found, "Peter" in found) == (True, False)
        assert "Nobody found" in words(await desk.get("/users/deleted?q=zzz"))
        file = await desk.get("/users/deleted.csv?q=pet")
    lines = file.text.splitlines()
    assert lines[0].endswith("Deleted (UTC),Can be restored until (UTC)")
    assert [line.split(",")[0] for line in lines[1:]] == ["Peter Plain"]


async def restore(desk: Desk, place: str, **form: Any) -> Any:
    page = await desk.get(place)
    return await desk.post(place, {"key": field(page.text, "key"), "sign_in": "password"} | form)


async def test_a_restored_person_gets_a_password_once_and_the_license_again(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    await make_pool(db, contoso.id, BASIC, 1)
    await assign(db, contoso, BASIC, contoso.people[PETER])
    async with browse(contoso, ULLA) as desk:
        await delete(desk, contoso, PETER)
        place = address(contoso, RESTORE, PETER)
        asked = await desk.get(place)
        assert "1 person had it · 1 seat is free" in words(asked)
        form = {"key": "once", "license": str(BASIC.sku_id)}
        done, again = await restore(desk, place, **form), None
        (password,) = PASSWORD.findall(done.text)
        again = await desk.get(place)
    assert "1 person was restored" in words(done)
    assert await opens(db, contoso, PETER, password)
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 1}
    assert again.status_code == 404
    assert password not in again.text


async def test_a_name_in_use_is_solved_in_place(browse: type_browse, contoso: Tenant, db: Database) -> None:
    alias = PETER.user_name
    typed = {"first_name": "Peter", "last_name": "Anew", "alias": alias, "domain": contoso.domain, "sign_in": "none"}
    async with browse(contoso, ULLA) as desk:
        await delete(desk, contoso, PETER)
        await desk.post("/users/add", typed | {"usage_location": "DK"})
        place, name = address(contoso, RESTORE, PETER), f"name-{contoso.people[PETER]}"
        assert "That username is already in use" in words(await desk.get(place))
        refused = await restore(desk, place)
        assert refused.status_code == 409
        done = await restore(desk, place, **{name: f"peter.plain@{contoso.domain}"})
    assert "1 person was restored" in words(done)
    assert f"peter.plain@{contoso.domain}" in words(done)
    assert await gone(db, contoso) == set()


async def test_of_several_the_failed_are_told_one_by_one(browse: type_browse, contoso: Tenant, db: Database) -> None:
    typed = {"first_name": "Bill", "alias": BILL.user_name, "domain": contoso.domain, "sign_in": "none"}
    async with browse(contoso, ADELE) as desk:
        await delete(desk, contoso, PETER, BILL)
        await desk.post("/users/add", typed | {"usage_location": "DK"})
        done = await restore(desk, address(contoso, RESTORE, PETER, BILL))
    told = words(done)
    assert "1 person was restored" in told
    assert "1 person is not back yet" in told
    assert f"{BILL.name}: That username is already in use" in told
    assert await gone(db, contoso) == {contoso.people[BILL]}


async def test_the_user_name_is_typed_before_somebody_is_gone_for_good(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    place = f"/users/{contoso.people[PETER]}/purge"
    async with browse(contoso, ULLA) as desk:
        await delete(desk, contoso, PETER)
        assert "This cannot be undone" in words(await desk.get(place))
        wrong = await desk.post(place, {"typed": "peter"})
        assert (wrong.status_code, f"Type {contoso.email(PETER)}." in words(wrong)) == (422, True)
        done = await desk.post(place, {"typed": contoso.email(PETER)})
    assert done.status_code == 303
    assert contoso.people[PETER] not in {row["id"] for row in await rows_of(db, contoso.id, "users")}


async def test_passwords_are_shown_once_and_a_reload_resets_nothing(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    place = address(contoso, RESET, PETER, LIDIA)
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(place)
        form = {name: field(page.text, name) for name in ("key", "expected")}
        done, again = await desk.post(place, form), await desk.post(place, form)
    made = PASSWORD.findall(done.text)
    assert len(made) == 2
    assert "2 passwords were reset" in words(done)
    assert done.headers["cache-control"] == "no-store"
    assert "The passwords were shown once" in words(again)
    assert PASSWORD.findall(again.text) == []
    assert [await opens(db, contoso, who, one) for who, one in zip((LIDIA, PETER), made, strict=True)] == [True, True]


async def test_a_password_of_ones_own_for_one_person_is_long_enough(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    place = address(contoso, RESET, PETER)
    async with browse(contoso, HENRIETTA) as desk:
        short = await press(desk, place, way="own", password="too short")
        assert "at least 12 characters" in words(short)
        done = await press(desk, place, way="own", password="a quiet horse on the hill")
    assert "1 password was reset" in words(done)
    assert await opens(db, contoso, PETER, "a quiet horse on the hill")


async def test_guests_and_admins_out_of_reach_are_named_and_left_out(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    async with browse(contoso, HENRIETTA) as desk:
        page = await desk.get(address(contoso, RESET, PETER, GUSTAV, LIDIA))
        done = await press(desk, address(contoso, RESET, PETER, GUSTAV, LIDIA))
    assert "Reset 1 password" in words(page)
    assert "The account is not your organization’s" in words(page)
    assert "only a global admin" in words(page)
    assert len(PASSWORD.findall(done.text)) == 1
