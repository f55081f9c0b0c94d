"""People who signed up are taken over by whoever proved their domain: all of it moves, or nothing does."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from tenantry.commands.delete_tenant import purge_tenant
from tenantry.commands.take_over_tenant import TakenOver, restore_group, restore_taken_over, take_over_tenant
from tenantry.domain.catalog import Product
from tenantry.domain.operators import Operator
from tenantry.domain.takeovers import LEFT_FOR, PROOF_LASTS
from tenantry.domain.viewers import janitor
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.due_tenants import tenants_to_end
from tenantry.queries.gate import list_tenants
from tenantry.queries.house import House
from tenantry.queries.takeovers import see_takeover
from tenantry.store import proofs, tables
from tenantry.store.database import Database
from tenantry.store.domains import claim
from tenantry.store.handles import handle_hash
from tests.cast import ADELE, BASIC, BILL, BOARD_TWIN, DAY, MEETINGS, NOW, PETER, PREMIUM, Character
from tests.commands.test_sign_up import finish as finish_sign_up
from tests.commands.test_sign_up import prove as prove_sign_up
from tests.conftest import Base
from tests.world import Tenant, consumed, held, make_group, make_pool, make_tenant, make_users, query_count, rows_of

IDA = Character("ida", "Ida Iversen")
OLE = Character("ole", "Ole Olsen")
PIA = Character("pia", "Pia Poulsen")


async def prove(db: Database, tenant: Tenant, domain: str, at: datetime = NOW, outcome: str = "takeover") -> None:
    """`tenant` has put the value into the DNS of a domain that groups others."""
    row = {"tenant_id": tenant.id, "name": domain, "added_at": NOW, "token": "t" * 32, "outcome": outcome}
    async with db.transaction(tenant.id) as tx:
        await tx.execute(insert(tables.domains).values(**row, checked_at=at))


async def take(db: Database, tenant: Tenant, group: Tenant, **more: Any) -> TakenOver:
    """The takeover as it is shown now, carried out."""
    viewer = tenant.viewer(ADELE)
    seen = await see_takeover(db, viewer, domain=group.domain, now=NOW)
    assert seen.group is not None
    return await take_over_tenant(db, viewer, domain=group.domain, **{"mark": seen.group.mark, "now": NOW, **more})


async def code_of(work: Any) -> str:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value.code


async def give(db: Database, group: Tenant, product: Product, who: Sequence[Character]) -> None:
    """A second free product, and licenses of it with its apps off."""
    await make_pool(db, group.id, product, 500, channel="free")
    off = sorted(product.plan_ids)[:1]
    rows = [{"user_id": group.people[one], "disabled_plans": off} for one in who]
    known = {"tenant_id": group.id, "sku_id": product.sku_id, "operation_id": new_id(), "assigned_at": NOW}
    async with db.transaction(group.id) as tx:
        await tx.execute(insert(tables.licenses), [{**known, **row} for row in rows])
        pool = update(tables.seat_pools).where(tables.seat_pools.c.sku_id == product.sku_id)
        await tx.execute(pool.values(consumed=len(rows)))


async def row_of(db: Database, tenant_id: UUID, table: str, **where: Any) -> dict[str, Any]:
    (row,) = [r for r in await rows_of(db, tenant_id, table) if all(r[k] == v for k, v in where.items())]
    return row


async def who_came(db: Database, tenant: Tenant) -> dict[UUID, UUID]:
    """Old id -> new id."""
    return {row["old_user_id"]: row["user_id"] for row in await rows_of(db, tenant.id, "moved_people")}  # type: ignore[misc]


async def sound(house: House) -> bool:
    """What the doctor counts over all tenants is as it should be."""
    async with house.jobs.transaction() as tx:
        wrong = await proofs.wrong_counters(tx), await proofs.orphaned_licenses(tx), await proofs.wrong_tokens(tx)
    return wrong == (0, 0, 0)


async def test_people_move_with_all_that_is_theirs(db: Database, house: House, contoso: Tenant) -> None:
    group = await make_group(db, (IDA, OLE), BOARD_TWIN)
    await give(db, group, PREMIUM, [IDA])
    day = NOW - 30 * DAY
    async with db.transaction(group.id) as tx:
        mine = update(tables.users).where(tables.users.c.id == group.people[IDA])
        await tx.execute(mine.values(created_at=day, seen_at=NOW, mobile_phone="123"))
        settings = {"tenant_id": group.id, "user_id": group.people[IDA], "lobby": True, "reminder_minutes": 10}
        await tx.execute(insert(tables.meeting_settings).values(settings))
    await prove(db, contoso, group.domain)
    done = await take(db, contoso, group)
    assert (done.people, done.merged) == (2, 0)
    came = await who_came(db, contoso)
    assert came.keys() == set(group.people.values())
    ida = came[group.people[IDA]]
    row = await row_of(db, contoso.id, "users", id=ida)
    told = [row[name] for name in ("kind", "user_name", "origin", "created_at", "seen_at", "mobile_phone")]
    assert told == ["member", group.email(IDA), "moved", day, NOW, "123"]
    assert row["account_id"] == group.accounts[IDA]
    licenses = await held(db, contoso.id)
    assert licenses[ida, BOARD_TWIN.sku_id] == frozenset()
    assert licenses[ida, PREMIUM.sku_id] == frozenset(sorted(PREMIUM.plan_ids)[:1])
    assert await consumed(db, contoso.id) == {BOARD_TWIN.sku_id: 2, PREMIUM.sku_id: 1}
    assert (await row_of(db, contoso.id, "meeting_settings"))["reminder_minutes"] == 10
    assert await sound(house)


async def test_the_old_tenant_is_closed_and_its_address_leads_to_the_new_one(db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA, OLE), BOARD_TWIN)
    await prove(db, contoso, group.domain)
    await take(db, contoso, group)
    old = await row_of(db, group.id, "tenants")
    assert (old["merged_into"], old["deleted_at"]) == (contoso.id, NOW)
    assert all(row["deleted_at"] == NOW and row["account_id"] is None for row in await rows_of(db, group.id, "users"))
    assert await held(db, group.id) == {}
    assert await consumed(db, group.id) == {BOARD_TWIN.sku_id: 0}
    assert await rows_of(db, group.id, "domains") == []
    (place,) = await list_tenants(db, account_id=group.accounts[IDA])
    assert place.slug == contoso.slug
    async with db.transaction() as tx:
        address = select(tables.handles.c.tenant_id).where(tables.handles.c.hash == handle_hash(group.slug))
        assert (await tx.execute(address)).scalar_one() == contoso.id
    domain = await row_of(db, contoso.id, "domains", name=group.domain)
    assert (domain["verified_at"], domain["outcome"], domain["is_default"]) == (NOW, "proven", False)


async def test_both_logs_and_the_vendors_apps_are_told(db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA, OLE), BOARD_TWIN)
    await prove(db, contoso, group.domain)
    done = await take(db, contoso, group)
    here = await row_of(db, contoso.id, "operations", command="take_over_tenant")
    there = await row_of(db, group.id, "operations", command="take_over_tenant")
    assert (here["actor_name"], here["facts"]["count"], here["facts"]["assigned"]) == (ADELE.name, 2, {"Task Board": 2})
    assert (there["id"], there["facts"]["into"]) == (
        done.operation_id,
        (await row_of(db, contoso.id, "tenants"))["name"],
    )
    async with db.transaction() as tx:
        written = select(tables.letters.c.kind, tables.letters.c.params).where(
            tables.letters.c.recipient == group.email(OLE)
        )
        ((kind, params),) = (await tx.execute(written)).all()
    assert (kind, params["admin"], params["domain"]) == ("taken_over", ADELE.name, group.domain)
    came = await who_came(db, contoso)
    told = {row["payload"]["old_user_id"]: row["payload"]["user_id"] for row in await rows_of(db, contoso.id, "outbox")}  # type: ignore[index]
    assert told == {str(old): str(new) for old, new in came.items()}


async def test_whoever_was_here_before_is_merged_and_a_guest_becomes_a_member(
    db: Database, house: House, contoso: Tenant
) -> None:
    group = await make_group(db, (IDA, OLE), BASIC)
    await make_pool(db, contoso.id, PREMIUM, 5)
    ida = (await make_users(db, contoso.id, 1, kind="guest", location=None))[0]
    async with db.transaction(contoso.id) as tx:
        mine = update(tables.users).where(tables.users.c.id == ida)
        await tx.execute(mine.values(account_id=group.accounts[IDA]))
        way = {"kind": "member", "hash": handle_hash(group.accounts[IDA]), "tenant_id": contoso.id, "row_id": ida}
        await tx.execute(insert(tables.handles).values(way))
        license = {"tenant_id": contoso.id, "sku_id": PREMIUM.sku_id, "user_id": ida, "disabled_plans": []}
        await tx.execute(insert(tables.licenses).values(**license, operation_id=new_id(), assigned_at=NOW))
        pool = tables.seat_pools.c.sku_id == PREMIUM.sku_id
        await tx.execute(update(tables.seat_pools).where(pool).values(consumed=1))
    await prove(db, contoso, group.domain)
    seen = await see_takeover(db, contoso.viewer(ADELE), domain=group.domain, now=NOW)
    assert seen.group is not None
    assert [(one.user_name, one.user_id, one.joins) for one in seen.group.mergers] == [(group.email(IDA), ida, True)]
    done = await take(db, contoso, group)
    assert (done.people, done.merged) == (2, 1)
    row = await row_of(db, contoso.id, "users", id=ida)
    assert (row["kind"], row["usage_location"], row["origin"]) == ("member", "DK", "added")
    licenses = await held(db, contoso.id)
    assert (ida, BASIC.sku_id) not in licenses, "it excludes what they have here"
    assert (ida, PREMIUM.sku_id) in licenses
    fault = await row_of(db, contoso.id, "operation_faults")
    assert (fault["user_id"], fault["code"]) == (ida, "plan_conflict")
    assert await sound(house)


async def test_somebody_else_of_the_same_name_stops_it(db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA,), BOARD_TWIN)
    async with db.transaction(contoso.id) as tx:
        mine = update(tables.users).where(tables.users.c.id == contoso.people[PETER])
        await tx.execute(mine.values(user_name=group.email(IDA).upper()))
    await prove(db, contoso, group.domain)
    assert await code_of(take(db, contoso, group)) == "takeover_names_taken"


async def test_free_seats_come_only_where_they_are_needed(db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA, OLE), BOARD_TWIN)
    await make_pool(db, contoso.id, BOARD_TWIN, 1000, channel="free")
    await prove(db, contoso, group.domain)
    await take(db, contoso, group)
    assert [row["seats"] for row in await rows_of(db, contoso.id, "subscriptions")] == [1000]
    other = await make_group(db, (PIA,), PREMIUM)
    await prove(db, contoso, other.domain)
    await take(db, contoso, other)
    (row,) = [r for r in await rows_of(db, contoso.id, "subscriptions") if r["sku_id"] == PREMIUM.sku_id]
    assert (row["seats"], row["recurring"]) == (1_000_000, False), "what costs money is not renewed unasked"


# By force


async def in_meetings(db: Database) -> Tenant:
    """A group whose product cannot move, with a meeting, and another product that can."""
    group = await make_group(db, (IDA, OLE), MEETINGS)
    await give(db, group, BOARD_TWIN, [IDA])
    meeting = {"tenant_id": group.id, "id": new_id(), "organizer_id": group.people[IDA], "title": "Monday"}
    settings = {"tenant_id": group.id, "user_id": group.people[IDA], "lobby": True}
    async with db.transaction(group.id) as tx:
        await tx.execute(insert(tables.meetings).values(**meeting, token=str(new_id()), created_at=NOW))
        await tx.execute(insert(tables.meeting_settings).values(settings))
    return group


async def test_what_cannot_move_bars_the_takeover_and_is_left_behind_by_force(
    db: Database, house: House, contoso: Tenant
) -> None:
    group = await in_meetings(db)
    await prove(db, contoso, group.domain)
    seen = await see_takeover(db, contoso.viewer(ADELE), domain=group.domain, now=NOW)
    assert seen.group is not None
    assert [(one.name, one.licenses, one.bars) for one in seen.group.barred] == [("Meetings", 2, ("Calendar",))]
    assert await code_of(take(db, contoso, group)) == "takeover_barred"
    assert await code_of(take(db, contoso, group, forced=True, typed="contoso")) == "takeover_typed"
    await take(db, contoso, group, forced=True, typed=f" {group.domain.upper()}. ")
    assert {sku for _, sku in await held(db, contoso.id)} == {BOARD_TWIN.sku_id}
    assert {sku for _, sku in await held(db, group.id)} == {MEETINGS.sku_id}
    assert await rows_of(db, contoso.id, "meetings") == []
    assert len(await rows_of(db, contoso.id, "meeting_settings")) == 1
    assert (await row_of(db, contoso.id, "takeovers"))["forced"] is True
    assert await sound(house)


async def test_meetings_move_with_their_links_where_nothing_bars_them(
    own: Base, make_house: Callable[[Base], House]
) -> None:
    house = make_house(own)
    db = house.db
    async with db.transaction() as tx:
        await tx.execute(tables.takeover_bars.delete())
    contoso, group = await make_tenant(db), await in_meetings(db)
    meeting = await row_of(db, group.id, "meetings")
    visit = {"tenant_id": group.id, "id": new_id(), "meeting_id": meeting["id"], "user_id": group.people[OLE]}
    visit |= {"name": OLE.name, "state": "in", "joined_at": NOW, "seen_at": NOW}
    link = {"kind": "meeting", "hash": handle_hash(meeting["token"]), "tenant_id": group.id, "row_id": meeting["id"]}
    async with db.transaction(group.id) as tx:
        await tx.execute(insert(tables.meeting_people).values(visit))
        await tx.execute(insert(tables.handles).values(link))
    await prove(db, contoso, group.domain)
    await take(db, contoso, group)
    came = await who_came(db, contoso)
    moved = await row_of(db, contoso.id, "meetings")
    assert (moved["id"], moved["organizer_id"], moved["ended_at"]) == (meeting["id"], came[group.people[IDA]], None)
    there = await row_of(db, contoso.id, "meeting_people")
    assert (there["user_id"], there["state"]) == (came[group.people[OLE]], "in")
    assert (await row_of(db, group.id, "meetings"))["ended_at"] == NOW
    async with db.transaction() as tx:
        found = select(tables.handles.c.tenant_id).where(tables.handles.c.hash == link["hash"])
        assert (await tx.execute(found)).scalar_one() == contoso.id
    assert await sound(house)


# What may not be


@pytest.mark.parametrize(
    ("outcome", "days", "proven", "wanted"),
    [
        ("missing", 0, False, "takeover_nothing"),
        ("takeover", PROOF_LASTS.days + 1, False, "takeover_proof_old"),
        ("takeover", 0, True, "takeover_elsewhere"),
    ],
)
async def test_only_what_is_proven_now_and_by_nobody_else_is_taken(
    outcome: str, days: int, proven: bool, wanted: str, db: Database, contoso: Tenant
) -> None:
    group = await make_group(db, (IDA,), BOARD_TWIN)
    await prove(db, contoso, group.domain, NOW - timedelta(days=days), outcome)
    if proven:
        async with db.transaction(group.id) as tx:
            await claim(tx, group.id, [group.domain], NOW)
    viewer = contoso.viewer(ADELE)
    assert await code_of(take_over_tenant(db, viewer, domain=group.domain, mark="", now=NOW)) == wanted
    seen = await see_takeover(db, viewer, domain=group.domain, now=NOW)
    assert seen.refusal is not None
    assert seen.refusal.code == wanted


async def test_a_managed_tenants_domain_is_never_taken(db: Database, contoso: Tenant, northwind: Tenant) -> None:
    await prove(db, contoso, northwind.domain)
    viewer = contoso.viewer(ADELE)
    assert (
        await code_of(take_over_tenant(db, viewer, domain=northwind.domain, mark="", now=NOW)) == "takeover_elsewhere"
    )
    assert await code_of(take_over_tenant(db, viewer, domain="no.example", mark="", now=NOW)) == "takeover_missing"
    assert (
        await code_of(take_over_tenant(db, contoso.viewer(BILL), domain=northwind.domain, mark="", now=NOW))
        == "permission_missing"
    )


async def test_what_was_not_shown_is_not_done(db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA, OLE), BOARD_TWIN)
    await prove(db, contoso, group.domain)
    seen = await see_takeover(db, contoso.viewer(ADELE), domain=group.domain, now=NOW)
    assert seen.group is not None
    await make_users(db, group.id, 1)
    await give(db, group, PREMIUM, [OLE])
    assert await code_of(take(db, contoso, group, mark=seen.group.mark)) == "takeover_changed"
    assert (await row_of(db, group.id, "tenants"))["deleted_at"] is None
    assert (await take(db, contoso, group)).people == 3, "whoever signed up meanwhile goes along"


async def test_of_two_who_take_at_once_one_wins_and_the_other_is_told(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    group = await make_group(db, (IDA, OLE), BOARD_TWIN)
    other = replace(northwind, people={ADELE: next(iter(northwind.people.values()))})
    for tenant in (contoso, other):
        await prove(db, tenant, group.domain)
    done = await asyncio.gather(*(take(db, one, group) for one in (contoso, other)), return_exceptions=True)
    (refused,) = [one for one in done if isinstance(one, Refused)]
    assert refused.code == "takeover_elsewhere"
    (came,) = [one for one in done if isinstance(one, TakenOver)]
    assert came.people == 2


async def test_who_signs_up_meanwhile_waits_and_lands_in_the_new_tenant(
    own: Base, make_house: Callable[[Base], House]
) -> None:
    db = make_house(own).db
    contoso, group = await make_tenant(db), await make_group(db, (IDA,), BOARD_TWIN)
    await prove(db, contoso, group.domain)
    token = await prove_sign_up(db, group.email(PIA))
    half_way, signing_up = asyncio.Event(), []

    async def progress(_done: int) -> None:
        """The group is emptied, and nothing of it is seen yet."""
        signing_up.append(asyncio.create_task(finish_sign_up(db, token, name=PIA.name)))
        done, _ = await asyncio.wait(signing_up, timeout=0.1)
        assert not done, "it waits"
        half_way.set()

    came = await take(db, contoso, group, progress=progress)
    assert half_way.is_set()
    assert came.people == 1
    assert (await signing_up[0]).slug == contoso.slug
    pia = await row_of(db, contoso.id, "users", user_name=group.email(PIA))
    assert pia["origin"] == "email_verified"
    assert [row["user_name"] for row in await rows_of(db, group.id, "users")] == [group.email(IDA)]


async def test_domains_below_the_one_that_came_are_verified_with_it(db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA,), BOARD_TWIN)
    await prove(db, contoso, group.domain)
    await prove(db, contoso, f"mail.{group.domain}", outcome="missing")
    await take(db, contoso, group)
    below = await row_of(db, contoso.id, "domains", name=f"mail.{group.domain}")
    assert (below["verified_at"], below["method"]) == (NOW, "inherited")


async def test_a_takeover_takes_as_many_statements_for_two_thousand_as_for_two(db: Database, contoso: Tenant) -> None:
    counts = []
    for extra in (0, 2000):
        group = await make_group(db, (IDA, OLE), BOARD_TWIN)
        await make_users(db, group.id, extra)
        await prove(db, contoso, group.domain)
        with query_count(db) as seen:
            done = await take(db, contoso, group)
        assert done.people == 2 + extra
        counts.append(seen.count)
        async with db.transaction(contoso.id) as tx:  # so that the next group has the same before it
            await tx.execute(update(tables.users).where(tables.users.c.origin == "moved").values(deleted_at=NOW))
    assert counts[0] == counts[1] <= 105, "the look at it and the deed"


# Back


async def test_the_old_tenant_is_had_back_for_ten_days_with_what_stayed_behind(
    db: Database, house: House, contoso: Tenant
) -> None:
    group = await in_meetings(db)
    await prove(db, contoso, group.domain)
    done = await take(db, contoso, group, forced=True, typed=group.domain)
    viewer, late = contoso.viewer(ADELE), NOW + LEFT_FOR
    assert await code_of(restore_group(db, viewer, takeover_id=done.operation_id, now=late)) == "takeover_over"
    assert await code_of(restore_group(db, viewer, takeover_id=new_id(), now=NOW)) == "takeover_missing"
    came = await who_came(db, contoso)
    async with db.transaction(contoso.id) as tx:
        gone = update(tables.users).where(tables.users.c.id == came[group.people[OLE]])
        await tx.execute(gone.values(deleted_at=NOW))
    back = await restore_group(db, viewer, takeover_id=done.operation_id, now=late - DAY)
    assert back.people == 1
    old = await row_of(db, group.id, "tenants")
    assert (old["kind"], old["join_by_email"]) == ("managed", False), "nobody becomes its admin or joins it"
    assert {place.slug for place in await list_tenants(db, account_id=group.accounts[IDA])} == {
        contoso.slug,
        group.slug,
    }
    ida = await row_of(db, group.id, "users", id=group.people[IDA])
    assert (ida["kind"], ida["account_id"], ida["deleted_at"]) == ("guest", group.accounts[IDA], None)
    assert await held(db, group.id) == {(group.people[IDA], MEETINGS.sku_id): frozenset()}
    assert await consumed(db, group.id) == {MEETINGS.sku_id: 1, BOARD_TWIN.sku_id: 0}
    assert await code_of(restore_group(db, viewer, takeover_id=done.operation_id, now=NOW)) == "takeover_over"
    assert await sound(house)


async def test_the_operator_brings_it_back_too(db: Database, contoso: Tenant) -> None:
    group = await make_group(db, (IDA,), BOARD_TWIN)
    await prove(db, contoso, group.domain)
    await take(db, contoso, group)
    operator = Operator(None, "Olga", "operator")
    assert (await restore_taken_over(db, operator, tenant_id=group.id, now=NOW)).people == 1
    assert (await row_of(db, group.id, "tenants"))["merged_into"] is None
    for tenant in (contoso, group):
        assert (await row_of(db, tenant.id, "operations", command="restore_taken_over"))["actor_name"] == "Olga"
    assert await code_of(restore_taken_over(db, operator, tenant_id=group.id, now=NOW)) == "takeover_missing"


async def test_ten_days_later_the_old_tenant_ends_and_closes_nobodys_account(
    db: Database, house: House, contoso: Tenant
) -> None:
    group = await make_group(db, (IDA,), BOARD_TWIN)
    await prove(db, contoso, group.domain)
    await take(db, contoso, group)
    for days, there in ((LEFT_FOR - DAY, False), (LEFT_FOR, True)):
        due = {one[0] for one in await tenants_to_end(house, now=NOW + days)}
        assert (group.id in due) is there
        assert await purge_tenant(db, janitor(group.id), now=NOW + days) is there
    async with db.transaction() as tx:
        account = select(tables.accounts.c.closed_at).where(tables.accounts.c.id == group.accounts[IDA])
        assert (await tx.execute(account)).scalar_one() is None
    (place,) = await list_tenants(db, account_id=group.accounts[IDA])
    assert place.slug == contoso.slug
