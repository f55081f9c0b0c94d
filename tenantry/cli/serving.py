"""`tenantry demo` and `tenantry serve`."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer
from rich.table import Table

from tenantry.cli.demo import DemoPerson, make_demo
from tenantry.cli.desk import Desk, closing, desk_of, now
from tenantry.cli.operators import tell_first_link
from tenantry.commands.as_owner import migrate_schema
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.settings import Settings
from tenantry.queries.doctor import require_safe_roles, require_schema
from tenantry.queries.house import House
from tenantry.words.speech import N_

type_serve = Callable[[Settings, House], None]


def demo(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Make the demo: two organizations with people, subscriptions and licenses. Twice does no harm.

    Prints whom to sign in as. docs/demo.md says what to try.
    """
    desk = desk_of(context, json=json)

    async def work(house: House) -> tuple[DemoPerson, ...]:
        await _ready(house)
        return await make_demo(house, now())

    people = desk.run(work)
    _show_people(desk, people)
    desk.answer(people=people)


def serve_command(serve: type_serve) -> Callable[..., None]:
    """The command around what serves."""

    def command(
        context: typer.Context,
        with_demo: Annotated[bool, typer.Option("--demo", help="Make the demo first.")] = False,
        host: Annotated[str | None, typer.Option(help="Address to serve on (HOST).")] = None,
        port: Annotated[int | None, typer.Option(help="Port to serve on (PORT).", min=1, max=65535)] = None,
    ) -> None:
        """Serve the pages until Ctrl-C.

        \b
        tenantry serve --demo
        tenantry serve --port 8001
        """
        desk = desk_of(context)
        settings = replace(desk.settings, host=host or desk.settings.host, port=port or desk.settings.port)
        settings = replace(settings, demo_mailbox=settings.demo_mailbox or with_demo)
        settings = replace(settings, demo_zone=settings.demo_zone or with_demo)
        if with_demo and settings.payment_provider == "invoice":
            settings = replace(settings, payment_provider="sandbox")
        check_port(settings.host, settings.port)
        with desk.open_house(settings) as house:
            _prepare(desk, replace(house, settings=settings), with_demo)
            shown = f"[{settings.host}]" if ":" in settings.host else settings.host
            desk.say(N_("Tenantry is at %(address)s. Ctrl-C stops it."), address=f"http://{shown}:{settings.port}")
            serve(settings, house)

    return command


def check_port(host: str, port: int) -> None:
    """Raises Refused("port_taken", host, port). The server itself would share a port with another copy unnoticed."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise Refused("port_taken", Kind.CONFLICT, host=host, port=str(port)) from error


def _prepare(desk: Desk, house: House, with_demo: bool) -> None:
    """All that is to be done before the first page, and what the person at the terminal should know."""

    async def work(house: House) -> tuple[DemoPerson, ...]:
        await _ready(house)
        await require_safe_roles(house)
        people = await make_demo(house, now()) if with_demo else ()
        await tell_first_link(desk, house.settings, house)
        return people

    people = asyncio.run(closing(house, work))
    if getattr(house.place, "moved", ""):
        home = getattr(house.place, "home", "")
        desk.say(N_("The database is in %(home)s, because its user cannot reach the data folder."), home=home)
    if people:
        _show_people(desk, people)


async def _ready(house: House) -> None:
    """The schema of this version: the embedded database gets it, one of somebody's own has to have it."""
    if house.place is not None:
        await migrate_schema(house)
    else:
        await require_schema(house)


def _show_people(desk: Desk, people: tuple[DemoPerson, ...]) -> None:
    say = desk.speech.say
    table = Table(*(say(title) for title in (N_("Sign in as"), N_("Password"), N_("Name"), N_("Role"))), box=None)
    for one in people:
        role = say(N_("operator")) if not one.tenant else desk.speech.role(one.role) if one.role else say(N_("no role"))
        table.add_row(one.email, one.password, one.name, role)
    desk.show(table)
