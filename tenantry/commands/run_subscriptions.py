"""Time goes by for subscriptions: the sweep, once for all that fell due, in one tenant or in many."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from tenantry.commands.frame import Tx, command, operation_of
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer, janitor
from tenantry.store import falling_due
from tenantry.store.database import Database
from tenantry.store.falling_due import Ran, run_due, told_of
from tenantry.store.licenses.write import Stamp
from tenantry.store.tables import operations


@command(Permission.SUBSCRIPTION_CHANGE)
async def run_subscriptions(tx: Tx, viewer: Viewer, *, now: datetime) -> Ran:
    """Does what fell due in the viewer's tenant until `now`: terms go on, periods are charged, warnings come and go.

    For a job, as `janitor(tenant_id)`; to call it again finds nothing due. While `Ran.more` there is more to do.
    """
    ran = await run_due(tx.db, viewer.tenant_id, Stamp(tx.operation_id, now))
    _tell(tx, ran)
    return ran


def _tell(tx: Tx, ran: Ran) -> None:
    if ran.charged or ran.asked:
        tx.tell(told_of(ran.products), charged=ran.charged, renewed=ran.renewed, asked=ran.asked)


@dataclass(frozen=True)
class RanMany:
    """What was done in many tenants. left: those that need `run_subscriptions`; more: there is more in the others."""

    ran: tuple[Ran, ...]
    left: frozenset[UUID]
    more: bool


async def run_many(db: Database, *, tenants: Collection[UUID], now: datetime) -> RanMany:
    """The same in many tenants by one transaction of the jobs role, wherever it is simple; it has no viewer.

    Comes to what `run_subscriptions` would, operation for operation. Not for sandboxes, whose time is another.
    """
    async with db.transaction() as tx:
        done = await falling_due.run_many(tx, tenants, now)
        rows = []
        for tenant_id, (operation_id, ran) in done.ran.items():
            told = Tx(tx, operation_id)
            _tell(told, ran)
            if told.told is not None:
                rows.append(operation_of(told, janitor(tenant_id), run_subscriptions.__name__, now))
        if rows:
            await tx.execute(insert(operations), rows)
    return RanMany(tuple(ran for _, ran in done.ran.values()), done.left, done.more)
