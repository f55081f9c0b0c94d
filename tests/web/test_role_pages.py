"""Roles in the browser: the table, who has what, assigning, and removing only after what it takes away was said."""

import re

from tenantry.domain.roles import Role
from tenantry.store.database import Database
from tenantry.words.roles import TASKS
from tests.cast import ADELE, BILL, GUSTAV, LIDIA, NANCY, PETER, RASMUS, Character
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_users, query_count, rows_of


async def roles_of(db: Database, tenant: Tenant, who: Character) -> set[str]:
    rows = await rows_of(db, tenant.id, "role_assignments")
    return {str(row["role"]) for row in rows if row["user_id"] == tenant.people[who]}


async def test_the_page_tells_of_every_role_and_every_task(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, RASMUS) as desk:
        page = await desk.get("/roles")
    read = words(page)
    assert "Decides who gets which license. Does not buy. 1 person" in read
    assert "Opens and follows service requests. Nobody" in read
    tasks = sum(len(some) for _, some in TASKS)
    assert len(re.findall(r'<th scope="row">', page.text)) == tasks
    assert page.text.count('aria-label="Yes"') + page.text.count('visually-hidden">No<') == tasks * len(Role)


async def test_a_role_opens_with_who_has_it_and_what_it_allows(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        pane = words(await desk.get("/roles?open=helpdesk_admin", target="pane"))
        whole = words(await desk.get("/roles?open=helpdesk_admin"))
        nobody = words(await desk.get("/roles?open=support_admin"))
    assert "1 person has it" in pane
    assert "Henrietta Mueller" in pane
    assert "no other than: Helpdesk admin" in pane
    assert pane in whole
    assert "Nobody has it" in nobody


async def test_many_holders_come_in_pages(browse: type_browse, contoso: Tenant, db: Database) -> None:
    crowd = [str(one) for one in await make_users(db, contoso.id, 60)]
    async with browse(contoso, ADELE) as desk:
        for some in (crowd[:20], crowd[20:40], crowd[40:]):
            assert (await desk.post("/roles/assign", {"role": "groups_admin", "user": some})).status_code == 303
        first = await desk.get("/roles?open=groups_admin")
        onward = re.search(r'rel="next" href="([^"]*)"', first.text)
        assert onward
        second = await desk.get(onward[1].replace("&amp;", "&"))
    names = [re.findall(r">(Person \d+)<", page.text) for page in (first, second)]
    assert [len(some) for some in names] == [50, 10]
    assert len(set(names[0] + names[1])) == 60


async def test_a_page_of_holders_costs_the_same_for_one_and_for_fifty(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    crowd = [str(one) for one in await make_users(db, contoso.id, 60)]
    async with browse(contoso, ADELE) as desk:

        async def cost(people: list[str]) -> int:
            await desk.post("/roles/assign", {"role": "groups_admin", "user": people})
            with query_count(db) as counted:
                await desk.get("/roles?open=groups_admin")
            return counted.count

        assert await cost(crowd[:1]) == await cost(crowd[1:20])


async def test_somebody_who_was_picked_gets_the_role_and_it_holds_at_once(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    async with browse(contoso, PETER) as peter, browse(contoso, ADELE) as desk:
        assert (await peter.get("/licenses")).status_code == 403
        form = {"role": "license_admin", "user": [str(one) for one in contoso.ids(PETER, BILL)]}
        done = await desk.post("/roles/assign", form, target="pane")
        assert done.headers["hx-redirect"] == f"{desk.home}/roles?open=license_admin"
        assert (await peter.get("/licenses")).status_code == 200
    assert await roles_of(db, contoso, BILL) == {"billing_admin", "license_admin"}


async def test_what_cannot_be_assigned_is_said_in_the_form(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        nobody = await desk.post("/roles/assign", {"role": "license_admin"})
        guest = await desk.post("/roles/assign", {"role": "global_admin", "user": str(contoso.people[GUSTAV])})
        strange = await desk.post("/roles/assign", {"role": "emperor", "user": str(contoso.people[PETER])})
    assert (nobody.status_code, guest.status_code, strange.status_code) == (422, 409, 422)
    assert "Nobody is selected" in words(nobody)
    assert "Gustav Guest is a guest" in words(guest)
    assert f'value="{contoso.people[GUSTAV]}"' in guest.text
    assert "There is no such role" in words(strange)


async def test_before_a_role_goes_the_pane_says_what_that_takes_away(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    lidia = contoso.people[LIDIA]
    async with browse(contoso, ADELE) as desk:
        asked = words(await desk.get(f"/roles?open=license_admin&pane=remove&user={lidia}", target="pane"))
        assert await roles_of(db, contoso, LIDIA) == {"license_admin"}
        done = await desk.post("/roles/remove", {"role": "license_admin", "user": str(lidia)})
    assert "can no longer:" in asked
    assert "Assign and remove licenses" in asked
    assert "Remove the role from Lidia Holloway" in asked
    assert done.headers["location"] == f"/t/{contoso.slug}/roles?open=license_admin"
    assert await roles_of(db, contoso, LIDIA) == set()


async def test_one_is_told_when_it_is_oneself_and_the_last_one_stays(browse: type_browse, contoso: Tenant) -> None:
    adele = str(contoso.people[ADELE])
    async with browse(contoso, ADELE) as desk:
        asked = words(await desk.get(f"/roles?open=global_admin&pane=remove&user={adele}"))
        refused = await desk.post("/roles/remove", {"role": "global_admin", "user": adele})
    assert "This is you" in asked
    assert refused.status_code == 409
    assert "must stay global admin" in words(refused)


async def test_who_only_looks_gets_no_form_by_its_address(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, RASMUS) as desk:
        page = await desk.get(f"/roles?open=license_admin&pane=remove&user={contoso.people[LIDIA]}")
    assert "Remove the role" not in words(page)
    assert 'action="/t/' not in page.text.partition('id="pane"')[2]


async def test_another_tenants_people_are_not_here(browse: type_browse, contoso: Tenant, northwind: Tenant) -> None:
    nancy = northwind.people[NANCY]
    async with browse(contoso, ADELE) as desk:
        asked = await desk.get(f"/roles?open=global_admin&pane=remove&user={nancy}")
        boxes = await desk.get(f"/users/{nancy}/roles")
    assert (asked.status_code, boxes.status_code) == (404, 404)


async def test_one_persons_roles_are_boxes_and_saving_keeps_what_others_changed(
    browse: type_browse, contoso: Tenant, db: Database
) -> None:
    place = f"/users/{contoso.people[PETER]}/roles"
    async with browse(contoso, ADELE) as desk:
        boxes = await desk.get(f"{place}?q=peter", target="pane")
        assert f'href="/t/{contoso.slug}/users/active?q=peter"' in boxes.text
        await desk.post(place, {"role": "billing_admin"})
        done = await desk.post(f"{place}?q=peter", {"role": "license_admin"})
    assert done.headers["location"].startswith(f"/t/{contoso.slug}/users/active?q=peter&open=")
    assert await roles_of(db, contoso, PETER) == {"billing_admin", "license_admin"}


async def test_a_box_that_is_cleared_is_asked_about_first(browse: type_browse, contoso: Tenant, db: Database) -> None:
    place, form = f"/users/{contoso.people[LIDIA]}/roles", {"held": "license_admin", "role": "billing_admin"}
    async with browse(contoso, ADELE) as desk:
        asked = await desk.post(place, form, target="pane")
        back = await desk.post(place, form | {"edit": "1"}, target="pane")
        before = await roles_of(db, contoso, LIDIA)
        done = await desk.post(place, form | {"confirmed": "1"})
    assert "Nothing has been changed" in words(asked)
    assert "Remove 1 role" in words(asked)
    assert re.search(r'value="billing_admin" checked', back.text)
    assert before == {"license_admin"}
    assert done.status_code == 303
    assert await roles_of(db, contoso, LIDIA) == {"billing_admin"}


async def test_a_guest_cannot_be_ticked_as_global_admin(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get(f"/users/{contoso.people[GUSTAV]}/roles?kind=guest")
    assert "Guests cannot be global admins" in words(page)
    assert re.search(r'value="global_admin" disabled', page.text)
