"""A forecast, told: some people, one outcome, one reason, a line each."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from tenantry.domain.licenses import Outcome, Refusal
from tenantry.store.licenses.forecast import Forecast, Group
from tenantry.store.people import candidates


@dataclass(frozen=True)
class Line:
    """A line of a preview. `ids` selects its people."""

    outcome: Outcome
    refusals: tuple[Refusal, ...]
    people: int
    ids: Select[tuple[UUID]]


def lines(plan: Forecast) -> list[Line]:
    """What `plan` comes to, in the order of `Outcome`, those whom the seats do not reach last."""
    people = candidates(plan.selection).subquery("people")
    told = []
    for groups in _by_reason(plan):
        verdict = groups[0].verdict
        late = plan.waiting if verdict.outcome is Outcome.CHANGED else 0
        if count := sum(group.people for group in groups) - late:
            who = plan.among(people, groups, plan.groups)
            ids = select(people.c.id).where(who, plan.served(people, groups))
            told.append(Line(verdict.outcome, verdict.refusals, count, ids))
    if plan.waiting:
        ids = select(people.c.id).where(plan.waits(people, plan.groups))
        told.append(Line(Outcome.REFUSED, (seats_short(plan),), plan.waiting, ids))
    return told


def _by_reason(plan: Forecast) -> list[list[Group]]:
    """Groups with the same outcome for the same reason, together."""
    found: dict[tuple[int, tuple[str, ...]], list[Group]] = {}
    for group in plan.groups:
        reasons = tuple(f"{r.code}{sorted(map(str, r.params.items()))}" for r in group.verdict.refusals)
        found.setdefault((list(Outcome).index(group.verdict.outcome), reasons), []).append(group)
    return [found[reason] for reason in sorted(found)]


def seats_short(plan: Forecast) -> Refusal:
    """Why those whom the seats do not reach get nothing."""
    names = sorted(plan.catalog.products[sku_id].name for sku_id in plan.short)
    return Refusal("seats_short", {"products": names, "short": max(plan.short.values())})
