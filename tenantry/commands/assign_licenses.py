"""Licenses given, switched and taken: for one person, twenty, or everybody a filter matches."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from tenantry.commands.frame import Tx, command
from tenantry.domain.licenses import Wish
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.store import licenses as store
from tenantry.store.tables import users


@dataclass(frozen=True)
class Assigned:
    """What an assignment came to, in people, and the seats that moved (by product id)."""

    operation_id: UUID
    changed: int
    unchanged: int
    refused: int
    gained: dict[UUID, int] = field(default_factory=dict)
    lost: dict[UUID, int] = field(default_factory=dict)


@command(Permission.LICENSE_ASSIGN)
async def assign_licenses(
    tx: Tx,
    viewer: Viewer,
    *,
    selection: Selection,
    wish: Wish,
    all_or_none: bool,
    now: datetime,
    expected: tuple[int, int, int] | None = None,
) -> Assigned:
    """Gives, switches and takes licenses as `wish` says, for the people of `selection`.

    all_or_none: refuse everything if one person must be refused, naming all who must; otherwise those
    who can get it do, and the rest have a fault row on the operation.
    expected: (changed, unchanged, refused) as a preview promised; refused if it has come to differ.

    Raises Refused: "product_not_owned", "product_for_company", "plan_not_in_product", "wish_contradicts",
    "nobody_selected", "forecast_stale", "assignment_refused" (with `people`: name, code, params each).
    """
    stamp = store.Stamp(tx.operation_id, now)
    given = await store.give(tx.db, selection, wish, stamp, all_or_none=all_or_none, expected=expected)
    written = given.written
    answer = Assigned(tx.operation_id, *given.plan.outcomes, dict(written.gains), dict(written.losses))
    if answer.changed or answer.refused:
        counts = {"changed": answer.changed, "unchanged": answer.unchanged, "refused": answer.refused}
        tx.tell(await _subject(tx, given.plan), **{**given.facts, **counts})
    return answer


async def _subject(tx: Tx, plan: store.Forecast) -> str:
    """The person's name if it is one person; the number of people otherwise."""
    ids = plan.selection.ids
    if ids is None or len(ids) != 1:
        return str(plan.people)
    return str((await tx.db.execute(select(users.c.display_name).where(users.c.id == ids[0]))).scalar_one())
