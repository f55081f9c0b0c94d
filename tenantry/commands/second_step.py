"""The second step of a sign-in, and the passkey that is both steps at once. They come before any viewer."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.sign_ins import Origin
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.passkeys import Answer, Party, Passkey, new_challenge, proved, read_answer, request_options
from tenantry.queries.factors import Half, find_half
from tenantry.store.database import Database
from tenantry.store.factors import TRIES, find_passkeys, find_person, note_use, spend_recovery_code, take_code
from tenantry.store.letters import write_letter
from tenantry.store.sessions import new_token, note_sign_in, open_session, token_hash
from tenantry.store.tables import accounts, factors, links, sessions
from tenantry.store.throttles import count_try, forgive_all, limited

CHALLENGE_LASTS = timedelta(minutes=5)
TRIES_PER_ADDRESS = 100

type_proof = Callable[[Half], Awaitable[None]]


async def prove_code(db: Database, *, token: str, code: str, lasts: timedelta, now: datetime) -> str:
    """By a code of an authenticator app. Returns the session's new token: the old one opens nothing any more.

    Raises Refused: "second_step_over" (the sign-in took too long, or is done), "sign_in_limited", "code_wrong",
    "code_used", "code_clock".
    """

    async def proof(half: Half) -> None:
        await take_code(db, half.account_id, code, now)

    return await _prove(db, proof, token=token, method="authenticator", field="code", lasts=lasts, now=now)


async def prove_recovery_code(db: Database, *, token: str, code: str, lasts: timedelta, now: datetime) -> str:
    """By a recovery code, which is then used up; a letter tells the account's owner. Otherwise as `prove_code`.

    Raises Refused: "second_step_over", "sign_in_limited", "recovery_code_wrong".
    """

    async def proof(half: Half) -> None:
        async with db.transaction() as tx:
            left = await spend_recovery_code(tx, half.account_id, code, now)
            email, language = await find_person(tx, half.account_id)
            facts = {"email": email, "used_at": now, "left": left}
            await write_letter(tx, kind="recovery_code_used", to=email, language=language, params=facts, now=now)

    field = "recovery_code"
    return await _prove(db, proof, token=token, method="recovery_code", field=field, lasts=lasts, now=now)


async def ask_passkey(db: Database, *, token: str, party: Party, now: datetime) -> str:
    """What the browser is to ask for one of the account's passkeys, as JSON. Raises Refused("second_step_over")."""
    half, challenge = await _half(db, token, now), new_challenge()
    async with db.transaction() as tx:
        known = [passkey.credential_id for passkey in await find_passkeys(tx, half.account_id)]
        await tx.execute(update(sessions).where(sessions.c.id == half.session_id).values(challenge=challenge))
    return request_options(party, challenge=challenge, known=known)


async def prove_passkey(db: Database, *, token: str, party: Party, answer: str, lasts: timedelta, now: datetime) -> str:
    """By a passkey. Otherwise as `prove_code`. Raises Refused: "second_step_over", "sign_in_limited",
    "passkey_wrong"."""

    async def proof(half: Half) -> None:
        sent = read_answer(answer)
        async with db.transaction() as tx:
            passkey = await _passkey(tx, sent)
            if passkey.account_id != half.account_id or half.challenge is None:
                raise Refused("passkey_wrong", Kind.INVALID, field="passkey")
            await _take_passkey(tx, party, sent, half.challenge, passkey, now)

    return await _prove(db, proof, token=token, method="passkey", field="passkey", lasts=lasts, now=now)


async def _half(db: Database, token: str, now: datetime) -> Half:
    half = await find_half(db, token=token, now=now)
    if half is None:
        raise Refused("second_step_over", Kind.CONFLICT)
    return half


async def _prove(
    db: Database, proof: type_proof, *, token: str, method: str, field: str, lasts: timedelta, now: datetime
) -> str:
    """Has a half session prove its second step: each try counted before it is looked at, and kept in the history."""
    half = await _half(db, token, now)
    who = str(half.account_id)
    tries = await count_try(db, "second_step", who, now)
    try:
        if tries > TRIES:
            raise limited(now, field=field)
        await proof(half)
    except Refused:
        if tries <= TRIES + 1:
            async with db.transaction() as tx:
                await _note(tx, half, "wrong" if tries <= TRIES else "limited", method, now)
        raise
    async with db.transaction() as tx:
        fresh = await _open(tx, half, lasts, now)
        await forgive_all(tx, "second_step", who, now)
        await _note(tx, half, "done", method, now)
    return fresh


