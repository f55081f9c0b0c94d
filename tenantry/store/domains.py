"""Domains and their proofs: asked for, looked up, claimed. Of all tenants, the registry gives a name to one."""

from base64 import b32encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, ColumnElement, DateTime, Row, Text, Uuid, and_, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.domains import Look, Method, Outcome, is_below
from tenantry.store.queue import defer
from tenantry.store.tables import domain_registry, domains, upgrades

_C = domains.c


def new_token() -> str:
    """160 bits, as letters and digits that survive any form."""
    return b32encode(token_bytes(20)).decode().lower()


async def ask_proof(tx: AsyncConnection, tenant_id: UUID, name: str, now: datetime) -> str:
    """The token by which the tenant is to prove `name`; asked for again it is the same. A name that is new is added.

    name: in its normal form (`kit.domain_names`).
    """
    row = {"tenant_id": tenant_id, "name": name, "added_at": now, "token": new_token()}
    asked = insert(domains).values(row)
    kept = {"token": func.coalesce(_C.token, asked.excluded.token)}
    found = asked.on_conflict_do_update(index_elements=["tenant_id", "name"], set_=kept).returning(_C.token)
    token: str = (await tx.execute(found)).scalar_one()
    return token


async def ask_look(tx: AsyncConnection, tenant_id: UUID, name: str, now: datetime) -> None:
    """Has a job look at the domain now. If its job is lost, the timetable finds that it is due."""
    await tx.execute(update(domains).where(_C.name == name).values(check_at=now))
    await defer(tx, "check_domain", lock=f"domain/{tenant_id}/{name}", tenant_id=tenant_id, name=name)


def _candidates(name: str) -> ColumnElement[bool]:
    """Who of a group of people is about to become its admin by proving `name`."""
    c = upgrades.c
    return and_(c.domain == name, c.token.is_not(None), c.finished_at.is_(None), c.left_at.is_(None))


async def tokens_of(tx: AsyncConnection, name: str) -> tuple[str, ...]:
    """Every value that may prove the domain now: the tenant's, and each candidate's own (`upgrades.token`)."""
    own = select(_C.token).where(_C.name == name, _C.token.is_not(None))
    theirs = select(upgrades.c.token).where(_candidates(name))
    return tuple(dict.fromkeys((await tx.execute(own.union_all(theirs))).scalars()))


async def note_proof(tx: AsyncConnection, name: str, tokens: Collection[str], now: datetime) -> None:
    """The values that were seen: those who were shown them have proven the domain, and nobody else has."""
    seen = upgrades.c.token.in_(tokens), upgrades.c.proven_at.is_(None)
    await tx.execute(update(upgrades).where(_candidates(name), *seen).values(proven_at=now))
    lost = or_(_C.token.is_(None), _C.token.not_in(tokens))
    await tx.execute(update(domains).where(_C.name == name, lost).values(token=min(tokens)))


async def proven(tx: AsyncConnection, name: str) -> bool:
    """Whether `name` is proven, or the operator's word, for the tenant that `tx` is fenced to."""
    mine = and_(domain_registry.c.name == _C.name, domain_registry.c.tenant_id == _C.tenant_id)
    found = select(domain_registry.c.proven_at).join(domains, mine).where(_C.name == name)
    return (await tx.execute(found)).scalar_one_or_none() is not None


_CLAIM = text("""
    INSERT INTO domain_registry AS known (name, tenant_id, proven_at)
    SELECT wanted, :tenant_id, :now FROM unnest(:names) AS wanted ORDER BY wanted
    ON CONFLICT (name) DO UPDATE SET proven_at = coalesce(known.proven_at, excluded.proven_at)
    WHERE known.tenant_id = excluded.tenant_id
    RETURNING name
""").bindparams(
    bindparam("tenant_id", type_=Uuid),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("names", type_=ARRAY(Text)),
)


