"""People who are about to leave, or to get a new password: what that would come to, before it is done."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.leaving import RESET_LIMIT
from tenantry.domain.roles import Permission
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer
from tenantry.kit.collation import alphabet_of
from tenantry.queries.bulk_people import Grouped, group_people
from tenantry.queries.frame import query
from tenantry.queries.people import retention_of
from tenantry.queries.users import Suggestion
from tenantry.store.admins import out_of_reach
from tenantry.store.catalog import load_catalog
from tenantry.store.own_accounts import FREE, HOME
from tenantry.store.people import selected
from tenantry.store.tables import accounts, licenses, users


@dataclass(frozen=True)
class Freed:
    """A product of which seats become free; least and most days that the data of its apps is kept."""

    name: str
    seats: int
    least: int
    most: int


@dataclass(frozen=True)
class Departure:
    """Who would be deleted ("will") and who not ("own_deletion", "admin_out_of_reach"), and which seats become free."""

    found: Grouped
    freed: tuple[Freed, ...]


@query(Permission.USER_DELETE)
async def preview_deletion(tx: AsyncConnection, viewer: Viewer, *, selection: Selection) -> Departure:
    """What `commands.delete_people` would do; the same statements for one as for thousands."""
    staying = {"own_deletion": oneself(viewer), "admin_out_of_reach": out_of_reach(viewer)}
    found = await group_people(tx, viewer, selection, {**staying, "will": true()})
    going = and_(selected(selection), not_(or_(*staying.values())))
    theirs = and_(licenses.c.tenant_id == users.c.tenant_id, licenses.c.user_id == users.c.id)
    held = (
        select(licenses.c.sku_id, func.count().label("seats"))
        .join(users, theirs)
        .where(going)
        .group_by(licenses.c.sku_id)
    )
    seats = {row.sku_id: row.seats for row in await tx.execute(held)}
    days, products = await retention_of(tx, list(seats)), (await load_catalog(tx)).products
    freed = [Freed(products[sku_id].name, count, *days.get(sku_id, (0, 0))) for sku_id, count in seats.items()]
    return Departure(found, tuple(sorted(freed, key=lambda one: one.name.casefold())))


def oneself(viewer: Viewer) -> ColumnElement[bool]:
    """The user is the viewer, who may be none of the tenant's."""
    return users.c.id.is_not_distinct_from(viewer.user_id)


@dataclass(frozen=True)
class Renewal:
    """Who would get a new password ("will"; "opens": and with it an account) and why the others would not.

    people: those who would, at most one more than may be served at once.
    """

    found: Grouped
    people: tuple[Suggestion, ...]


@query(Permission.PASSWORD_RESET)
async def preview_reset(tx: AsyncConnection, viewer: Viewer, *, selection: Selection) -> Renewal:
    """What `commands.reset_passwords` would do.

    Of the others it says "own_password", "admin_out_of_reach" or "password_elsewhere".
    """
    home = select(accounts.c.id).where(HOME, accounts.c.closed_at.is_(None)).exists()
    staying = {
        "own_password": oneself(viewer),
        "admin_out_of_reach": out_of_reach(viewer),
        "password_elsewhere": not_(or_(home, FREE)),
    }
    found = await group_people(tx, viewer, selection, {**staying, "opens": FREE, "will": true()})
    facts = (users.c.id, users.c.display_name, users.c.user_name, users.c.kind)
    served = select(*facts).where(selected(selection), not_(or_(*staying.values())))
    order = served.order_by(users.c[alphabet_of(viewer.language)], users.c.id).limit(RESET_LIMIT + 1)
    return Renewal(found, tuple(Suggestion(*row) for row in await tx.execute(order)))
