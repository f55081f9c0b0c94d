"""The `tenantry` command, put together.

Exit codes: 0 done, 1 refused, 2 called wrongly, 3 partly done, 4 found something (`desk` names them).
"""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tenantry.cli import (
    backup,
    catalog,
    clock,
    doctor,
    export,
    licenses,
    migrate,
    operators,
    serving,
    tenants,
    users,
    working,
)
from tenantry.cli.desk import REFUSED, Desk, console, language_of
from tenantry.cli.refusals import tell
from tenantry.kit.errors import Refused
from tenantry.kit.settings import read_settings
from tenantry.queries.house import type_open_house
from tenantry.queries.outages import outage_of
from tenantry.words.speech import speech

type_extra = typer.Typer | Callable[..., Any]


class Polite(TyperGroup):
    """Answers what is expected to go wrong by a sentence and an exit code; anything else is a bug and shows."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Refused as refused:
            _tell(refused, ctx)
            raise typer.Exit(REFUSED) from refused
        except Exception as error:
            refused_outage = outage_of(error)
            if refused_outage is None:
                raise
            _tell(refused_outage, ctx)
            raise typer.Exit(REFUSED) from error


def _tell(refused: Refused, ctx: Any) -> None:
    desk = ctx.obj if isinstance(ctx.obj, Desk) else None
    tell(refused, desk.speech if desk else speech(language_of()), desk)


def build(
    open_house: type_open_house,
    *,
    serve: serving.type_serve | None = None,
    work: working.type_work | None = None,
    extra: Sequence[type_extra] = (),
) -> typer.Typer:
    """The program over a house. Call it to run it.

    serve: serves the pages until it is told to stop; work: takes jobs from the queue until then.
    extra: more groups of commands, or single commands.
    """
    app = typer.Typer(cls=Polite, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(_program(open_house))
    for group in (catalog.app, tenants.app, clock.app, users.app, licenses.app, operators.app):
        app.add_typer(group)
    for command in (migrate.migrate, serving.demo, doctor.doctor, backup.backup, backup.restore, export.export):
        app.command()(command)
    if serve is not None:
        app.command("serve")(serving.serve_command(serve))
    if work is not None:
        app.command("worker")(working.worker_command(work))
    for more in extra:
        if isinstance(more, typer.Typer):
            app.add_typer(more)
        else:
            app.command()(more)
    return app


def _program(open_house: type_open_house) -> Callable[..., None]:
    def program(
        context: typer.Context,
        version: Annotated[
            bool, typer.Option("--version", help="Show the version and leave.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        """Tenantry: software that is sold by the seat, administered.

        Start with "tenantry demo", then "tenantry serve". Settings are environment variables; without DATABASE_URL
        a database of its own is used, in the folder ./var.
        """
        context.obj = Desk(open_house, read_settings(), speech(language_of()))

    return program


def _version(wanted: bool) -> None:
    if wanted:
        console().print(version("tenantry"))
        raise typer.Exit
