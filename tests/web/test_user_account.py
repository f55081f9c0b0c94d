"""The Account and Activity tabs: a person edited in place, blocked with a word before, and their own history."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from tenantry.commands.block_people import block_people
from tenantry.commands.edit_people import edit_person
from tenantry.commands.manage_people import set_usage_location
from tenantry.domain.people import Person
from tenantry.domain.selections import Selection
from tenantry.queries.users import read_user
from tenantry.store.database import Database
from tenantry.store.tables import accounts, sign_ins, users
from tests.cast import ADELE, BASIC, BILL, GUSTAV, HENRIETTA, LIDIA, NOW, PETER, RASMUS, ULLA, Character
from tests.web.conftest import type_browse, words
from tests.web.test_sweep import ids_of
from tests.world import Tenant, make_users, query_count


def pane(tenant: Tenant, who: Character, tab: str = "account") -> str:
    return f"/users/active?open={tenant.people[who]}&tab={tab}"


async def read(db: Database, tenant: Tenant, who: Character) -> Person:
    return (await read_user(db, tenant.viewer(ADELE), user_id=tenant.people[who])).person


def form(person: Person, **changes: str) -> dict[str, str]:
    """The edit form as it was filled, with changes."""
    alias, _, domain = person.user_name.rpartition("@")
    return {**asdict(person), "alias": alias, "domain": domain, "was": json.dumps(asdict(person)), **changes}


# Editing


async def test_a_person_is_edited_in_place_and_the_row_behind_follows(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(pane(contoso, PETER, "edit"), target="pane")
        assert 'value="Peter Plain"' in page.text
        sent = form(await read(db, contoso, PETER), display_name="Peter <b>Åkerman</b>", department="Sales")
        done = await desk.post(f"/users/{contoso.people[PETER]}/edit", sent, target="pane")
        assert done.status_code == 303
        answer = await desk.get(done.headers["location"], target="pane")
    assert f'<td data-phone="main" id="name-{contoso.people[PETER]}" hx-swap-oob="true">' in answer.text
    assert "Peter &lt;b&gt;Åkerman&lt;/b&gt;" in answer.text
    assert "was saved" in answer.headers["HX-Trigger"]
    assert answer.headers["HX-Replace-Url"] == f"{desk.home}{pane(contoso, PETER)}"
    assert (await read(db, contoso, PETER)).department == "Sales"


async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, ULLA) as desk:
        sent = form(await read(db, contoso, PETER), alias="lidia", department="Sales")
        taken = await desk.post(f"/users/{contoso.people[PETER]}/edit", sent)
        sent = form(await read(db, contoso, PETER), display_name="")
        empty = await desk.post(f"/users/{contoso.people[PETER]}/edit", sent)
    assert taken.status_code == 409
    assert "That username is already in use. Choose another." in words(taken)
    assert 'value="Sales"' in taken.text
    assert 'id="f-display_name-error"' in empty.text


async def test_what_another_changed_meanwhile_is_said_and_then_saved_knowingly(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    was = await read(db, contoso, PETER)
    async with browse(contoso, ULLA) as desk:
        async with db.transaction(contoso.id) as tx:
            row = update(users).where(users.c.id == contoso.people[PETER])
            await tx.execute(row.values(department="Sales", usage_location="NO"))
        again = await desk.post(f"/users/{contoso.people[PETER]}/edit", form(was, department="Bakery"))
        assert again.status_code == 409
        assert "Somebody has changed this person meanwhile" in words(again)
        assert "Meanwhile: Sales" in words(again)
        assert "Meanwhile: Norway" in words(again)
        assert 'value="Bakery"' in again.text
        knowingly = form(await read(db, contoso, PETER), department="Bakery")
        done = await desk.post(f"/users/{contoso.people[PETER]}/edit", knowingly)
    assert done.status_code == 303
    assert (await read(db, contoso, PETER)).department == "Bakery"


async def test_a_form_that_lost_what_it_was_filled_with_saves_nothing(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, ULLA) as desk:
        sent = form(await read(db, contoso, PETER), department="Sales", was="{")
        answer = await desk.post(f"/users/{contoso.people[PETER]}/edit", sent)
    assert answer.status_code == 409
    assert (await read(db, contoso, PETER)).department == ""


@pytest.mark.parametrize("by", [BILL, LIDIA, HENRIETTA, RASMUS])
async def test_who_may_not_edit_sees_facts(browse: type_browse, contoso: Tenant, by: Character) -> None:
    async with browse(contoso, by) as desk:
        page = await desk.get(pane(contoso, PETER, "edit"), target="pane")
    assert "Peter Plain" in words(page)
    assert "Save changes" not in words(page)
    assert "Block sign-in" not in words(page)


async def test_of_an_admin_out_of_reach_it_is_said_who_could(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(pane(contoso, LIDIA, "edit"), target="pane")
    assert "Lidia Holloway has an admin role. Only a Global admin may do this to them." in words(page)
    assert "Save changes" not in words(page)


# Blocking


async def test_somebody_blocked_loses_access_at_once(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, LIDIA) as theirs, browse(contoso, ADELE) as desk:
        assert (await theirs.get("/users/active")).status_code == 200
        page = await desk.get(pane(contoso, LIDIA, "block"), target="pane")
        assert "They lose access at once" in words(page)
        assert "Their seats stay taken" in words(page)
        done = await desk.post(f"/users/{contoso.people[LIDIA]}/block", {"do": "block"})
        assert done.status_code == 303
        assert (await theirs.get("/users/active")).headers["location"].startswith("/sign-in")
        assert "Blocked" in words(await desk.get(pane(contoso, LIDIA), target="pane"))
        await desk.post(f"/users/{contoso.people[LIDIA]}/block", {"do": "unblock"})
        assert "Allowed" in words(await desk.get(pane(contoso, LIDIA), target="pane"))
    async with browse(contoso, LIDIA) as theirs:
        assert (await theirs.get("/users/active")).status_code == 200


async def test_a_guest_who_is_blocked_keeps_their_session_for_elsewhere(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, GUSTAV) as theirs, browse(contoso, ADELE) as desk:
        await desk.post(f"/users/{contoso.people[GUSTAV]}/block", {"do": "block"})
        assert (await theirs.get("/find")).status_code == 404


async def test_nobody_is_offered_to_block_themselves(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(pane(contoso, ADELE, "block"), target="pane")
        answer = await desk.post(f"/users/{contoso.people[ADELE]}/block", {"do": "block"})
    assert "Block sign-in" not in words(page)
    assert answer.status_code == 409


async def test_many_are_blocked_but_not_oneself_nor_who_is_out_of_reach(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    place = "/users/block?" + "&".join(f"user={one}" for one in contoso.ids(PETER, HENRIETTA, LIDIA, ULLA))
    async with browse(contoso, ULLA) as desk:
        page = await desk.get(place)
        assert "Will be blocked People 2" in words(page)
        assert "Out of reach People 1" in words(page)
        assert "Left out People 1" in words(page)
        done = await desk.post(place, {"expected": "2"})
        assert done.status_code == 303
        assert "2 people were blocked" in words(await desk.get("/users/active?sign_in=blocked"))
        back = await desk.post(place.replace("/block", "/unblock"), {"expected": "2"})
    assert back.status_code == 303


async def test_a_page_of_people_to_block_that_is_stale_does_nothing(browse: type_browse, contoso: Tenant) -> None:
    place = f"/users/block?user={contoso.people[PETER]}"
    async with browse(contoso, ULLA) as desk:
        answer = await desk.post(place, {"expected": "5"})
        alone = await desk.post(f"/users/block?user={contoso.people[ULLA]}", {"expected": "1"})
    assert answer.status_code == alone.status_code == 409
    assert "Something changed since the preview" in words(answer)
    assert "You cannot block yourself" in words(alone)


# Activity


async def busy(db: Database, tenant: Tenant, times: int = 1) -> None:
    """Peter is given a license, edited, moved, blocked and let in again."""
    await ids_of(db, tenant, ADELE, PETER, BASIC)
    viewer, only = tenant.viewer(ADELE), Selection(ids=tenant.ids(PETER))
    was = await read(db, tenant, PETER)
    person = Person(was.user_name, "Peter P", usage_location="DK")
    await edit_person(db, viewer, user_id=tenant.people[PETER], person=person, was=was, now=NOW)
    await set_usage_location(db, viewer, selection=only, country="NO", now=NOW)
    for _ in range(times):
        for blocked in (True, False):
            await block_people(db, viewer, selection=only, blocked=blocked, now=NOW)


async def signed_in(db: Database, tenant: Tenant, who: Character, **facts: Any) -> None:
    row = {"account_id": tenant.accounts[who], "outcome": "done", "method": "password", "address": "203.0.113.7"}
    async with db.transaction() as tx:
        await tx.execute(insert(sign_ins).values(at=NOW - timedelta(hours=1), agent="", **row | facts))


async def test_the_activity_tells_what_was_done_newest_first(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await busy(db, contoso)
    await signed_in(db, contoso, PETER, outcome="wrong")
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(pane(contoso, PETER, "activity"), target="pane")
    told = [
        "Unblocked the sign-in of Peter P",
        "Blocked the sign-in of Peter P",
        "Set the usage location of Peter P to Norway",
        "Edited Peter P",
        "Assigned Business Basic to Peter Plain",
    ]
    read = words(page)
    assert [read.index(one) for one in told] == sorted(read.index(one) for one in told)
    assert f"{desk.home}/operations/" in page.text
    assert "Wrong password or code Password · 203.0.113.7" in read


async def test_a_receipt_is_led_to_only_for_those_who_may_see_it(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await busy(db, contoso)
    await signed_in(db, contoso, PETER)
    async with browse(contoso, BILL) as desk:
        page = await desk.get(pane(contoso, PETER, "activity"), target="pane")
    assert "Edited Peter P" in words(page)
    assert "/operations/" not in page.text
    assert "203.0.113.7" not in page.text


async def test_sign_ins_of_a_guest_are_not_this_tenants_to_see(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await signed_in(db, contoso, GUSTAV)
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(f"/users/guests?open={contoso.people[GUSTAV]}&tab=activity", target="pane")
    assert "203.0.113.7" not in page.text
    assert "A guest signs in with an account of elsewhere" in words(page)


async def test_older_activity_is_a_page_away_and_the_same_price(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    counts = []
    async with browse(contoso, ADELE) as desk:
        with query_count(db) as seen:
            page = await desk.get(pane(contoso, PETER, "activity"), target="pane")
        counts.append(seen.count)
        assert "Nothing has been done to this person yet" in words(page)
        await busy(db, contoso, times=15)
        with query_count(db) as seen:
            page = await desk.get(pane(contoso, PETER, "activity"), target="pane")
        counts.append(seen.count)
        older = page.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        rest = await desk.get(older, target="pane")
    assert counts[0] == counts[1]
    assert "Assigned Business Basic" not in words(page)
    assert "Assigned Business Basic" in words(rest)
    assert "Newer" in words(rest)


async def test_the_list_has_as_many_rows_as_the_reader_wants(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await make_users(db, contoso.id, 40)
    async with db.transaction() as tx:
        await tx.execute(update(accounts).where(accounts.c.id == contoso.accounts[ADELE]).values(page_rows=25))
    async with browse(contoso, ADELE) as desk:
        page = await desk.get("/users/active")
    assert "1–25 of 49" in words(page)
