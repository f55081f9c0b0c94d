"""`tenantry operator link`: how somebody comes to run the house."""

from typing import Annotated

import typer

from tenantry.cli.desk import Desk, desk_of, now
from tenantry.commands.make_operator import make_operator_link
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.words.speech import N_

app = typer.Typer(name="operator", help="Those who run the house.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Those who run the house: organizations, the catalog, jobs and letters."""


@app.command()
def link(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False
) -> None:
    """Print a one-time link that makes an operator's account. It is good for a day; older ones are not any more."""
    desk = desk_of(context, json=json)
    token = desk.run(lambda house: make_operator_link(house.db, first=False, now=now()))
    address = welcome_address(desk.settings, str(token))
    desk.say(N_("Open this once, within a day, to become an operator: %(address)s"), address=address)
    desk.answer(link=address)


async def tell_first_link(desk: Desk, settings: Settings, house: House) -> None:
    """Where nobody runs the house yet, says how to become the one who does."""
    token = await make_operator_link(house.db, first=True, now=now())
    if token:
        address = welcome_address(settings, token)
        desk.say(N_("Nobody runs this house yet. Open this once, within a day: %(address)s"), address=address)


def welcome_address(settings: Settings, token: str) -> str:
    """The link, as somebody at this machine or behind `public_url` opens it."""
    return f"{settings.address}/operator/welcome/{token}"
