"""Apps whose data cannot move to another organization: the operator says which."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from tenantry.commands.frame import Tx
from tenantry.commands.operator_frame import operator_command
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Kind, Refused
from tenantry.store.catalog import load_catalog
from tenantry.store.tables import takeover_bars


@operator_command
async def add_takeover_bar(tx: Tx, operator: Operator, *, plan_id: UUID, now: datetime) -> None:
    """From now on whoever holds the app is taken over only by force. One that is there already is told of no more.

    Raises Refused("plan_unknown").
    """
    name = await _name(tx, plan_id)
    added = insert(takeover_bars).values(plan_id=plan_id).on_conflict_do_nothing().returning(takeover_bars.c.plan_id)
    if (await tx.db.execute(added)).first():
        tx.tell(name)


@operator_command
async def remove_takeover_bar(tx: Tx, operator: Operator, *, plan_id: UUID, now: datetime) -> None:
    """The app's data moves with its people again. Raises Refused("plan_unknown")."""
    name = await _name(tx, plan_id)
    if (await tx.db.execute(delete(takeover_bars).where(takeover_bars.c.plan_id == plan_id))).rowcount:
        tx.tell(name)


async def _name(tx: Tx, plan_id: UUID) -> str:
    plan = (await load_catalog(tx.db)).plans.get(plan_id)
    if plan is None:
        raise Refused("plan_unknown", Kind.MISSING, value=str(plan_id))
    return plan.friendly_name
