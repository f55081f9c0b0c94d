"""`tenantry clock advance`: a sandbox made, and its clock moved."""

import pytest
from sqlalchemy import update

from tenantry.store.tables import tenants
from tests.cast import BASIC
from tests.world import make_pool, rows_of


@pytest.fixture
def sandbox(db, contoso, run):
    async def begin() -> None:
        async with db.transaction(contoso.id) as tx:
            await tx.execute(update(tenants).values(test_clock=0))

    run(begin())
    return contoso


def test_the_clock_moves_by_days_or_to_the_next_thing(tenantry, sandbox, db, run) -> None:
    run(make_pool(db, sandbox.id, BASIC, 10))
    first = tenantry("clock", "advance", sandbox.slug, "60d", "--json")
    assert (first.code, first.answer["waiting"]) == (0, False)
    (row,) = run(rows_of(db, sandbox.id, "tenants"))
    assert row["test_clock"] == 60 * 86400
    again = tenantry("clock", "advance", sandbox.slug, "next")
    assert again.code == 0
    assert f"The clock of {sandbox.slug} stands at " in again.out


@pytest.mark.parametrize("by", ["soon", "-3d", "1.5d", ""])
def test_what_is_no_number_of_days_is_called_wrong(tenantry, sandbox, by) -> None:
    assert tenantry("clock", "advance", sandbox.slug, "--", by).code == 2


def test_what_is_no_sandbox_is_refused(tenantry, contoso) -> None:
    said = tenantry("clock", "advance", contoso.slug, "1d", "--json")
    assert (said.code, said.answer["refused"]) == (1, "clock_missing")


def test_a_sandbox_is_made_at_the_command_line(tenantry, db, run) -> None:
    facts = ["--name", "Sand", "--domain", "sand.example", "--country", "DK", "--sandbox"]
    assert tenantry("tenant", "create", "sandbox-one", *facts).code == 0
    assert tenantry("clock", "advance", "sandbox-one", "1d").code == 0
