"""The demo shows what docs/demo.md promises, line by line."""

import re
from pathlib import Path

import psycopg
import pytest

from tenantry.cli.demo import OPERATOR, OPERATOR_NAME, ORGANIZATIONS, PASSWORD
from tenantry.cli.demo_people import CONTOSO
from tenantry.domain.people_files import parse_people
from tenantry.kit.passwords import verify
from tenantry.sample import sample
from tenantry.words.countries import country_codes
from tests.cli.conftest import calling
from tests.conftest import EMPTY, clone, drop

GUIDE = Path(__file__).parents[2] / "docs" / "demo.md"


@pytest.fixture(scope="module")
def demo(templates):
    """A database with the demo in it, made once for these tests; each leaves it as it was."""
    base = clone(templates, EMPTY)
    said = calling(base)("demo", "--json")
    assert said.code == 0
    yield base, said.answer
    drop(base)


@pytest.fixture(scope="module")
def preview(demo):
    """What an assignment would come to: (outcome, reasons) per line."""

    def call(tenant, product, *users, off=()):
        who = [word for user in users for word in ("--user", user)] or ["--all"]
        switched = [word for app in off for word in ("--off", app)]
        words = ("licenses", "assign", "--tenant", tenant, "--product", product, *who, *switched, "--dry-run", "--json")
        return [(line["outcome"], " ".join(line["reasons"])) for line in calling(demo[0])(*words).answer["lines"]]

    return call


@pytest.fixture(scope="module")
def rows(demo, run, open_db):
    """Rows of the demo's database, past the fence."""

    def ask(order):
        with psycopg.connect(demo[0].server.url("postgres", demo[0].name)) as connection:
            return connection.execute(order).fetchall()

    return ask


def test_contoso_has_forty_people_and_a_guest_from_many_countries(rows):
    kinds = "SELECT u.kind, count(*) FROM users u JOIN tenants USING (tenant_id) WHERE slug = 'contoso' GROUP BY 1"
    assert dict(rows(kinds)) == {"member": 40, "guest": 1}
    assert len({one.location for one in CONTOSO}) > 8


def test_contoso_has_three_subscriptions_two_of_one_product_and_one_product_nearly_full(rows):
    pools = rows("""
        SELECT part_number, sum(seats), min(consumed), count(*) FROM subscriptions
        JOIN seat_pools USING (tenant_id, sku_id) JOIN products USING (sku_id) JOIN tenants USING (tenant_id)
        WHERE slug = 'contoso' GROUP BY part_number ORDER BY part_number
    """)
    assert pools == [("ENTERPRISEPACK", 25, 24, 1), ("SPB", 13, 9, 2)]


def test_there_is_one_person_to_sign_in_as_per_admin_role_and_all_passwords_work(demo, rows):
    people = [one for one in demo[1]["people"] if one["tenant"] == "contoso"]
    roles = {"global_admin", "billing_admin", "license_admin", "user_admin", "helpdesk_admin", "global_reader", ""}
    assert {one["role"] for one in people} == roles
    hashes = {hash for (hash,) in rows("SELECT password_hash FROM accounts")}
    assert all(verify(hash, PASSWORD) for hash in hashes)
    assert {one["email"] for one in demo[1]["people"]} == {email for (email,) in rows("SELECT email FROM accounts")}


def test_the_demo_made_twice_stays_as_it_is_and_the_doctor_is_content(demo, rows):
    counts = (
        "SELECT (SELECT count(*) FROM users), (SELECT sum(seats) FROM subscriptions), sum(consumed) FROM seat_pools"
    )
    before = rows(counts)
    assert calling(demo[0])("demo", "--json").answer == demo[1]
    assert rows(counts) == before
    assert calling(demo[0])("doctor").code == 0


