"""A group of people who signed up, taken over by the organization that proved their domain: what moves, what cannot.

People become people of the new tenant under new ids; who is there already under the same sign-in or username is merged
into that person. Products with an app whose data cannot move keep everybody out, unless the takeover is forced: then
these products, their licenses and their data stay behind in the old tenant, which ends some days later.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from tenantry.kit.domain_names import as_read
from tenantry.kit.errors import Kind, Refused

LEFT_FOR = timedelta(days=10)  # how long the old tenant can be had back; the schema's `purge_tenant` waits as long
PROOF_LASTS = timedelta(days=7)  # how old the look may be that saw the domain's proof
NAMED = 50  # people who are shown by name


@dataclass(frozen=True)
class Freight:
    """A product of the old tenant: living seats, and licenses of people. bars: the apps that keep it from moving."""

    sku_id: UUID
    name: str
    seats: int
    licenses: int
    bars: tuple[str, ...] = ()


@dataclass(frozen=True)
class Merger:
    """Somebody of the group who is in the new tenant already. joins: they are a guest there, and become a member."""

    old_id: UUID
    user_name: str
    user_id: UUID
    name: str
    joins: bool


@dataclass(frozen=True)
class Group:
    """The old tenant, as it would be taken over. some: the first `NAMED` by name, as (name, username).

    taken: usernames that somebody else has in the new tenant already. settings: people with meeting settings.
    meetings_bar: the meetings cannot move, for they belong to a product that cannot.
    """

    domain: str
    tenant_id: UUID
    name: str
    people: int
    guests: int
    some: tuple[tuple[str, str], ...]
    mergers: tuple[Merger, ...]
    taken: tuple[str, ...]
    products: tuple[Freight, ...]
    meetings: int
    meetings_bar: bool
    settings: int

    @property
    def moving(self) -> tuple[Freight, ...]:
        return tuple(one for one in self.products if not one.bars)

    @property
    def barred(self) -> tuple[Freight, ...]:
        return tuple(one for one in self.products if one.bars)

    @property
    def mark(self) -> str:
        """What a form carries along, to tell later whether something else would happen than was shown.

        How many people there are does not count: whoever signs up meanwhile goes along.
        """
        facts = (
            self.tenant_id,
            [(one.sku_id, one.bars) for one in self.products],
            sorted((one.old_id, one.user_id, one.joins) for one in self.mergers),
            self.meetings_bar,
        )
        return sha256(repr(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Wanted:
    """What somebody asked for, where a job does it: the arguments of the command."""

    domain: str
    mark: str
    forced: bool
    typed: str


def check_takeover(group: Group, *, forced: bool, typed: str, mark: str) -> None:
    """Whether the group may be taken over, as it was shown under `mark`. typed: the domain, where it is forced.

    Raises Refused: "takeover_names_taken" (names), "takeover_barred" (products), "takeover_typed" (typed; domain),
    "takeover_changed".
    """
    if group.taken:
        raise Refused("takeover_names_taken", Kind.CONFLICT, names=list(group.taken[:NAMED]))
    if group.barred and not forced:
        raise Refused("takeover_barred", Kind.CONFLICT, products=[one.name for one in group.barred])
    if group.barred and typed.strip().casefold().rstrip(".") not in (group.domain, as_read(group.domain).casefold()):
        raise Refused("takeover_typed", Kind.INVALID, field="typed", domain=as_read(group.domain))
    if mark != group.mark:
        raise Refused("takeover_changed", Kind.CONFLICT)


def check_claim(
    *, proven: bool, kind: str, living: bool, same_edition: bool, checked_at: datetime | None, now: datetime
) -> None:
    """Whether a name that groups another tenant's people may be taken at all.

    proven: the other tenant has proven it. kind, living: of the other tenant. checked_at: when the proof was last seen.
    Raises Refused: "takeover_elsewhere", "takeover_edition", "takeover_proof_old".
    """
    if proven or kind != "unmanaged" or not living:
        raise Refused("takeover_elsewhere", Kind.CONFLICT)
    if not same_edition:
        raise Refused("takeover_edition", Kind.CONFLICT)
    if checked_at is None or checked_at < now - PROOF_LASTS:
        raise Refused("takeover_proof_old", Kind.CONFLICT)


def room_for(seats: int, consumed: int, coming: int) -> bool:
    """Whether a free pool of the new tenant has room for the licenses that come, so that no more seats are needed."""
    return consumed + coming <= seats


def may_restore(at: datetime, undone_at: datetime | None, now: datetime) -> bool:
    """Whether the old tenant can still be had back."""
    return undone_at is None and now < at + LEFT_FOR


def stays(products: Iterable[Freight]) -> dict[str, Any]:
    """Products as the audit log tells of them: name -> licenses."""
    told: dict[str, int] = {}
    for one in products:
        told[one.name] = told.get(one.name, 0) + one.licenses
    return told


def barred_skus(products: Collection[Freight]) -> list[UUID]:
    """The products that stay behind."""
    return sorted(one.sku_id for one in products if one.bars)
