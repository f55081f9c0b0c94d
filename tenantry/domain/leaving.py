"""People who leave and come back: who may send whom away, for how long they are kept, which seats they find again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from tenantry.domain.licenses import Refusal, Wish
from tenantry.domain.roles import Role, reaches
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused

KEPT = timedelta(days=30)  # so long somebody deleted can be restored
RESET_LIMIT = 40  # passwords at once (reference: licensing, 6.2)

# Whoever leaves holds nothing any longer, what came from a group included.
LEAVE = Wish(assign={}, remove_others=True, leaves=True)


@dataclass(frozen=True)
class Sorting:
    """People by what may be done with them: `going` in their order, and why each of the others stays."""

    going: tuple[UUID, ...]
    staying: Mapping[UUID, str]

    def refuse_first(self, names: Mapping[UUID, str]) -> None:
        """Raises Refused with the reason of the first who stays."""
        user_id, code = next(iter(self.staying.items()))
        raise Refused(code, Kind.DENIED, **reason_params(code, names[user_id]))


def sort_out(
    viewer: Viewer, user_ids: Collection[UUID], roles: Mapping[UUID, frozenset[Role]], own: str = "own_deletion"
) -> Sorting:
    """Whom of `user_ids` the viewer may delete, or give a new password. own: the code of why not oneself."""
    staying = {}
    for user_id in user_ids:
        if user_id == viewer.user_id:
            staying[user_id] = own
        elif not reaches(viewer.roles, roles.get(user_id, frozenset())):
            staying[user_id] = "admin_out_of_reach"
    return Sorting(tuple(user_id for user_id in user_ids if user_id not in staying), staying)


def reason_params(code: str, name: str) -> dict[str, Any]:
    """The places of the sentence of a reason to stay."""
    return {"name": name, "roles": (Role.GLOBAL.value,)} if code == "admin_out_of_reach" else {"name": name}


type_had = Mapping[UUID, frozenset[UUID]]  # product -> the apps that were off


@dataclass(frozen=True)
class Homecoming:
    """Which licenses people find again. wishes: product -> apps off, with those who get just these.

    missing: by person, the products that no seat is free for, or that the organization no longer has.
    """

    wishes: Sequence[tuple[Wish, tuple[UUID, ...]]] = ()
    missing: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)


def plan_homecoming(had: Mapping[UUID, type_had], free: Mapping[UUID, int]) -> Homecoming:
    """Hands the free seats out again, person by person in the order of `had`, product by product.

    free: seats per product of the organization. People who get the same are told together, so that they are
    given it as one set.
    """
    left = dict(free)
    alike: dict[tuple[tuple[UUID, tuple[UUID, ...]], ...], list[UUID]] = {}
    missing: dict[UUID, tuple[UUID, ...]] = {}
    for user_id, products in had.items():
        got = [sku_id for sku_id in sorted(products) if left.get(sku_id, 0) > 0]
        for sku_id in got:
            left[sku_id] -= 1
        if len(got) < len(products):
            missing[user_id] = tuple(sorted(products.keys() - set(got)))
        if got:
            same = tuple((sku_id, tuple(sorted(products[sku_id]))) for sku_id in got)
            alike.setdefault(same, []).append(user_id)
    wishes = [(Wish({sku_id: frozenset(off) for sku_id, off in same}), tuple(ids)) for same, ids in alike.items()]
    return Homecoming(wishes, missing)


def not_again(name: str, *, owned: bool) -> Refusal:
    """Why the license of the product called `name` could not be had again."""
    if owned:
        return Refusal("seats_short", {"products": [name], "short": 1})
    return Refusal("product_not_owned", {"product": name})


def who_fails(names: Mapping[UUID, str], taken: Collection[str], elsewhere: Collection[UUID]) -> dict[UUID, str]:
    """Why people cannot come back under their user names (case-folded), of those who cannot: by id, a code.

    taken: names that active people have; elsewhere: people whose address has an account of somebody else.
    """
    failing, seen = {}, set(taken)
    for user_id, name in names.items():
        if name in seen or user_id in elsewhere:
            failing[user_id] = "user_name_taken"
        seen.add(name)
    return failing
