"""`tenantry doctor`."""

from typing import Annotated

import typer
from rich.table import Table

from tenantry.cli.desk import FOUND, Desk, desk_of, now
from tenantry.queries.doctor import Finding, examine
from tenantry.words.findings import CHECKS, FINDINGS


def doctor(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Check the database, its roles and row policies, counters against rows, clocks and settings.

    Changes nothing; says how to mend what it finds. Exit code 4: it found something.
    """
    desk = desk_of(context, json=json)
    well, told = tell_findings(desk, desk.run(lambda house: examine(house, clock=now)))
    desk.answer(ok=well, findings=told)
    if not well:
        raise typer.Exit(FOUND)


def tell_findings(desk: Desk, findings: list[Finding]) -> tuple[bool, list[dict[str, object]]]:
    """Shows them. (whether all is well, what a program is told)."""
    table = Table(box=None, show_header=False)
    told: list[dict[str, object]] = []
    for found in findings:
        facts = {name: _shown(value) for name, value in found.params.items()}
        sentence = desk.speech.say(FINDINGS[found.code].text, **facts)
        table.add_row("✓" if found.ok else "✗", desk.speech.say(CHECKS[found.check].text), sentence)
        told.append({"check": found.check, "ok": found.ok, "code": found.code, "sentence": sentence})
    desk.show(table)
    return all(found.ok for found in findings), told


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
