"""What can be done to a subscription where it stands, and why not (reference/licensing.md 3.2, 3.3, 3.6 and 3.7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tenantry.domain.periods import DAY, days_between
from tenantry.domain.seat_changes import LOCKED_CHANNELS
from tenantry.domain.subscriptions import Facts, Status, effective_status
from tenantry.kit.errors import Kind, Refused

EXTENSION = 30 * DAY
EXTEND_WITHIN = 15 * DAY
UNDELETE_WITHIN = timedelta(hours=72)


class Move(StrEnum):
    """One thing that an admin can do to a subscription."""

    SEATS = "seats"
    RECURRING = "recurring"
    TERMS = "terms"
    SWITCH = "switch"
    CANCEL = "cancel"
    RENEW = "renew"
    EXTEND = "extend"
    CONVERT = "convert"
    DELETE = "delete"
    RESTORE = "restore"


_ENDED = {Status.EXPIRED: "subscription_not_active", Status.DISABLED: "subscription_not_active"}
_NEVER = {Status.SCHEDULED: "subscription_not_started", Status.DELETED: "subscription_gone"}
_RUNNING: dict[Status, str | None] = {**_NEVER, **_ENDED, Status.TRIAL: "trial_seats", Status.ACTIVE: None}
_TRIAL: dict[Status, str | None] = {
    **_NEVER,
    **dict.fromkeys(_ENDED, "trial_over"),
    Status.ACTIVE: "not_a_trial",
    Status.TRIAL: None,
}

# Status by status: None where the move may be made, else the code of why not.
MOVES: dict[Move, dict[Status, str | None]] = {
    Move.SEATS: _RUNNING,
    Move.TERMS: _RUNNING,
    Move.SWITCH: _RUNNING,
    Move.RECURRING: _RUNNING | {Status.TRIAL: None},
    Move.CANCEL: _RUNNING | {Status.TRIAL: "trial_cancel"} | dict.fromkeys(_ENDED, "subscription_ended"),
    Move.RENEW: {
        **_NEVER,
        Status.TRIAL: "subscription_runs",
        Status.ACTIVE: "subscription_runs",
        Status.EXPIRED: None,
        Status.DISABLED: None,
    },
    Move.EXTEND: _TRIAL,
    Move.CONVERT: _TRIAL,
    Move.DELETE: {**dict.fromkeys(Status, "delete_runs"), Status.DISABLED: None, **_NEVER},
    Move.RESTORE: {**dict.fromkeys(Status, "delete_not_asked"), Status.DISABLED: None, **_NEVER},
}


@dataclass(frozen=True)
class Standing:
    """What a move is decided from. cancel_until: when the window of the running term shuts."""

    facts: Facts
    cancel_until: datetime
    extended_at: datetime | None = None


def decide_move(move: Move, standing: Standing, now: datetime) -> None:
    """Lets the move through, or raises Refused.

    By status: the codes of `MOVES`. Beyond it: "subscription_channel", "cancel_window" (date), "trial_extended",
    "trial_extend_early" (date, days), "delete_asked", "delete_not_asked".
    """
    refused = next(_reasons(move, standing, now), None)
    if refused is not None:
        raise refused


def open_moves(standing: Standing, now: datetime) -> frozenset[Move]:
    """Everything that can be done now."""
    return frozenset(move for move in Move if not any(_reasons(move, standing, now)))


def _reasons(move: Move, standing: Standing, now: datetime) -> Iterator[Refused]:
    """Why the move cannot be made, the first reason first."""
    facts = standing.facts
    if code := MOVES[move][effective_status(facts, now)]:
        yield _refused(code, date=facts.starts_at if code == "subscription_not_started" else facts.ends_at)
    if facts.channel in LOCKED_CHANNELS:
        yield _refused("subscription_channel")
    if move is Move.CANCEL and now >= standing.cancel_until:
        yield _refused("cancel_window", date=facts.ends_at)
    if move is Move.EXTEND and standing.extended_at is not None:
        yield _refused("trial_extended", date=standing.extended_at)
    if move is Move.EXTEND and facts.ends_at - now > EXTEND_WITHIN:
        date = facts.ends_at - EXTEND_WITHIN
        yield _refused("trial_extend_early", date=date, days=days_between(date, facts.ends_at))
    if move is Move.DELETE and facts.delete_at is not None:
        yield _refused("delete_asked", date=facts.delete_at)
    if move is Move.RESTORE and facts.delete_at is None:
        yield _refused("delete_not_asked")


def _refused(code: str, **params: Any) -> Refused:
    return Refused(code, Kind.CONFLICT, **params)
