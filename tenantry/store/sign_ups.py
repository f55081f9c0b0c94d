"""Somebody on their way in: the browser holds a token, the mailbox gets a code, and both together prove the address."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.editions import Feature, features_of
from tenantry.domain.mail_domains import MailDomain, listed_as
from tenantry.domain.sign_ups import CODE_LASTS, CODE_LENGTH, LASTS, LETTERS, TRIES, Home, Known, SignUp
from tenantry.store.editions import FEATURES
from tenantry.store.people import ACTIVE
from tenantry.store.sessions import new_token, token_hash
from tenantry.store.tables import domain_registry, editions, mail_domains, sign_ups, tenants, users

_C = sign_ups.c
FIRST_EDITION = "worldwide"  # of tenants that the operator gave no other


_FACTS = [_C[name] for name in SignUp.__dataclass_fields__]


def _code_hash(token: str, code: str) -> bytes:
    return sha256(f"{token}/{code}".encode()).digest()


def _new_code() -> str:
    return f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}"


async def begin(tx: AsyncConnection, *, email: str, language: str, now: datetime) -> tuple[str, str]:
    """A new sign-up: its token and its first code."""
    token, code = new_token(), _new_code()
    row = {"token_hash": token_hash(token), "email": email, "language": language, "sent": 1}
    times = {"made_at": now, "expires_at": now + LASTS, "code_expires_at": now + CODE_LASTS}
    await tx.execute(insert(sign_ups).values(**row, **times, code_hash=_code_hash(token, code)))
    return token, code


async def find(tx: AsyncConnection, token: str, now: datetime, *, locked: bool = False) -> SignUp | None:
    """The sign-up of a token that is not over; locked: nobody else goes on with it meanwhile."""
    found = select(*_FACTS).where(_C.token_hash == token_hash(token), _C.expires_at > now)
    row = (await tx.execute(found.with_for_update() if locked else found)).one_or_none()
    return SignUp(*row) if row else None


async def renew_code(tx: AsyncConnection, token: str, now: datetime) -> str | None:
    """Another code in place of the one before; None where no more are sent."""
    code = _new_code()
    fresh = {"code_hash": _code_hash(token, code), "code_expires_at": now + CODE_LASTS, "tries": 0, "sent": _C.sent + 1}
    mine = _C.token_hash == token_hash(token), _C.expires_at > now, _C.verified_at.is_(None), _C.sent < LETTERS
    return code if (await tx.execute(update(sign_ups).where(*mine).values(fresh))).rowcount else None


class Try(StrEnum):
    """What came of a code that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    OLD = "old"
    SPENT = "spent"  # tried too often
    OVER = "over"  # there is no such sign-up any more


@dataclass(frozen=True)
class Tried:
    """left: how many more tries the code has."""

    outcome: Try
    left: int = 0


async def try_code(tx: AsyncConnection, token: str, code: str, now: datetime) -> Tried:
    """Counts a try and looks at it: of many at once, each counts. The transaction must end well, or it did not count.

    Once the address is proven every code is right: the code was used, and another window comes after it.
    """
    mine = _C.token_hash == token_hash(token), _C.expires_at > now, _C.done_at.is_(None)
    counted = update(sign_ups).where(*mine).values(tries=_C.tries + 1)
    facts = counted.returning(_C.tries, _C.code_hash, _C.code_expires_at, _C.verified_at)
    row = (await tx.execute(facts)).one_or_none()
    if row is None:
        return Tried(Try.OVER)
    if row.verified_at is not None:
        return Tried(Try.RIGHT)
    if row.code_expires_at is None or row.code_expires_at <= now:
        return Tried(Try.OLD)
    if row.tries > TRIES:
        return Tried(Try.SPENT)
    if not compare_digest(row.code_hash, _code_hash(token, code)):
        return Tried(Try.WRONG, TRIES - row.tries)
    proven = {"verified_at": now, "code_hash": None, "code_expires_at": None}
    await tx.execute(update(sign_ups).where(*mine).values(proven))
    return Tried(Try.RIGHT)


async def end(tx: AsyncConnection, token: str, now: datetime) -> None:
    """The sign-up is done; its token leads nowhere any more."""
    await tx.execute(update(sign_ups).where(_C.token_hash == token_hash(token)).values(done_at=now))


async def listing_of(tx: AsyncConnection, domain: str) -> MailDomain | None:
    """How a domain stands on the list of mail domains."""
    found = select(mail_domains.c.kind).where(mail_domains.c.name.in_(listed_as(domain)))
    kinds = sorted((await tx.execute(found)).scalars())
    return MailDomain(kinds[0]) if kinds else None


async def holder_of(tx: AsyncConnection, domain: str, *, locked: bool = False) -> UUID | None:
    """The tenant that has a domain; locked: until the transaction ends, no other gets it."""
    found = select(domain_registry.c.tenant_id).where(domain_registry.c.name == domain)
    holder: UUID | None = (await tx.execute(found.with_for_update(read=True) if locked else found)).scalar_one_or_none()
    return holder


@dataclass(frozen=True)
class Place:
    """The tenant that a sign-up leads to, and who has that address there.

    user_id: a member's who is not deleted; account_id: how they sign in. ahead: of the wall clock, in a sandbox.
    terms: what they agree to; None: nothing.
    """

    tenant_id: UUID
    slug: str
    name: str
    kind: str
    country: str
    currency: str
    terms: str | None
    home: Home
    known: Known
    ahead: timedelta
    user_id: UUID | None
    account_id: UUID | None


_TERMS = select(editions.c.terms).where(editions.c.code == tenants.c.edition).scalar_subquery()


async def place_of(tx: AsyncConnection, tenant_id: UUID, email: str, *, locked: bool = False) -> Place:
    """What the tenant that `tx` is fenced to is to `email`; locked: its switches stay as they are until the end."""
    mine = (users.c.tenant_id == tenants.c.tenant_id) & (users.c.user_key == email.casefold()) & ACTIVE
    found = (
        select(tenants, _TERMS.label("house_terms"), users.c.id.label("user_id"), users.c.account_id)
        .add_columns(users.c.blocked_at, FEATURES)
        .select_from(tenants)
        .outerjoin(users, mine)
        .where(tenants.c.tenant_id == tenant_id)
    )
    row = (await tx.execute(found.with_for_update(read=True, of=tenants) if locked else found)).one()
    open_ = row.suspended_at is None and row.deleted_at is None
    known = Known.NOBODY
    if row.user_id is not None:
        known = Known.MEMBER if row.account_id is not None else Known.NO_ACCOUNT
    return Place(
        tenant_id,
        row.slug,
        row.name,
        row.kind,
        row.country,
        row.currency,
        row.terms or row.house_terms,
        Home(
            row.join_by_email,
            row.self_licensing,
            row.federated,
            open_,
            Feature.SELF_SERVICE in features_of(row.features),
        ),
        Known.BLOCKED if row.blocked_at is not None else known,
        timedelta(seconds=row.test_clock or 0),
        row.user_id,
        row.account_id,
    )


async def groups_are_open(tx: AsyncConnection) -> bool:
    """Whether people whose domain nobody has can sign up: the edition of new groups has self-service."""
    house = select(editions.c.features).where(editions.c.code == FIRST_EDITION)
    return Feature.SELF_SERVICE in features_of((await tx.execute(house)).scalar_one_or_none())


async def terms_of_groups(tx: AsyncConnection) -> str | None:
    """What people of a new group agree to."""
    house = select(editions.c.terms).where(editions.c.code == FIRST_EDITION)
    return (await tx.execute(house)).scalar_one_or_none()
