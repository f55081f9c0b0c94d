"""A subscription's own page, and every move on it: preview, button, receipt, and each reason why not."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import insert, update

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.tables import payment_methods, subscriptions
from tests.cast import ADELE, BASIC, BILL, CHAT, DAY, GUSTAV, LIDIA, PETER, PREMIUM, RASMUS, ULLA
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, consumed, held, make_payer, make_pool, query_count, rows_of

NOW = datetime.now(UTC)  # the pages read the clock
STARTED = {"starts_at": NOW - 100 * DAY, "ends_at": NOW + 265 * DAY}
FRESH = {"starts_at": NOW - DAY, "ends_at": NOW + 364 * DAY}
TRIAL = {"starts_at": NOW - 20 * DAY, "ends_at": NOW + 10 * DAY, "trial": True, "term_months": 1}
ENDED = {"starts_at": NOW - 400 * DAY, "ends_at": NOW - 10 * DAY, "recurring": False}
GONE = {"starts_at": NOW - 400 * DAY, "ends_at": NOW - 40 * DAY, "recurring": False}


async def one(db: Database, tenant: Tenant) -> dict[str, Any]:
    """The tenant's only subscription as a row."""
    (row,) = await rows_of(db, tenant.id, "subscriptions")
    return row


def hidden(page: Response) -> dict[str, str]:
    """The hidden fields of the form that does it."""
    form = page.text[page.text.index('id="run-form"') :].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    return {name: value for name, value in fields.items() if name != "_csrf_token"}


async def send(desk: Desk, path: str) -> tuple[Response, Response]:
    """The preview at `path`, and what its button answers."""
    page = await desk.get(path)
    assert page.status_code == 200, words(page)
    done = await desk.post(path, hidden(page))
    return page, await desk.get(done.headers["location"]) if done.is_redirect else done


# The page


