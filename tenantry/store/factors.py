"""Second steps as they are kept: authenticator apps, passkeys and recovery codes of an account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.factors import CODES, REACH, judge_code
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.one_time import SECONDS, offset_of, step_at
from tenantry.kit.passwords import new_code
from tenantry.store.database import Database
from tenantry.store.own_accounts import HOME
from tenantry.store.people import ACTIVE
from tenantry.store.tables import accounts, factors, recovery_codes, users
from tenantry.store.throttles import count_try

TRIES = 10  # wrong answers per account and window


async def take_code(db: Database, account_id: UUID, code: str, now: datetime) -> None:
    """Uses up a code of one of the account's authenticator apps.

    Raises Refused: "code_wrong", "code_used", "code_clock" (minutes).
    """
    async with db.transaction() as tx:
        apps = (await tx.execute(confirmed(account_id, "authenticator"))).all()
    step, reached = step_at(now), [(offset_of(code, app.secret, step=step_at(now), reach=REACH), app) for app in apps]
    hits = sorted(((offset, app) for offset, app in reached if offset is not None), key=lambda hit: abs(hit[0]))
    if not hits:
        judge_code(None, step=step, last_step=None)
    offset, app = hits[0]
    await _use_once(db, app.id, offset, now)
    taken = judge_code(offset, step=step, last_step=app.last_step)
    earlier = or_(factors.c.last_step.is_(None), factors.c.last_step < taken)
    used = update(factors).where(factors.c.id == app.id, earlier).values(last_step=taken, used_at=now)
    async with db.transaction() as tx:
        if (await tx.execute(used)).rowcount == 0:
            raise Refused("code_used", Kind.INVALID, field="code")


async def _use_once(db: Database, app_id: UUID, offset: int, now: datetime) -> None:
    """Refuses a code that was shown before: one that told of a wrong clock must not open anything when its time comes.

    Counted in the window of the code's own time, so that it is the same one whenever the code is shown.
    """
    moment = now + timedelta(seconds=offset * SECONDS)
    if await count_try(db, "code", f"{app_id} {step_at(moment)}", moment) > 1:
        raise Refused("code_used", Kind.INVALID, field="code")


def confirmed(account_id: UUID, *kinds: str) -> Any:
    """The statement that finds an account's second steps, oldest first; all kinds, or those of `kinds`."""
    found = select(factors).where(factors.c.account_id == account_id, factors.c.confirmed_at.is_not(None))
    return (found.where(factors.c.kind.in_(kinds)) if kinds else found).order_by(factors.c.id)


async def find_passkeys(tx: AsyncConnection, account_id: UUID) -> Sequence[Row[Any]]:
    """The account's passkeys."""
    return (await tx.execute(confirmed(account_id, "passkey"))).all()


async def note_use(tx: AsyncConnection, factor_id: UUID, sign_count: int, now: datetime) -> None:
    """Keeps that a passkey was used, and the count it gave."""
    await tx.execute(update(factors).where(factors.c.id == factor_id).values(sign_count=sign_count, used_at=now))


async def write_recovery_codes(tx: AsyncConnection, account_id: UUID) -> tuple[str, ...]:
    """New recovery codes; those before them are worth nothing any more. Nothing but their hashes is kept."""
    codes = tuple(new_code() for _ in range(CODES))
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    await tx.execute(insert(recovery_codes), [{"account_id": account_id, "hash": _hash(code)} for code in codes])
    return codes


async def spend_recovery_code(tx: AsyncConnection, account_id: UUID, code: str, now: datetime) -> int:
    """Uses up a recovery code. Returns how many are left. Raises Refused("recovery_code_wrong")."""
    mine, unused = recovery_codes.c.account_id == account_id, recovery_codes.c.used_at.is_(None)
    this = and_(mine, unused, recovery_codes.c.hash == _hash(code))
    if (await tx.execute(update(recovery_codes).where(this).values(used_at=now))).rowcount == 0:
        raise Refused("recovery_code_wrong", Kind.INVALID, field="recovery_code")
    return await count_recovery_codes(tx, account_id)


async def count_recovery_codes(tx: AsyncConnection, account_id: UUID) -> int:
    """How many recovery codes are left."""
    mine, unused = recovery_codes.c.account_id == account_id, recovery_codes.c.used_at.is_(None)
    left: int = (await tx.execute(select(func.count()).select_from(recovery_codes).where(mine, unused))).scalar_one()
    return left


async def clear_factors(tx: AsyncConnection, account_id: UUID) -> int:
    """Removes every second step of an account, with its recovery codes. Returns how many it had."""
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    gone = delete(factors).where(factors.c.account_id == account_id).returning(factors.c.confirmed_at)
    return sum(1 for row in await tx.execute(gone) if row.confirmed_at is not None)


async def find_person(tx: AsyncConnection, account_id: UUID) -> tuple[str, str]:
    """Where to write to the account's owner, and in which language."""
    found = select(accounts.c.email, func.coalesce(accounts.c.language, "en")).where(accounts.c.id == account_id)
    email, language = (await tx.execute(found)).one()
    return email, language


async def find_own_account(tx: AsyncConnection, user_id: UUID) -> tuple[UUID, str]:
    """The account of a person whose account the tenant manages, and the person's name.

    Raises Refused: "user_missing", "account_elsewhere" (a guest's, or none at all).
    """
    found = select(users.c.display_name, accounts.c.id).outerjoin_from(users, accounts, HOME)
    row = (await tx.execute(found.where(ACTIVE, users.c.id == user_id))).one_or_none()
    if row is None:
        raise Refused("user_missing", Kind.MISSING)
    if row.id is None:
        raise Refused("account_elsewhere", Kind.CONFLICT, name=row.display_name)
    return row.id, row.display_name


def _hash(code: str) -> bytes:
    """Of 74 random bits: nothing that a slow hash would make harder to guess."""
    return sha256("".join(letter for letter in code.casefold() if letter.isalnum()).encode()).digest()
