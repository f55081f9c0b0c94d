"""`tenantry licenses assign` and `unassign`."""

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.table import Table

from tenantry.cli.desk import PARTLY, REFUSED, Desk, desk_of, now
from tenantry.commands.assign_licenses import Assigned, assign_licenses
from tenantry.domain.licenses import Outcome, Wish
from tenantry.domain.selections import Selection, UserFilter
from tenantry.domain.viewers import Viewer
from tenantry.queries.house import House
from tenantry.queries.licenses import Preview, preview_assignment
from tenantry.queries.lookup import find_products, find_users
from tenantry.queries.operations import FaultRow, read_operation
from tenantry.words.speech import N_

app = typer.Typer(name="licenses", help="Who has what.", no_args_is_help=True)

type_tenant = Annotated[str, typer.Option(help="The organization's address.")]
type_products = Annotated[list[str], typer.Option("--product", help="Part number or id; may be given several times.")]
type_users = Annotated[list[str] | None, typer.Option("--user", help="A username; may be given several times.")]
type_all = Annotated[bool, typer.Option("--all", help="Every member of the organization.")]
type_none = Annotated[bool, typer.Option("--all-or-none", help="If one person cannot, change nobody.")]
type_dry = Annotated[bool, typer.Option("--dry-run", help="Only show what would happen.")]
type_json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]

OUTCOMES = {
    Outcome.CHANGED: N_("Changed"),
    Outcome.UNCHANGED: N_("Unchanged"),
    Outcome.REFUSED: N_("Refused"),
}


@app.callback()
def group() -> None:
    """Who has what: licenses assigned and taken."""


@dataclass(frozen=True)
class Order:
    """What was asked for at the command line."""

    tenant: str
    products: tuple[str, ...]
    off: tuple[str, ...]
    users: tuple[str, ...]
    remove: bool
    all_or_none: bool
    dry_run: bool


@app.command()
def assign(
    context: typer.Context,
    tenant: type_tenant,
    product: type_products,
    user: type_users = None,
    everybody: type_all = False,
    off: Annotated[list[str] | None, typer.Option(help="An app to switch off; may be given several times.")] = None,
    all_or_none: type_none = False,
    dry_run: type_dry = False,
    json: type_json = False,
) -> None:
    """Assign products to people. Those who can get them do; the others are listed with the reason.

    With --off, people who have the product already get the same switches. Exit code 3: some were refused.

    \b
    tenantry licenses assign --tenant contoso --product SPB --user adele.vance@contoso.com
    tenantry licenses assign --tenant contoso --product SPB --all --off SHAREPOINTSTANDARD --dry-run
    """
    order = Order(tenant, tuple(product), tuple(off or ()), _who(user, everybody), False, all_or_none, dry_run)
    _carry_out(desk_of(context, json=json), order)


@app.command()
def unassign(
    context: typer.Context,
    tenant: type_tenant,
    product: type_products,
    user: type_users = None,
    everybody: type_all = False,
    all_or_none: type_none = False,
    dry_run: type_dry = False,
    json: type_json = False,
) -> None:
    """Take products from people. Their data is kept for 30 days, then it goes.

    \b
    tenantry licenses unassign --tenant contoso --product SPB --user adele.vance@contoso.com
    """
    order = Order(tenant, tuple(product), (), _who(user, everybody), True, all_or_none, dry_run)
    _carry_out(desk_of(context, json=json), order)


def _who(users: list[str] | None, everybody: bool) -> tuple[str, ...]:
    """The named people; empty for everybody."""
    if bool(users) == everybody:
        raise typer.BadParameter("give --user NAME, once or several times, or --all")
    return tuple(users or ())


def _carry_out(desk: Desk, order: Order) -> None:
    if order.dry_run:
        _show_preview(desk, desk.run(lambda house: _preview(desk, house, order)))
        return
    assigned, faults = desk.run(lambda house: _assign(desk, house, order))
    _show_assigned(desk, assigned, faults)
    if assigned.refused:
        raise typer.Exit(PARTLY if assigned.changed or assigned.unchanged else REFUSED)


async def _read(desk: Desk, house: House, order: Order) -> tuple[Viewer, Selection, Wish]:
    _, viewer = await desk.enter(house, order.tenant)
    found = await find_products(house.db, viewer, named=order.products, off=order.off)
    ids = await find_users(house.db, viewer, names=order.users) if order.users else None
    selection = Selection(ids=ids) if ids else Selection(filter=UserFilter())
    skus = frozenset(product.sku_id for product in found.products)
    wish = Wish(assign={}, remove=skus) if order.remove else Wish(assign=found.off, set_apps=bool(order.off))
    return viewer, selection, wish


async def _preview(desk: Desk, house: House, order: Order) -> Preview:
    viewer, selection, wish = await _read(desk, house, order)
    return await preview_assignment(house.db, viewer, selection=selection, wish=wish, now=now(), named=10)


async def _assign(desk: Desk, house: House, order: Order) -> tuple[Assigned, tuple[FaultRow, ...]]:
    viewer, selection, wish = await _read(desk, house, order)
    wishes = {"selection": selection, "wish": wish, "all_or_none": order.all_or_none}
    assigned: Assigned = await assign_licenses(house.db, viewer, **wishes, now=now())
    if not assigned.refused:
        return assigned, ()
    told = await read_operation(house.db, viewer, operation_id=assigned.operation_id)
    return assigned, told.faults


def _show_assigned(desk: Desk, assigned: Assigned, faults: tuple[FaultRow, ...]) -> None:
    counts = {"changed": assigned.changed, "unchanged": assigned.unchanged, "refused": assigned.refused}
    shown = {name: desk.speech.number(count) for name, count in counts.items()}
    desk.say(N_("Changed: %(changed)s. Unchanged: %(unchanged)s. Refused: %(refused)s."), **shown)
    refused = [
        {"user": fault.user_name, "code": fault.code, "sentence": desk.speech.refusal(fault.code, fault.params)}
        for fault in faults
    ]
    for one in refused:
        desk.say("  %(user)s: %(sentence)s", **one)
    if assigned.refused > len(refused):
        more = desk.speech.number(assigned.refused - len(refused))
        desk.say(N_("… and more: %(count)s"), count=more)
    desk.answer(operation_id=assigned.operation_id, **counts, people_refused=refused)


def _show_preview(desk: Desk, preview: Preview) -> None:
    say = desk.speech.say
    titles = (N_("Outcome"), N_("People"), N_("Who"), N_("Reason"))
    table = Table(*(say(title) for title in titles), box=None)
    lines = []
    for line in preview.lines:
        reasons = [desk.speech.refusal(refusal.code, refusal.params) for refusal in line.refusals]
        names = [person.user_name for person in line.people]
        shown = ", ".join(names) + ("…" if line.count > len(names) else "")
        table.add_row(say(OUTCOMES[line.outcome]), desk.speech.number(line.count), shown, " ".join(reasons))
        lines.append({"outcome": line.outcome, "people": line.count, "named": names, "reasons": reasons})
    desk.show(table)
    changed, unchanged, refused = preview.outcomes
    products = [
        {"sku_id": p.sku_id, "name": p.name, "assigned": p.gains, "removed": p.losses, "short": p.short}
        for p in preview.movements
    ]
    counts = {"changed": changed, "unchanged": unchanged, "refused": refused}
    desk.answer(dry_run=True, **counts, lines=lines, products=products)
