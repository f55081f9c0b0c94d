"""Domains as pages: added, the value and what was found, looking again, removing; the demo's own DNS."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from litestar.testing import AsyncTestClient
from sqlalchemy import insert, update

from tenantry.commands.manage_domains import add_domain
from tenantry.commands.prove_domains import note_look
from tenantry.domain.domains import PREFIX, Answer, Look, Said
from tenantry.domain.viewers import janitor
from tenantry.queries.domains import read_domain
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.web import create_app
from tests.cast import ADELE, BILL, NOW
from tests.conftest import Base
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_users, query_count


def fresh() -> str:
    return f"w{uuid4().hex[:12]}.example"


async def added(db: Database, tenant: Tenant) -> tuple[str, str]:
    """A domain and its token."""
    name = fresh()
    await add_domain(db, tenant.viewer(ADELE), name=name, now=NOW)
    return name, (await read_domain(db, tenant.viewer(ADELE), name=name)).token or ""


async def find(db: Database, tenant: Tenant, name: str, *texts: str, answer: Answer = Answer.RECORDS) -> None:
    said = Said("ns1.host.example", "192.0.2.1", answer, texts)
    await note_look(db, janitor(tenant.id), name=name, look=Look((said,)), now=datetime.now(UTC))


async def test_a_domain_is_added_and_its_page_says_what_to_put_where(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    name = fresh()
    async with browse(contoso, ADELE) as desk:
        wrong = await desk.post("/settings/domains/add", {"domain": "co.uk"})
        assert (wrong.status_code, "is shared" in words(wrong)) == (422, True)
        answer = await desk.post("/settings/domains/add", {"domain": f"https://{name}/"})
        page = await desk.get(answer.headers["location"])
        token = (await read_domain(db, contoso.viewer(ADELE), name=name)).token
        assert f'data-copy="{PREFIX}{token}"' in page.text
        assert f'data-copy="{token}.verify.invalid"' in page.text
        assert "Nobody has looked yet." in words(page)
        rows = words(await desk.get("/settings/domains"))
        assert f"{name} Not verified Add its record 0" in rows
        assert f"{contoso.domain} Default Verified" in rows


async def test_what_was_found_stands_on_the_page_with_what_is_usually_the_matter(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    name, token = await added(db, contoso)
    async with browse(contoso, ADELE) as desk:
        await find(db, contoso, name, "v=spf1 <b>")
        page = await desk.get(f"/settings/domains/{name}")
        for part in (
            "Not saved:",
            "Not yet spread:",
            "ns1.host.example",
            "192.0.2.1",
            "v=spf1 <b>",
            "Next look by itself",
        ):
            assert part in words(page), part
        assert "<b>" not in page.text
        await find(db, contoso, name, token)
        assert "The beginning of the value is missing" in words(await desk.get(f"/settings/domains/{name}"))
        await find(db, contoso, name, PREFIX + token)
        page = words(await desk.get(f"/settings/domains/{name}"))
        assert "The record is there" in page
        assert "Leave it where it is" in page


async def test_while_a_look_is_under_way_the_page_asks_again_and_then_is_loaded_whole(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    name, _ = await added(db, contoso)
    place = f"/settings/domains/{name}"
    async with browse(contoso, ADELE) as desk:
        answer = await desk.post(f"{place}/check")
        assert answer.status_code == 303
        page = await desk.get(place)
        assert 'hx-trigger="every 2s"' in page.text
        assert "hx-refresh" not in (await desk.get(place, target="domain-proof")).headers
        async with db.transaction(contoso.id) as tx:
            await tx.execute(update(tables.domains).where(tables.domains.c.name == name).values(check_at=None))
        assert (await desk.get(place, target="domain-proof")).headers["hx-refresh"] == "true"


async def test_a_removal_names_what_is_in_the_way_and_by_force_who_is_renamed(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(tables.domains).values(tenant_id=contoso.id, name="crowd.example", added_at=NOW))
    await make_users(db, contoso.id, 30)
    place = "/settings/domains/crowd.example/remove"
    async with browse(contoso, ADELE) as desk:
        page = words(await desk.get(place))
        for part in ("30 people have a username of it", "The first 20 of 30.", contoso.domain):
            assert part in page, part
        assert page.count("@crowd.example") == 20
        refused = await desk.post(place, {"force": "1", "typed": "else", "expected": "30"})
        assert (refused.status_code, "Type crowd.example to confirm." in words(refused)) == (422, True)
        done = await desk.post(place, {"force": "1", "typed": "crowd.example", "expected": "30"})
        receipt = words(await desk.get(done.headers["location"]))
        assert "renamed and blocked 30 people" in receipt
        initial = await desk.post(f"/settings/domains/{contoso.domain}/remove")
        assert (initial.status_code, "never removed" in words(initial)) == (409, True)


async def test_the_list_takes_two_statements_and_shows_who_may_not_change_no_buttons(
    browse: type_browse, db: Database, contoso: Tenant
) -> None:
    await added(db, contoso)
    async with browse(contoso, BILL) as desk:
        await desk.get("/settings/domains")
        counts = []
        for _ in range(2):
            with query_count(db) as found:
                page = await desk.get("/settings/domains")
            counts.append(found.count)
            await added(db, contoso)
        assert counts[0] == counts[1]
        assert "Add a domain" not in words(page)
        file = await desk.get("/settings/domains/export.csv")
        assert file.text.startswith("\ufeffName,Status,Default,People")


async def test_only_the_demo_has_a_dns_of_its_own(own: Base, make_house: Callable[[Base], House]) -> None:
    house = make_house(own)
    async with AsyncTestClient(create_app(house)) as client:
        for way in (client.get("/zone"), client.post("/zone"), client.post("/zone/remove")):
            assert (await way).status_code == 404
    demo = replace(house, settings=replace(house.settings, demo_zone=True))
    async with AsyncTestClient(create_app(demo)) as client:
        client.follow_redirects = True
        wrong = await client.post("/zone", data={"name": "contoso", "kind": "TXT", "value": "x"})
        assert (wrong.status_code, "is not the name of a domain" in words(wrong)) == (422, True)
        page = await client.post("/zone", data={"name": "Contoso.example", "kind": "TXT", "value": ' "<i>x</i>" '})
        assert "contoso.example TXT <i>x</i>" in words(page)
        record = page.text.partition('name="record" value="')[2][:36]
        page = await client.post("/zone/remove", data={"record": record})
        assert "No records yet" in words(page)
