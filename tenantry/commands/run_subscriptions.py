"""Time goes by for a tenant's subscriptions: the sweep, once for all that fell due."""

from datetime import datetime

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.store.falling_due import Ran, run_due, told_of
from tenantry.store.licenses.write import Stamp


@command(Permission.SUBSCRIPTION_CHANGE)
async def run_subscriptions(tx: Tx, viewer: Viewer, *, now: datetime) -> Ran:
    """Does what fell due in the viewer's tenant until `now`: terms go on, periods are charged, warnings come and go.

    For a job, as `janitor(tenant_id)`; to call it again finds nothing due. While `Ran.more` there is more to do.
    """
    ran = await run_due(tx.db, viewer.tenant_id, Stamp(tx.operation_id, now))
    if ran.charged or ran.asked:
        tx.tell(told_of(ran.products), charged=ran.charged, renewed=ran.renewed, asked=ran.asked)
    return ran
