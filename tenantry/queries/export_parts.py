"""Which tables an export is made of, what each of their columns is called, and what is left out and why.

Names of parts and columns are read by programs: new ones may come, none is ever renamed.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, select

from tenantry.queries.export_billing import BILLING
from tenantry.queries.export_columns import APPS, PERSON, SOLD, WHO, but, coded, hidden, plainly, whose
from tenantry.queries.export_self_service import KEPT_BACK, SELF_SERVICE
from tenantry.queries.export_tenant import Column, Part, Reader, type_value
from tenantry.store.own_accounts import HOME
from tenantry.store.people import ACTIVE
from tenantry.store.tables import (
    accounts,
    domains,
    license_history,
    licenses,
    operation_faults,
    operation_people,
    operations,
    pins,
    role_assignments,
    seat_pools,
    service_cuts,
    sign_ins,
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
    "users.at_domain": "the end of the username, to be found by",
    "users.words": "made of names, to find them by",
    "users.sort_en_nl": "made of the name, to sort by",
    "users.sort_da_nb": "made of the name, to sort by",
    "users.account_id": "an account, which may be in other tenants too; that there is one is told",
    "support_access.account_id": "an account of the operator's",
    "notices": "what is shown to admins now, made of what the export holds",
    "cart_lines": "what somebody has chosen and not ordered",
    "notices_seen": "how far each admin has read these",
    "payment_methods.external_id": "the house's key to a card, at the payment provider",
    "payments.action_url": "leads into a payment that is under way",
    "payment_customers": "the house's key to the tenant, at the payment provider",
    "card_setups": "leads to a page where a card is entered; what came of it is in the payment methods",
    "invoices.mailed_at": "when the letter about it was written",
    **KEPT_BACK,
}


def _apps(row: Any, reader: Reader) -> list[dict[str, Any]]:
    plans = [reader.catalog.plans[plan_id] for plan_id in reader.catalog.products[row.sku_id].plan_ids]
    return [
        {"id": plan.id, "name": plan.name, "friendly_name": plan.friendly_name}
        for plan in sorted(plans, key=lambda plan: plan.name)
    ]


def _seats(kind: str) -> type_value:
    return lambda row, reader: getattr(reader.seats[row.sku_id], kind)


def _reason(row: Any, reader: Reader) -> str:
    return reader.speech.say(REASONS[row.code]) if row.code in REASONS else row.code


def _facts(row: Any, reader: Reader) -> str:
    return "; ".join(f"{label}: {value}" for label, value in told(reader.speech, row.facts))


def _of_people(table: Table) -> Select[Any]:
    """The rows of a table about people, also of those who are gone for good."""
    return select(*but(table), *WHO).outerjoin(users, whose(table))


def _same_license(table: Table) -> ColumnElement[bool]:
    return and_(*(table.c[name] == licenses.c[name] for name in ("tenant_id", "sku_id", "user_id")))


_PEOPLE = (
    users.c.id,
    users.c.kind,
    *(users.c[name] for name in FIELDS),
    users.c.account_id.is_not(None).label("has_sign_in"),
    users.c.blocked_at,
    users.c.seen_at,
    users.c.origin,
    users.c.unmailed,
    users.c.created_at,
)
_ABOUT_PEOPLE = (
    Column("id"),
    *plainly(**FIELDS),
    coded("kind", N_("Kind"), KINDS),
    *plainly(has_sign_in=N_("Can sign in"), blocked_at=N_("Blocked since"), seen_at=N_("Last seen")),
    Column("created_at", N_("Added")),
    *hidden("origin", "unmailed"),
)

# What is in an export, in the order of its files.
PARTS = (
    Part(
        "organization",
        N_("Organization: profile and policies"),
        select(tenants.c.tenant_id, *but(tenants, "name_key")),
        (tenants.c.tenant_id,),
        (
            Column("tenant_id"),
            *plainly(name=N_("Name"), slug=N_("Address"), street=N_("Street"), postal_code=N_("Postal code")),
            *plainly(city=N_("City"), country=N_("Country"), language=N_("Language"), currency=N_("Currency")),
            *plainly(
                technical_contact=N_("Technical contact"),
                require_two_step=N_("Two-step sign-in for admins"),
                allow_support=N_("Support access allowed"),
                created_at=N_("Added"),
            ),
            *plainly(join_by_email=N_("People may join by e-mail"), self_licensing=N_("People may get free products")),
            Column("terms", N_("Terms")),
            *hidden("kind", "test_clock", "suspended_at", "deleted_at", "federated", "edition", "quick_start"),
            *hidden("managed_at", "merged_into"),
        ),
    ),
    Part(
        "domains",
        N_("Domains"),
        select(*but(domains)),
        (domains.c.name,),
        (
            *plainly(name=N_("Name"), is_default=N_("Default"), added_at=N_("Added"), verified_at=N_("Verified")),
            *hidden(
                "is_initial", "method", "token", "outcome", "found", "tries", "checked_at", "check_at", "lapsed_at"
            ),
        ),
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
        select(*but(role_assignments), *WHO).join(users, whose(role_assignments)),
        (role_assignments.c.user_id, role_assignments.c.role),
        (*PERSON, Column("role", N_("Role"), cell=lambda row, reader: reader.speech.role(row.role))),
    ),
    Part(
        "products",
        N_("Products with their apps, and their seats"),
        select(*but(seat_pools)),
        (seat_pools.c.sku_id,),
        (
            *SOLD,
            Column("seats", N_("Seats"), _seats("enabled")),
            Column("seats_expired", N_("Seats of expired subscriptions"), _seats("warning")),
            Column("seats_disabled", N_("Seats of disabled subscriptions"), _seats("suspended")),
            Column("consumed", N_("Assigned")),
            Column("available", N_("Available"), _seats("free")),
            Column("conflict_at", N_("Short of seats since")),
            *hidden("reduced", "reduced_at"),
            Column(
                "apps",
                N_("Apps"),
                _apps,
                lambda row, reader: "; ".join(sorted(app["friendly_name"] for app in _apps(row, reader))),
            ),
        ),
    ),
    *BILLING,
    Part(
        "licenses",
        N_("Licenses with their apps"),
        _of_people(licenses)
        .add_columns(pins.c.user_id.is_not(None).label("pinned"), service_cuts.c.since.label("without_service_since"))
        .outerjoin(pins, _same_license(pins))
        .outerjoin(service_cuts, _same_license(service_cuts)),
        (licenses.c.sku_id, licenses.c.user_id),
        (
            *PERSON,
            *SOLD,
            *APPS,
            *plainly(
                assigned_at=N_("Assigned"), pinned=N_("Pinned"), without_service_since=N_("Without service since")
            ),
            *hidden("group_ids", "operation_id"),
        ),
    ),
    Part(
        "license_history",
        N_("Licenses of before, from when until when"),
        _of_people(license_history),
        (license_history.c.id,),
        (
            Column("id"),
            *PERSON,
            *SOLD,
            *APPS,
            *plainly(assigned_at=N_("Assigned"), ended_at=N_("Ended")),
            *hidden("group_ids", "operation_id", "ended_by", "purged_at"),
        ),
    ),
    Part(
        "audit_log",
        N_("Audit log: who did what"),
        select(*but(operations)),
        (operations.c.id,),
        (
            *plainly(at=N_("Time (UTC)"), actor_name=N_("Who")),
            Column("", N_("What"), cell=lambda row, reader: deed(reader.speech, row.command, row.subject, row.facts)),
            coded("via", N_("Via"), VIAS),
            Column("id", N_("Operation")),
            *hidden("actor_id", "command", "subject"),
            Column("facts", N_("Facts"), cell=_facts),
        ),
    ),
    Part(
        "audit_people",
        N_("Audit log: whom an operation was about"),
        _of_people(operation_people),
        (operation_people.c.user_id, operation_people.c.operation_id),
        (Column("operation_id", N_("Operation")), *PERSON),
    ),
    Part(
        "audit_left_out",
        N_("Audit log: people whom an operation could not serve, and why"),
        _of_people(operation_faults),
        (operation_faults.c.operation_id, operation_faults.c.user_id),
        (
            Column("operation_id", N_("Operation")),
            *PERSON,
            Column("code", N_("Why"), cell=_reason),
            Column("params"),
        ),
    ),
    Part(
        "support_accesses",
        N_("Support accesses of the operator"),
        select(*but(support_access, "account_id")),
        (support_access.c.id,),
        (
            Column("id"),
            *plainly(name=N_("Who"), reason=N_("Reason")),
            coded("level", N_("Rights"), LEVELS),
            *plainly(started_at=N_("From"), ends_at=N_("Until"), ended_at=N_("Ended"), ended_by=N_("Ended by")),
        ),
    ),
    Part(
        "sign_ins",
        N_("Sign-ins of the organization’s own members"),
        select(users.c.id.label("user_id"), *WHO, *but(sign_ins, "account_id"))
        .join(accounts, HOME)
        .join(sign_ins, sign_ins.c.account_id == accounts.c.id),
        (users.c.id.label("user_id"), sign_ins.c.id),
        (
            Column("at", N_("Time (UTC)")),
            *PERSON,
            coded("outcome", N_("Result"), OUTCOMES),
            coded("method", N_("Method"), METHODS),
            *plainly(address=N_("Network address"), agent=N_("Browser")),
            Column("id"),
        ),
    ),
    *SELF_SERVICE,
)
