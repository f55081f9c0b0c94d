"""Domains: added, proven, raced for, made the default, lapsed, removed."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update

from tenantry.commands.delete_people import delete_people
from tenantry.commands.manage_domains import add_domain, force_remove_domain, make_default_domain, remove_domain
from tenantry.commands.manage_people import add_person
from tenantry.commands.prove_domains import check_domain, note_look
from tenantry.commands.restore_people import restore_people
from tenantry.domain.domains import FORCED, MOST, PATIENCE, PREFIX, WAITS, WEEK, Answer, Look, Outcome, Said
from tenantry.domain.people import Person
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import janitor
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.domains import page_domains, preview_removal, read_domain
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.store.domains import proven
from tests.cast import ADELE, DAY, LIDIA, NOW, PETER
from tests.world import Tenant, make_tenant, make_users, query_count, rows_of


def fresh() -> str:
    """A domain that no other test has: the registry is everybody's."""
    return f"d{uuid4().hex[:12]}.example"


async def token_of(db: Database, tenant: Tenant, name: str) -> str:
    token = (await read_domain(db, tenant.viewer(ADELE), name=name)).token
    assert token
    return token


async def added(db: Database, tenant: Tenant, name: str) -> str:
    await add_domain(db, tenant.viewer(ADELE), name=name, now=NOW)
    return name


def seen(*texts: str) -> Look:
    return Look(
        tuple(Said(f"ns{number}.host.example", f"192.0.2.{number}", Answer.RECORDS, texts) for number in (1, 2))
    )


async def looked(db: Database, tenant: Tenant, name: str, *texts: str, now: datetime = NOW) -> Outcome | None:
    return await note_look(db, janitor(tenant.id), name=name, look=seen(*texts), now=now)


async def prove(db: Database, tenant: Tenant, name: str, now: datetime = NOW) -> Outcome | None:
    return await looked(db, tenant, name, PREFIX + await token_of(db, tenant, name), now=now)


async def code_of(work: Any) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.code


# Adding


async def test_a_domain_gets_a_value_of_its_own_and_is_looked_for_soon(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    name = fresh()
    await add_domain(db, contoso.viewer(ADELE), name=f" https://{name.upper()}/ ", now=NOW)
    there = await read_domain(db, contoso.viewer(ADELE), name=name)
    assert (there.is_verified, there.proven, there.check_at) == (False, False, NOW + WAITS[0])
    assert len(there.token or "") == 32  # base32: 160 bits
    async with db.transaction(northwind.id) as tx:
        row = {"tenant_id": northwind.id, "name": name, "added_at": NOW}
        await tx.execute(insert(tables.domains).values(row))
    await check_domain(db, northwind.viewer(next(iter(northwind.people))), name=name, now=NOW)
    async with db.transaction(northwind.id) as tx:
        other = (await tx.execute(select(tables.domains.c.token).where(tables.domains.c.name == name))).scalar_one()
    assert other not in (None, there.token)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "domain_invalid"),
        ("contoso", "domain_invalid"),
        ("corp.local", "domain_invalid"),
        ("192.0.2.1", "domain_invalid"),
        ("ada@contoso.dk", "domain_invalid"),
        ("con toso.dk", "domain_invalid"),
        ("co.uk", "domain_shared"),
        ("github.io", "domain_shared"),
    ],
)
async def test_what_is_nobodys_domain_is_refused(typed: str, code: str, db: Database, contoso: Tenant) -> None:
    assert await code_of(add_domain(db, contoso.viewer(ADELE), name=typed, now=NOW)) == code


async def test_a_mail_service_and_a_domain_that_is_there_are_refused(db: Database, contoso: Tenant) -> None:
    service, name = fresh(), await added(db, contoso, fresh())
    async with db.transaction() as tx:
        await tx.execute(insert(tables.mail_domains).values(name=service, kind="consumer"))
    assert (
        await code_of(add_domain(db, contoso.viewer(ADELE), name=f"mail.{service}", now=NOW)) == "domain_mail_service"
    )
    assert await code_of(add_domain(db, contoso.viewer(ADELE), name=name.title(), now=NOW)) == "domain_there"
    assert await code_of(add_domain(db, contoso.viewer(PETER), name=fresh(), now=NOW)) == "permission_missing"


