"""Domains proven: a look asked for, and what it found written down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from tenantry.commands.frame import Tx, command
from tenantry.domain.domains import (
    ASKED_AT_ONCE,
    MINUTE,
    PATIENCE,
    Look,
    Method,
    Next,
    Outcome,
    Verdict,
    after_look,
    judge,
    subject_of,
)
from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.domain_names import as_read
from tenantry.kit.errors import Kind, Refused
from tenantry.store import domains as store
from tenantry.store.notices import end_notice, raise_notice
from tenantry.store.tables import domains

LAPSED = NoticeKind.DOMAIN_LAPSED


@command(Permission.DOMAIN_CHANGE)
async def check_domain(tx: Tx, viewer: Viewer, *, name: str, now: datetime) -> None:
    """Has a job look at a domain now; while a look is under way, nothing more.

    Raises Refused: "domain_missing", "domain_needless"; "domain_looked_up" and "domains_looked_up" for who asks too
    often.
    """
    row = await require_domain(tx, name)
    if row.verified_at is not None and row.token is None:
        raise Refused("domain_needless", Kind.CONFLICT, domain=as_read(name))
    if row.check_at is not None and row.check_at <= now:
        return
    if row.checked_at is not None and row.checked_at > now - PATIENCE:
        raise Refused("domain_looked_up", Kind.LIMITED, domain=as_read(name))
    lately = select(func.count()).where(domains.c.checked_at > now - MINUTE)
    if (await tx.db.execute(lately)).scalar_one() >= ASKED_AT_ONCE:
        raise Refused("domains_looked_up", Kind.LIMITED)
    await store.ask_proof(tx.db, viewer.tenant_id, name, now)
    await store.ask_look(tx.db, viewer.tenant_id, name, now)


async def require_domain(tx: Tx, name: str) -> Row[Any]:
    """The domain's row, locked (`store.domains.locked`). Raises Refused("domain_missing")."""
    row = await store.locked(tx.db, name)
    if row is None:
        raise Refused("domain_missing", Kind.MISSING)
    return row


@command(Permission.DOMAIN_CHANGE)
async def note_look(tx: Tx, viewer: Viewer, *, name: str, look: Look, now: datetime) -> Outcome | None:
    """What a job found of a domain: proven, it becomes the tenant's at once, unless another was there before.

    None, and nothing is written, if the domain was removed meanwhile or nothing is to be proven any more.
    A proof that is not seen any more is told to the admins; nothing is cut off.
    """
    await store.hold_candidates(tx.db, name)
    row, tokens = await store.locked(tx.db, name), await store.tokens_of(tx.db, name)
    if row is None or not tokens:
        return None
    verdicts = {token: judge(look, token) for token in tokens}
    shown = [token for token, verdict in verdicts.items() if verdict.method is not None]
    verdict = _telling(row, verdicts, shown)
    outcome, was = verdict.outcome, row.proven
    if shown and not was:
        outcome = (await store.claim(tx.db, viewer.tenant_id, [name], now))[name]
    if shown and verdict.method:
        await _settle(tx, viewer, name, verdict.method, outcome, now)
    if outcome is Outcome.PROVEN:
        await store.note_proof(tx.db, name, shown, now)
    after = after_look(proven=was, outcome=outcome, tries=row.tries, now=now)
    lapsed_at = await _lapse(tx, row, after, now)
    await store.keep_look(tx.db, name, store.Kept(look, outcome, after.tries, after.check_at, lapsed_at), now)
    if news := _news(row, outcome, lapsed_at):
        tx.tell(as_read(name), proof=news)
    return outcome


def _telling(row: Row[Any], verdicts: Mapping[str, Verdict], shown: list[str]) -> Verdict:
    """The verdict that stands on the domain's row: on its own value, unless one of a candidate's is seen."""
    own = row.token if row.token in verdicts else next(iter(verdicts))
    return verdicts[own if own in shown or not shown else shown[0]]


async def _settle(tx: Tx, viewer: Viewer, name: str, method: Method, outcome: Outcome, now: datetime) -> None:
    """The domain is the tenant's, and so is what is below it; else how it was proven is remembered."""
    if outcome is not Outcome.PROVEN:
        await store.remember_method(tx.db, name, method)
        return
    await store.mark_verified(tx.db, [name], method, now)
    below = await store.waiting_below(tx.db, name)
    if below:
        claimed = await store.claim(tx.db, viewer.tenant_id, below, now)
        mine = [one for one, became in claimed.items() if became is Outcome.PROVEN]
        await store.mark_verified(tx.db, mine, Method.INHERITED, now)


async def _lapse(tx: Tx, row: Row[Any], after: Next, now: datetime) -> datetime | None:
    """Since when the proof is not seen; who may change domains is told when that begins, and no more when it ends."""
    if after.lapsed:
        at: datetime = row.lapsed_at or now
        about = {"domain": as_read(row.name), "lapsed_at": at}
        await raise_notice(tx.db, LAPSED, AUDIENCE[LAPSED], subject_of(row.name), about, now)
        return at
    if after.tries == 0 and row.lapsed_at is not None:
        await end_notice(tx.db, LAPSED, subject_of(row.name), now)
        return None
    return row.lapsed_at  # type: ignore[no-any-return]


def _news(row: Row[Any], outcome: Outcome, lapsed_at: datetime | None) -> str | None:
    """What is worth a line of the audit log: that it is proven, may be taken over, lapsed, or is seen again."""
    if outcome is Outcome.PROVEN and not row.proven:
        return "proven"
    if outcome is Outcome.TAKEOVER and row.outcome != Outcome.TAKEOVER:
        return "takeover"
    if (row.lapsed_at is None) != (lapsed_at is None):
        return "lapsed" if lapsed_at else "seen_again"
    return None
