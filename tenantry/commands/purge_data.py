"""The last day of data: what apps kept of people whose license ended is deleted, and the vendor's app is told."""

from dataclasses import dataclass
from datetime import datetime

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.store.kept_data import purge

AT_ONCE = 1000  # ended licenses in one transaction


@dataclass(frozen=True)
class DataPurged:
    """Ended licenses that were looked at, and the data that went: one per person and app."""

    ended: int
    deleted: int


@command(Permission.LICENSE_ASSIGN)
async def purge_data(tx: Tx, viewer: Viewer, *, now: datetime) -> DataPurged:
    """Has the data of up to `AT_ONCE` ended licenses deleted that is past its days and was not taken up again."""
    done = DataPurged(*await purge(tx.db, AT_ONCE, now))
    if done.deleted:
        tx.tell(str(done.deleted), deleted=done.deleted)
    return done
