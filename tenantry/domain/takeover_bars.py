"""The file of apps whose data cannot move to another organization: who holds one bars a takeover of their group."""

from collections.abc import Mapping
from uuid import UUID

from tenantry.domain.catalog import Plan
from tenantry.domain.file_rows import Parsed, Rows

COLUMNS = ("plan_id",)


def parse_takeover_bars(data: bytes, *, plans: Mapping[UUID, Plan]) -> Parsed[frozenset[UUID]]:
    """The apps, a row for each; the name beside an id may be missing, a wrong one is a fault."""
    rows = Rows(data, COLUMNS, ("plan",))
    bars: set[UUID] = set()
    for row in rows:
        plan_id, name = row.known("plan_unknown", "plan_id", plans), row.cell("plan")
        if plan_id and name and name != plans[plan_id].name:
            row.fault("plan", "plan_name_differs", value=name, known=plans[plan_id].name)
        if plan_id and not row.faulty:
            row.once("plan_id", plan_id)
            bars.add(plan_id)
    return rows.parsed(frozenset(bars))
