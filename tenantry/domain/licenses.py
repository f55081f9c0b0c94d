"""The licensing rules, all of them: what a wish comes to for one kind of person.

A million people have a handful of profiles, so the rules are decided once per profile, in Python, and
applied to the people of that profile as a set (`store.licenses`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from tenantry.domain.catalog import Catalog
from tenantry.kit.errors import Kind, Refused

type_plans = frozenset[UUID]


@dataclass(frozen=True)
class Held:
    """A license as the rules see it. `disabled`: its direct switches; None when it is only inherited."""

    sku_id: UUID
    disabled: frozenset[UUID] | None
    inherited: bool = False


@dataclass(frozen=True)
class Profile:
    """The few facts a verdict needs. People with equal profiles get equal verdicts."""

    kind: str
    usage_location: str | None
    held: tuple[Held, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What somebody wants for a set of people.

    assign: products to hold, each with the plans to switch off.
    remove: products not to hold any longer.
    remove_others: whatever is not in `assign` goes too (replace; with an empty `assign`: unassign all).
    set_apps: a product already held gets the wished switches; otherwise it keeps its own. One that is only
    inherited has none of its own, so it always gets them.
    held_only: whoever does not hold a product of `assign` is refused instead of getting it anew.
    leaves: the person leaves, so what is removed ends whatever it came from, groups included.
    """

    assign: Mapping[UUID, frozenset[UUID]]
    remove: frozenset[UUID] = frozenset()
    remove_others: bool = False
    set_apps: bool = False
    held_only: bool = False
    leaves: bool = False

    @property
    def products(self) -> frozenset[UUID]:
        return frozenset(self.assign) | self.remove


