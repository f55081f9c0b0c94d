"""The second steps of one's own account: added, removed, and the codes for the day they are lost."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.factors import MOST_FACTORS, REACH, judge_code
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.one_time import new_secret, offset_of, step_at
from tenantry.kit.passkeys import Party, creation_options, made, new_challenge
from tenantry.kit.passwords import DUMMY_HASH, verify_aside
from tenantry.store.database import Database
from tenantry.store.factors import (
    TRIES,
    clear_factors,
    confirmed,
    find_passkeys,
    find_person,
    take_code,
    write_recovery_codes,
)
from tenantry.store.letters import write_letter
from tenantry.store.sessions import end_sessions
from tenantry.store.tables import accounts, factors, sessions
from tenantry.store.throttles import count_try, forgive_all, limited

NAME_LENGTH = 60

type_codes = tuple[str, ...]


async def start_authenticator(db: Database, *, account_id: UUID, now: datetime) -> None:
    """A new secret for an authenticator app, worth nothing before the app shows a code of it.

    Raises Refused("factors_too_many").
    """
    row = {"id": new_id(), "account_id": account_id, "kind": "authenticator", "name": "", "created_at": now}
    async with db.transaction() as tx:
        await _require_room(tx, account_id)
        await tx.execute(delete(factors).where(_started(account_id)))
        await tx.execute(insert(factors).values(**row, secret=new_secret()))


async def confirm_authenticator(
    db: Database, *, account_id: UUID, session_id: UUID, code: str, name: str, now: datetime
) -> type_codes:
    """Takes the app that is being added as a second step. Returns recovery codes with the account's first, else none.

    Raises Refused: "authenticator_missing", "name_missing", "sign_in_limited", "code_wrong", "code_clock".
    """
    name = _named(name)
    await _count(db, account_id, "code", now)
    async with db.transaction() as tx:
        app = (await tx.execute(select(factors).where(_started(account_id)).with_for_update())).one_or_none()
        if app is None:
            raise Refused("authenticator_missing", Kind.CONFLICT)
        step = step_at(now)
        taken = judge_code(offset_of(code, app.secret, step=step, reach=REACH), step=step, last_step=None)
        facts = {"name": name, "confirmed_at": now, "last_step": taken, "used_at": now}
        await tx.execute(update(factors).where(factors.c.id == app.id).values(facts))
        await forgive_all(tx, "second_step", str(account_id), now)
        return await _switch_on(tx, account_id, session_id, now)


async def ask_new_passkey(
    db: Database, *, account_id: UUID, session_id: UUID, party: Party, email: str, now: datetime
) -> str:
    """What the browser is to ask for a new passkey, as JSON. Raises Refused("factors_too_many")."""
    challenge = new_challenge()
    async with db.transaction() as tx:
        await _require_room(tx, account_id)
        known = [passkey.credential_id for passkey in await find_passkeys(tx, account_id)]
        await tx.execute(update(sessions).where(sessions.c.id == session_id).values(challenge=challenge))
    return creation_options(party, account=account_id.bytes, name=email, challenge=challenge, known=known)


async def add_passkey(
    db: Database, *, account_id: UUID, session_id: UUID, party: Party, answer: str, name: str, now: datetime
) -> type_codes:
    """Takes a new passkey as a second step. Returns recovery codes with the account's first, else none.

    Raises Refused: "name_missing", "passkey_wrong".
    """
    name = _named(name)
    async with db.transaction() as tx:
        mine = and_(sessions.c.id == session_id, sessions.c.account_id == account_id)
        challenge = (await tx.execute(select(sessions.c.challenge).where(mine).with_for_update())).scalar_one_or_none()
        if challenge is None:
            raise Refused("passkey_wrong", Kind.INVALID, field="passkey")
        passkey = made(party, answer=answer, challenge=challenge)
        row = {"id": new_id(), "account_id": account_id, "kind": "passkey", "name": name, "created_at": now}
        kept = {"credential_id": passkey.credential_id, "public_key": passkey.public_key}
        new = insert(factors).values(**row, **kept, sign_count=passkey.sign_count, confirmed_at=now)
        unknown = new.on_conflict_do_nothing(index_elements=["credential_id"]).returning(factors.c.id)
        if (await tx.execute(unknown)).first() is None:
            raise Refused("passkey_wrong", Kind.INVALID, field="passkey")
        await tx.execute(update(sessions).where(mine).values(challenge=None))
        return await _switch_on(tx, account_id, session_id, now)


async def remove_factor(db: Database, *, account_id: UUID, factor_id: UUID, proof: str, now: datetime) -> None:
    """Removes a second step; with the last of them the recovery codes too, and a letter tells it is off.

    proof: the password, or a code of an authenticator app. Raises Refused: "factor_missing", "sign_in_limited",
    "proof_wrong", "code_used", "code_clock".
    """
    await _require_proof(db, account_id, proof, now)
    async with db.transaction() as tx:
        await _lock(tx, account_id)
        this = and_(factors.c.id == factor_id, factors.c.account_id == account_id)
        if (await tx.execute(delete(factors).where(this))).rowcount == 0:
            raise Refused("factor_missing", Kind.MISSING)
        if (await tx.execute(confirmed(account_id))).first() is None:
            await clear_factors(tx, account_id)
            await tx.execute(update(sessions).where(sessions.c.account_id == account_id).values(two_step=False))
            await _tell(tx, "two_step_off", account_id, now)


async def renew_recovery_codes(db: Database, *, account_id: UUID, proof: str, now: datetime) -> type_codes:
    """Ten new recovery codes, instead of those before.

    proof: as for `remove_factor`. Raises Refused: "two_step_missing", "sign_in_limited", "proof_wrong", "code_used",
    "code_clock".
    """
    await _require_proof(db, account_id, proof, now)
    async with db.transaction() as tx:
        await _lock(tx, account_id)
        if (await tx.execute(confirmed(account_id))).first() is None:
            raise Refused("two_step_missing", Kind.CONFLICT)
        return await write_recovery_codes(tx, account_id)


def _started(account_id: UUID) -> Any:
    return and_(factors.c.account_id == account_id, factors.c.confirmed_at.is_(None))


def _named(name: str) -> str:
    name = " ".join(name.split())[:NAME_LENGTH]
    if not name:
        raise Refused("text_missing", Kind.INVALID, field="name")
    return name


async def _lock(tx: AsyncConnection, account_id: UUID) -> None:
    """One change of an account's second steps at a time, so that the first and the last are known to be that.

    Not the row's key: a step that is just being added holds that already.
    """
    await tx.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(key_share=True))


async def _require_room(tx: AsyncConnection, account_id: UUID) -> None:
    own = (await tx.execute(select(func.count()).select_from(confirmed(account_id).subquery()))).scalar_one()
    if own >= MOST_FACTORS:
        raise Refused("factors_too_many", Kind.CONFLICT, limit=MOST_FACTORS)


async def _switch_on(tx: AsyncConnection, account_id: UUID, session_id: UUID, now: datetime) -> type_codes:
    """The session has proved a second step. With the account's first, all sessions that have not end."""
    await _lock(tx, account_id)
    await tx.execute(update(sessions).where(sessions.c.id == session_id).values(two_step=True))
    if len((await tx.execute(confirmed(account_id))).all()) > 1:
        return ()
    await end_sessions(tx, account_id, but=session_id)
    await _tell(tx, "two_step_on", account_id, now)
    return await write_recovery_codes(tx, account_id)


