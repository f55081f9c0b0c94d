"""Becoming the admin: the steps of the way, and what each needs (reference: licensing, 2.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tenantry.domain.doors import Door
from tenantry.domain.orders import Quote
from tenantry.domain.roles import Role
from tenantry.kit.errors import Kind, Refused

ROLES = (Role.GLOBAL, Role.BILLING)  # of who has come to the end
DOORS = (Door.ADMIN, Door.MEETINGS)  # the tile of the app launcher, or the free product itself


class Step(StrEnum):
    """A step of the way, named as its address is."""

    START = "start"
    PRODUCT = "product"
    DOMAIN = "domain"
    BUY = "buy"
    DONE = "done"


@dataclass(frozen=True)
class Upgrade:
    """How far somebody is. token: the value that they are to prove the domain by; proven_at: when they did.

    seats, term_months, frequency: as they were last chosen; method_ids: the cards that they added.
    """

    id: UUID
    user_id: UUID
    door: Door
    sku_id: UUID | None
    domain: str
    seats: int | None
    term_months: int | None
    frequency: str | None
    order_id: UUID | None
    method_ids: tuple[UUID, ...]
    token: str | None
    started_at: datetime
    proven_at: datetime | None
    finished_at: datetime | None


def steps_of(offers: int) -> tuple[Step, ...]:
    """The steps where a door offers so many products: of one there is nothing to choose."""
    return tuple(step for step in Step if step is not Step.PRODUCT or offers > 1)


def reached(upgrade: Upgrade | None, offered: Collection[UUID]) -> Step:
    """The first step that is not done yet."""
    if upgrade is None:
        return Step.START
    if upgrade.finished_at is not None:
        return Step.DONE
    if upgrade.sku_id not in offered:
        return Step.PRODUCT if len(offered) > 1 else Step.START
    return Step.DOMAIN if upgrade.proven_at is None else Step.BUY


def may_open(step: Step, far: Step) -> bool:
    """Whether a step may be looked at by one who has come so far. One goes back, never ahead; what is done is done."""
    order = list(Step)
    return step is Step.DONE if far is Step.DONE else order.index(step) <= order.index(far)


def fingerprint(quote: Quote, people: int) -> str:
    """Equal as long as the same is asked for the same, and as many people have signed up."""
    return f"{people}-{quote.fingerprint}"


def people_of(mark: str) -> int:
    """How many people a fingerprint was made for; 0 of what is none."""
    number = mark.partition("-")[0]
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= 9 else 0


def check_seats(seats: int, people: int) -> None:
    """Raises Refused("seats_below_people") where not everybody who signed up would get a license."""
    if seats < people:
        raise Refused("seats_below_people", Kind.INVALID, field="seats", people=people)