async def _open(tx: AsyncConnection, half: Half, lasts: timedelta, now: datetime) -> str:
    """Makes a half session a whole one, under a new token: the one from before the second step is worth nothing."""
    token, mine = new_token(), sessions.c.id == half.session_id
    facts = {"token_hash": token_hash(token), "stage": "full", "two_step": True, "challenge": None}
    whole = update(sessions).where(mine, sessions.c.stage == "second_step")
    opened = await tx.execute(whole.values(**facts, seen_at=now, expires_at=now + lasts))
    if opened.rowcount == 0:
        raise Refused("second_step_over", Kind.CONFLICT)
    return token


async def _note(tx: AsyncConnection, half: Half, outcome: str, method: str, now: datetime) -> None:
    await note_sign_in(tx, half.account_id, outcome=outcome, method=method, origin=half.origin, now=now)


async def _passkey(tx: AsyncConnection, answer: Answer) -> Row[Any]:
    """The passkey that an answer names, locked. Raises Refused("passkey_wrong")."""
    found = (
        select(factors)
        .join(accounts, accounts.c.id == factors.c.account_id)
        .where(factors.c.credential_id == answer.credential_id, accounts.c.closed_at.is_(None))
        .with_for_update(of=factors)
    )
    passkey = (await tx.execute(found)).one_or_none()
    if passkey is None or answer.account not in (None, passkey.account_id.bytes):
        raise Refused("passkey_unknown", Kind.INVALID, field="passkey")
    return passkey


async def _take_passkey(
    tx: AsyncConnection,
    party: Party,
    answer: Answer,
    challenge: bytes,
    passkey: Row[Any],
    now: datetime,
    *,
    alone: bool = False,
) -> None:
    kept = Passkey(passkey.credential_id, passkey.public_key, passkey.sign_count)
    count = proved(party, answer=answer, challenge=challenge, passkey=kept, alone=alone)
    await note_use(tx, passkey.id, count, now)


# A passkey alone: its device verifies who holds it, which makes it two steps in one.


async def ask_any_passkey(db: Database, *, party: Party, origin: Origin, now: datetime) -> str:
    """What the browser is to ask for any passkey of this site, as JSON. Raises Refused("sign_in_limited")."""
    if await count_try(db, "passkey", origin.address, now) > TRIES_PER_ADDRESS:
        raise limited(now, field="passkey")
    challenge = new_challenge()
    row = {"hash": _challenge_hash(challenge), "kind": "passkey", "made_at": now, "expires_at": now + CHALLENGE_LASTS}
    async with db.transaction() as tx:
        await tx.execute(insert(links).values(row))
    return request_options(party, challenge=challenge, alone=True)


async def sign_in_by_passkey(
    db: Database, *, party: Party, answer: str, origin: Origin, lasts: timedelta, now: datetime
) -> str:
    """A new session's token. Raises Refused: "passkey_wrong", "passkey_unknown"."""
    sent = read_answer(answer)
    async with db.transaction() as tx:
        await _use_challenge(tx, sent.challenge, now)
    async with db.transaction() as tx:
        owner = (await _passkey(tx, sent)).account_id
    try:
        return await _sign_in(db, party, sent, origin, lasts, now)
    except Refused:
        async with db.transaction() as tx:
            await note_sign_in(tx, owner, outcome="wrong", method="passkey", origin=origin, now=now)
        raise


async def _sign_in(db: Database, party: Party, answer: Answer, origin: Origin, lasts: timedelta, now: datetime) -> str:
    async with db.transaction() as tx:
        passkey = await _passkey(tx, answer)
        await _take_passkey(tx, party, answer, answer.challenge, passkey, now, alone=True)
        owner: UUID = passkey.account_id
        await note_sign_in(tx, owner, outcome="done", method="passkey", origin=origin, now=now)
        return await open_session(tx, owner, origin=origin, now=now, expires_at=now + lasts, two_step=True)


async def _use_challenge(tx: AsyncConnection, challenge: bytes, now: datetime) -> None:
    """Each challenge of ours is answered once, right or wrong, and soon."""
    ours = (links.c.hash == _challenge_hash(challenge), links.c.kind == "passkey")
    fresh = (links.c.used_at.is_(None), links.c.expires_at > now)
    if (await tx.execute(update(links).where(*ours, *fresh).values(used_at=now))).rowcount == 0:
        raise Refused("passkey_wrong", Kind.INVALID, field="passkey")


def _challenge_hash(challenge: bytes) -> bytes:
    return token_hash(challenge.hex())
