"""`tenantry bench`: what is measured, and how it is called."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import typer

from tenantry.bench import assign as assigning
from tenantry.bench import race as racing
from tenantry.bench.report import Report, machine, tell, telling, type_step
from tenantry.bench.scratch import Roles, scratch
from tenantry.cli.desk import desk_of, now

app = typer.Typer(name="bench", help="Measure this machine against the goals.", no_args_is_help=True)

type_json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
type_measure = Callable[[Roles, type_step, datetime], Awaitable[Report]]


@app.callback()
def group() -> None:
    """Measure this machine against the goals, each in a scratch database that is dropped afterwards.

    The exit code says nothing about the figures. docs/benchmarks.md says what they mean.
    """


@app.command()
def assign(
    context: typer.Context,
    users: Annotated[int, typer.Option(help="People who get the product.", min=1, max=10_000_000)] = 100_000,
    rounds: Annotated[int, typer.Option(help="Times that each way is measured; the median counts.", min=1)] = 3,
    json: type_json = False,
) -> None:
    """One product for everybody, against the bare INSERT of the same rows into the same table.

    \b
    tenantry bench assign --users 1000000
    """

    def measure(roles: Roles, step: type_step, moment: datetime) -> Awaitable[Report]:
        return assigning.measure(roles, step, people=users, rounds=rounds, now=moment)

    _bench(context, json, measure)


@app.command()
def race(
    context: typer.Context,
    clients: Annotated[int, typer.Option(help="Clients at once, each with a connection.", min=1, max=90)] = 32,
    seats: Annotated[int, typer.Option(help="Seats that are left when the race begins.", min=1)] = 100,
    json: type_json = False,
) -> None:
    """Many clients after the last seats of a product, one person at a time: nobody may get one too many."""

    def measure(roles: Roles, step: type_step, moment: datetime) -> Awaitable[Report]:
        return racing.measure(roles, step, clients=clients, seats=seats, now=moment)

    _bench(context, json, measure)


def _bench(context: typer.Context, json: bool, measure: type_measure) -> None:
    desk = desk_of(context, json=json)

    async def work(roles: Roles) -> Report:
        return await measure(roles, telling(desk), now())

    with scratch(desk.settings) as roles:
        facts = machine(roles.owner)
        report = asyncio.run(work(roles))
    tell(desk, report, facts)
