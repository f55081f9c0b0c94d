"""`tenantry clock advance`."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from tenantry.cli.desk import desk_of, now
from tenantry.commands.advance_clock import Advanced, advance_clock
from tenantry.queries.house import House
from tenantry.words.speech import N_

app = typer.Typer(name="clock", help="The clocks of sandboxes.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Sandboxes have a clock of their own, which can be moved ahead."""


@app.command()
def advance(
    context: typer.Context,
    tenant: Annotated[str, typer.Argument(help="The organization's address.")],
    by: Annotated[str, typer.Argument(help='By how many days, like 60d; or "next", to the next thing that happens.')],
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Move a sandbox's clock ahead, and do in order what falls due on the way: renewals, charges, endings, warnings.

    \b
    tenantry clock advance contoso 60d
    """
    desk = desk_of(context, json=json)
    days = re.fullmatch(r"([0-9]{1,5})d?", by)
    if days is None and by != "next":
        raise typer.BadParameter('"60d" or "next"')

    async def work(house: House) -> Advanced:
        found, viewer = await desk.enter(house, tenant)
        there = now() + timedelta(seconds=found.test_clock or 0)
        return await advance_clock(house.db, viewer, days=int(days[1]) if days else None, now=there)

    moved = desk.run(work)
    date = desk.speech.date(moved.at)
    desk.say(
        N_("The clock of %(tenant)s stands at %(date)s. Charges: %(charged)s."),
        tenant=tenant,
        date=date,
        charged=moved.charged,
    )
    if moved.waiting:
        desk.note(N_("It stopped there, because a payment is under way. Go on when it is done."))
    desk.answer(at=moved.at, charged=moved.charged, waiting=moved.waiting, operation_id=moved.operation_id)
