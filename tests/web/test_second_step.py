"""The second step of a sign-in: by code and by recovery code; and that half a sign-in opens nothing."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pyotp
import pytest
from anyio import create_task_group
from httpx import ASGITransport, AsyncClient, Response
from litestar.testing import AsyncTestClient
from sqlalchemy import func, select, update

from tenantry.domain.sign_ins import Origin
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.sessions import open_session
from tenantry.store.tables import factors, letters, recovery_codes, sessions, sign_ins
from tenantry.web import create_app
from tenantry.web.visit import SESSION, csrf_of
from tests import cast
from tests.cast import ADELE, HENRIETTA, PETER, Character
from tests.web.conftest import Desk, type_browse, words
from tests.web.test_sign_in import sign_in, type_client, visitor
from tests.web.test_sweep import fields, ids_of, rows_of, ways
from tests.world import Tenant

TWO_STEP, STEP = "/account/two-step", "/sign-in/second-step"


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows `steps` times thirty seconds from now."""
    return pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=steps)


async def own(desk: Desk, path: str) -> Response:
    return await desk.client.get(path)


async def send(desk: Desk, path: str, **form: str) -> Response:
    """A form of the account's pages."""
    return await desk.client.post(path, data={"_csrf_token": desk.csrf, **form})


async def add_app(desk: Desk, *, name: str = "My phone", next: str = "") -> tuple[str, Response]:
    """Adds an authenticator app as its page says. Returns its secret and the answer to its first code."""
    await send(desk, f"{TWO_STEP}/authenticator/start", next=next)
    secret = secret_on(await own(desk, f"{TWO_STEP}/authenticator"))
    return secret, await send(desk, f"{TWO_STEP}/authenticator", code=code_of(secret, steps=-1), name=name, next=next)


def secret_on(page: Response) -> str:
    return unescape(re.findall(r'data-copy="(\w+)"', page.text)[0])


def codes_on(page: Response) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9-]+)</code></li>", page.text)


async def half(client: type_client, tenant: Tenant, who: Character) -> str:
    """Signs in by password. Returns the token of the session that waits."""
    answer = await sign_in(client, tenant.email(who), next=f"/t/{tenant.slug}/users/active")
    assert answer.headers["location"] == f"{STEP}?next=%2Ft%2F{tenant.slug}%2Fusers%2Factive"
    return client.cookies[SESSION]


async def step(client: type_client, **form: str) -> Response:
    csrf = csrf_of(client.cookies[SESSION])
    return await client.post(STEP, data={"_csrf_token": csrf, "next": "/t/x/users/active", **form})


async def history(db: Database, account_id: UUID) -> Sequence[tuple[str, str]]:
    async with db.transaction() as tx:
        mine = select(sign_ins.c.method, sign_ins.c.outcome).where(sign_ins.c.account_id == account_id)
        return [(row.method, row.outcome) for row in await tx.execute(mine.order_by(sign_ins.c.id))]


async def mail(db: Database, address: str) -> list[str]:
    async with db.transaction() as tx:
        mine = select(letters.c.kind).where(letters.c.recipient == address).order_by(letters.c.id)
        return list((await tx.execute(mine)).scalars())


