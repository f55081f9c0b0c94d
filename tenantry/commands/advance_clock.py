"""A sandbox's own clock, moved ahead: everything that falls due on the way is done in order, each at its own moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.falling_due import Ran, run_due
from tenantry.store.licenses.write import Stamp
from tenantry.store.queue import defer
from tenantry.store.tables import tenants
from tenantry.store.test_clock import next_due

MOST_DAYS = 366


@dataclass(frozen=True)
class Advanced:
    """Where the clock stands now, and what was done on the way.

    waiting: it stopped early, because a job has to take money before anything goes on.
    """

    at: datetime
    moments: int
    charged: int
    waiting: bool
    operation_id: str


@command(Permission.ORGANIZATION_CHANGE)
async def advance_clock(tx: Tx, viewer: Viewer, *, days: int | None, now: datetime) -> Advanced:
    """Moves the clock of the viewer's tenant by `days`; None: to the next thing that happens.

    now: what time it is there. All of it is one transaction: half a way is no way.
    Raises Refused: "clock_missing" for a tenant that is no sandbox, "clock_days" (most), "clock_idle".
    """
    ahead, name = (await tx.db.execute(select(tenants.c.test_clock, tenants.c.name).with_for_update())).one()
    if ahead is None:
        raise Refused("clock_missing", Kind.CONFLICT)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Refused("clock_days", Kind.INVALID, field="days", most=MOST_DAYS)
    until = await _next_thing(tx, now) if days is None else now + timedelta(days=days)
    at, done = await _run(tx, viewer, now, until)
    moved = func.coalesce(tenants.c.test_clock, 0) + round((at - now).total_seconds())
    await tx.db.execute(update(tenants).values(test_clock=moved))
    charged, waiting = sum(ran.charged for ran in done), bool(done and done[-1].asked)
    await defer(tx.db, "follow_clock", tenant_id=viewer.tenant_id)
    tx.tell(str(name), clock_at=at, charged=charged)
    return Advanced(at, len(done), charged, waiting, str(tx.operation_id))


async def _next_thing(tx: Tx, now: datetime) -> datetime:
    """A second after it falls due: the clock counts in whole seconds."""
    moment = await next_due(tx.db, now)
    if moment is None:
        raise Refused("clock_idle", Kind.CONFLICT)
    return moment + timedelta(seconds=1)


async def _run(tx: Tx, viewer: Viewer, now: datetime, until: datetime) -> tuple[datetime, list[Ran]]:
    """From due to due, until `until` or a term that waits to be paid. Returns where it stopped, and what was done."""
    done: list[Ran] = []
    moment = await next_due(tx.db, now)
    while moment is not None and moment <= until:
        ran = await run_due(tx.db, viewer.tenant_id, Stamp(tx.operation_id, moment))
        done.append(ran)
        if ran.asked:
            return max(moment, now) + timedelta(seconds=1), done
        moment = await next_due(tx.db, moment)
    return until, done
