"""`tenantry worker`."""

import asyncio
from collections.abc import Callable

import typer

from tenantry.cli.desk import closing, desk_of
from tenantry.queries.doctor import require_safe_roles, require_schema
from tenantry.queries.house import House
from tenantry.words.speech import N_

type_work = Callable[[House], None]


def worker_command(work: type_work) -> Callable[..., None]:
    """The command around what takes jobs from the queue."""

    def command(context: typer.Context) -> None:
        """Do what was put off and what is due, until Ctrl-C: letters, long operations, purges.

        `serve` starts one by itself. This is for JOBS=apart, and for a second one on another machine.

        \b
        JOBS=apart tenantry serve
        tenantry worker
        """
        desk = desk_of(context)
        with desk.open_house(desk.settings) as house:
            asyncio.run(closing(house, _check))
            desk.say(N_("The worker has started. Ctrl-C stops it."))
            work(house)

    return command


async def _check(house: House) -> None:
    await require_schema(house)
    await require_safe_roles(house)
