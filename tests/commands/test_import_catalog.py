import pytest
from sqlalchemy import func, select

from tenantry.cli.catalog import sample_files
from tenantry.commands.import_catalog import import_catalog
from tenantry.domain.operators import Operator
from tenantry.kit.errors import Refused
from tenantry.queries.catalog_files import CatalogFiles
from tenantry.store import tables
from tenantry.store.catalog import load_catalog
from tenantry.store.catalog_write import Count
from tests.cast import BASIC, CHAT, MAIL_LARGE, MAIL_SMALL, NOW, SITES_SMALL, WAREHOUSE

HEADINGS = "product_name,sku_part_number,sku_id,service_plan_name,service_plan_id,service_plan_friendly_name"
BY = Operator(None, "Olga Operator", "cli")
PRICES = "sku_id,currency,term_months,frequency,unit_price\n"


def table(*rows, product=BASIC, name=BASIC.name):
    facts = [f"{name},{product.part_number},{product.sku_id},{p.name},{p.id},{p.friendly_name}" for p in rows]
    return "\n".join([HEADINGS, *facts]).encode()


BASIC_FILE = table(MAIL_SMALL, SITES_SMALL, CHAT)


@pytest.fixture
def owner(own, open_db):
    return open_db(own.owner_url, pool_size=1)


async def version_of(db):
    async with db.transaction() as tx:
        return (await tx.execute(select(tables.catalog_version.c.version))).scalar_one()


async def catalog_of(db):
    async with db.transaction() as tx:
        return await load_catalog(tx)


async def test_the_whole_sample_goes_in_and_a_second_import_changes_nothing(blank, open_db):
    db = open_db(blank.owner_url, pool_size=1)
    files = sample_files()
    steps = []
    first = await import_catalog(db, BY, files=files, now=NOW, step=lambda *step: steps.append(step))
    assert first.counts["products"] == Count(added=570)
    assert first.counts["product_plans"] == Count(added=5449)
    assert first.counts["prices"] == Count(added=288)
    assert first.counts["taxes"] == Count(added=31)
    assert first.counts["doors"] == Count(added=4)
    assert first.counts["mail_domains"] == Count(added=217)
    assert [done for _, done, _ in steps] == list(range(steps[-1][2] + 1))
    before = await version_of(db)
    second = await import_catalog(db, BY, files=files, now=NOW)
    assert second.nothing
    assert second.counts["product_plans"] == Count(unchanged=5449)
    assert second.counts["plans"] == Count(unchanged=727)
    assert await version_of(db) == before
    companies = [p for p in (await catalog_of(db)).products.values() if p.applies_to == "company"]
    assert len(companies) == 63


async def test_a_row_that_differs_is_mended_and_the_version_moves_so_that_every_process_reads_anew(owner):
    before = await version_of(owner)
    done = await import_catalog(
        owner, BY, files=CatalogFiles(table(MAIL_SMALL, name="Basic, renamed".replace(",", ""))), now=NOW
    )
    assert done.counts["products"] == Count(changed=1)
    assert await version_of(owner) == before + 1
    assert (await catalog_of(owner)).products[BASIC.sku_id].name == "Basic renamed"


async def test_a_limit_is_kept_with_its_first_day_and_a_second_import_counts_it_as_unchanged(owner):
    held = f"{SITES_SMALL.id},meeting.max_participants"
    rows = f"plan_id,limit,value,from_day\n{held},10,\n{held},3,60"
    files = CatalogFiles(BASIC_FILE, limits=rows.encode())
    assert (await import_catalog(owner, BY, files=files, now=NOW)).counts["limits"] == Count(added=2)
    steps = (await catalog_of(owner)).limits[SITES_SMALL.id]
    assert [(step.from_day, step.value) for step in steps] == [(0, 10), (60, 3)]
    assert (await import_catalog(owner, BY, files=files, now=NOW)).nothing


async def test_an_app_that_is_new_in_a_product_is_added_and_what_the_file_leaves_out_stays(owner):
    done = await import_catalog(owner, BY, files=CatalogFiles(table(MAIL_LARGE)), now=NOW)
    assert done.counts["product_plans"] == Count(added=1)
    catalog = await catalog_of(owner)
    assert catalog.products[BASIC.sku_id].plan_ids == BASIC.plan_ids | {MAIL_LARGE.id}
    assert WAREHOUSE.sku_id in catalog.products


async def test_without_a_company_file_products_go_on_applying_to_what_they_applied_to(owner):
    file = table(MAIL_SMALL, product=WAREHOUSE, name=WAREHOUSE.name)
    await import_catalog(owner, BY, files=CatalogFiles(file), now=NOW)
    assert (await catalog_of(owner)).products[WAREHOUSE.sku_id].applies_to == "company"


async def test_a_company_file_marks_products_even_those_that_the_product_file_does_not_name(owner):
    company = f"sku_id\n{BASIC.sku_id}\n".encode()
    await import_catalog(
        owner, BY, files=CatalogFiles(table(MAIL_SMALL, product=WAREHOUSE, name="W"), company=company), now=NOW
    )
    products = (await catalog_of(owner)).products
    assert products[BASIC.sku_id].applies_to == "company"
    assert products[WAREHOUSE.sku_id].applies_to == "user"


async def test_the_faults_of_all_files_are_told_together_and_nothing_is_saved(owner):
    before = await version_of(owner), await catalog_of(owner)
    files = CatalogFiles(
        table(MAIL_LARGE) + b"\nX,Y,not-an-id,MAIL_S,also-not,Mail",
        rules=b"rule,plan_a,plan_b,source\nwrong,MAIL_S,MAIL_L,me",
        prices=f"{PRICES}{BASIC.sku_id},XXQ,12,monthly,1.00\n{BASIC.sku_id},USD,99,monthly,x".encode(),
        limits=b"no heading that is known",
    )
    with pytest.raises(Refused) as refused:
        await import_catalog(owner, BY, files=files, now=NOW)
    told = {file: [(f.line, f.code) for f in faults] for file, faults in refused.value.params["files"].items()}
    assert told == {
        "products": [(3, "guid_form"), (3, "guid_form")],
        "rules": [(2, "rule_unknown")],
        "prices": [(2, "currency_unknown"), (3, "term_invalid"), (3, "money_form")],
        "limits": [(1, "csv_headings_missing")],
    }
    assert refused.value.params["count"] == 7
    assert (await version_of(owner), await catalog_of(owner)) == before


async def test_rules_and_prices_may_speak_of_what_an_earlier_file_brought(owner):
    rules = b"rule,plan_a,plan_b,source\nmutually_exclusive,CHAT,OFFICE,me\nbarred,PHONES,CN,me"
    prices = f"{PRICES}{WAREHOUSE.sku_id},SEK,12,monthly,99.50".encode()
    done = await import_catalog(owner, BY, files=CatalogFiles(BASIC_FILE, rules=rules, prices=prices), now=NOW)
    assert done.counts["rules"] == Count(added=2)
    assert done.counts["prices"] == Count(added=1)
    async with owner.transaction() as tx:
        minor = select(tables.prices.c.minor).where(tables.prices.c.currency == "SEK")
        assert (await tx.execute(minor)).scalar_one() == 9950


async def test_the_application_role_cannot_write_the_catalog(own, open_db):
    db = open_db(own.app_url, pool_size=1)
    with pytest.raises(Exception, match="permission denied"):
        await import_catalog(db, BY, files=CatalogFiles(BASIC_FILE), now=NOW)
    async with db.transaction() as tx:
        assert (await tx.execute(select(func.count()).select_from(tables.products))).scalar_one() == 9