async def _tell(tx: AsyncConnection, kind: str, account_id: UUID, now: datetime) -> None:
    email, language = await find_person(tx, account_id)
    await write_letter(tx, kind=kind, to=email, language=language, params={"email": email, "changed_at": now}, now=now)


async def _count(db: Database, account_id: UUID, field: str, now: datetime) -> None:
    if await count_try(db, "second_step", str(account_id), now) > TRIES:
        raise limited(now, field=field)


async def _require_proof(db: Database, account_id: UUID, proof: str, now: datetime) -> None:
    """Whoever sits at an open session shows that it is theirs: by the password, or by a code where there is an app."""
    await _count(db, account_id, "proof", now)
    digits = "".join(proof.split())
    async with db.transaction() as tx:
        known = (await tx.execute(select(accounts.c.password_hash).where(accounts.c.id == account_id))).scalar_one()
    if len(digits) == 6 and digits.isdecimal():
        await _take_code(db, account_id, digits, now)
    elif not await verify_aside(known or DUMMY_HASH, proof):
        raise Refused("proof_wrong", Kind.INVALID, field="proof")
    async with db.transaction() as tx:
        await forgive_all(tx, "second_step", str(account_id), now)


async def _take_code(db: Database, account_id: UUID, code: str, now: datetime) -> None:
    try:
        await take_code(db, account_id, code, now)
    except Refused as refused:
        raise Refused(refused.code, refused.kind, field="proof", **refused.params) from refused
