"""What comes next in a subscription's life, as its page tells it."""

from datetime import datetime

from tenantry.domain.periods import period_at
from tenantry.domain.subscriptions import Facts, goes_on


def next_charge_at(facts: Facts, months: int, anchor_at: datetime, now: datetime) -> datetime | None:
    """When money is due next; None if nothing more will be charged. months: how often it is billed.

    A trial is charged from its end on, if it is to be paid then.
    """
    if facts.trial or now < facts.starts_at:
        at = facts.ends_at if facts.trial else facts.starts_at
    else:
        at = period_at(anchor_at, months, now).ends_at
    if goes_on(facts):
        return at if facts.ends_at <= now or facts.trial else min(at, facts.ends_at)
    return at if now < at < facts.ends_at and not facts.trial else None