async def claim(tx: AsyncConnection, tenant_id: UUID, names: Collection[str], now: datetime) -> dict[str, Outcome]:
    """Makes proven names the tenant's; of two tenants that prove one at once, the first keeps it, the other waits here.

    PROVEN: it is the tenant's now. TAKEOVER: people who signed up are grouped by it, and nothing has moved.
    ELSEWHERE: another tenant has proven it.
    """
    facts = {"tenant_id": tenant_id, "names": sorted(names), "now": now}
    claimed = set((await tx.execute(_CLAIM, facts)).scalars())
    others = set(names) - claimed
    taken = select(domain_registry.c.name).where(
        domain_registry.c.name.in_(others), domain_registry.c.proven_at.is_not(None)
    )
    elsewhere = set((await tx.execute(taken)).scalars()) if others else set()
    outcomes = dict.fromkeys(claimed, Outcome.PROVEN)
    return outcomes | {name: Outcome.ELSEWHERE if name in elsewhere else Outcome.TAKEOVER for name in others}


async def mark_verified(tx: AsyncConnection, names: Collection[str], method: Method, now: datetime) -> None:
    """Names that the tenant has in the registry become its verified domains; what was verified before keeps its day."""
    values: dict[str, Any] = {
        "verified_at": func.coalesce(_C.verified_at, now),
        "method": method.value,
        "lapsed_at": None,
    }
    if method is Method.INHERITED:
        values |= {"outcome": None, "check_at": None, "tries": 0}
    await tx.execute(update(domains).where(_C.name.in_(names)).values(values))


async def release(tx: AsyncConnection, tenant_id: UUID, name: str) -> None:
    """The tenant has the domain no more; anybody can prove it."""
    c = domain_registry.c
    await tx.execute(domain_registry.delete().where(c.name == name, c.tenant_id == tenant_id))
    await tx.execute(domains.delete().where(_C.name == name))


@dataclass(frozen=True)
class Kept:
    """What a look leaves behind on the row of a domain."""

    look: Look
    outcome: Outcome
    tries: int
    check_at: datetime | None
    lapsed_at: datetime | None


async def keep_look(tx: AsyncConnection, name: str, kept: Kept, now: datetime) -> None:
    values = {
        "found": msgspec.to_builtins(kept.look),
        "outcome": kept.outcome.value,
        "tries": kept.tries,
        "checked_at": now,
        "check_at": kept.check_at,
        "lapsed_at": kept.lapsed_at,
    }
    await tx.execute(update(domains).where(_C.name == name).values(values))


def look_of(row: Row[Any]) -> Look | None:
    """What the last look found, of a row of `domains`."""
    return msgspec.convert(row.found, Look) if row.found else None


async def locked(tx: AsyncConnection, name: str) -> Row[Any] | None:
    """The row of a domain, kept from others, with `proven`: whether the registry has it as the tenant's."""
    row: Row[Any] | None = (
        await tx.execute(with_proof().where(_C.name == name).with_for_update(of=domains))
    ).one_or_none()
    return row


def with_proof() -> Any:
    """Every domain of the tenant, with `proven`: whether the registry has it as theirs."""
    mine = and_(domain_registry.c.name == _C.name, domain_registry.c.tenant_id == _C.tenant_id)
    return select(domains, domain_registry.c.proven_at.is_not(None).label("proven")).outerjoin(domain_registry, mine)


async def any_proven(tx: AsyncConnection, names: Collection[str]) -> bool:
    """Whether one of `names` is a proven domain of the tenant."""
    if not names:
        return False
    row = with_proof().where(_C.name.in_(names), _C.verified_at.is_not(None), domain_registry.c.proven_at.is_not(None))
    return (await tx.execute(row.limit(1))).first() is not None


async def waiting_below(tx: AsyncConnection, root: str) -> tuple[str, ...]:
    """The tenant's domains below `root` that are not verified."""
    names = (await tx.execute(select(_C.name).where(_C.verified_at.is_(None)))).scalars()
    return tuple(name for name in names if is_below(name, root))


async def remember_method(tx: AsyncConnection, name: str, method: Method) -> None:
    """How it is proven, where that does not make it the tenant's (yet)."""
    await tx.execute(update(domains).where(_C.name == name).values(method=method.value))


async def hold_candidates(tx: AsyncConnection, name: str) -> None:
    """Locks the ways of who would become the admin by the domain: before its row, as their own commands do."""
    mine = select(upgrades.c.id).where(_candidates(name)).order_by(upgrades.c.id)
    await tx.execute(mine.with_for_update())