async def test_a_name_with_other_letters_is_kept_in_its_normal_form(db: Database, contoso: Tenant) -> None:
    made = await add_domain(db, contoso.viewer(ADELE), name=f"Blåbær.{fresh()}", now=NOW)
    assert made.name.startswith("xn--blbr-roah.")


async def test_there_are_at_most_so_many(db: Database, contoso: Tenant) -> None:
    rows = [{"tenant_id": contoso.id, "name": f"n{number}.example", "added_at": NOW} for number in range(MOST - 1)]
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(tables.domains), rows)
    assert await code_of(add_domain(db, contoso.viewer(ADELE), name=fresh(), now=NOW)) == "domains_too_many"
    pages, after = [], ""
    with query_count(db) as found:
        while not pages or after:
            page = await page_domains(db, contoso.viewer(ADELE), after=after, limit=400)
            pages.append([one.name for one in page.rows])
            after = page.next or ""
    assert [len(page) for page in pages] == [400, 400, 100]
    assert len({name for page in pages for name in page}) == page.total == MOST
    assert (pages[0][0], found.count) == (contoso.domain, 6)


# Proving


async def test_what_is_seen_makes_the_domain_the_tenants_and_it_is_looked_at_again_in_a_week(
    db: Database, contoso: Tenant
) -> None:
    name = await added(db, contoso, fresh())
    assert await looked(db, contoso, name, "v=spf1 -all") is Outcome.MISSING
    assert await prove(db, contoso, name) is Outcome.PROVEN
    there = await read_domain(db, contoso.viewer(ADELE), name=name)
    assert (there.verified_at, there.proven, there.method, there.check_at) == (NOW, True, "txt", NOW + WEEK)
    assert there.look == seen(PREFIX + (there.token or ""))
    person = Person(f"ib@{name}", "Ib")
    await add_person(db, contoso.viewer(ADELE), person=person, password_hash=None, wish=None, now=NOW)
    told = [row for row in await rows_of(db, contoso.id, "operations") if row["command"] == "note_look"]
    assert [(row["subject"], row["facts"], row["actor_name"]) for row in told] == [
        (name, {"proof": "proven"}, "Tenantry")
    ]


async def test_of_those_who_prove_it_at_once_the_first_keeps_it(db: Database) -> None:
    tenants = [await make_tenant(db, who=(ADELE,)) for _ in range(5)]
    for _ in range(4):
        name = fresh()
        for tenant in tenants:
            await added(db, tenant, name)
        became = await asyncio.gather(*(prove(db, tenant, name) for tenant in tenants))
        assert sorted(became) == [Outcome.PROVEN, *[Outcome.ELSEWHERE] * 4]
        there = [await read_domain(db, tenant.viewer(ADELE), name=name) for tenant in tenants]
        first = became.index(Outcome.PROVEN)
        assert [one.proven for one in there] == [one.is_verified for one in there] == [n == first for n in range(5)]


async def make_group(db: Database, name: str) -> Tenant:
    """People who signed up with a domain."""
    group = await make_tenant(db, "group", (PETER, LIDIA))
    async with db.transaction(group.id) as tx:
        await tx.execute(update(tables.tenants).values(kind="unmanaged"))
        row = {"tenant_id": group.id, "name": name, "added_at": NOW, "verified_at": NOW, "method": "email"}
        await tx.execute(insert(tables.domains).values(row))
        await tx.execute(insert(tables.domain_registry).values(name=name, tenant_id=group.id))
    return group


async def test_what_groups_people_who_signed_up_does_not_move_by_its_proof(db: Database, contoso: Tenant) -> None:
    name = fresh()
    group = await make_group(db, name)
    await added(db, contoso, name)
    assert await prove(db, contoso, name) is Outcome.TAKEOVER
    there = await read_domain(db, contoso.viewer(ADELE), name=name)
    assert (there.is_verified, there.proven, there.method, there.check_at) == (False, False, "txt", NOW + DAY)
    async with db.transaction(group.id) as tx:
        assert not await proven(tx, name)


