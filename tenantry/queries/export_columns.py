"""Columns that many parts of an export have, and how their values are made."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_

from tenantry.kit.money import Money
from tenantry.queries.export_tenant import Column, Reader, type_value
from tenantry.store.tables import users
from tenantry.words.deeds import FIELDS
from tenantry.words.speech import N_


def _product(fact: str) -> type_value:
    """A fact of the product that a row is about, if it is about one."""

    def value(row: Any, reader: Reader) -> str | None:
        return getattr(reader.catalog.products[row.sku_id], fact) if row.sku_id else None

    return value


def _apps_off(row: Any, _reader: Reader) -> list[UUID]:
    return sorted(row.disabled_plans or ())


def _apps_on(row: Any, reader: Reader) -> list[UUID]:
    return sorted(reader.catalog.products[row.sku_id].plan_ids.difference(row.disabled_plans or ()))


def _named(plan_ids: list[UUID], reader: Reader) -> str:
    return "; ".join(sorted(reader.catalog.plans[plan_id].friendly_name for plan_id in plan_ids))


def coded(name: str, heading: str, words: Mapping[str, str]) -> Column:
    """A code, which people read as a word."""

    def cell(row: Any, reader: Reader) -> str:
        code = getattr(row, name)
        return reader.speech.say(words[code]) if code in words else code

    return Column(name, heading, cell=cell)


def plainly(**headings: str) -> tuple[Column, ...]:
    """Columns that everybody reads, by their headings."""
    return tuple(Column(name, heading) for name, heading in headings.items())


def whose(table: Table) -> ColumnElement[bool]:
    """Joins the person that a row of `table` is about."""
    return and_(users.c.tenant_id == table.c.tenant_id, users.c.id == table.c.user_id)


WHO = (users.c.display_name, users.c.user_name)
PERSON = (Column("user_id"), *plainly(display_name=FIELDS["display_name"], user_name=FIELDS["user_name"]))
SOLD = (
    Column("sku_id"),
    Column("part_number", N_("Part number"), _product("part_number")),
    Column("product", N_("Product"), _product("name")),
)
APPS = (
    Column("apps_on", N_("Apps on"), _apps_on, lambda row, reader: _named(_apps_on(row, reader), reader)),
    Column("apps_off", N_("Apps off"), _apps_off, lambda row, reader: _named(_apps_off(row, reader), reader)),
)


def hidden(*names: str) -> tuple[Column, ...]:
    """Columns that only programs read."""
    return tuple(Column(name) for name in names)


def priced(**headings: str) -> tuple[Column, ...]:
    """Amounts: for programs in whole minor units, beside the currency; for people as money."""

    def column(name: str, heading: str) -> Column:
        def cell(row: Any, reader: Reader) -> str:
            amount = getattr(row, name)
            return "" if amount is None else reader.speech.money(Money(amount, row.currency))

        return Column(name, heading, cell=cell)

    return tuple(column(name, heading) for name, heading in headings.items())


def but(table: Table, *left_out: str) -> list[ColumnElement[Any]]:
    """The columns of a tenant's table, without those that are named and the tenant."""
    return [column for column in table.c if column.name not in ("tenant_id", *left_out)]
