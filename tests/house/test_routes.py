"""Every route is in the sweep of tests/web/test_sweep.py; what stands beside a tenant's pages is on its short list."""

from uuid import UUID

from litestar import get

from tenantry.queries.house import House
from tenantry.web import create_app
from tests.web.test_sweep import OPEN, Way, outside, ways


@get("/reports/{tenant_id:uuid}")
async def beside(tenant_id: UUID) -> str:
    return str(tenant_id)


@get("/t/{slug:str}/groups/{group_id:uuid}")
async def of_a_group(slug: str, group_id: UUID) -> str:
    return f"{slug} {group_id}"


def test_every_route_is_in_the_sweep_or_on_the_short_list(house: House) -> None:
    assert outside(create_app(house)) == []


def test_the_short_list_names_nothing_that_is_gone(house: House) -> None:
    assert OPEN.keys() <= {getattr(route, "path_format", route.path) for route in create_app(house).routes}


def test_a_page_beside_the_tenants_is_seen(house: House) -> None:
    app = create_app(house)
    app.register(beside)
    assert outside(app) == ["/reports/{tenant_id}"]


def test_a_page_with_an_id_that_nobody_can_fill_in_is_seen(house: House) -> None:
    app = create_app(house)
    app.register(of_a_group)
    assert outside(app) == ["/groups/{group_id}: {group_id}"]


def test_a_new_page_of_a_tenant_is_swept_from_its_first_day(house: House) -> None:
    app = create_app(house)
    before = ways(app)
    app.register(of_a_group)
    assert [way for way in ways(app) if way not in before] == [Way("GET", "/groups/{group_id}")]
