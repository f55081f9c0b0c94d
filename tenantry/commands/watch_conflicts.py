"""Seat conflicts as time passes: at a deadline service goes, and admins are told as it comes near."""

from dataclasses import dataclass
from datetime import datetime

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.store.pools import after_change


@dataclass(frozen=True)
class Watched:
    """Licenses that lost service, and those that got it back."""

    lost: int
    back: int


@command(Permission.LICENSE_ASSIGN)
async def watch_conflicts(tx: Tx, viewer: Viewer, *, now: datetime) -> Watched:
    """Brings every pool of the tenant in line with its seats at `now`. Often there is nothing to do."""
    effect = await after_change(tx.db, None, now)
    lost = sum(turn.lost for turn in effect.turns)
    done = Watched(lost, len(effect.turns) - lost)
    if effect.turns:
        tx.tell(str(len(effect.turns)), service_lost=done.lost, service_back=done.back)
    return done
