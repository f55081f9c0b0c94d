"""What came of adding many people: who is there, who is not and why, and the seats that were missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.catalog import Product
from tenantry.domain.licenses import Refusal
from tenantry.domain.newcomers import NewPeople, PeopleAdded
from tenantry.domain.people_files import PersonRow
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.frame import query
from tenantry.queries.long_operations import LongOperation, find_long
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import long_operations, operation_faults, receipts

COMMAND = "add_people"


@dataclass(frozen=True)
class Newcomer:
    """Somebody of the file. user_id: None for who is not added, for `refusal`; else that is why there is no license."""

    row: PersonRow
    user_id: UUID | None
    refusal: Refusal | None


@dataclass(frozen=True)
class AddedPeople:
    """An ended operation. assigned: licenses, and short: seats missing, by product; skus: product -> its id."""

    long: LongOperation
    wanted: NewPeople
    people: tuple[Newcomer, ...]
    assigned: Mapping[str, int]
    short: Mapping[str, int]
    skus: Mapping[str, UUID]

    @property
    def added(self) -> tuple[Newcomer, ...]:
        return tuple(one for one in self.people if one.user_id)

    @property
    def failed(self) -> tuple[Newcomer, ...]:
        return tuple(one for one in self.people if not one.user_id)


@query(Permission.USER_ADD)
async def read_added(tx: AsyncConnection, viewer: Viewer, *, operation_id: UUID) -> AddedPeople:
    """One's own, as long as it is kept; with the audit right, anybody's. Raises Refused("operation_missing").

    The same statements for one person and for thousands.
    """
    long = await find_long(tx, viewer, operation_id)
    if long is None or long.command != COMMAND or long.state not in ("done", "failed"):
        raise Refused("operation_missing", Kind.MISSING)
    asked = select(long_operations.c.request).where(long_operations.c.id == operation_id)
    wanted = msgspec.convert((await tx.execute(asked)).scalar_one(), NewPeople, strict=False)
    kept = select(receipts.c.answer).where(receipts.c.command == COMMAND, receipts.c.key == f"long/{operation_id}")
    answer = (await tx.execute(kept)).scalar_one_or_none()
    done = msgspec.convert(answer, PeopleAdded, strict=False) if answer else None
    named = (await load_catalog(tx)).products if wanted.products else {}
    faults = await _faults(tx, operation_id, named) if named else {}
    people = tuple(_newcomer(row, done, faults) for row in wanted.rows)
    skus = {named[sku_id].name: sku_id for sku_id in wanted.products}
    return AddedPeople(long, wanted, people, done.assigned if done else {}, done.short if done else {}, skus)


def _newcomer(row: PersonRow, done: PeopleAdded | None, faults: Mapping[UUID, Refusal]) -> Newcomer:
    user_id = done.added.get(row.line) if done else None
    failed = done.failed.get(row.line) if done else None
    refusal = Refusal(failed.code, failed.params) if failed else faults.get(user_id) if user_id else None
    return Newcomer(row, user_id, refusal)


async def _faults(tx: AsyncConnection, operation_id: UUID, named: Mapping[UUID, Product]) -> dict[UUID, Refusal]:
    """Why people have no license, by user."""
    faults = operation_faults.c
    told = await tx.execute(select(operation_faults).where(faults.operation_id == operation_id))

    def places(params: dict[str, Any]) -> dict[str, Any]:
        if "sku_ids" not in params:
            return params
        return params | {"products": sorted(named[UUID(sku_id)].name for sku_id in params["sku_ids"])}

    return {row.user_id: Refusal(row.code, places(row.params)) for row in told}
