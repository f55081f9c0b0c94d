"""`tenantry migrate`."""

from typing import Annotated

import typer

from tenantry.cli.desk import desk_of
from tenantry.commands.as_owner import migrate_schema
from tenantry.words.speech import N_

type_json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


def migrate(context: typer.Context, json: type_json = False) -> None:
    """Bring the database to this version's schema. Doing it twice does no harm.

    With a database of your own, DATABASE_OWNER_URL names the connection that may do it.
    """
    desk = desk_of(context, json=json)
    before, after = desk.run(migrate_schema)
    if before == after:
        desk.say(N_("The schema is at version %(found)s already."), found=after)
    else:
        desk.say(N_("The schema is at version %(found)s now."), found=after)
    desk.answer(before=before, after=after)