def test_a_second_demo_takes_nothing_back_that_somebody_changed(demo, rows):
    call = calling(demo[0])
    words = ("--tenant", "contoso", "--product", "SPB", "--user", "emma.krogh@contoso.com")
    assert call("licenses", "unassign", *words).code == 0
    assert call("demo").code == 0
    held = "SELECT count(*) FROM licenses JOIN users ON users.id = user_id WHERE user_name LIKE 'emma.krogh%'"
    assert rows(held) == [(0,)]
    assert call("licenses", "assign", *words).code == 0


def test_nobody_of_the_demo_is_in_the_sample_of_people_to_import():
    files = {"domains": ["contoso.com"], "country_codes": country_codes()}
    parsed = parse_people(sample("people.csv"), limit=250, **files)
    imported = {row.person.key for row in parsed.checked()}
    assert not imported & {one.email("contoso.com") for one in CONTOSO}


def test_the_last_seat_goes_to_one_of_two(preview):
    lines = preview("contoso", "ENTERPRISEPACK", "karla.toft@contoso.com", "mikael.forsman@contoso.com")
    assert [outcome for outcome, _ in lines] == ["changed", "refused"]
    assert "1 seat is missing" in lines[1][1]


def test_two_products_exclude_each_other_until_one_app_is_switched_off(preview):
    ((outcome, reason),) = preview("contoso", "SPB", "anders.bjerre@contoso.com")
    assert outcome == "refused"
    assert "SharePoint (Plan 1) in Microsoft 365 Business Premium and SharePoint (Plan 2) in Office 365 E3" in reason
    assert preview("contoso", "SPB", "anders.bjerre@contoso.com", off=["SHAREPOINTSTANDARD"]) == [("changed", "")]


def test_an_app_that_another_needs_cannot_be_switched_off_alone(preview):
    off = ["SHAREPOINTENTERPRISE"]
    ((outcome, reason),) = preview("contoso", "ENTERPRISEPACK", "birgit.soelberg@contoso.com", off=off)
    assert outcome == "refused"
    assert "Office for the Web in Office 365 E3 still needs" in reason


def test_somebody_has_no_usage_location(preview):
    ((outcome, reason),) = preview("contoso", "SPB", "sofie.wang@contoso.com")
    assert (outcome, reason.partition(".")[0]) == ("refused", "The usage location is missing")


def test_northwind_shows_a_barred_country_and_an_app_that_needs_another(preview):
    lines = dict.fromkeys(reason.split(".")[0] for _, reason in preview("northwind", "MCOMEETADV"))
    assert "Microsoft 365 Audio Conferencing is not offered in India" in lines
    assert any("needs Microsoft Teams or Skype for Business Online" in reason for reason in lines)


def test_one_purchase_ends_in_twelve_days_and_one_is_a_trial(rows):
    told = rows("""
        SELECT slug, trial, recurring, seats, (ends_at::date - subscriptions.created_at::date) FROM subscriptions
        JOIN tenants USING (tenant_id) WHERE slug IN ('fabrikam', 'tailspin') ORDER BY slug
    """)
    assert told == [("fabrikam", False, False, 5, 12), ("tailspin", True, True, 25, 6)]


def test_the_guide_names_only_people_and_commands_that_are_there(demo):
    text = GUIDE.read_text(encoding="utf-8")
    everybody = {one.email(organization.domain) for organization in ORGANIZATIONS for one in organization.people}
    assert set(re.findall(r"[a-z.]+@[a-z.]+[a-z]", text)) <= everybody | {OPERATOR, "you@gmail.com"}
    names = {one.name for organization in ORGANIZATIONS for one in organization.people}
    assert set(re.findall(r"\*\*([^*]+)\*\*", text)) <= names | {OPERATOR_NAME}
    assert PASSWORD in text


def test_wingtip_has_more_licenses_than_seats_that_are_paid(rows):
    seats = rows("""
        SELECT consumed, sum(seats) FILTER (WHERE recurring),
            sum(seats) FILTER (WHERE NOT recurring AND ends_at < now())
        FROM seat_pools JOIN subscriptions USING (tenant_id, sku_id) JOIN tenants USING (tenant_id)
        WHERE slug = 'wingtip' GROUP BY consumed
    """)
    assert seats == [(6, 3, 3)]
