"""One's own password: changed, or chosen anew by a letter's link. It belongs to no tenant, so these have no viewer."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Boolean, column, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.passwords import check_password
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.passwords import DUMMY_HASH, hash_aside, verify_aside
from tenantry.queries.gate import Account
from tenantry.queries.own_account import Reset, find_reset
from tenantry.store.database import Database
from tenantry.store.letters import write_letter
from tenantry.store.links import make_link, use_link
from tenantry.store.queue import defer
from tenantry.store.sessions import end_sessions, new_token, token_hash
from tenantry.store.tables import accounts, links, sessions
from tenantry.store.throttles import count_try, forgive_all, limited

TRIES = 10
RESETS_PER_EMAIL = 3
RESETS_PER_ADDRESS = 20
LINK_LASTS = timedelta(hours=1)


async def change_password(db: Database, *, account: Account, old: str, new: str, language: str, now: datetime) -> str:
    """The session's new token; every other session ends, and links for a new password are good no more.

    old: not asked of those who have to change it: they have just signed in by it. language: of the letter about it.
    Raises Refused: "password_wrong" (field "old"), "sign_in_limited", "password_same", what `check_password` raises.
    """
    async with db.transaction() as tx:
        known = (await tx.execute(select(accounts.c.password_hash).where(accounts.c.id == account.id))).scalar_one()
    if not account.must_change_password:
        await _prove(db, account.id, known, old, now)
    check_password(new, account.email)
    if await verify_aside(known or DUMMY_HASH, new):
        raise Refused("password_same", Kind.INVALID, field="password")
    password_hash, token = await hash_aside(new), new_token()
    async with db.transaction() as tx:
        await _set(tx, account.id, password_hash, now)
        await end_sessions(tx, account.id, but=account.session_id)
        mine = update(sessions).where(sessions.c.id == account.session_id)
        await tx.execute(mine.values(token_hash=token_hash(token)))
        await _tell(tx, account.email, language, now)
    return token


async def _prove(db: Database, account_id: UUID, known: str | None, old: str, now: datetime) -> None:
    """Whoever finds a browser signed in may not guess for long."""
    if await count_try(db, "password", str(account_id), now) > TRIES:
        raise limited(now, field="old")
    if not await verify_aside(known or DUMMY_HASH, old):
        raise Refused("password_wrong", Kind.INVALID, field="old")
    async with db.transaction() as tx:
        await forgive_all(tx, "password", str(account_id), now)


async def ask_reset(db: Database, *, email: str, address: str, language: str, now: datetime) -> None:
    """Has a letter with a link sent, if somebody can sign in by `email`.

    A job looks who that is, so that the same is done and answered here whatever the address.
    Raises Refused("sign_in_limited"): so many tries per e-mail and per network address, known or not.
    """
    if await count_try(db, "reset_address", address, now) > RESETS_PER_ADDRESS:
        raise limited(now, field="email")
    if await count_try(db, "reset", email, now) > RESETS_PER_EMAIL:
        raise limited(now, field="email")
    async with db.transaction() as tx:
        await defer(tx, "send_reset_link", email=email, language=language)


async def send_reset_link(db: Database, *, email: str, language: str, site: str, now: datetime) -> None:
    """A letter with a link to a new password; nothing for an address that nobody can sign in by.

    language: of who asked, where the account has chosen none. site: where the pages are, for the link.
    """
    async with db.transaction() as tx:
        account = await _who_may_reset(tx, email)
        if account is None:
            return
        token = await make_link(tx, "password", account_id=account.account_id, lasts=LINK_LASTS, now=now)
        facts = {"email": account.email, "link": f"{site}/reset/{token}", "expires_at": now + LINK_LASTS}
        spoken = account.language or language
        await write_letter(tx, kind="password_reset", to=account.email, language=spoken, params=facts, now=now)


async def _who_may_reset(tx: AsyncConnection, email: str) -> Reset | None:
    """An account with a password, of an operator or of somebody whom a tenant lets in."""
    places = func.tenants_of(accounts.c.id).table_valued(column("is_open", Boolean)).lateral()
    found = select(accounts.c.id, accounts.c.email, accounts.c.language).where(
        accounts.c.email_key == email.casefold(),
        accounts.c.closed_at.is_(None),
        accounts.c.password_hash.is_not(None),
        or_(accounts.c.is_operator, select(places.c.is_open).exists()),
    )
    row = (await tx.execute(found)).one_or_none()
    return Reset(*row) if row else None


async def reset_password(db: Database, *, token: str, password: str, language: str, now: datetime) -> None:
    """A new password by a letter's link, which is then used up; every session of the account ends.

    Raises Refused: "reset_link_dead", what `check_password` raises (the link stays good).
    """
    reset = await find_reset(db, token=token, now=now)
    if reset is None:
        raise Refused("reset_link_dead", Kind.CONFLICT)
    check_password(password, reset.email)
    password_hash = await hash_aside(password)
    async with db.transaction() as tx:
        if await use_link(tx, "password", token, now) is None:
            raise Refused("reset_link_dead", Kind.CONFLICT)
        await _set(tx, reset.account_id, password_hash, now)
        await end_sessions(tx, reset.account_id)
        await forgive_all(tx, "email", reset.email, now)
        await _tell(tx, reset.email, reset.language or language, now)


async def _set(tx: AsyncConnection, account_id: UUID, password_hash: str, now: datetime) -> None:
    anew = {"password_hash": password_hash, "password_at": now, "must_change_password": False}
    await tx.execute(update(accounts).where(accounts.c.id == account_id).values(anew))
    await tx.execute(delete(links).where(links.c.account_id == account_id, links.c.kind == "password"))


async def _tell(tx: AsyncConnection, email: str, language: str, now: datetime) -> None:
    facts = {"email": email, "changed_at": now}
    await write_letter(tx, kind="password_changed", to=email, language=language, params=facts, now=now)
