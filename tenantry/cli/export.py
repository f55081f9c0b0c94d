"""`tenantry export`."""

from pathlib import Path
from typing import Annotated

import typer

from tenantry.cli.desk import desk_of, now, progress
from tenantry.commands.export_tenant import Exported, export_tenant
from tenantry.queries.exports import read_exports
from tenantry.queries.house import House
from tenantry.words.speech import N_


def export(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(help="The organization's part of every address.")],
    path: Annotated[Path, typer.Argument(help="The file to make.")],
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Write everything that an organization has to a ZIP of CSV and JSON, as it is at one moment.

    No passwords are in it, and nothing of other organizations. The organization's audit log names who made it.

    \b
    tenantry export contoso /srv/exports/contoso.zip
    """
    desk = desk_of(context, json=json)

    async def work(house: House) -> Exported:
        at = now()
        _, viewer = await desk.enter(house, tenant)
        total = (await read_exports(house.db, viewer, now=at)).total
        with progress() as bar:
            task = bar.add_task("", total=total)

            async def step(done: int) -> None:
                bar.update(task, completed=done)

            return await export_tenant(house.db, viewer, path=path, progress=step, now=at)

    made = desk.run(work)
    desk.say(N_("%(path)s holds everything of %(tenant)s: %(rows)s rows."), path=path, tenant=tenant, rows=made.rows)
    desk.answer(path=path, tenant=tenant, rows=made.rows)
