"""`tenantry backup` and `tenantry restore`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tenantry.cli.desk import FOUND, Desk, desk_of, now, progress
from tenantry.cli.doctor import tell_findings
from tenantry.commands.backup import Manifest, Restored, back_up, restore_backup, type_step
from tenantry.queries.doctor import Finding, examine
from tenantry.queries.house import House
from tenantry.words.speech import N_

type_json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


def backup(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="The file to make; with --folder, the folder.")],
    folder: Annotated[bool, typer.Option("--folder", help="A folder, written by several processes at once.")] = False,
    json: type_json = False,
) -> None:
    """Write everything that the database holds to a file, as it is at one moment. Work may go on meanwhile.

    The embedded database needs nothing more; for one of your own, DATABASE_BACKUP_URL names a role that may read
    past the row policies.

    \b
    tenantry backup /srv/backups/monday.zip
    tenantry backup /srv/backups/monday --folder
    """
    desk = desk_of(context, json=json)

    async def work(house: House) -> Manifest:
        with _steps() as step:
            return await back_up(house, path=path, folder=folder, now=now(), step=step)

    made = desk.run(work)
    desk.say(N_("%(path)s holds %(rows)s rows of %(tables)s tables."), path=path, **_counted(desk, made))
    desk.answer(path=path, **_facts(made))


def restore(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file or folder that `tenantry backup` made.")],
    json: type_json = False,
) -> None:
    """Put a backup into an empty database, bring it to this version's schema, compare it and examine it.

    Where anything is already, nothing is done: choose another DATA folder, or make a new database.
    Exit code 4: all of it is there, and the doctor found something.

    \b
    DATA=/srv/tenantry-anew tenantry restore /srv/backups/monday.zip
    """
    desk = desk_of(context, json=json)

    async def work(house: House) -> tuple[Restored, list[Finding]]:
        with _steps() as step:
            restored = await restore_backup(house, path=path, step=step)
        return restored, await examine(house, clock=now)

    restored, findings = desk.run(work)
    said = N_("%(rows)s rows of %(tables)s tables are restored, as they were at %(at)s.")
    made = restored.manifest
    desk.say(said, at=desk.speech.time(made.made_at), **_counted(desk, made))
    well, told = tell_findings(desk, findings)
    desk.answer(path=path, ok=well, findings=told, schema=restored.revision, **_facts(made))
    if not well:
        raise typer.Exit(FOUND)


@contextmanager
def _steps() -> Iterator[type_step]:
    """A bar that moves on with each table."""
    with progress() as bar:
        task = bar.add_task("", total=None)

        def step(table: str, total: int) -> None:
            bar.update(task, description=table, advance=1, total=total)

        yield step


def _counted(desk: Desk, made: Manifest) -> dict[str, str]:
    rows = sum(table.rows for table in made.tables.values())
    return {"rows": desk.speech.number(rows), "tables": desk.speech.number(len(made.tables))}


def _facts(made: Manifest) -> dict[str, object]:
    rows = {name: table.rows for name, table in made.tables.items()}
    return {"version": made.version, "revision": made.revision, "made_at": made.made_at, "rows": rows}
