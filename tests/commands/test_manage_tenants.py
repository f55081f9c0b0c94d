import pytest

from tenantry.commands.manage_tenants import FirstAdmin, create_tenant, open_subscription
from tenantry.domain.operators import Operator
from tenantry.domain.people import Person
from tenantry.domain.viewers import operator
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.queries.lookup import find_tenant
from tests import cast
from tests.cast import ADELE, BASIC, BILL, LIDIA, NOW, WAREHOUSE
from tests.world import consumed, password_hash, rows_of

FACTS = {"country": "DK", "language": "da", "currency": "DKK", "now": NOW}
TERMS = {
    "term_months": 12,
    "frequency": "monthly",
    "currency": "DKK",
    "starts_at": NOW,
    "ends_at": NOW + 365 * cast.DAY,
}


async def make(db, **facts):
    return await create_tenant(db, Operator(None, "Ole", "cli"), tenant_id=new_id(), **facts)


def admin(user_name):
    return FirstAdmin(Person(user_name=user_name, display_name="Ane Holm"), password_hash())


async def test_a_tenant_is_found_by_its_address_in_any_case_and_owns_its_domain(db):
    tenant_id = await make(db, slug="fabrikam", name="Fabrikam A/S", domain="Fabrikam.COM", **FACTS)
    found = await find_tenant(db, slug="FabriKam")
    assert (found.id, found.name, found.currency) == (tenant_id, "Fabrikam A/S", "DKK")
    (domain,) = await rows_of(db, tenant_id, "domains")
    assert (domain["name"], domain["is_default"], domain["verified_at"]) == ("fabrikam.com", True, NOW)


async def test_the_first_admin_comes_with_the_tenant(db):
    facts = {"slug": "litware", "name": "Litware", "domain": "litware.com"}
    tenant_id = await make(db, **facts, **FACTS, admin=admin("ane@litware.com"))
    (user,) = await rows_of(db, tenant_id, "users")
    (role,) = await rows_of(db, tenant_id, "role_assignments")
    assert user["account_id"] is not None
    assert (role["user_id"], role["role"]) == (user["id"], "global_admin")


async def test_an_admin_of_another_domain_is_refused_and_the_address_stays_free(db):
    facts = {"slug": "wingtip", "name": "Wingtip", "domain": "wingtip.com"}
    with pytest.raises(Refused, match="domain_unknown"):
        await make(db, **facts, **FACTS, admin=admin("ane@elsewhere.com"))
    await make(db, **facts, **FACTS)


async def test_an_address_is_taken_once_whatever_its_domain_and_a_domain_whatever_the_address(db):
    await make(db, slug="tailspin", name="Tailspin", domain="tailspin.com", **FACTS)
    with pytest.raises(Refused, match="tenant_address_taken"):
        await make(db, slug="tailspin", name="Again", domain="tailspin.org", **FACTS)
    with pytest.raises(Refused, match="domain_taken"):
        await make(db, slug="tailspin2", name="Again", domain="TAILSPIN.com", **FACTS)


@pytest.mark.parametrize("slug", ["", "ab", "-abc", "abc-", "Abc", "a b c", "a" * 41, "æble", "abc\n"])
async def test_an_address_is_small_letters_digits_and_hyphens(db, slug):
    with pytest.raises(Refused, match="tenant_address_invalid"):
        await make(db, slug=slug, name="X", domain="x-is-free.com", **FACTS)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"country": "XX"}, "country_unknown"),
        ({"currency": "XXQ"}, "currency_unknown"),
        ({"language": "tlh"}, "language_unknown"),
        ({"name": " "}, "text_missing"),
        ({"domain": "no domain"}, "address_invalid"),
    ],
)
async def test_a_tenant_with_a_wrong_particular_is_refused_by_name(db, facts, code):
    good = {"slug": "adatum", "name": "Adatum", "domain": "adatum.com"}
    with pytest.raises(Refused, match=code):
        await make(db, **(good | FACTS | facts))


async def test_two_subscriptions_of_a_product_share_one_pool_and_cost_what_the_catalog_says(db, contoso):
    viewer = contoso.viewer(BILL)
    for seats in (5, 8):
        await open_subscription(db, viewer, sku_id=BASIC.sku_id, seats=seats, **TERMS, now=NOW)
    rows = await rows_of(db, contoso.id, "subscriptions")
    assert sorted((row["seats"], row["unit_price"]) for row in rows) == [(5, 7000), (8, 7000)]
    assert await consumed(db, contoso.id) == {BASIC.sku_id: 0}


async def test_a_trial_costs_nothing(db, contoso):
    await open_subscription(db, contoso.viewer(ADELE), sku_id=BASIC.sku_id, seats=25, **TERMS, trial=True, now=NOW)
    (row,) = await rows_of(db, contoso.id, "subscriptions")
    assert (row["unit_price"], row["trial"]) == (0, True)


async def test_a_license_admin_cannot_buy(db, contoso):
    with pytest.raises(Refused, match="permission_missing"):
        await open_subscription(db, contoso.viewer(LIDIA), sku_id=BASIC.sku_id, seats=1, **TERMS, now=NOW)
    assert await rows_of(db, contoso.id, "subscriptions") == []


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"seats": 0}, "seats_invalid"),
        ({"seats": 10_000_001}, "seats_invalid"),
        ({"sku_id": cast.MAIL_SMALL.id}, "product_unknown"),
        ({"currency": "JPY"}, "price_missing"),
    ],
)
async def test_a_purchase_of_what_is_not_sold_is_refused_and_leaves_no_pool(db, contoso, wish, code):
    wishes = {"sku_id": WAREHOUSE.sku_id, "seats": 1, **TERMS} | wish
    with pytest.raises(Refused, match=code):
        await open_subscription(db, operator(contoso.id, "Ole"), **wishes, now=NOW)
    assert await consumed(db, contoso.id) == {}
