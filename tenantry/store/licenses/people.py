"""The people of a selection with what the rules ask of them: kind, usage location, licenses held."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Subquery, Text, Uuid, and_, case, cast, func, literal, null, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from tenantry.domain.licenses import Held
from tenantry.domain.selections import Selection
from tenantry.store.people import candidates
from tenantry.store.tables import licenses

UUIDS: ARRAY[UUID] = ARRAY(Uuid)


def profiled(selection: Selection, skus: Collection[UUID] | None) -> Subquery:
    """One row per person: tenant_id, id, kind, usage_location, held.

    held: the licenses of `skus` (None: of any product) as one text, equal for equal profiles.
    """
    chosen = candidates(selection).subquery("chosen")
    person = (chosen.c.tenant_id, chosen.c.id, chosen.c.kind, chosen.c.usage_location)
    if skus is not None and not skus:
        return select(*person, cast(null(), Text).label("held")).subquery("people")
    theirs = and_(licenses.c.tenant_id == chosen.c.tenant_id, licenses.c.user_id == chosen.c.id)
    wanted = true() if skus is None else licenses.c.sku_id == func.any(list(skus))
    told = select(*person, _held().label("held")).outerjoin(licenses, and_(theirs, wanted))
    return told.group_by(*person).subquery("people")


def _held() -> ColumnElement[str]:
    """The joined licenses of a person as one text."""
    switches = func.coalesce(func.array_to_string(licenses.c.disabled_plans, ","), "-")
    inherited = case((licenses.c.group_ids != literal([], UUIDS), "+"), else_="")
    one = func.concat(cast(licenses.c.sku_id, Text), "=", switches, "=", inherited)
    all_of = func.string_agg(one, aggregate_order_by(literal(";"), licenses.c.sku_id))
    return all_of.filter(licenses.c.user_id.is_not(None))


def parse_held(text: str | None) -> tuple[Held, ...]:
    """The licenses that a `held` column spells."""
    held = []
    for part in text.split(";") if text else ():
        sku_id, switches, inherited = part.split("=")
        disabled = None if switches == "-" else frozenset(UUID(s) for s in switches.split(",") if s)
        held.append(Held(UUID(sku_id), disabled, bool(inherited)))
    return tuple(held)


def key_of(kind: str, location: str | None, held: str | None) -> str:
    """A profile as one text; `key` is its SQL twin."""
    return f"{kind}|{location or ''}|{held or ''}"


def key(people: Subquery) -> ColumnElement[str]:
    location, held = func.coalesce(people.c.usage_location, ""), func.coalesce(people.c.held, "")
    return func.concat_ws("|", people.c.kind, location, held)