async def test_the_page_says_where_it_stands_and_what_it_costs(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        listed = await desk.get("/products")
        with query_count(db) as statements:
            page = words(await desk.get(f"/products/{id}"))
    assert f"/products/{id}" in listed.text
    assert "Monthly cost DKK 700.00" in page
    assert "DKK 8,400.00 a year" in page
    assert "Add/Remove licenses" in page
    assert "Turn off recurring billing" in page
    assert statements.count <= 8


@pytest.mark.parametrize(
    ("how", "status", "offered", "not_offered"),
    [
        (STARTED, "Active", "Add/Remove licenses", "Delete subscription"),
        (TRIAL, "Trial", "Extend trial", "Add/Remove licenses"),
        (ENDED, "Expired", "Renew", "Add/Remove licenses"),
        (GONE, "Disabled", "Delete subscription", "Cancel subscription"),
    ],
)
async def test_what_is_offered_follows_the_status(
    db: Database,
    contoso: Tenant,
    browse: type_browse,
    how: dict[str, Any],
    status: str,
    offered: str,
    not_offered: str,
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **how)
    async with browse(contoso, BILL) as desk:
        page = words(await desk.get(f"/products/{id}"))
    assert f"Business Basic {status}" in page
    assert offered in page
    assert not_offered not in page


@pytest.mark.parametrize("who", [LIDIA, ULLA, RASMUS])
async def test_who_may_only_look_is_offered_nothing(
    db: Database, contoso: Tenant, browse: type_browse, who: Any
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, who) as desk:
        page = words(await desk.get(f"/products/{id}"))
        refused = await desk.get(f"/products/{id}/seats")
    assert "Monthly cost DKK 700.00" in page
    assert "Add/Remove licenses" not in page
    assert refused.status_code == 403


async def test_another_tenants_subscription_is_not_there(
    db: Database, contoso: Tenant, northwind: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, northwind.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        assert (await desk.get(f"/products/{id}")).status_code == 404
        assert (await desk.post(f"/products/{id}/recurring", {"recurring": "off"})).status_code == 404


# Add/Remove licenses


async def test_the_total_is_typed_its_cost_looked_at_and_the_receipt_closed(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 100, **STARTED)
    async with browse(contoso, BILL) as desk:
        form = words(await desk.get(f"/products/{id}/seats"))
        preview, receipt = await send(desk, f"/products/{id}/seats?total=105&step=preview")
    assert "Total licenses" in form
    assert "Send" in form
    assert "Total licenses 100 → 105" in words(preview)
    assert "Monthly cost DKK 7,000.00 → DKK 7,350.00" in words(preview)
    assert "Add 5 licenses" in words(preview)
    assert "5 licenses added" in words(receipt)
    assert "New monthly cost DKK 7,350.00" in words(receipt)
    assert "Close" in words(receipt)
    assert (await one(db, contoso))["seats"] == 105


async def test_where_nobody_pays_yet_the_cost_is_shown_and_who_pays_is_asked_first(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    path = f"/products/{id}/seats?total=12&step=preview"
    async with browse(contoso, BILL) as desk:
        page = await desk.get(path)
        answer = await desk.post(path, hidden(page))
    assert "Nobody pays yet" in words(page)
    assert "/billing/account" in page.text
    assert answer.status_code == 409
    assert (await one(db, contoso))["seats"] == 10


async def test_a_preview_that_is_stale_orders_nothing_and_shows_the_new_cost(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 100, **STARTED)
    path = f"/products/{id}/seats?total=105&step=preview"
    async with browse(contoso, BILL) as desk:
        page = await desk.get(path)
        async with db.transaction(contoso.id) as tx:
            await tx.execute(update(subscriptions).values(seats=102))
        answer = await desk.post(path, hidden(page))
    assert answer.status_code == 409
    assert "Total licenses 102 → 105" in words(answer)
    assert (await one(db, contoso))["seats"] == 102


async def test_a_total_below_the_assigned_leads_to_unassigning(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **FRESH)
    wish = Wish(assign={BASIC.sku_id: frozenset()})
    people = Selection(ids=contoso.ids(PETER, ULLA, LIDIA))
    await assign_licenses(db, contoso.viewer(ADELE), selection=people, wish=wish, all_or_none=True, now=NOW)
    async with browse(contoso, BILL) as desk:
        page = await desk.get(f"/products/{id}/seats?total=2&step=preview")
    assert page.status_code == 422
    assert "Unassign 1 license first" in words(page)
    assert f"/licenses/{BASIC.sku_id}?pane=unassign" in page.text


async def test_fewer_than_the_window_allows_are_booked_for_the_renewal(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        page = await desk.get(f"/products/{id}/seats?total=8&step=preview")
        assert page.status_code == 422
        assert "Book it for the renewal" in words(page)
        preview, after = await send(desk, f"/products/{id}/seats?total=8&when=renewal&step=preview")
    assert "Total licenses 10 → 8" in words(preview)
    assert "Nothing is charged now" in words(preview)
    assert "Total licenses 10 → 8" in words(after)
    assert [row["seats"] for row in await rows_of(db, contoso.id, "scheduled_changes")] == [8]


@pytest.mark.parametrize(
    ("total", "says"),
    [
        ("0", "from 1 to"),
        ("10", "There are 10 licenses already"),
        ("-5", "not a whole number"),
        ("99999999999", "from 1"),
    ],
)
async def test_a_total_that_is_none_is_said_where_it_was_typed(
    db: Database, contoso: Tenant, browse: type_browse, total: str, says: str
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        page = await desk.get(f"/products/{id}/seats?total={total}&step=preview")
    assert page.status_code == 422
    assert says in words(page)
    assert f'value="{total}"' in page.text


# The other orders


async def test_an_expired_subscription_is_renewed(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 10, **ENDED)
    async with browse(contoso, BILL) as desk:
        form = words(await desk.get(f"/products/{id}/renew"))
        preview, receipt = await send(desk, f"/products/{id}/renew?total=10&terms=12-monthly&step=preview")
        page = words(await desk.get(f"/products/{id}"))
    assert "Term and billing" in form
    assert "Renew with 10 licenses" in words(preview)
    assert "The subscription is renewed" in words(receipt)
    assert "Business Basic Active" in page


async def test_a_trial_is_bought(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 25, **TRIAL)
    async with browse(contoso, BILL) as desk:
        _, receipt = await send(desk, f"/products/{id}/convert?total=30&terms=1-monthly&step=preview")
    assert "The subscription is bought" in words(receipt)
    row = await one(db, contoso)
    assert (row["trial"], row["seats"], row["term_months"]) == (False, 30, 1)


async def test_within_the_window_it_is_canceled_with_a_credit(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 10, **FRESH)
    async with browse(contoso, BILL) as desk:
        preview, receipt = await send(desk, f"/products/{id}/cancel")
        page = words(await desk.get(f"/products/{id}"))
    assert "Credited now" in words(preview)
    assert "The subscription is canceled" in words(receipt)
    assert "Business Basic Disabled" in page


async def test_outside_the_window_a_cancellation_says_when_the_term_ends(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        page = await desk.get(f"/products/{id}/cancel")
    assert page.status_code == 409
    assert "within 7 days" in words(page)
    assert f"/products/{id}/recurring" in page.text


async def test_the_product_is_changed_now_or_booked(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    chosen = f"/products/{id}/switch?total=10&product={PREMIUM.sku_id}"
    async with browse(contoso, BILL) as desk:
        none = await desk.get(f"/products/{id}/switch?total=10&step=preview")
        booked, after = await send(desk, f"{chosen}&when=renewal&step=preview")
        _, receipt = await send(desk, f"{chosen}&step=preview")
    assert none.status_code == 422
    assert "Product Business Basic → Business Premium" in words(booked)
    assert "Product Business Basic → Business Premium" in words(after)
    assert "The product is changed" in words(receipt)


async def test_a_part_is_changed_in_one_step_and_who_was_chosen_moves_along(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 3, **STARTED)
    wish = Wish(assign={BASIC.sku_id: frozenset({CHAT.id})})
    people = Selection(ids=contoso.ids(PETER, GUSTAV, ULLA))
    await assign_licenses(db, contoso.viewer(ADELE), selection=people, wish=wish, all_or_none=True, now=NOW)
    some = f"/products/{id}/switch?total=1&product={PREMIUM.sku_id}"
    chosen = f"{some}&user={contoso.people[PETER]}"
    async with browse(contoso, ADELE) as desk:
        nobody = await desk.get(f"{some}&step=preview")
        too_many = await desk.get(f"{chosen}&user={contoso.people[ULLA]}&step=preview")
        later = await desk.get(f"{chosen}&when=renewal&step=preview")
        form = await desk.get(chosen)
        preview, receipt = await send(desk, f"{chosen}&step=preview")
    assert [page.status_code for page in (nobody, too_many, later)] == [422, 422, 422]
    assert "Unassign 1 license first" in words(nobody)
    assert "At the renewal nobody moves by itself" in words(later)
    assert PETER.name in words(form)
    assert "Business Basic 3 → 2 Business Premium 0 → 1" in words(preview)
    assert f"/products/{id}/switches.csv" in preview.text
    assert "1 license is changed" in words(receipt)
    assert {row["sku_id"]: row["seats"] for row in await rows_of(db, contoso.id, "subscriptions")} == {
        BASIC.sku_id: 2,
        PREMIUM.sku_id: 1,
    }
    off = frozenset({CHAT.id})
    assert await held(db, contoso.id) == {
        (contoso.people[PETER], PREMIUM.sku_id): frozenset(),
        (contoso.people[GUSTAV], BASIC.sku_id): off,
        (contoso.people[ULLA], BASIC.sku_id): off,
    }


async def test_a_part_is_booked_for_the_renewal(db: Database, contoso: Tenant, browse: type_browse) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    some = f"/products/{id}/switch?total=4&product={PREMIUM.sku_id}&when=renewal"
    async with browse(contoso, BILL) as desk:
        preview, after = await send(desk, f"{some}&step=preview")
        _, dropped = await send(desk, f"/products/{id}/booked")
    told = "Licenses of Business Basic 10 → 6 Licenses of Business Premium 0 → 4"
    assert told in words(preview)
    assert "becomes a subscription of its own, whose term begins on" in words(preview)
    assert told in words(after)
    assert "What was booked is dropped" in words(dropped)


async def test_a_part_may_change_for_nobody_yet_and_who_may_not_assign_cannot_choose(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    some = f"/products/{id}/switch?total=4&product={PREMIUM.sku_id}"
    async with browse(contoso, BILL) as desk:
        form = await desk.get(some)
        chosen = await desk.get(f"{some}&user={contoso.people[PETER]}&step=preview")
        refused = await desk.post(f"{some}&user={contoso.people[PETER]}&step=preview", hidden(chosen))
        _, receipt = await send(desk, f"{some}&step=preview")
    assert "Who moves" not in words(form)
    assert refused.status_code == 403
    assert f"/licenses/{PREMIUM.sku_id}?pane=assign" in receipt.text
    (order,) = await rows_of(db, contoso.id, "orders")
    assert order["kind"] == "switch"


async def test_licenses_follow_to_the_new_product_with_every_app_on(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    await make_payer(db, contoso)
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    wish = Wish(assign={BASIC.sku_id: frozenset({CHAT.id})})
    people = Selection(ids=contoso.ids(PETER, GUSTAV))
    await assign_licenses(db, contoso.viewer(ADELE), selection=people, wish=wish, all_or_none=True, now=NOW)
    chosen = f"/products/{id}/switch?total=10&product={PREMIUM.sku_id}&step=preview"
    async with browse(contoso, BILL) as desk:
        preview = await desk.get(chosen)
        switches = await desk.get(f"/products/{id}/switches.csv")
        await send(desk, chosen)
    assert "2 people move to Business Premium" in words(preview)
    assert "gone for everybody who moves: Mail (small) and Sites (small)" in words(preview)
    assert f"/products/{id}/switches.csv" in preview.text
    assert f"{PETER.name},{contoso.email(PETER)},Chat" in switches.text
    assert await held(db, contoso.id) == {(user, PREMIUM.sku_id): frozenset() for user in contoso.ids(PETER, GUSTAV)}
    assert (await consumed(db, contoso.id))[BASIC.sku_id] == 0


# Without an order


async def test_recurring_billing_off_names_what_is_dropped(db: Database, contoso: Tenant, browse: type_browse) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        await send(desk, f"/products/{id}/seats?total=8&when=renewal&step=preview")
        preview, after = await send(desk, f"/products/{id}/recurring")
        assert "Total licenses 8 → 10" in words(preview)
        assert "Ends on" in words(after)
        assert await rows_of(db, contoso.id, "scheduled_changes") == []
        refused = await desk.get(f"/products/{id}/seats?total=8&when=renewal&step=preview")
        _, after = await send(desk, f"/products/{id}/recurring")
    assert refused.status_code == 409
    assert f"/products/{id}/recurring" in refused.text
    assert "Renews on" in words(after)


async def test_a_booking_adds_to_another_or_says_what_it_replaces(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        await send(desk, f"/products/{id}/seats?total=8&when=renewal&step=preview")
        added, _ = await send(desk, f"/products/{id}/terms?terms=12-yearly&step=preview")
        replaced, _ = await send(desk, f"/products/{id}/seats?total=7&when=renewal&step=preview")
        (row,) = await rows_of(db, contoso.id, "scheduled_changes")
        _, after = await send(desk, f"/products/{id}/booked")
    assert "replaces" not in words(added)
    assert "replaces what is booked already: the number of licenses" in words(replaced)
    assert (row["seats"], row["frequency"], row["unit_price"]) == (7, "yearly", 84000)
    assert "At the renewal" not in words(after)


async def test_two_who_change_at_once_do_not_overwrite_each_other(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    mine = f"/products/{id}/seats?total=8&when=renewal&step=preview"
    async with browse(contoso, BILL) as desk:
        page = await desk.get(mine)
        await send(desk, f"/products/{id}/seats?total=9&when=renewal&step=preview")
        answer = await desk.post(mine, hidden(page))
    assert answer.status_code == 409
    assert "has changed since you saw it" in words(answer)
    assert [row["seats"] for row in await rows_of(db, contoso.id, "scheduled_changes")] == [9]


async def test_a_trial_is_extended_once(db: Database, contoso: Tenant, browse: type_browse) -> None:
    id = await make_pool(db, contoso.id, BASIC, 25, **TRIAL)
    async with browse(contoso, BILL) as desk:
        await send(desk, f"/products/{id}/extend")
        again = await desk.get(f"/products/{id}/extend")
    assert (await one(db, contoso))["ends_at"] == TRIAL["ends_at"] + 30 * DAY
    assert again.status_code == 409
    assert "can be done once" in words(again)


async def test_a_trial_goes_on_by_itself_only_with_a_payment_method(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    id = await make_pool(db, contoso.id, BASIC, 25, **TRIAL)
    async with browse(contoso, BILL) as desk:
        _, refused = await send(desk, f"/products/{id}/recurring")
        assert refused.status_code == 409
        async with db.transaction(contoso.id) as tx:
            card = {"id": new_id(), "provider": "sandbox", "label": "4242", "external_id": "x", "made_at": NOW}
            await tx.execute(insert(payment_methods).values(tenant_id=contoso.id, **card))
        _, after = await send(desk, f"/products/{id}/recurring")
    assert (await one(db, contoso))["converts"] is True
    assert "Paid from" in words(after)


async def test_a_deletion_can_be_undone_for_72_hours(db: Database, contoso: Tenant, browse: type_browse) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **GONE)
    async with browse(contoso, BILL) as desk:
        _, after = await send(desk, f"/products/{id}/delete")
        assert "It is deleted on" in words(after)
        _, after = await send(desk, f"/products/{id}/restore")
    assert "It is deleted on" not in words(after)
    assert (await one(db, contoso))["delete_at"] is None


async def test_the_purchase_order_number_is_kept(db: Database, contoso: Tenant, browse: type_browse) -> None:
    id = await make_pool(db, contoso.id, BASIC, 10, **STARTED)
    async with browse(contoso, BILL) as desk:
        await desk.post(f"/products/{id}", {"po_number": " PO-7 "})
        page = await desk.get(f"/products/{id}")
        long = await desk.post(f"/products/{id}", {"po_number": "x" * 51})
    assert 'value="PO-7"' in page.text
    assert long.status_code == 422
    assert (await one(db, contoso))["po_number"] == "PO-7"