async def test_an_app_is_added_by_its_code_and_comes_with_ten_recovery_codes(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk, browse(contoso, PETER) as elsewhere:
        assert "Add a second step" not in words(await own(desk, TWO_STEP))
        _, answer = await add_app(desk)
        assert len(set(codes_on(answer))) == 10
        page = words(await own(desk, TWO_STEP))
        assert "My phone Authenticator app" in page
        assert "10 codes are left" in page
        assert (await own(elsewhere, TWO_STEP)).status_code == 303, "sessions that proved no second step are over"
    assert await mail(db, contoso.email(PETER)) == ["two_step_on"]


async def test_nothing_but_hashes_of_recovery_codes_is_kept(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with browse(contoso, PETER) as desk:
        codes = codes_on((await add_app(desk))[1])
    async with db.transaction() as tx:
        mine = select(recovery_codes.c.hash).where(recovery_codes.c.account_id == contoso.accounts[PETER])
        kept = b"".join((await tx.execute(mine)).scalars())
    assert not any(code.encode() in kept or code.replace("-", "").encode() in kept for code in codes)


async def test_the_password_alone_opens_nothing_and_the_code_opens_under_a_new_token(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    async with visitor(house) as client:
        token = await half(client, contoso, PETER)
        assert contoso.email(PETER) in (await client.get(STEP)).text
        answer = await step(client, code=code_of(secret))
        assert (answer.status_code, answer.headers["location"]) == (303, "/t/x/users/active")
        assert client.cookies[SESSION] != token
        assert (await client.get(TWO_STEP)).status_code == 200
        client.cookies.set(SESSION, token)
        assert (await client.get(TWO_STEP)).status_code == 303
    tries = [("password", "done"), ("authenticator", "done")]
    assert await history(db, contoso.accounts[PETER]) == tries


async def test_half_a_sign_in_opens_no_page(house: House, db: Database, browse: type_browse, contoso: Tenant) -> None:
    ids = await ids_of(db, contoso, ADELE, PETER, cast.BASIC)
    async with browse(contoso, ADELE) as desk:
        await add_app(desk)
    before, told = await rows_of(db, contoso), []
    async with AsyncTestClient(create_app(house)) as client:
        client.follow_redirects = False
        token = await half(client, contoso, ADELE)
        for way in ways(client.app):
            client.cookies.set(SESSION, token)
            path = f"/t/{contoso.slug}{way.path}".format(**{name: ids[name] for name in way.parameters})
            form = fields(ids, contoso) | {"_csrf_token": csrf_of(token)} if way.method != "GET" else None
            answer = await client.request(way.method, path, data=form)
            if (answer.status_code, answer.headers.get("location", "").partition("?")[0]) != (303, "/sign-in"):
                told.append(f"{way.method} {way.path}: {answer.status_code}")
        for path in ("/account", "/tenants", TWO_STEP, f"{TWO_STEP}/recovery-codes"):
            client.cookies.set(SESSION, token)
            assert (await client.get(path)).headers["location"].startswith("/sign-in"), path
    assert told == []
    assert await rows_of(db, contoso) == before


async def test_a_code_is_never_taken_twice(house: House, browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    code = code_of(secret)
    async with visitor(house) as one, visitor(house) as other:
        await half(one, contoso, PETER)
        await half(other, contoso, PETER)
        assert (await step(one, code=code)).status_code == 303
        again = await step(other, code=code)
    assert again.status_code == 422
    assert "This code was used already" in words(again)


async def test_of_many_who_show_a_code_at_once_one_comes_in(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    tokens, app = [], create_app(house)
    for _ in range(5):
        async with db.transaction() as tx:
            where = {"origin": Origin("192.0.2.1", ""), "now": datetime.now(UTC), "stage": "second_step"}
            until = datetime.now(UTC) + timedelta(minutes=10)
            tokens.append(await open_session(tx, contoso.accounts[PETER], expires_at=until, **where))
    code, statuses = code_of(secret), []

    async def show(token: str) -> None:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://x", cookies={SESSION: token}) as client:
            form = {"_csrf_token": csrf_of(token), "code": code}
            statuses.append((await client.post(STEP, data=form)).status_code)

    async with create_task_group() as group:
        for token in tokens:
            group.start_soon(show, token)
    assert sorted(statuses) == [303, 422, 422, 422, 422]


async def test_a_clock_that_is_wrong_is_told_and_the_code_stays_shut_when_its_time_comes(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    ahead = code_of(secret, steps=10)
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        assert "wrong by about 5 minutes" in words(await step(client, code=ahead))
        assert "wrong by about 5 minutes" in words(await step(client, code=code_of(secret, steps=-10)))
        assert "used already" in words(await step(client, code=ahead))
        assert "The code is wrong" in words(await step(client, code=code_of(secret, steps=40)))


@pytest.mark.parametrize("typed", ["{0}", "{0:.3} {0}", " {0} "])
async def test_blanks_in_a_code_do_not_matter(house: House, browse: type_browse, contoso: Tenant, typed: str) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    code = code_of(secret)
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        spelled = f"{code[:3]} {code[3:]}" if ":" in typed else typed.format(code)
        assert (await step(client, code=spelled)).status_code == 303


async def test_ten_wrong_codes_and_then_even_the_right_one_has_to_wait(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        for _ in range(10):
            assert (await step(client, code="abcdef")).status_code == 422
        late = await step(client, code=code_of(secret))
        assert (late.status_code, "Too many tries" in words(late)) == (429, True)
        await step(client, code=code_of(secret))
    tries = [("authenticator", "wrong")] * 10 + [("authenticator", "limited")]
    assert (await history(db, contoso.accounts[PETER]))[1:] == tries


async def test_a_recovery_code_signs_in_once_and_a_letter_tells(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        codes = codes_on((await add_app(desk))[1])
    async with visitor(house) as one, visitor(house) as other:
        await half(one, contoso, PETER)
        await half(other, contoso, PETER)
        assert "Recovery code" in words(await one.get(f"{STEP}?way=recovery"))
        typed = codes[3].upper().replace("-", " ")
        assert (await step(one, recovery_code=typed)).status_code == 303
        again = await step(other, recovery_code=codes[3])
        assert (again.status_code, "used before" in words(again)) == (422, True)
        assert "9 codes are left" in words(await one.get(TWO_STEP))
    assert await mail(db, contoso.email(PETER)) == ["two_step_on", "recovery_code_used"]
    assert (await history(db, contoso.accounts[PETER]))[2:] == [("recovery_code", "done"), ("recovery_code", "wrong")]


async def test_a_sign_in_that_waited_too_long_begins_anew(
    house: House, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        async with db.transaction() as tx:
            late = update(sessions).where(sessions.c.stage == "second_step")
            mine = late.where(sessions.c.account_id == contoso.accounts[PETER])
            await tx.execute(mine.values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
        assert (await step(client, code=code_of(secret))).headers["location"].startswith("/sign-in?")
        assert (await client.get(STEP)).headers["location"].startswith("/sign-in?")


async def test_the_second_step_leads_to_no_other_site(house: House, browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        answer = await step(client, code=code_of(secret), next="//evil.example")
    assert answer.headers["location"] == "/"


# One's own second steps


async def test_a_wrong_first_code_adds_nothing(browse: type_browse, db: Database, contoso: Tenant) -> None:
    async with browse(contoso, PETER) as desk:
        await send(desk, f"{TWO_STEP}/authenticator/start")
        secret = secret_on(await own(desk, f"{TWO_STEP}/authenticator"))
        wrong = await send(desk, f"{TWO_STEP}/authenticator", code="000 00", name="Phone of <b>Peter</b>")
        assert (wrong.status_code, secret_on(wrong)) == (422, secret)
        assert "Phone of &lt;b&gt;Peter&lt;/b&gt;" in wrong.text
        late = await send(desk, f"{TWO_STEP}/authenticator", code=code_of(secret, steps=8), name="Phone")
        assert "wrong by about 4 minutes" in words(late)
        unnamed = await send(desk, f"{TWO_STEP}/authenticator", code=code_of(secret), name="  ")
        assert unnamed.status_code == 422
    async with db.transaction() as tx:
        confirmed = select(func.count()).where(factors.c.confirmed_at.is_not(None))
        assert (await tx.execute(confirmed.where(factors.c.account_id == contoso.accounts[PETER]))).scalar_one() == 0


async def test_the_qr_code_carries_no_style_and_the_page_leads_back_without_a_started_app(
    browse: type_browse, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        assert (await own(desk, f"{TWO_STEP}/authenticator")).headers["location"] == TWO_STEP
        await send(desk, f"{TWO_STEP}/authenticator/start")
        page = (await own(desk, f"{TWO_STEP}/authenticator")).text
    assert "<svg" in page
    assert " style=" not in page


async def test_a_second_step_goes_only_with_the_password_or_a_code(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        secret, _ = await add_app(desk)
        place = re.findall(r'href="(/account/two-step/remove/[^"]+)"', (await own(desk, TWO_STEP)).text)[0]
        assert "switches two-step sign-in off" in words(await own(desk, place))
        wrong = await send(desk, place, proof="not the password")
        assert (wrong.status_code, "neither your password" in words(wrong)) == (422, True)
        assert (await send(desk, place, proof=code_of(secret))).headers["location"] == TWO_STEP
        assert (await send(desk, place, proof=cast.PASSWORD)).status_code == 404
        assert "codes are left" not in words(await own(desk, TWO_STEP))
    assert await mail(db, contoso.email(PETER)) == ["two_step_on", "two_step_off"]


async def test_recovery_codes_are_made_anew_and_the_old_ones_are_worth_nothing(
    house: House, browse: type_browse, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        old = codes_on((await add_app(desk))[1])
        answer = await send(desk, f"{TWO_STEP}/recovery-codes", proof=cast.PASSWORD)
        new = codes_on(answer)
    assert len(set(new) - set(old)) == 10
    async with visitor(house) as client:
        await half(client, contoso, PETER)
        assert (await step(client, recovery_code=old[0])).status_code == 422
        assert (await step(client, recovery_code=new[0])).status_code == 303


async def test_nobody_removes_or_sees_the_second_step_of_another_account(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with browse(contoso, PETER) as desk:
        await add_app(desk)
        place = re.findall(r'href="(/account/two-step/remove/[^"]+)"', (await own(desk, TWO_STEP)).text)[0]
    async with browse(contoso, HENRIETTA) as desk:
        assert (await own(desk, place)).status_code == 404
        assert (await send(desk, place, proof=cast.PASSWORD)).status_code == 404
        assert "My phone" not in (await own(desk, TWO_STEP)).text
