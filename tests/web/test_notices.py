"""Notices on pages: the bell counts what is new to whom, the list opens it, and nobody sees what they may not."""

from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.queries.notices import list_notices
from tenantry.store.database import Database
from tenantry.store.notices import Notice, end_notice, raise_notices
from tests.cast import ADELE, BILL, HENRIETTA, LIDIA, NOW, RASMUS
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_tenant, query_count, rows_of

EXPIRED = NoticeKind.EXPIRED, {"product": "Business Basic", "disabled_at": NOW}
UNPAID = NoticeKind.PAYMENT_FAILED, {"amount": Money(120000, "DKK")}
SHORT = NoticeKind.CONFLICT, {"product": "Task Board", "short": 2}


async def tell(db: Database, tenant: Tenant, *news: tuple[NoticeKind, dict[str, object]]) -> list[Notice]:
    raised = [Notice(tenant.id, kind, AUDIENCE[kind], new_id(), params) for kind, params in news]
    async with db.transaction(tenant.id) as tx:
        await raise_notices(tx, raised, NOW)
    return raised


async def test_the_bell_counts_what_is_new_to_whoever_may_see_it(db: Database, browse: type_browse) -> None:
    tenant = await make_tenant(db)
    await tell(db, tenant, EXPIRED, UNPAID, SHORT)
    bells = {ADELE: "3 new notices", BILL: "3 new notices", LIDIA: "1 new notice", HENRIETTA: "Notices"}
    for who, label in bells.items():
        async with browse(tenant, who) as desk:
            assert f'aria-label="{label}"' in (await desk.get("/")).text


async def test_what_was_seen_is_counted_no_more_for_the_one_who_saw_it(db: Database, browse: type_browse) -> None:
    tenant = await make_tenant(db)
    await tell(db, tenant, SHORT)
    (row,) = await rows_of(db, tenant.id, "notices")
    async with browse(tenant, ADELE) as desk:
        assert "New" in words(await desk.get("/notices"))
        bell = await desk.post("/notices/seen", {"until": str(row["id"])}, target="bell")
        assert 'aria-label="Notices"' in bell.text
        assert 'aria-label="Notices"' in (await desk.get("/")).text
        await tell(db, tenant, EXPIRED)
        assert 'aria-label="1 new notice"' in (await desk.get("/")).text
    async with browse(tenant, LIDIA) as desk:
        assert 'aria-label="1 new notice"' in (await desk.get("/")).text


async def test_the_list_tells_open_ones_with_their_way_out_and_ended_ones_without(
    db: Database, browse: type_browse
) -> None:
    tenant = await make_tenant(db)
    expired, unpaid, short = await tell(db, tenant, EXPIRED, UNPAID, SHORT)
    async with db.transaction(tenant.id) as tx:
        await end_notice(tx, NoticeKind.PAYMENT_FAILED, unpaid.subject_id, NOW)
    async with browse(tenant, RASMUS) as desk:
        page = await desk.get("/notices")
        assert f"/t/{tenant.slug}/licenses/{short.subject_id}/conflict" in page.text
        assert "Business Basic" not in page.text
    async with browse(tenant, ADELE) as desk:
        page = await desk.get("/notices")
        assert f"/t/{tenant.slug}/products/{expired.subject_id}" in page.text
        text = words(page)
        assert text.index("Business Basic expired") < text.index("The payment of") < text.index("Ended on")
        assert f'btn-sm" href="/t/{tenant.slug}/billing/methods"' not in page.text


async def test_the_list_is_two_statements_whatever_its_length(db: Database) -> None:
    tenant = await make_tenant(db)
    await tell(db, tenant, *[EXPIRED] * 30)
    with query_count(db) as statements:
        found = await list_notices(db, tenant.viewer(ADELE), cursor=None, limit=10)
    assert (statements.count, len(found.open)) == (2, 30)


async def test_what_comes_by_mail_is_chosen_among_what_one_may_see(db: Database, browse: type_browse) -> None:
    tenant = await make_tenant(db)
    async with browse(tenant, LIDIA) as desk:
        page = await desk.get("/settings/notifications")
        assert "There are more licenses than seats" in page.text
        assert "A payment failed" not in page.text
        form = {"offered": ["conflict", "service_cut"], "mailed": ["conflict", "nonsense"]}
        assert (await desk.post("/settings/notifications", form)).status_code == 303
        assert (await desk.get("/settings/notifications")).text.count(" checked") == page.text.count(" checked") - 1
    async with browse(tenant, HENRIETTA) as desk:
        assert "There is nothing to choose" in (await desk.get("/settings/notifications")).text
