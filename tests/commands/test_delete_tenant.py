"""A tenant is deleted, brought back, and after thirty days gone: all of it, and nothing of anybody else's."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.delete_tenant import delete_tenant, purge_tenant, undo_deletion
from tenantry.domain.licenses import Wish
from tenantry.domain.organization import GRACE
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import janitor
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.due_tenants import tenants_to_end
from tenantry.queries.house import House
from tenantry.store import tables
from tenantry.store.database import Database
from tenantry.store.handles import handle_hash
from tenantry.store.tables import metadata
from tests.cast import ADELE, BASIC, CONTOSO, NOW, PETER, RASMUS, SECOND
from tests.store.test_fence import ROOTS, row_of
from tests.world import Tenant, make_pool, make_tenant, make_users, rows_of


async def tenant_row(db: Database, tenant: Tenant) -> dict[str, Any]:
    (row,) = await rows_of(db, tenant.id, "tenants")
    return row


async def delete(db: Database, tenant: Tenant, name: str = "") -> None:
    await delete_tenant(db, tenant.viewer(ADELE), name=name or tenant.slug.title(), now=NOW)


async def test_a_tenant_is_deleted_by_its_name_and_brought_back(db: Database, contoso: Tenant) -> None:
    with pytest.raises(Refused) as refused:
        await delete(db, contoso, "Northwind")
    assert (refused.value.code, refused.value.field) == ("name_differs", "confirm")
    await delete(db, contoso)
    assert (await tenant_row(db, contoso))["deleted_at"] == NOW
    assert await undo_deletion(db, contoso.viewer(ADELE), now=NOW) is True
    assert (await tenant_row(db, contoso))["deleted_at"] is None
    assert await undo_deletion(db, contoso.viewer(ADELE), now=NOW) is False
    told = [row["command"] for row in await rows_of(db, contoso.id, "operations")]
    assert told == ["delete_tenant", "undo_deletion"]


async def test_deleting_again_does_not_begin_the_days_anew(db: Database, contoso: Tenant) -> None:
    await delete(db, contoso)
    later = NOW + timedelta(days=3)
    again = await delete_tenant(db, contoso.viewer(ADELE), name=contoso.slug, now=later)
    assert again.ends_at == NOW + GRACE
    assert (await tenant_row(db, contoso))["deleted_at"] == NOW


async def test_only_global_admins_delete_and_undo(db: Database, contoso: Tenant) -> None:
    for who in CONTOSO:
        if who is not ADELE:
            for refused in (
                delete_tenant(db, contoso.viewer(who), name=contoso.slug, now=NOW),
                undo_deletion(db, contoso.viewer(who), now=NOW),
            ):
                with pytest.raises(Refused, match="permission_missing"):
                    await refused


async def test_what_is_under_way_is_waited_for(db: Database, contoso: Tenant) -> None:
    row = {"tenant_id": contoso.id, "id": new_id(), "command": "x", "actor_name": "A", "total": 1}
    async with db.transaction(contoso.id) as tx:
        await tx.execute(insert(tables.long_operations).values(**row, request={}, language="en", asked_at=NOW))
    with pytest.raises(Refused, match="organization_busy"):
        await delete(db, contoso)


# The end

MONEY = (
    *("billing_accounts", "payment_methods", "orders", "invoices", "payments", "charges", "scheduled_changes"),
    *("notices", "notices_seen", "pins", "service_cuts", "cart_lines", "payment_customers", "card_setups", "refunds"),
)
SELF_SERVICE = (
    *("upgrades", "takeovers", "moved_people", "meetings", "meeting_people", "meeting_settings"),
    *("service_requests", "service_messages", "service_files"),
)


async def fill(db: Database, tenant: Tenant) -> None:
    """Something in every table that a tenant has."""
    bought = await make_pool(db, tenant.id, BASIC, 5)
    await make_users(db, tenant.id, 3)
    wish = Wish(assign={BASIC.sku_id: frozenset()})
    for one in (wish, Wish(assign={}, remove=frozenset([BASIC.sku_id])), wish):
        selection = Selection(ids=tenant.ids(PETER, RASMUS))
        await assign_licenses(
            db, tenant.viewer(ADELE), selection=selection, wish=one, all_or_none=True, now=NOW, key=str(new_id())
        )
    mine = {"tenant_id": tenant.id}
    operation = (await rows_of(db, tenant.id, "operations"))[0]["id"]
    file, access, account = new_id(), new_id(), tenant.accounts[ADELE]
    async with db.transaction(tenant.id) as tx:
        about = {**mine, "user_id": tenant.people[PETER], "operation_id": operation}
        await tx.execute(insert(tables.operation_people).values(about))
        await tx.execute(insert(tables.operation_faults).values(**about, code="seats_short", params={}))
        await tx.execute(insert(tables.outbox).values(**mine, kind="x", payload={}, at=NOW))
        times = {"made_at": NOW, "expires_at": NOW}
        await tx.execute(insert(tables.files).values(**mine, id=file, name="x", media_type="x", **times))
        await tx.execute(insert(tables.file_parts).values(**mine, file_id=file, number=1, content=b"x"))
        asked = {"command": "x", "actor_name": "A", "state": "done", "total": 1, "asked_at": NOW}
        await tx.execute(
            insert(tables.long_operations).values(**mine, id=new_id(), file_id=file, request={}, language="en", **asked)
        )
        period = {"started_at": NOW, "ends_at": NOW + SECOND}
        why = {"account_id": account, "name": "Olga", "reason": "x", "level": "look"}
        await tx.execute(insert(tables.support_access).values(**mine, id=access, **why, **period))
        handle = {"kind": "support", "hash": handle_hash(account), "row_id": access}
        await tx.execute(insert(tables.handles).values(**mine, **handle))
        factor = {"id": new_id(), "account_id": account, "kind": "authenticator", "name": "Phone", "secret": "S"}
        await tx.execute(insert(tables.factors).values(**factor, created_at=NOW))
        known = {"subscription_id": bought}
        for name in (*MONEY, *SELF_SERVICE):
            row = row_of(metadata.tables[name], tenant)
            row = {column: getattr(value, "obj", value) for column, value in row.items()}
            row |= {column: value for column, value in known.items() if column in row}
            await tx.execute(insert(metadata.tables[name]).values(row))
            known |= {ROOTS[name]: row["id"]} if name in ROOTS else {}


async def counts(db: Database, tenant: Tenant) -> dict[str, int]:
    """How many rows of a tenant each table has."""
    found = {}
    async with db.transaction(tenant.id) as tx:
        for name, table in metadata.tables.items():
            if "tenant_id" in table.c:
                mine = select(func.count()).select_from(table).where(table.c.tenant_id == tenant.id)
                found[name] = (await tx.execute(mine)).scalar_one()
    return found


async def test_after_thirty_days_nothing_of_it_is_left_and_nobody_else_is_touched(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    other = await make_tenant(db)
    for tenant in (contoso, other):
        await fill(db, tenant)
    full = await counts(db, contoso)
    assert min(full.values()) > 0, "every table has something to lose"
    await delete(db, contoso)
    before = await counts(db, other), await counts(db, northwind)
    assert await purge_tenant(db, janitor(contoso.id), now=NOW + GRACE - SECOND) is False
    assert await counts(db, contoso) == full | {"operations": full["operations"] + 1}
    assert await purge_tenant(db, janitor(contoso.id), now=NOW + GRACE) is True
    assert set((await counts(db, contoso)).values()) == {0}
    assert (await counts(db, other), await counts(db, northwind)) == before
    assert await purge_tenant(db, janitor(contoso.id), now=NOW + GRACE) is False


async def test_its_own_sign_ins_are_closed_and_those_of_guests_and_operators_stay(
    db: Database, contoso: Tenant, northwind: Tenant
) -> None:
    guest = northwind.accounts[next(iter(northwind.people))]
    operator = contoso.accounts[RASMUS]
    async with db.transaction(contoso.id) as tx:
        seat = {"account": guest, "user": contoso.people[PETER], "key": "elsewhere@north.example"}
        await tx.execute(
            text("UPDATE users SET account_id = :account, kind = 'guest', user_name = :key WHERE id = :user"), seat
        )
        await tx.execute(text("UPDATE accounts SET is_operator = true WHERE id = :id"), {"id": operator})
    await delete(db, contoso)
    assert await purge_tenant(db, janitor(contoso.id), now=NOW + GRACE)
    async with db.transaction() as tx:
        closed = select(tables.accounts.c.id).where(tables.accounts.c.closed_at.is_not(None))
        gone = set((await tx.execute(closed)).scalars())
    assert contoso.accounts[ADELE] in gone
    assert not {guest, operator, *northwind.accounts.values()} & gone


async def test_a_tenant_that_was_brought_back_is_not_ended(db: Database, contoso: Tenant) -> None:
    await delete(db, contoso)
    await undo_deletion(db, contoso.viewer(ADELE), now=NOW)
    assert await purge_tenant(db, janitor(contoso.id), now=NOW + 2 * GRACE) is False
    assert await rows_of(db, contoso.id, "users")


async def test_the_address_and_the_domain_are_free_again_and_the_house_knows_of_the_end(
    db: Database, contoso: Tenant
) -> None:
    await delete(db, contoso)
    await purge_tenant(db, janitor(contoso.id), now=NOW + GRACE)
    again = await make_tenant(db, contoso.slug, (ADELE,), number=False)
    assert again.slug == contoso.slug
    async with db.transaction() as tx:
        log = select(tables.house_operations).where(tables.house_operations.c.command == "purge_tenant")
        told = [(row.subject, row.facts["slug"]) for row in await tx.execute(log)]
    assert (contoso.slug.title(), contoso.slug) in told


async def test_jobs_are_told_of_those_who_are_due(house: House, db: Database, contoso: Tenant) -> None:
    await delete(db, contoso)
    assert contoso.id not in dict(await tenants_to_end(house, now=NOW + GRACE - SECOND))
    assert contoso.id in dict(await tenants_to_end(house, now=NOW + GRACE))
