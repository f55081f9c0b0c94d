"""A refused assignment, told: who cannot have it, why, and the ways out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenantry.kit.errors import Refused
from tenantry.web.visit import Visit

LOCATION = "usage_location_missing"
SWITCHED = ("plan_conflict", "plan_missing", "plan_needed")


@dataclass
class Reason:
    """One reason and the people it holds for."""

    code: str
    text: str
    people: list[tuple[UUID, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Trouble:
    """What to tell. `switch_off`: apps of the product that would have to be off, by id, with their names in `apps`."""

    text: str
    reasons: list[Reason]
    switch_off: tuple[UUID, ...]
    apps: str
    code: str

    def people_with(self, code: str) -> list[tuple[UUID, str]]:
        return [person for reason in self.reasons if reason.code == code for person in reason.people]


def explain(visit: Visit, refused: Refused, sku_id: UUID) -> Trouble:
    """`refused` in the visitor's language; `sku_id` is the product that was to be assigned or switched."""
    people = refused.params.get("people", []) if refused.code == "assignment_refused" else []
    reasons: dict[str, Reason] = {}
    off: dict[UUID, str] = {}
    for person in people:
        text = visit.speech.refusal(person["code"], person["params"])
        reason = reasons.setdefault(text, Reason(person["code"], text))
        if (person["id"], person["name"]) not in reason.people:
            reason.people.append((person["id"], person["name"]))
        off |= _to_switch_off(person["code"], person["params"], sku_id)
    shown = {name: value for name, value in refused.params.items() if name != "people"}
    text = visit.speech.refusal(refused.code, shown)
    # What can be mended in place comes first, what the button at the end mends comes last.
    order = sorted(reasons.values(), key=lambda reason: (reason.code != LOCATION, reason.code in SWITCHED))
    return Trouble(text, order, tuple(off), visit.speech.all_of(off.values()), refused.code)


def _to_switch_off(code: str, params: Mapping[str, Any], sku_id: UUID) -> dict[UUID, str]:
    """The app of the product that is in the way, if one is."""
    if code in SWITCHED and str(params["sku_id"]) == str(sku_id):
        return {UUID(str(params["plan_id"])): str(params["plan"])}
    if code == "plan_conflict" and str(params["other_sku_id"]) == str(sku_id):
        return {UUID(str(params["other_plan_id"])): str(params["other_plan"])}
    return {}
