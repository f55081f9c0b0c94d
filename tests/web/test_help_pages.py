"""Help pages for everybody, what readers say of them, and editions that switch features off."""

from collections.abc import Callable
from uuid import uuid4

from litestar.testing import AsyncTestClient
from sqlalchemy import insert, select, update

from tenantry.commands.rate_help import PER_ADDRESS
from tenantry.domain.help_pages import Topic
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.web import create_app
from tests.cast import ADELE, MEETINGS
from tests.conftest import Base
from tests.web.conftest import Boss, desk_of, make_boss, type_browse, words
from tests.world import Tenant


async def test_everybody_reads_every_help_page_and_says_what_they_think(
    own: Base, make_house: Callable[[Base], House]
) -> None:
    house = make_house(own)
    boss = await make_boss(house.db)
    async with AsyncTestClient(create_app(house)) as client:
        client.follow_redirects = False
        pages = {topic: await client.get(f"/help/{topic}") for topic in Topic}
        listed, unknown = await client.get("/help"), await client.get("/help/../etc")
        place = f"/help/{Topic.DOMAINS}"
        said = {"helpful": "no", "comment": "<script>alert(1)</script>\r\nShorter!"}
        answer = await client.post(place, data=said)
        thanks = await client.get(answer.headers["location"])
        blank = await client.post(place, data={"helpful": "maybe"})
        long = await client.post(place, data={"helpful": "yes", "comment": "x" * 2001})
        for _ in range(PER_ADDRESS - 1):
            await client.post(place, data={"helpful": "yes"})
        limited = await client.post(place, data={"helpful": "yes"})
    async with desk_of(house, boss) as desk:
        report, other = await desk.get("/help"), await desk.get("/help?page=sign-up")
    assert {page.status_code for page in pages.values()} == {200}
    assert all(f"/help/{topic}" in listed.text for topic in Topic)
    assert unknown.status_code == 404
    assert "Thank you" in words(thanks)
    assert (blank.status_code, long.status_code, limited.status_code) == (422, 422, 429)
    assert f"Proving a domain {PER_ADDRESS - 1} 1" in words(report)
    assert "Shorter!" in words(report)
    assert "<script>alert" not in report.text
    assert "Nobody wrote anything yet" in words(other)


async def test_the_menu_offers_the_page_about_where_one_is(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        domains, home = await desk.get("/settings/domains"), await desk.get("/")
    assert 'href="/help/prove-a-domain"' in domains.text
    assert 'href="/help/' not in home.text


async def test_an_edition_is_written_by_the_operator_and_switches_pages_off(
    house: House, boss: Boss, browse: type_browse, db: Database, contoso: Tenant
) -> None:
    code = f"cn-{uuid4().hex[:8]}"
    places = ("/meetings", "/become-admin", f"/settings/domains/{contoso.domain}/takeover")
    async with desk_of(house, boss) as their, browse(contoso, ADELE) as desk:
        before = [(await desk.get(place)).status_code for place in places]
        wrong = await their.post("/editions/add", {"code": code, "name": "China", "community": "javascript:x"})
        made = await their.post("/editions/add", {"code": code, "name": "China", "cards": "1"})
        twice = await their.post("/editions/add", {"code": code, "name": "China"})
        phone = {"country": "CN", "phone": "+86 400 089 0365", "hours": "9–18"}
        await their.post(f"/editions/{code}/phones", phone)
        bad = await their.post(f"/editions/{code}/phones", {**phone, "phone": "call me"})
        shown = words(await their.get(f"/editions/{code}"))
        await their.post(f"/tenants/{contoso.id}/edition", {"edition": code})
        after = [(await desk.get(place)).status_code for place in places]
        apps = words(await desk.get("/apps"))
        async with db.transaction() as tx:
            gone = (await tx.execute(select(tables.support_phones.c.id).filter_by(edition=code))).scalar_one()
        await their.post(f"/editions/{code}/phones", {"remove": str(gone)})
        without = words(await their.get(f"/editions/{code}"))
    assert 404 not in before[:2]
    assert (wrong.status_code, made.status_code, twice.status_code, bad.status_code) == (422, 303, 409, 422)
    assert "China +86 400 089 0365 9–18" in shown
    assert "+86 400" not in without
    assert after == [404, 404, 404]
    assert "Meet by link" not in apps


async def test_without_cards_and_self_service_nothing_of_them_goes(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    code = f"bare-{contoso.slug}"
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(tables.editions).values(code=code, name="Bare", features=[]))
        await tx.execute(update(tables.tenants).values(edition=code))
    async with browse(contoso, ADELE) as desk:
        card = await desk.post("/billing/methods", {"card": "4242"})
        taken = await desk.post("/apps", {"product": str(MEETINGS.sku_id), "country": "DK"})
    assert card.status_code == 404
    assert taken.status_code == 403