async def test_who_would_be_the_admin_proves_it_by_their_own_value_and_nobody_elses(db: Database) -> None:
    name = fresh()
    group = await make_group(db, name)
    ways = dict(zip((PETER, LIDIA), (new_id(), new_id()), strict=True))
    async with db.transaction(group.id) as tx:
        for who, way in ways.items():
            row = {"tenant_id": group.id, "id": way, "user_id": group.people[who], "door": "admin", "domain": name}
            await tx.execute(insert(tables.upgrades).values(**row, token=who.user_name, started_at=NOW))
    assert await looked(db, group, name, f"{PREFIX}nobody") is Outcome.OTHER_VALUE
    assert await looked(db, group, name, PREFIX + LIDIA.user_name) is Outcome.PROVEN
    rows = {row["id"]: row["proven_at"] for row in await rows_of(db, group.id, "upgrades")}
    assert rows == {ways[PETER]: None, ways[LIDIA]: NOW}
    async with db.transaction(group.id) as tx:
        assert await proven(tx, name)
    assert await looked(db, group, name, PREFIX + PETER.user_name, now=NOW + DAY) is Outcome.PROVEN
    assert {row["proven_at"] for row in await rows_of(db, group.id, "upgrades")} == {NOW, NOW + DAY}


async def test_a_domain_that_was_removed_meanwhile_is_not_proven(db: Database, contoso: Tenant) -> None:
    name = await added(db, contoso, fresh())
    token = await token_of(db, contoso, name)
    await remove_domain(db, contoso.viewer(ADELE), name=name, now=NOW)
    assert await looked(db, contoso, name, PREFIX + token) is None
    assert await rows_of(db, contoso.id, "domains") != []
    async with db.transaction() as tx:
        held = select(tables.domain_registry.c.name).where(tables.domain_registry.c.name == name)
        assert (await tx.execute(held)).first() is None


async def test_what_is_below_a_proven_domain_is_verified_with_it(db: Database, contoso: Tenant) -> None:
    root = fresh()
    before, other = await added(db, contoso, f"dk.{root}"), await added(db, contoso, f"x{root}")
    await added(db, contoso, root)
    await prove(db, contoso, root)
    after = await add_domain(db, contoso.viewer(ADELE), name=f"a.b.{root}", now=NOW)
    assert after.inherited
    there = {one.name: one for one in (await page_domains(db, contoso.viewer(ADELE))).rows}
    assert [there[name].method for name in (before, after.name, other)] == ["inherited", "inherited", None]
    assert there[before].proven
    assert not there[other].is_verified
    assert await code_of(remove_domain(db, contoso.viewer(ADELE), name=root, now=NOW)) == "domain_below"


