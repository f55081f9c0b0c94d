"""A tenant with as many people as wanted: made as sets, and as `store.people_write` would make them one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import select

from tenantry.bench.names import FIRST, LAST
from tenantry.bench.report import type_step
from tenantry.bench.scratch import Roles, execute
from tenantry.cli.catalog import sample_files
from tenantry.cli.demo import OFFICE_E3
from tenantry.commands.import_catalog import import_catalog
from tenantry.commands.manage_tenants import FirstAdmin, create_tenant, open_subscription
from tenantry.domain.operators import Operator
from tenantry.domain.people import Person
from tenantry.domain.roles import Role, permissions_of
from tenantry.domain.viewers import Viewer, operator
from tenantry.kit.collation import sort_key_da_nb, sort_key_en_nl
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import DUMMY_HASH
from tenantry.kit.words_index import search_tokens
from tenantry.store.database import Database, connect
from tenantry.store.tables import users
from tenantry.words.speech import N_

SLUG, DOMAIN = "bench", "bench.example"
BY = Operator(None, "bench", "cli")
ADMIN = f"admin@{DOMAIN}"
SKU = OFFICE_E3
CHUNK = 100_000
_STEP = 9973  # neighbors get different names: prime to the number of names


@dataclass(frozen=True)
class Tenant:
    """The tenant of a benchmark, and its global admin, in the web."""

    id: UUID
    admin_id: UUID
    viewer: Viewer


async def found(roles: Roles, db: Database, seats: int, now: datetime) -> Tenant:
    """The sample's catalog, a tenant with an admin, and `seats` of one product."""
    owner = connect(roles.owner, pool_size=1)
    try:
        await import_catalog(owner, BY, files=sample_files(), now=now)
    finally:
        await owner.close()
    admin = FirstAdmin(Person(ADMIN, "Bench Admin", usage_location="DK"), DUMMY_HASH)
    names = {"slug": SLUG, "name": "Bench", "domain": DOMAIN, "tenant_id": new_id()}
    where = {"country": "DK", "language": "en", "currency": "DKK"}
    tenant_id = await create_tenant(db, BY, **names, **where, now=now, admin=admin)
    period = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=365)}
    terms = {"term_months": 12, "frequency": "monthly", "currency": "DKK"}
    wishes = {"sku_id": SKU, "seats": seats, **terms, **period}
    await open_subscription(db, operator(tenant_id, "bench"), **wishes, now=now)
    async with db.transaction(tenant_id) as tx:
        row = (await tx.execute(select(users.c.id, users.c.display_name))).one()
    rights = permissions_of(frozenset([Role.GLOBAL]))
    return Tenant(
        tenant_id, row.id, Viewer(tenant_id, row.id, row.display_name, rights, "web", roles=frozenset({Role.GLOBAL}))
    )


_NAMES = """
CREATE TEMPORARY TABLE names (
    number integer, first text, last text, alias text, words text[], sort_en_nl bytea, sort_da_nb bytea
)
"""

_PEOPLE = """
WITH numbered AS (
    SELECT n, names.*, alias || n || {at} AS user_name,
        CASE WHEN %(mixed)s AND n %% 50 = 0 THEN 'guest' ELSE 'member' END AS kind,
        CASE WHEN NOT %(mixed)s OR n %% 1000 <> 1 THEN (ARRAY['DK', 'NO', 'NL', 'US'])[n %% 4 + 1] END AS location
    FROM generate_series(%(start)s::integer, %(stop)s) AS n JOIN names ON number = n::bigint * {step} %% {distinct}
), spelled AS (
    SELECT *, ARRAY[split_part(alias || n, '.', -1), user_name] AS own FROM numbered
), made AS (
    INSERT INTO users (tenant_id, id, kind, user_name, display_name, first_name, last_name, department,
        usage_location, created_at, words, sort_en_nl, sort_da_nb)
    SELECT {tenant}, uuidv7(), kind, user_name, first || ' ' || last, first, last, 'Department ' || n %% 20,
        location, %(now)s, words || own || twins, sort_en_nl, sort_da_nb
    FROM spelled, LATERAL (
        SELECT ARRAY(SELECT replace(word, 'aa', 'å') FROM unnest(own) AS word WHERE word LIKE '%%aa%%') AS twins
    ) AS twin
    RETURNING id, words
)
INSERT INTO search_tokens (tenant_id, token, user_id)
SELECT {tenant}, unnest(words), id FROM made ORDER BY 2, 3
"""


def fill(
    roles: Roles,
    tenant: Tenant,
    people: int,
    now: datetime,
    step: type_step,
    *,
    mixed: bool = False,
    domain: str = DOMAIN,
) -> None:
    """Adds members until there are `people` with the admin.

    mixed: one in 50 is a guest instead, one in 1,000 has no usage location. domain: of their addresses.
    """
    distinct = min(len(FIRST) * len(LAST), people)
    with psycopg.connect(roles.owner) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant.id)])
        connection.execute(_NAMES)
        with connection.cursor().copy("COPY names FROM STDIN") as copy:
            for row in _names(distinct, domain):
                copy.write_row(row)
        connection.execute("ANALYZE names")
        facts = {"at": f"@{domain}", "step": _STEP, "distinct": distinct, "tenant": tenant.id}
        order = sql.SQL(_PEOPLE).format(**{name: sql.Literal(value) for name, value in facts.items()})
        for start in range(1, people, CHUNK):
            stop = min(start + CHUNK, people) - 1
            connection.execute(order, {"start": start, "stop": stop, "mixed": mixed, "now": now})
            step(N_("%(count)s of %(people)s people"), count=stop + 1, people=people)
    tidy(roles)


def tidy(roles: Roles) -> None:
    """Leaves every table as a database is after a quiet night: clean, and known to the planner."""
    execute(roles.owner, "VACUUM (ANALYZE)")


def _names(count: int, domain: str) -> Iterator[tuple[object, ...]]:
    """A row per name: what is costly to find out about it is found out once."""
    names = list(product(FIRST, LAST))
    for number in range(count):
        first, last = names[number * _STEP % len(names)]
        name = f"{first} {last}"
        words = sorted(search_tokens(name, domain, _alias(name).rpartition(".")[0]))
        yield number, first, last, _alias(name), words, sort_key_en_nl(name), sort_key_da_nb(name)


def _alias(name: str) -> str:
    """The plain letters of a name, with dots: Øystein de Vries is oystein.de.vries."""
    return ".".join(_plain(word) for word in name.replace("-", " ").split())


@cache
def _plain(word: str) -> str:
    return min(token for token in search_tokens(word) if token.isascii())
