"""Every table, as SQLAlchemy Core sees it. The migrations make them; a house test compares the two.

A tenant table begins its primary key with `tenant_id` and is fenced by a row policy. The global tables
are the short list in `GLOBAL`.
"""

from tenantry.store.tables.accounts import (
    accounts,
    factors,
    letters,
    links,
    recovery_codes,
    sessions,
    sign_ins,
    throttles,
)
from tenantry.store.tables.catalog import (
    catalog_version,
    plan_exclusions,
    plan_limits,
    plan_requirements,
    plans,
    prices,
    product_bars,
    product_plans,
    products,
)
from tenantry.store.tables.frame import GLOBAL, SWEPT, metadata
from tenantry.store.tables.operations import (
    file_parts,
    files,
    house_operations,
    long_operations,
    operation_faults,
    operation_people,
    operations,
    outbox,
    receipts,
)
from tenantry.store.tables.people import (
    domain_registry,
    domains,
    handles,
    role_assignments,
    search_tokens,
    support_access,
    tenants,
    users,
)
from tenantry.store.tables.seats import license_history, licenses, seat_pools, subscriptions

__all__ = [
    "GLOBAL",
    "SWEPT",
    "accounts",
    "catalog_version",
    "domain_registry",
    "domains",
    "factors",
    "file_parts",
    "files",
    "handles",
    "house_operations",
    "letters",
    "license_history",
    "licenses",
    "links",
    "long_operations",
    "metadata",
    "operation_faults",
    "operation_people",
    "operations",
    "outbox",
    "plan_exclusions",
    "plan_limits",
    "plan_requirements",
    "plans",
    "prices",
    "product_bars",
    "product_plans",
    "products",
    "receipts",
    "recovery_codes",
    "role_assignments",
    "search_tokens",
    "seat_pools",
    "sessions",
    "sign_ins",
    "subscriptions",
    "support_access",
    "tenants",
    "throttles",
    "users",
]
