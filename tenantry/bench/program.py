"""`tenantry bench`: what is measured, and how it is called."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Annotated

import typer

from tenantry.bench import assign as assigning
from tenantry.bench import conflicts as falling_short
from tenantry.bench import entitlements as telling_apps
from tenantry.bench import pages as looking
from tenantry.bench import race as racing
from tenantry.bench import signup as arriving
from tenantry.bench import sweep as sweeping
from tenantry.bench import takeover as taking_over
from tenantry.bench.report import Report, machine, tell, telling, type_step
from tenantry.bench.scratch import Roles, scratch
from tenantry.cli.desk import desk_of, now

app = typer.Typer(name="bench", help="Measure this machine against the goals.", no_args_is_help=True)

MOST = 10_000_000

type_json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
type_measure = Callable[[Sequence[Roles], type_step, datetime], Awaitable[Report]]


@app.callback()
def group() -> None:
    """Measure this machine against the goals, each in a scratch database that is dropped afterwards.

    The exit code says nothing about the figures. docs/benchmarks.md says what they mean.
    """


@app.command()
def assign(
    context: typer.Context,
    users: Annotated[int, typer.Option(help="People who get the product.", min=1, max=MOST)] = 100_000,
    rounds: Annotated[int, typer.Option(help="Times that each way is measured; the median counts.", min=1)] = 3,
    json: type_json = False,
) -> None:
    """One product for everybody, against the bare INSERT of the same rows into the same table.

    \b
    tenantry bench assign --users 1000000
    """

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return assigning.measure(places[0], step, people=users, rounds=rounds, now=moment)

    _bench(context, json, measure)


@app.command()
def race(
    context: typer.Context,
    clients: Annotated[int, typer.Option(help="Clients at once, each with a connection.", min=1, max=90)] = 32,
    seats: Annotated[int, typer.Option(help="Seats that are left when the race begins.", min=1)] = 100,
    json: type_json = False,
) -> None:
    """Many clients after the last seats of a product, one person at a time: nobody may get one too many."""

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return racing.measure(places[0], step, clients=clients, seats=seats, now=moment)

    _bench(context, json, measure)


@app.command()
def pages(
    context: typer.Context,
    users: Annotated[str, typer.Option(help="Sizes of organization, the smallest and the largest are compared.")] = (
        "10000,100000"
    ),
    rounds: Annotated[int, typer.Option(help="Times that each page is asked for in each size.", min=1)] = 100,
    json: type_json = False,
) -> None:
    """Lists, search and one user in a small and in a large organization, by query and through HTTP.

    \b
    tenantry bench pages --users 10000,1000000
    """
    sizes = _sizes(users)

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return looking.measure(places, step, sizes=sizes, rounds=rounds, now=moment)

    _bench(context, json, measure, databases=len(sizes))


@app.command()
def sweep(
    context: typer.Context,
    subscriptions: Annotated[int, typer.Option(help="Subscriptions that fall due at once.", min=1, max=MOST)] = 100_000,
    tenants: Annotated[int, typer.Option(help="Organizations that they are spread over.", min=1, max=10_000)] = 100,
    json: type_json = False,
) -> None:
    """All subscriptions renewed and charged by one sweep, in a process of its own, while somebody looks at pages.

    \b
    tenantry bench sweep --subscriptions 100000 --json
    """

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return sweeping.measure(places[0], step, subscriptions=subscriptions, tenants=tenants, now=moment)

    _bench(context, json, measure)


@app.command()
def conflicts(
    context: typer.Context,
    users: Annotated[int, typer.Option(help="People who have a license.", min=50, max=MOST)] = 100_000,
    rounds: Annotated[int, typer.Option(help="Times that each page is asked for.", min=1)] = 100,
    json: type_json = False,
) -> None:
    """Licenses with every product in conflict, and the conflict of the largest, by query and through HTTP.

    \b
    tenantry bench conflicts --users 100000 --json
    """

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return falling_short.measure(places[0], step, people=users, rounds=rounds, now=moment)

    _bench(context, json, measure)


@app.command()
def signup(
    context: typer.Context,
    users: Annotated[int, typer.Option(help="People who sign up.", min=1, max=1_000_000)] = 2000,
    domains: Annotated[int, typer.Option(help="Domains that they are of.", min=1, max=1_000_000)] = 1000,
    clients: Annotated[int, typer.Option(help="People at once.", min=1, max=100)] = 8,
    json: type_json = False,
) -> None:
    """People sign up over HTTP, every page from the form to their apps.

    \b
    tenantry bench signup --json
    """

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return arriving.measure(places[0], step, users=users, domains=domains, clients=clients, now=moment)

    _bench(context, json, measure)


@app.command()
def takeover(
    context: typer.Context,
    users: Annotated[int, typer.Option(help="People of each group.", min=1, max=1_000_000)] = 100_000,
    json: type_json = False,
) -> None:
    """A group whose admin has just bought for everybody, and one that another organization takes over.

    \b
    tenantry bench takeover --users 100000 --json
    """

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return taking_over.measure(places[0], step, users=users, now=moment)

    _bench(context, json, measure)


@app.command()
def entitlements(
    context: typer.Context,
    users: Annotated[int, typer.Option(help="People who hold a license.", min=1, max=MOST)] = 100_000,
    clients: Annotated[int, typer.Option(help="Apps that ask at once.", min=1, max=200)] = 8,
    seconds: Annotated[float, typer.Option(help="How long they ask.", min=0.1)] = 15,
    json: type_json = False,
) -> None:
    """A vendor's apps ask over HTTP what somebody may use, somebody else each time.

    \b
    tenantry bench entitlements --users 1000000 --json
    """

    def measure(places: Sequence[Roles], step: type_step, moment: datetime) -> Awaitable[Report]:
        return telling_apps.measure(places[0], step, people=users, clients=clients, seconds=seconds, now=moment)

    _bench(context, json, measure)


def _sizes(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 10 <= int(part) <= MOST for part in parts):
        raise typer.BadParameter(f"give numbers from 10 to {MOST}, like 10000,100000", param_hint="--users")
    return sorted({int(part) for part in parts})


def _bench(context: typer.Context, json: bool, measure: type_measure, *, databases: int = 1) -> None:
    desk = desk_of(context, json=json)

    async def work(places: Sequence[Roles]) -> Report:
        return await measure(places, telling(desk), now())

    with ExitStack() as stack:
        places = [stack.enter_context(scratch(desk.settings)) for _ in range(databases)]
        facts = machine(places[0].owner)
        report = asyncio.run(work(places))
    tell(desk, report, facts)