class Outcome(StrEnum):
    """What becomes of a person, told in one word."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Refusal:
    """Why not: a code of `words.refusals`, with the names and ids it speaks of."""

    code: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What to write for every person of one profile: seats taken, switches changed, licenses ended."""

    gains: frozenset[UUID] = frozenset()
    changes: frozenset[UUID] = frozenset()
    losses: frozenset[UUID] = frozenset()
    refusals: tuple[Refusal, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.refusals:
            return Outcome.REFUSED
        return Outcome.CHANGED if self.gains or self.changes or self.losses else Outcome.UNCHANGED


def check_wish(wish: Wish, catalog: Catalog, owned: frozenset[UUID]) -> None:
    """Raises Refused for a wish that is wrong for everybody: an unknown, foreign or company product or plan."""
    both = wish.remove & wish.assign.keys()
    for sku_id in both:
        raise Refused("wish_contradicts", Kind.INVALID, product=_product_name(catalog, sku_id))
    for sku_id, disabled in wish.assign.items():
        product = catalog.products.get(sku_id)
        if product is None or sku_id not in owned:
            raise Refused("product_not_owned", Kind.INVALID, product=_product_name(catalog, sku_id))
        if product.applies_to == "company":
            raise Refused("product_for_company", Kind.INVALID, product=product.name)
        if not disabled <= product.plan_ids:
            raise Refused("plan_not_in_product", Kind.INVALID, product=product.name)


def decide(profile: Profile, wish: Wish, catalog: Catalog) -> Verdict:
    """What `wish` comes to for the people of `profile`: all of it, or nothing with every reason."""
    held = {license.sku_id: license for license in profile.held}
    losses = _losses(held, wish)
    after = _after(held, wish, losses)
    gains = frozenset(wish.assign.keys() - held.keys())
    if gone := tuple(_gone(gains, wish, catalog)):
        return Verdict(refusals=gone)
    changes = frozenset(s for s in wish.assign.keys() & held.keys() if after[s] != held[s].disabled)
    before = {sku_id: license.disabled or frozenset() for sku_id, license in held.items()}
    refusals = (
        *_inherited(held, wish, catalog),
        *_location(profile, gains, catalog),
        *_plan_conflicts(before, after, catalog),
        *_missing_plans(before, after, catalog),
    )
    return Verdict(gains, changes, losses, tuple(refusals))


def _losses(held: Mapping[UUID, Held], wish: Wish) -> frozenset[UUID]:
    unwanted = held.keys() - wish.assign.keys() if wish.remove_others else held.keys() & wish.remove
    return frozenset(s for s in unwanted if wish.leaves or not held[s].inherited)


def _after(held: Mapping[UUID, Held], wish: Wish, losses: frozenset[UUID]) -> dict[UUID, frozenset[UUID]]:
    kept = {s: license.disabled or frozenset() for s, license in held.items() if s not in losses}
    direct = {s for s, license in held.items() if license.disabled is not None}
    wished = {s: off for s, off in wish.assign.items() if wish.set_apps or s not in direct}
    return kept | wished


def _gone(gains: frozenset[UUID], wish: Wish, catalog: Catalog) -> Iterable[Refusal]:
    for sku_id in sorted(gains) if wish.held_only else ():
        yield Refusal("license_gone", {"product": _product_name(catalog, sku_id), "sku_id": sku_id})


def _inherited(held: Mapping[UUID, Held], wish: Wish, catalog: Catalog) -> Iterable[Refusal]:
    for sku_id in sorted(wish.remove & held.keys()):
        if held[sku_id].inherited:
            yield Refusal("license_inherited", {"product": _product_name(catalog, sku_id), "sku_id": sku_id})


def _location(profile: Profile, gains: frozenset[UUID], catalog: Catalog) -> Iterable[Refusal]:
    if gains and profile.usage_location is None:
        yield Refusal("usage_location_missing", {})
        return
    for sku_id in sorted(gains):
        if profile.usage_location in catalog.rules.barred.get(sku_id, ()):
            facts = {"product": _product_name(catalog, sku_id), "country": profile.usage_location}
            yield Refusal("country_barred", facts)


type_switches = Mapping[UUID, frozenset[UUID]]


def _enabled(switches: type_switches, catalog: Catalog) -> dict[UUID, UUID]:
    """Every plan that is on, with a product it comes from."""
    enabled: dict[UUID, UUID] = {}
    for sku_id in sorted(switches):
        product = catalog.products.get(sku_id)
        for plan_id in product.plan_ids - switches[sku_id] if product else ():
            enabled.setdefault(plan_id, sku_id)
    return enabled


def _plan_conflicts(before: type_switches, after: type_switches, catalog: Catalog) -> Iterable[Refusal]:
    """Pairs that exclude each other and were not on together before: an old conflict blocks nothing new."""
    on, was_on = _enabled(after, catalog), _enabled(before, catalog).keys()
    for plan_id in sorted(on.keys() & catalog.rules.exclusive.keys()):
        for other in sorted(catalog.rules.exclusive[plan_id] & on.keys()):
            if plan_id < other and not (plan_id in was_on and other in was_on):
                first, second = (plan_id, other) if plan_id not in was_on else (other, plan_id)
                yield Refusal("plan_conflict", _pair(first, second, on, catalog))


def _pair(plan: UUID, other: UUID, on: Mapping[UUID, UUID], catalog: Catalog) -> dict[str, Any]:
    return {
        "plan": catalog.plans[plan].friendly_name,
        "plan_id": plan,
        "product": _product_name(catalog, on[plan]),
        "sku_id": on[plan],
        "other_plan": catalog.plans[other].friendly_name,
        "other_plan_id": other,
        "other_product": _product_name(catalog, on[other]),
        "other_sku_id": on[other],
    }


def _missing_plans(before: type_switches, after: type_switches, catalog: Catalog) -> Iterable[Refusal]:
    """Plans left without any of the plans they need, unless they already were."""
    on, was_on = _enabled(after, catalog), _enabled(before, catalog).keys()
    for plan_id in sorted(on.keys() & catalog.rules.requires_any.keys()):
        needs = catalog.rules.requires_any[plan_id]
        if needs & on.keys() or (plan_id in was_on and not needs & was_on):
            continue
        code = "plan_needed" if plan_id in was_on else "plan_missing"
        named = sorted({catalog.plans[need].friendly_name for need in needs})
        facts = {"plan": catalog.plans[plan_id].friendly_name, "plan_id": plan_id, "needs": named}
        yield Refusal(code, facts | {"product": _product_name(catalog, on[plan_id]), "sku_id": on[plan_id]})


def _product_name(catalog: Catalog, sku_id: UUID) -> str:
    product = catalog.products.get(sku_id)
    return product.name if product else str(sku_id)


def hand_out(needs: Iterable[tuple[UUID, frozenset[UUID]]], free: Mapping[UUID, int]) -> set[UUID]:
    """Who is left out when seats are short: first come, first served, all of a person's seats or none.

    needs: (user id, products that need a seat), in the order of service. Returns the ids left out.
    """
    left = dict(free)
    left_out: set[UUID] = set()
    for user_id, products in needs:
        if all(left[sku_id] > 0 for sku_id in products):
            for sku_id in products:
                left[sku_id] -= 1
        else:
            left_out.add(user_id)
    return left_out
