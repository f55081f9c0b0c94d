"""Every table, as SQLAlchemy Core sees it. The migrations make them; a house test compares the two.

A tenant table begins its primary key with `tenant_id` and is fenced by a row policy. The global tables
are the short list in `GLOBAL`.
"""

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
from tenantry.store.tables.operations import operation_faults, operations, outbox, receipts
from tenantry.store.tables.people import (
    accounts,
    domain_registry,
    domains,
    handles,
    role_assignments,
    search_tokens,
    sessions,
    tenants,
    throttles,
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
    "handles",
    "license_history",
    "licenses",
    "metadata",
    "operation_faults",
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
    "role_assignments",
    "search_tokens",
    "seat_pools",
    "sessions",
    "subscriptions",
    "tenants",
    "throttles",
    "users",
]
