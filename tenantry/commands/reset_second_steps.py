"""An admin takes a person's second steps away: the phone is lost, and the recovery codes with it."""

from datetime import datetime
from uuid import UUID

from tenantry.commands.frame import Tx, command
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.store.admins import require_reach
from tenantry.store.factors import clear_factors, find_own_account, find_person
from tenantry.store.letters import write_letter
from tenantry.store.sessions import end_sessions


@command(Permission.PASSWORD_RESET)
async def reset_second_steps(tx: Tx, viewer: Viewer, *, user_id: UUID, now: datetime) -> int:
    """Removes every second step and recovery code and ends all sessions; a letter tells the person. Returns how many.

    Raises Refused: "user_missing", "account_elsewhere", "admin_out_of_reach", "second_steps_own" (one's own are
    removed on the account's own page, which asks for a proof), "second_steps_none".
    """
    if user_id == viewer.user_id:
        raise Refused("second_steps_own", Kind.CONFLICT)
    await require_reach(tx.db, viewer, [user_id])
    account_id, name = await find_own_account(tx.db, user_id)
    removed = await clear_factors(tx.db, account_id)
    if not removed:
        raise Refused("second_steps_none", Kind.CONFLICT, name=name)
    await end_sessions(tx.db, account_id)
    email, language = await find_person(tx.db, account_id)
    facts = {"email": email, "admin": viewer.name, "changed_at": now}
    await write_letter(tx.db, kind="two_step_reset", to=email, language=language, params=facts, now=now)
    tx.tell(name, people=[user_id], removed_steps=removed)
    return removed
