"""Notices as rows: one open per kind and subject, kept up to date, ended as sets."""

from uuid import UUID

from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.store.database import Database
from tenantry.store.notices import Notice, end_notice, end_notices, raise_notice, raise_notices
from tests.cast import DAY, NOW
from tests.world import make_tenant, query_count, rows_of


async def test_of_a_kind_and_a_subject_one_is_open_and_is_kept_up_to_date(db: Database) -> None:
    tenant, subject = await make_tenant(db), new_id()
    async with db.transaction(tenant.id) as tx:
        await raise_notice(tx, "conflict", "license.read", subject, {"product": "Basic", "short": 1}, NOW)
        await raise_notice(tx, "conflict", "license.read", subject, {"product": "Basic", "short": 3}, NOW + DAY)
    (row,) = await rows_of(db, tenant.id, "notices")
    assert (row["params"], row["at"], row["ended_at"]) == ({"product": "Basic", "short": 3}, NOW, None)


async def test_what_has_ended_can_be_raised_again(db: Database) -> None:
    tenant, subject = await make_tenant(db), new_id()
    async with db.transaction(tenant.id) as tx:
        await raise_notice(tx, "expired", "subscription.change", subject, {"product": "Basic", "disabled_at": NOW}, NOW)
        await end_notice(tx, "expired", subject, NOW + DAY)
        await raise_notice(tx, "expired", "subscription.change", subject, {"product": "Basic", "disabled_at": NOW}, NOW)
    ended = [row["ended_at"] for row in await rows_of(db, tenant.id, "notices")]
    assert sorted(ended, key=bool) == [None, NOW + DAY]


def payment_failed(tenant_id: UUID, subject: UUID) -> Notice:
    return Notice(tenant_id, "payment_failed", "billing.change", subject, {"amount": Money(700, "DKK")})


async def test_many_are_raised_and_ended_in_one_statement_each(db: Database) -> None:
    tenant, subjects = await make_tenant(db), [new_id() for _ in range(50)]
    async with db.transaction(tenant.id) as tx:
        with query_count(db) as statements:
            await raise_notices(tx, [payment_failed(tenant.id, one) for one in (*subjects, subjects[0])], NOW)
            await end_notices(tx, ["payment_failed", "expired"], subjects[:20], NOW)
            await raise_notices(tx, [], NOW)
    assert statements.count == 2
    rows = await rows_of(db, tenant.id, "notices")
    assert len(rows) == 50
    assert sum(row["ended_at"] is None for row in rows) == 30
    assert rows[0]["params"] == {"amount": {"minor": 700, "currency": "DKK"}}
