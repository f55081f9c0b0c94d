"""Each benchmark once, with tiny numbers: what it says, and that it leaves nothing behind."""

import re

import pytest
from sqlalchemy import select

from tenantry.bench import assign, crowd
from tenantry.bench.report import percentile
from tenantry.bench.scratch import Roles, scratch
from tenantry.kit.words_index import search_tokens
from tenantry.store.database import connect
from tenantry.store.tables import search_tokens as tokens
from tenantry.store.tables import users
from tests.cast import NOW

UNITS = ("_seconds", "_ms", "_count", "_ratio", "_per_second")


def check(said, name: str) -> dict:
    """The one object that a benchmark answers with; returns its figures."""
    assert said.code == 0
    assert said.answer.keys() == {"name", "figures", "ratio", "goal", "met", "machine"}
    assert said.answer["name"] == name
    assert said.answer["machine"]["postgresql"].startswith("18")
    assert isinstance(said.answer["met"], bool)
    assert all(figure.endswith(UNITS) for figure in said.answer["figures"])
    return said.answer["figures"]


def test_assigning_is_measured_against_the_bare_statement_and_the_floor(bench, scratches):
    said = bench("assign", "--users", 50, "--rounds", 1, "--json")
    figures = check(said, "assign")
    assert figures["users_count"] == 50
    assert said.answer["ratio"] == pytest.approx(figures["engine_seconds"] / figures["bare_seconds"], rel=0.02)
    assert said.answer["goal"] == 1.3
    assert "50" in said.err
    assert scratches() == []


def test_a_race_for_the_last_seats_sells_each_of_them_once(bench, scratches):
    said = bench("race", "--clients", 4, "--seats", 5, "--json")
    figures = check(said, "race")
    assert (figures["won_count"], figures["over_count"], figures["otherwise_count"]) == (5, 0, 0)
    assert figures["refused_count"] == figures["attempts_count"] - 5 > 0
    assert (said.answer["ratio"], said.answer["met"]) == (1.0, True)
    assert scratches() == []


def test_licenses_are_looked_at_with_every_product_in_conflict(bench, scratches):
    said = bench("conflicts", "--users", 60, "--rounds", 1, "--json")
    figures = check(said, "conflicts")
    assert figures["users_count"] == 60
    assert figures["pools_count"] > 10
    assert said.answer["ratio"] == max(figures["licenses_p95_ms"], figures["http_licenses_p95_ms"])
    assert scratches() == []


def test_pages_are_compared_between_a_small_and_a_large_organization(bench, scratches):
    said = bench("pages", "--users", "40,20", "--rounds", 1, "--json")
    figures = check(said, "pages")
    for look in ("active_users", "search_one_letter", "licenses", "one_user"):
        for name in (look, f"http_{look}"):
            small, large = (figures[f"{name}_{size}_users_p95_ms"] for size in (20, 40))
            assert figures[f"{name}_ratio"] == pytest.approx(large / small, rel=0.05)
    assert said.answer["ratio"] == max(figures[name] for name in figures if name.endswith("_ratio"))
    assert scratches() == []


def test_a_sweep_renews_everything_once_while_pages_are_looked_at(bench, scratches):
    said = bench("sweep", "--subscriptions", 30, "--tenants", 3, "--json")
    figures = check(said, "sweep")
    assert (figures["subscriptions_count"], figures["charged_count"], figures["tenants_count"]) == (30, 30, 3)
    assert said.answer["goal"] == 10
    assert scratches() == []


def test_people_sign_up_over_http_and_land_in_a_group_for_each_domain(bench, scratches):
    said = bench("signup", "--users", 3, "--domains", 2, "--clients", 2, "--json")
    figures = check(said, "signup")
    assert (figures["sign_ups_count"], figures["failed_count"], figures["groups_count"]) == (3, 0, 2)
    assert said.answer["ratio"] == figures["sign_ups_per_second"]
    assert scratches() == []


def test_a_group_is_licensed_by_its_purchase_and_another_moves(bench, scratches):
    said = bench("takeover", "--users", 20, "--json")
    figures = check(said, "takeover")
    assert figures["users_count"] == 20
    assert said.answer["ratio"] == max(figures["purchase_seconds"], figures["move_seconds"])
    assert said.answer["met"]
    assert scratches() == []


def test_apps_ask_over_http_what_people_may_use(bench, scratches):
    said = bench("entitlements", "--users", 20, "--clients", 2, "--seconds", 0.2, "--json")
    figures = check(said, "entitlements")
    assert figures["requests_count"] > 0
    assert figures["wrong_count"] == 0
    assert said.answer["ratio"] == figures["request_p95_ms"]
    assert scratches() == []


def test_a_person_reads_a_table(bench):
    said = bench("race", "--clients", 2, "--seats", 1)
    assert said.code == 0
    assert re.search(r"over_count +0\b", said.out)
    assert "Goal met" in said.out


def test_sizes_that_are_no_numbers_are_a_wrong_call(bench, scratches):
    said = bench("pages", "--users", "many")
    assert said.code == 2
    assert "10000,100000" in said.err
    assert scratches() == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_the_scratch_database_goes_whatever_ends_the_work(base, scratches, end):
    def work() -> None:
        with scratch(base.settings):
            assert len(scratches()) == 1
            raise end

    with pytest.raises(end):
        work()
    assert scratches() == []


async def test_the_crowd_can_be_searched_like_people_added_one_by_one(own):
    roles, db = Roles(own.app_url, own.owner_url), connect(own.app_url)
    tenant = await crowd.found(roles, db, 1, NOW)
    crowd.fill(roles, tenant, 400, NOW, lambda text, **params: None)
    async with db.transaction(tenant.id) as tx:
        people = (await tx.execute(select(users))).all()
        index = {(row.user_id, row.token) for row in await tx.execute(select(tokens))}
    await db.close()
    assert len(people) == 400
    assert {one.kind for one in people} == {"member"}
    wanted = {(p.id, word) for p in people for word in search_tokens(p.display_name, p.user_name)}
    assert index == wanted
    assert all(sorted(one.words) == sorted(set(one.words)) for one in people)


async def test_what_a_way_writes_is_counted(own):
    roles, db = Roles(own.app_url, own.owner_url), connect(own.app_url)
    report = await assign.measure(roles, lambda text, **params: None, people=10, rounds=2, now=NOW)
    await db.close()
    assert len(report.figures["bare_rounds_seconds"]) == 2
    assert "bare_without_policies_seconds" not in report.figures


def test_a_percentile_is_one_of_the_values():
    values = [float(n) for n in range(100, 0, -1)]
    assert (percentile(values, 0.95), percentile(values, 0.5), percentile([7.0], 0.95)) == (95.0, 50.0, 7.0)
