"""An admin takes a person's second steps away; and an organization that asks its admins for one."""

import pytest
from sqlalchemy import update

from tenantry.commands.reset_second_steps import reset_second_steps
from tenantry.kit.errors import Refused
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.tables import sessions, tenants
from tests.cast import ADELE, BILL, GUSTAV, HENRIETTA, NED, NOW, PETER, ULLA
from tests.web.conftest import type_browse, words
from tests.web.test_second_step import TWO_STEP, add_app, code_of, codes_on, half, mail, own, send, step
from tests.web.test_sign_in import sign_in, visitor
from tests.world import Tenant

# An admin takes them away


async def test_an_admin_removes_a_lost_phone_and_the_password_alone_signs_in_again(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    place = f"/users/{contoso.people[PETER]}/second-steps"
    async with browse(contoso, PETER) as lost, browse(contoso, HENRIETTA) as desk:
        codes = codes_on((await add_app(lost))[1])
        page = words(await desk.get(place))
        assert "1 authenticator app is removed" in page
        assert "Remove 1 second step" in page
        assert (await desk.post(place)).status_code == 303
        assert (await own(lost, TWO_STEP)).status_code == 303, "signed out everywhere"
        assert "Peter Plain has no second step" in words(await desk.get(place))
    async with visitor(house) as client:
        answer = await sign_in(client, contoso.email(PETER))
        assert not answer.headers["location"].startswith("/sign-in")
        assert (await step(client, recovery_code=codes[0])).headers["location"].startswith("/sign-in")
    assert (await mail(db, contoso.email(PETER)))[-1] == "two_step_reset"
    async with browse(contoso, ADELE) as desk:
        assert "Removed the second steps of Peter Plain" in words(await desk.get("/audit"))


async def test_the_pane_leads_there(browse: type_browse, contoso: Tenant) -> None:
    place = f"/users/{contoso.people[PETER]}/second-steps"
    async with browse(contoso, HENRIETTA) as desk:
        assert place in (await desk.get(f"/users/active?open={contoso.people[PETER]}")).text
    async with browse(contoso, BILL) as desk:
        assert place not in (await desk.get(f"/users/active?open={contoso.people[PETER]}")).text


async def test_nobody_takes_them_from_those_out_of_reach(
    browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    async with browse(contoso, ADELE) as desk:
        await add_app(desk)
    for who, code in ((ADELE, "admin_out_of_reach"), (GUSTAV, "account_elsewhere")):
        with pytest.raises(Refused, match=code):
            await reset_second_steps(db, contoso.viewer(ULLA), user_id=contoso.people[who], now=NOW)
    with pytest.raises(Refused, match="user_missing"):
        await reset_second_steps(db, contoso.viewer(ADELE), user_id=northwind.people[NED], now=NOW)
    with pytest.raises(Refused, match="second_steps_own"):
        await reset_second_steps(db, contoso.viewer(ADELE), user_id=contoso.people[ADELE], now=NOW)
    with pytest.raises(Refused, match="second_steps_none"):
        await reset_second_steps(db, contoso.viewer(ADELE), user_id=contoso.people[PETER], now=NOW)


# An organization that asks for it


async def ask_for_it(db: Database, tenant: Tenant) -> None:
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(tenants).values(require_two_step=True))


async def test_admins_set_it_up_before_anything_else_and_then_go_on(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await ask_for_it(db, contoso)
    wanted = f"/t/{contoso.slug}/users/active"
    async with browse(contoso, ADELE) as desk:
        led = (await desk.get("/users/active")).headers["location"]
        assert led.startswith(TWO_STEP)
        page = await own(desk, led)
        assert f"{contoso.slug.title()} asks its admins for two-step sign-in" in words(page)
        _, answer = await add_app(desk, next=wanted)
        assert f'href="{wanted}"' in answer.text
        assert (await desk.get("/users/active")).status_code == 200


async def test_who_is_no_admin_is_not_asked(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await ask_for_it(db, contoso)
    async with browse(contoso, PETER) as desk:
        assert (await desk.get("/find")).status_code == 200
        page = words(await own(desk, f"{TWO_STEP}?next=/t/{contoso.slug}/"))
    assert "asks its admins" not in page


async def test_nobody_learns_of_an_organization_that_they_are_not_in(
    browse: type_browse, db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    await ask_for_it(db, northwind)
    async with browse(contoso, ADELE) as desk:
        for slug in (northwind.slug, "no-such-place", "%00", "x" * 300):
            page = await own(desk, f"{TWO_STEP}?next=/t/{slug}/")
            assert "asks its admins" not in page.text


async def test_a_session_from_before_the_second_step_is_sent_to_sign_in_again(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await ask_for_it(db, contoso)
    async with browse(contoso, ADELE) as desk:
        secret, _ = await add_app(desk)
        async with db.transaction() as tx:
            mine = update(sessions).where(sessions.c.account_id == contoso.accounts[ADELE])
            await tx.execute(mine.values(two_step=False))
        led = (await desk.get("/users/active")).headers["location"]
        assert "this session began without it" in words(await own(desk, led))
    async with visitor(house) as client:
        await half(client, contoso, ADELE)
        await step(client, code=code_of(secret))
        assert (await client.get(f"/t/{contoso.slug}/users/active")).status_code == 200


async def test_removing_the_last_one_asks_for_it_anew(browse: type_browse, db: Database, contoso: Tenant) -> None:
    await ask_for_it(db, contoso)
    async with browse(contoso, ADELE) as desk:
        await add_app(desk)
        assert (await desk.get("/")).status_code == 200
        place = (await own(desk, TWO_STEP)).text.split('href="/account/two-step/remove/')[1].split('"')[0]
        await send(desk, f"{TWO_STEP}/remove/{place}", proof="correct horse battery")
        assert (await desk.get("/")).headers["location"].startswith(TWO_STEP)
