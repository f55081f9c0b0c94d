"""Which tables an export is made of, what each of their columns is called, and what is left out and why.

Names of parts and columns are read by programs: new ones may come, none is ever renamed.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, select

from tenantry.kit.money import Money
from tenantry.queries.export_tenant import Column, Part, Reader
from tenantry.store.own_accounts import HOME
from tenantry.store.people import ACTIVE
from tenantry.store.subscriptions import STATUS
from tenantry.store.tables import (
    accounts,
    domains,
    license_history,
    licenses,
    operation_faults,
    operation_people,
    operations,
    role_assignments,
    seat_pools,
    sign_ins,
    subscriptions,
    support_access,
    tenants,
    users,
)
from tenantry.words.deeds import FIELDS, KINDS, LEVELS, VIAS, deed, told
from tenantry.words.outcomes import REASONS
from tenantry.words.sign_ins import METHODS, OUTCOMES
from tenantry.words.speech import N_

# Tables and columns of a tenant that no export holds, and why.
LEFT_OUT = {
    "handles": "ways in, as hashes of what the export holds in words",
    "domain_registry": "the same names as the domains",
    "search_tokens": "made of names, to find them by",
    "receipts": "answers to forms, in case they are sent again",
    "outbox": "notices on their way to other programs; what they tell of is in the audit log",
    "long_operations": "how far work is, for a week; what came of it is in the audit log",
    "files": "made of the tenant's data for a download, as the export itself",
    "file_parts": "made of the tenant's data for a download, as the export itself",
    "tenants.name_key": "the name, folded to be found",
    "users.user_key": "the username, folded to be found",
    "users.words": "made of names, to find them by",
    "users.sort_en_nl": "made of the name, to sort by",
    "users.sort_da_nb": "made of the name, to sort by",
    "support_access.account_id": "an account of the operator's",
}


# Values


def _product(row: Any, reader: Reader) -> str:
    return reader.catalog.products[row.sku_id].name


def _part_number(row: Any, reader: Reader) -> str:
    return reader.catalog.products[row.sku_id].part_number


def _apps(row: Any, reader: Reader) -> list[dict[str, Any]]:
    plans = [reader.catalog.plans[plan_id] for plan_id in reader.catalog.products[row.sku_id].plan_ids]
    return [
        {"id": plan.id, "name": plan.name, "friendly_name": plan.friendly_name}
        for plan in sorted(plans, key=lambda plan: plan.name)
    ]


def _apps_off(row: Any, _reader: Reader) -> list[UUID]:
    return sorted(row.disabled_plans or ())


def _apps_on(row: Any, reader: Reader) -> list[UUID]:
    return sorted(reader.catalog.products[row.sku_id].plan_ids.difference(row.disabled_plans or ()))


def _named(plan_ids: list[UUID], reader: Reader) -> str:
    return "; ".join(sorted(reader.catalog.plans[plan_id].friendly_name for plan_id in plan_ids))


def _seats(kind: str) -> Any:
    return lambda row, reader: getattr(reader.seats[row.sku_id], kind)


def _price(row: Any, reader: Reader) -> str:
    return reader.speech.money(Money(row.unit_price, row.currency))


def _coded(name: str, heading: str, words: dict[str, str]) -> Column:
    """A code, which people read as a word."""

    def cell(row: Any, reader: Reader) -> str:
        code = getattr(row, name)
        return reader.speech.say(words[code]) if code in words else code

    return Column(name, heading, cell=cell)


def _reason(row: Any, reader: Reader) -> str:
    return reader.speech.say(REASONS[row.code]) if row.code in REASONS else row.code


def _facts(row: Any, reader: Reader) -> str:
    return "; ".join(f"{label}: {value}" for label, value in told(reader.speech, row.facts))


# Columns that many parts have


def _plainly(**headings: str) -> tuple[Column, ...]:
    return tuple(Column(name, heading) for name, heading in headings.items())


def _whose(table: Table) -> Any:
    return and_(users.c.tenant_id == table.c.tenant_id, users.c.id == table.c.user_id)


_WHO = (users.c.display_name, users.c.user_name)
_PERSON = (Column("user_id"), *_plainly(display_name=FIELDS["display_name"], user_name=FIELDS["user_name"]))
_SOLD = (
    Column("sku_id"),
    Column("part_number", N_("Part number"), _part_number),
    Column("product", N_("Product"), _product),
)
_APPS = (
    Column("apps_on", N_("Apps on"), _apps_on, lambda row, reader: _named(_apps_on(row, reader), reader)),
    Column("apps_off", N_("Apps off"), _apps_off, lambda row, reader: _named(_apps_off(row, reader), reader)),
)
_PEOPLE = (
    users.c.id,
    users.c.kind,
    *(users.c[name] for name in FIELDS),
    users.c.account_id.is_not(None).label("has_sign_in"),
    users.c.blocked_at,
    users.c.created_at,
)
_ABOUT_PEOPLE = (
    Column("id"),
    *_plainly(**FIELDS),
    _coded("kind", N_("Kind"), KINDS),
    *_plainly(has_sign_in=N_("Can sign in"), blocked_at=N_("Blocked since"), created_at=N_("Added")),
)

# What is in an export, in the order of its files.
PARTS = (
    Part(
        "organization",
        N_("Organization: profile and policies"),
        select(*(column for column in tenants.c if column.name != "name_key")),
        (tenants.c.tenant_id,),
        (
            Column("tenant_id"),
            *_plainly(name=N_("Name"), slug=N_("Address"), street=N_("Street"), postal_code=N_("Postal code")),
            *_plainly(city=N_("City"), country=N_("Country"), language=N_("Language"), currency=N_("Currency")),
            *_plainly(
                technical_contact=N_("Technical contact"),
                require_two_step=N_("Two-step sign-in for admins"),
                allow_support=N_("Support access allowed"),
                created_at=N_("Added"),
            ),
            *(Column(name) for name in ("kind", "test_clock", "suspended_at", "deleted_at")),
        ),
    ),
    Part(
        "domains",
        N_("Domains"),
        select(domains),
        (domains.c.name,),
        _plainly(name=N_("Name"), is_default=N_("Default"), verified_at=N_("Verified")),
    ),
    Part(
        "people",
        N_("People, guests too"),
        select(*_PEOPLE).where(ACTIVE),
        (users.c.id,),
        _ABOUT_PEOPLE,
    ),
    Part(
        "deleted_people",
        N_("Deleted people who can still be restored"),
        select(*_PEOPLE, users.c.deleted_at).where(~ACTIVE),
        (users.c.id,),
        (*_ABOUT_PEOPLE, Column("deleted_at", N_("Deleted"))),
    ),
    Part(
        "roles",
        N_("Roles, and who has them"),
        select(role_assignments.c.user_id, role_assignments.c.role, *_WHO).join(users, _whose(role_assignments)),
        (role_assignments.c.user_id, role_assignments.c.role),
        (*_PERSON, Column("role", N_("Role"), cell=lambda row, reader: reader.speech.role(row.role))),
    ),
    Part(
        "products",
        N_("Products with their apps, and their seats"),
        select(seat_pools.c.sku_id, seat_pools.c.consumed),
        (seat_pools.c.sku_id,),
        (
            *_SOLD,
            Column("seats", N_("Seats"), _seats("enabled")),
            Column("seats_expired", N_("Seats of expired subscriptions"), _seats("warning")),
            Column("seats_disabled", N_("Seats of disabled subscriptions"), _seats("suspended")),
            Column("consumed", N_("Assigned")),
            Column("available", N_("Available"), _seats("free")),
            Column(
                "apps", N_("Apps"), _apps, lambda row, reader: "; ".join(a["friendly_name"] for a in _apps(row, reader))
            ),
        ),
    ),
    Part(
        "subscriptions",
        N_("Subscriptions: what was bought, and until when"),
        select(subscriptions, STATUS.label("status")),
        (subscriptions.c.id,),
        (
            Column("id"),
            *_SOLD,
            *_plainly(status=N_("Status"), seats=N_("Seats"), trial=N_("Trial"), recurring=N_("Recurring billing")),
            *_plainly(term_months=N_("Term in months"), frequency=N_("Billed"), channel=N_("Channel")),
            Column("unit_price_minor", N_("Price per seat"), lambda row, _: row.unit_price, _price),
            Column("currency"),
            *_plainly(starts_at=N_("Begins"), ends_at=N_("Ends"), created_at=N_("Added")),
        ),
    ),
    Part(
        "licenses",
        N_("Licenses with their apps"),
        select(*(column for column in licenses.c if column.name != "tenant_id"), *_WHO).outerjoin(
            users, _whose(licenses)
        ),
        (licenses.c.sku_id, licenses.c.user_id),
        (*_PERSON, *_SOLD, *_APPS, Column("group_ids"), Column("assigned_at", N_("Assigned")), Column("operation_id")),
    ),
    Part(
        "license_history",
        N_("Licenses of before, from when until when"),
        select(*(column for column in license_history.c if column.name != "tenant_id"), *_WHO).outerjoin(
            users, _whose(license_history)
        ),
        (license_history.c.id,),
        (
            Column("id"),
            *_PERSON,
            *_SOLD,
            *_APPS,
            Column("group_ids"),
            *_plainly(assigned_at=N_("Assigned"), ended_at=N_("Ended")),
            *(Column(name) for name in ("operation_id", "ended_by")),
        ),
    ),
    Part(
        "audit_log",
        N_("Audit log: who did what"),
        select(*(column for column in operations.c if column.name != "tenant_id")),
        (operations.c.id,),
        (
            *_plainly(at=N_("Time (UTC)"), actor_name=N_("Who")),
            Column("", N_("What"), cell=lambda row, reader: deed(reader.speech, row.command, row.subject, row.facts)),
            _coded("via", N_("Via"), VIAS),
            Column("id", N_("Operation")),
            *(Column(name) for name in ("actor_id", "command", "subject")),
            Column("facts", N_("Facts"), cell=_facts),
        ),
    ),
    Part(
        "audit_people",
        N_("Audit log: whom an operation was about"),
        select(operation_people.c.user_id, operation_people.c.operation_id, *_WHO).outerjoin(
            users, _whose(operation_people)
        ),
        (operation_people.c.user_id, operation_people.c.operation_id),
        (Column("operation_id", N_("Operation")), *_PERSON),
    ),
    Part(
        "audit_left_out",
        N_("Audit log: people whom an operation could not serve, and why"),
        select(*(column for column in operation_faults.c if column.name != "tenant_id"), *_WHO).outerjoin(
            users, _whose(operation_faults)
        ),
        (operation_faults.c.operation_id, operation_faults.c.user_id),
        (
            Column("operation_id", N_("Operation")),
            *_PERSON,
            Column("code", N_("Why"), cell=_reason),
            Column("params"),
        ),
    ),
    Part(
        "support_accesses",
        N_("Support accesses of the operator"),
        select(*(column for column in support_access.c if column.name not in ("tenant_id", "account_id"))),
        (support_access.c.id,),
        (
            Column("id"),
            *_plainly(name=N_("Who"), reason=N_("Reason")),
            _coded("level", N_("Rights"), LEVELS),
            *_plainly(started_at=N_("From"), ends_at=N_("Until"), ended_at=N_("Ended"), ended_by=N_("Ended by")),
        ),
    ),
    Part(
        "sign_ins",
        N_("Sign-ins of the organization’s own members"),
        select(users.c.id.label("user_id"), *_WHO, *(column for column in sign_ins.c if column.name != "account_id"))
        .join(accounts, HOME)
        .join(sign_ins, sign_ins.c.account_id == accounts.c.id),
        (users.c.id.label("user_id"), sign_ins.c.id),
        (
            Column("at", N_("Time (UTC)")),
            *_PERSON,
            _coded("outcome", N_("Result"), OUTCOMES),
            _coded("method", N_("Method"), METHODS),
            *_plainly(address=N_("Network address"), agent=N_("Browser")),
            Column("id"),
        ),
    ),
)