async def test_what_is_below_and_is_another_tenants_is_not(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    root, below = fresh(), ""
    below = f"dk.{root}"
    async with db.transaction() as tx:
        await tx.execute(insert(tables.domain_registry).values(name=below, tenant_id=northwind.id, proven_at=NOW))
    await added(db, contoso, root)
    await prove(db, contoso, root)
    assert not (await add_domain(db, contoso.viewer(ADELE), name=below, now=NOW)).inherited
    assert await prove(db, contoso, below) is Outcome.ELSEWHERE


# Looking


async def test_who_asks_too_often_waits(db: Database, contoso: Tenant) -> None:
    adele, name = contoso.viewer(ADELE), await added(db, contoso, fresh())
    await check_domain(db, adele, name=name, now=NOW)
    await check_domain(db, adele, name=name, now=NOW)  # under way: no second one
    assert (await read_domain(db, adele, name=name)).under_way(NOW)
    await looked(db, contoso, name)
    assert await code_of(check_domain(db, adele, name=name, now=NOW + PATIENCE / 2)) == "domain_looked_up"
    await check_domain(db, adele, name=name, now=NOW + 2 * PATIENCE)
    assert await code_of(check_domain(db, adele, name=fresh(), now=NOW)) == "domain_missing"


async def test_a_proof_that_is_gone_for_days_warns_and_takes_nothing_away(db: Database, contoso: Tenant) -> None:
    name, at = await added(db, contoso, fresh()), NOW
    await prove(db, contoso, name)
    lapsed = []
    for _ in range(4):
        at += DAY
        await looked(db, contoso, name, now=at)
        lapsed.append((await read_domain(db, contoso.viewer(ADELE), name=name)).lapsed_at)
    assert lapsed == [None, None, NOW + 3 * DAY, NOW + 3 * DAY]
    there = await read_domain(db, contoso.viewer(ADELE), name=name)
    assert (there.is_verified, there.proven) == (True, True)
    (notice,) = [row for row in await rows_of(db, contoso.id, "notices") if row["kind"] == "domain_lapsed"]
    assert (notice["permission"], notice["ended_at"]) == ("domain.change", None)
    await prove(db, contoso, name, now=at + DAY)
    (notice,) = [row for row in await rows_of(db, contoso.id, "notices") if row["kind"] == "domain_lapsed"]
    assert notice["ended_at"] == at + DAY
    looks = [row for row in await rows_of(db, contoso.id, "operations") if row["command"] == "note_look"]
    told = [row["facts"]["proof"] for row in sorted(looks, key=lambda row: row["at"])]
    assert told == ["proven", "lapsed", "seen_again"]


# The default, and removing


async def test_only_what_is_proven_can_be_the_default_and_there_is_one(db: Database, contoso: Tenant) -> None:
    adele, name = contoso.viewer(ADELE), await added(db, contoso, fresh())
    assert await code_of(make_default_domain(db, adele, name=name, now=NOW)) == "domain_unproven"
    await prove(db, contoso, name)
    await make_default_domain(db, adele, name=name, now=NOW)
    assert [one.name for one in (await page_domains(db, adele)).rows if one.is_default] == [name]
    assert await code_of(remove_domain(db, adele, name=name, now=NOW)) == "domain_default"
    await make_default_domain(db, adele, name=contoso.domain, now=NOW)
    assert await code_of(remove_domain(db, adele, name=contoso.domain, now=NOW)) == "domain_initial"
    await remove_domain(db, adele, name=name, now=NOW)
    assert name not in [one.name for one in (await page_domains(db, adele)).rows]


async def test_what_is_removed_can_be_proven_by_another(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    name = await added(db, contoso, fresh())
    await prove(db, contoso, name)
    other = await make_tenant(db)
    await added(db, other, name)
    assert await prove(db, other, name) is Outcome.ELSEWHERE
    await remove_domain(db, contoso.viewer(ADELE), name=name, now=NOW)
    assert await prove(db, other, name) is Outcome.PROVEN


async def with_people(db: Database, tenant: Tenant, name: str, *aliases: str) -> list[UUID]:
    await added(db, tenant, name)
    await prove(db, tenant, name)
    made = []
    for alias in aliases:
        person = Person(f"{alias}@{name}", alias.title())
        given = {"password_hash": "hash", "wish": None, "now": NOW}
        made.append((await add_person(db, tenant.viewer(ADELE), person=person, **given)).user_id)
    return made


async def test_people_who_are_called_by_it_keep_it_and_are_named(db: Database, contoso: Tenant) -> None:
    name = fresh()
    ib, bo = await with_people(db, contoso, name, "ib", "bo")
    with pytest.raises(Refused) as refused:
        await remove_domain(db, contoso.viewer(ADELE), name=name, now=NOW)
    assert (refused.value.code, refused.value.params["count"]) == ("domain_people", 2)
    preview = await preview_removal(db, contoso.viewer(ADELE), name=name)
    assert [one[0] for one in preview.called] == [ib, bo]
    assert (preview.uses.people, preview.initial) == (2, contoso.domain)


async def test_by_force_people_are_renamed_and_blocked(db: Database, contoso: Tenant) -> None:
    name, taken = fresh(), PETER.user_name
    ib, peter = await with_people(db, contoso, name, "ib", taken)
    wishes = {"name": name, "typed": name.upper(), "expected": 2, "now": NOW}
    adele = contoso.viewer(ADELE)
    assert await code_of(force_remove_domain(db, adele, **wishes | {"typed": "other"})) == "domain_differs"
    assert await code_of(force_remove_domain(db, adele, **wishes | {"expected": 1})) == "forecast_stale"
    done = await force_remove_domain(db, adele, **wishes)
    rows = {row["id"]: row for row in await rows_of(db, contoso.id, "users")}
    tail = peter.hex[-8:]
    assert [rows[one]["user_name"] for one in (ib, peter)] == [
        f"ib@{contoso.domain}",
        f"{taken}.{tail}@{contoso.domain}",
    ]
    assert {rows[one]["blocked_at"] for one in (ib, peter)} == {NOW}
    async with db.transaction() as tx:
        mails = select(tables.accounts.c.email).where(tables.accounts.c.id == rows[ib]["account_id"])
        assert (await tx.execute(mails)).scalar_one() == f"ib@{contoso.domain}"
    tokens = {row["token"] for row in await rows_of(db, contoso.id, "search_tokens") if row["user_id"] == ib}
    assert f"ib@{contoso.domain}" in tokens
    assert not [token for token in tokens if name in token]
    assert done.people == 2
    assert name not in [one.name for one in (await page_domains(db, adele)).rows]


async def test_force_renames_neither_oneself_nor_too_many(db: Database, contoso: Tenant) -> None:
    name, adele = fresh(), contoso.viewer(ADELE)
    await with_people(db, contoso, name, "ib")
    async with db.transaction(contoso.id) as tx:
        mine = tables.users.c.id == contoso.people[ADELE]
        await tx.execute(update(tables.users).where(mine).values(user_name=f"adele@{name}"))
    wishes = {"name": name, "typed": name, "expected": 2, "now": NOW}
    assert await code_of(force_remove_domain(db, adele, **wishes)) == "domain_own"
    crowd = "crowd.example"
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(tables.domains).values(tenant_id=contoso.id, name=crowd, added_at=NOW))
    await make_users(db, contoso.id, FORCED + 1)
    wishes = {"name": crowd, "typed": crowd, "expected": FORCED + 1, "now": NOW}
    assert await code_of(force_remove_domain(db, adele, **wishes)) == "domain_force_many"


async def test_force_takes_as_many_statements_for_many_as_for_one(db: Database, contoso: Tenant) -> None:
    counts = []
    for size in (1, 200):
        tenant = await make_tenant(db)
        async with db.transaction(tenant.id) as tx:
            await tx.execute(insert(tables.domains).values(tenant_id=tenant.id, name="crowd.example", added_at=NOW))
        await make_users(db, tenant.id, size)
        wishes = {"name": "crowd.example", "typed": "crowd.example", "expected": size, "now": NOW}
        with query_count(db) as found:
            await force_remove_domain(db, tenant.viewer(ADELE), **wishes)
        counts.append(found.count)
    assert counts[0] == counts[1]


async def test_who_only_reads_changes_nothing(db: Database, contoso: Tenant) -> None:
    later = NOW + timedelta(days=1)
    for work in (make_default_domain, remove_domain, check_domain):
        assert await code_of(work(db, contoso.viewer(LIDIA), name=contoso.domain, now=later)) == "permission_missing"


async def test_somebody_deleted_comes_back_under_a_domain_that_is_still_there(db: Database, contoso: Tenant) -> None:
    name, adele = fresh(), contoso.viewer(ADELE)
    (ib,) = await with_people(db, contoso, name, "ib")
    await delete_people(db, adele, selection=Selection(ids=(ib,)), now=NOW)
    await remove_domain(db, adele, name=name, now=NOW)
    refused = await restore_people(db, adele, user_ids=(ib,), wanted=(), now=NOW)
    assert [(one.code, one.params) for one in refused.failed] == [("domain_unknown", {"domain": name})]
    renames = {ib: f"ib@{contoso.domain}"}
    assert (await restore_people(db, adele, user_ids=(ib,), wanted=(), renames=renames, now=NOW)).people == (ib,)
