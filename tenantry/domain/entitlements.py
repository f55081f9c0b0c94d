"""What somebody may use right now, why, until when, and how much of it (reference/licensing.md 1.5, 4.1, 5.6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tenantry.domain.catalog import Catalog, Limit, Plan
from tenantry.domain.subscriptions import Facts, Status, boundaries, effective_status

MEETING_LIMIT = "meeting.max_participants"
SERVING = frozenset({Status.TRIAL, Status.ACTIVE, Status.EXPIRED})
type_span = tuple[datetime, int, datetime | None]


class Barred(StrEnum):
    """Why somebody has nothing at all, whatever they hold."""

    NOT = ""
    USER_DELETED = "user_deleted"
    USER_BLOCKED = "user_blocked"
    TENANT_SUSPENDED = "tenant_suspended"
    TENANT_DELETED = "tenant_deleted"


class Idle(StrEnum):
    """Why a license gives no service."""

    SEATS_MISSING = "seats_missing"
    SUBSCRIPTION_ENDED = "subscription_ended"


@dataclass(frozen=True)
class Holder:
    """Who is asked about. came_at: when they signed up or were added, which the days of limits count from."""

    user_id: UUID
    came_at: datetime
    barred: Barred = Barred.NOT


@dataclass(frozen=True)
class Holding:
    """A license. disabled: the direct path's switched-off apps, None without a direct path; groups: the other paths.

    cut: its seat is missing, and the deadline has passed. subscriptions: those of its pool.
    """

    sku_id: UUID
    disabled: frozenset[UUID] | None
    groups: tuple[UUID, ...]
    cut: bool
    subscriptions: tuple[Facts, ...]


@dataclass(frozen=True)
class Grant:
    """Why somebody has an app: a product, by a group or (None) directly. until: its known end, None without one."""

    sku_id: UUID
    group_id: UUID | None
    until: datetime | None


@dataclass(frozen=True)
class LimitNow:
    """A limit: what it is, when it changes next as far as that is known, and what it is then (None: it is gone)."""

    name: str
    value: int
    changes_at: datetime | None = None
    then: int | None = None


@dataclass(frozen=True)
class Entitled:
    """An app that somebody may use, every reason for it, and the limits that it alone grants, by name."""

    plan: Plan
    grants: tuple[Grant, ...]
    limits: tuple[LimitNow, ...]

    @property
    def until(self) -> datetime | None:
        return _longest(grant.until for grant in self.grants)


@dataclass(frozen=True)
class Entitlements:
    """All that somebody may use at a moment: apps by their technical name, and the highest of each limit.

    idle: products that they hold and that give nothing right now.
    """

    holder: Holder
    plans: tuple[Entitled, ...]
    limits: Mapping[str, LimitNow]
    idle: Mapping[UUID, Idle]

    def limit(self, name: str) -> int | None:
        """The value of a limit; None where no app grants it."""
        return self.limits[name].value if name in self.limits else None


def entitle(catalog: Catalog, holder: Holder, holdings: Iterable[Holding], now: datetime) -> Entitlements:
    """What the holder may use at `now`, of all that they hold."""
    grants: dict[UUID, list[Grant]] = defaultdict(list)
    idle: dict[UUID, Idle] = {}
    for holding in holdings:
        lasts = [_service_end(facts) for facts in holding.subscriptions if effective_status(facts, now) in SERVING]
        if holding.cut or not lasts:
            idle[holding.sku_id] = Idle.SEATS_MISSING if lasts else Idle.SUBSCRIPTION_ENDED
        elif not holder.barred and holding.sku_id in catalog.products:
            _grant(catalog, holding, _longest(lasts), grants)
    plans = [
        Entitled(catalog.plans[plan_id], tuple(some), _limits(catalog, {plan_id: some}, holder.came_at, now))
        for plan_id, some in grants.items()
    ]
    together = _limits(catalog, grants, holder.came_at, now)
    by_name = tuple(sorted(plans, key=lambda one: (one.plan.name, one.plan.id)))
    return Entitlements(holder, by_name, {limit.name: limit for limit in together}, idle)


def _grant(catalog: Catalog, holding: Holding, until: datetime | None, grants: dict[UUID, list[Grant]]) -> None:
    """Notes each path by which the license gives an app; a path gives those that it has not switched off."""
    for plan_id in catalog.products[holding.sku_id].plan_ids:
        if holding.disabled is not None and plan_id not in holding.disabled:
            grants[plan_id].append(Grant(holding.sku_id, None, until))
        for group_id in holding.groups:
            grants[plan_id].append(Grant(holding.sku_id, group_id, until))


def _service_end(facts: Facts) -> datetime | None:
    """When a subscription that serves stops to; None if it goes on by itself."""
    return next((at for at, status in boundaries(facts) if status in (Status.DISABLED, Status.DELETED)), None)


def _longest(ends: Iterable[datetime | None]) -> datetime | None:
    """The last of several ends, of which None never comes."""
    listed = list(ends)
    return None if None in listed else max((end for end in listed if end is not None), default=None)


# Limits


def _limits(
    catalog: Catalog, grants: Mapping[UUID, Sequence[Grant]], came_at: datetime, now: datetime
) -> tuple[LimitNow, ...]:
    """The limits of the apps in `grants`, each the highest that one of them grants."""
    sources: dict[str, list[type_span]] = defaultdict(list)
    for plan_id in grants.keys() & catalog.limits.keys():
        until = _longest(grant.until for grant in grants[plan_id])
        for name, spans in _spans(catalog.limits[plan_id], came_at, until).items():
            sources[name] += spans
    found = (_limit_now(name, spans, now) for name, spans in sorted(sources.items()))
    return tuple(limit for limit in found if limit is not None)


def _spans(limits: Iterable[Limit], came_at: datetime, until: datetime | None) -> dict[str, list[type_span]]:
    """Name -> (from, value, to) of an app's limits: each holds until its next step, the last until the app's end."""
    steps: dict[str, list[Limit]] = defaultdict(list)
    for limit in limits:
        steps[limit.name].append(limit)
    spans: dict[str, list[type_span]] = {}
    for name, some in steps.items():
        days = [came_at + timedelta(days=limit.from_day) for limit in some]
        ends = [_earlier(day, until) for day in days[1:]] + [until]
        spans[name] = [(day, limit.value, end) for day, limit, end in zip(days, some, ends, strict=True)]
    return spans


def _earlier(day: datetime, until: datetime | None) -> datetime:
    return day if until is None else min(day, until)


def _limit_now(name: str, spans: Sequence[type_span], now: datetime) -> LimitNow | None:
    """The highest value at `now`, and the first moment after it at which the highest is another."""
    value = _highest(spans, now)
    if value is None:
        return None
    moments = {at for start, _, end in spans for at in (start, end) if at is not None and at > now}
    for at in sorted(moments):
        then = _highest(spans, at)
        if then != value:
            return LimitNow(name, value, at, then)
    return LimitNow(name, value)


def _highest(spans: Iterable[type_span], at: datetime) -> int | None:
    return max((value for start, value, end in spans if start <= at and (end is None or at < end)), default=None)
