import psycopg
import pytest

from tenantry.words.findings import CHECKS
from tests.cast import ADELE, BASIC
from tests.cli.conftest import Said, calling
from tests.conftest import Base
from tests.world import make_pool, make_tenant


def bad(said: Said) -> dict[str, str]:
    """Code -> sentence of what the doctor found."""
    return {one["code"]: one["sentence"] for one in said.answer["findings"] if not one["ok"]}


@pytest.fixture
def break_it(own, open_db, run):
    """Breaks a database of its own, as nobody but a superuser could, and asks the doctor."""
    db = open_db(own.app_url)
    tenant = run(make_tenant(db))
    run(make_pool(db, tenant.id, BASIC, 3))

    def call(*orders: str) -> Said:
        with psycopg.connect(own.server.url("postgres", own.name)) as connection:
            for order in orders:
                connection.execute(
                    order.encode(), {"tenant": tenant.id, "user": tenant.people[ADELE], "sku": BASIC.sku_id}
                )
        return calling(own)("doctor", "--json")

    return call


def test_a_healthy_database_is_found_healthy(break_it):
    said = break_it()
    assert (said.code, bad(said), said.answer["ok"]) == (0, {}, True)
    assert {one["check"] for one in said.answer["findings"]} == CHECKS.keys()


LICENSE = (
    "INSERT INTO licenses (tenant_id, sku_id, user_id, disabled_plans, group_ids, operation_id, assigned_at) "
    "VALUES (%(tenant)s, %(sku)s, {user}, '{{}}', '{{}}', uuidv7(), now())"
)


MEETING = (
    "INSERT INTO meetings (tenant_id, id, organizer_id, title, token, present, created_at) "
    "VALUES (%(tenant)s, uuidv7(), %(user)s, 'Monday', '0', 1, now())"
)


@pytest.mark.parametrize(
    ("orders", "code"),
    [
        (["UPDATE seat_pools SET consumed = 1 WHERE tenant_id = %(tenant)s"], "counters_wrong"),
        ([LICENSE.format(user="uuidv7()"), "UPDATE seat_pools SET consumed = 1"], "licenses_wrong"),
        ([LICENSE.format(user="%(user)s"), "UPDATE seat_pools SET sku_id = sku_id"], "counters_wrong"),
        (["DELETE FROM search_tokens WHERE token = 'adele'"], "search_wrong"),
        (["INSERT INTO search_tokens VALUES (%(tenant)s, 'ghost', %(user)s)"], "search_wrong"),
        ([MEETING], "meetings_wrong"),
        (["ALTER TABLE licenses NO FORCE ROW LEVEL SECURITY"], "fence_broken"),
        (["ALTER TABLE outbox DISABLE ROW LEVEL SECURITY"], "fence_broken"),
        (["DROP POLICY tenant ON receipts"], "fence_broken"),
        (["UPDATE alembic_version SET version_num = '0000'"], "schema_old"),
        (["DROP POLICY sweep ON licenses"], "jobs_role_missing"),
    ],
)
def test_what_is_broken_is_found_and_told_with_the_way_out(break_it, orders, code):
    said = break_it(*orders)
    assert said.code == 4
    assert bad(said).keys() == {code}
    assert said.answer["ok"] is False


def test_more_licenses_than_seats_are_mentioned_and_no_fault(break_it):
    said = break_it(
        "UPDATE subscriptions SET recurring = false, starts_at = '2020-01-01', ends_at = '2020-02-01'",
        LICENSE.format(user="%(user)s"),
        "UPDATE seat_pools SET consumed = 1",
    )
    assert said.code == 0
    told = {one["check"]: one["sentence"] for one in said.answer["findings"]}
    assert told["seats"].startswith("Products with more licenses than seats: 1.")


def test_a_role_that_reads_past_the_policies_is_found_and_not_served(server, base):
    unsafe = calling(_AsOwner(base.server, base.name), serve=lambda settings, house: pytest.fail("served"))
    assert bad(unsafe("doctor", "--json")).keys() == {"role_unsafe"}
    said = unsafe("serve")
    assert said.code == 1
    assert "may read past the row policies" in said.err


def test_without_the_jobs_role_nothing_is_proved_and_the_doctor_says_so(base):
    class NoJobs(Base):
        jobs_url = property(lambda self: self.app_url)

    said = calling(NoJobs(base.server, base.name))("doctor", "--json")
    assert said.code == 4
    assert bad(said).keys() == {"jobs_role_missing"}


class _AsOwner(Base):
    @property
    def app_url(self) -> str:
        return self.owner_url


def test_a_database_that_is_away_is_a_finding(server):
    class Away(Base):
        app_url = jobs_url = owner_url = "postgresql://tenantry_app@127.0.0.1:1/tenantry"

    said = calling(Away(server, "away"))("doctor", "--json")
    assert said.code == 4
    assert bad(said) == {"database_down": "The database does not answer. Start it, or check DATABASE_URL."}


def test_cookies_that_others_could_read_are_found(tenantry):
    assert bad(tenantry("doctor", "--json", HOST="0.0.0.0")).keys() == {"cookies_insecure"}
    assert bad(tenantry("doctor", "--json", HOST="0.0.0.0", SECURE_COOKIES="yes")) == {}


def test_the_doctor_reads_well_without_json(tenantry):
    said = tenantry("doctor")
    assert said.code == 0
    assert "✓" in said.out
    assert "Every seat counter is the number of its licenses." in said.out
