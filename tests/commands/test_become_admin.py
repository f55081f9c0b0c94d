"""Becoming the admin: only with the domain proven and a license bought for everybody, once, by whoever comes first."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from tenantry.commands.become_admin import (
    Bought,
    add_upgrade_card,
    ask_upgrade_proof,
    become_without_buying,
    begin_upgrade,
    buy_upgrade,
    choose_upgrade,
    drop_upgrade_order,
    keep_upgrade_terms,
    make_upgrade_step,
    save_upgrade_payer,
)
from tenantry.commands.become_admin_cards import ask_about_payment, begin_upgrade_card
from tenantry.commands.save_cards import save_card
from tenantry.commands.settle_payment import settle_payment
from tenantry.commands.sign_up import SignedUp
from tenantry.domain.billing_account import BillingAccount, mark_of
from tenantry.domain.domains import Method
from tenantry.domain.doors import Door
from tenantry.domain.orders import Deed, OrderWish
from tenantry.domain.payments import Card, Failure, Outcome, PaymentState
from tenantry.domain.people import Person
from tenantry.domain.roles import permissions_of
from tenantry.domain.upgrades import Step, fingerprint
from tenantry.domain.viewers import Viewer, janitor, operator
from tenantry.kit.errors import Refused
from tenantry.queries import doctor
from tenantry.queries.cards import read_own_card_setup
from tenantry.queries.payments import find_owed
from tenantry.queries.quotes import make_quote
from tenantry.queries.upgrade import read_upgrade_step
from tenantry.store import tables
from tenantry.store.billing_accounts import find_account
from tenantry.store.database import Database
from tenantry.store.domains import claim, mark_verified, note_proof
from tenantry.store.groups import count_people
from tenantry.store.kept_data import purge
from tenantry.store.people_write import insert_people
from tenantry.store.prices import load_buyer
from tenantry.store.sign_ups import holder_of
from tenantry.store.upgrades import find_upgrade, wish_for
from tests.cast import BASIC, BOARD, CALENDAR, DAY, MEETINGS, NOW, PREMIUM, SECOND, Character
from tests.commands.test_sign_up import finish
from tests.commands.test_sign_up import prove as prove_mail
from tests.conftest import Base
from tests.world import Statements, Tenant, held, make_group, make_users, query_count, rows_of

ANE = Character("ane", "Ane Dahl")
BO = Character("bo", "Bo Eriksen", location=None)
CAT = Character("cat", "Cat Friis", location="NO")
PAYER = BillingAccount("Fabrikam ApS", "Vej 1", "8000", "Aarhus", "DK")
LATER = NOW + SECOND


@pytest.fixture
def alone(own: Base, open_db: Any) -> Database:
    """A database of one's own, for what changes the doors or looks at everything."""
    db: Database = open_db(own.app_url, pool_size=6)
    return db


def viewer(group: Tenant, who: Character) -> Viewer:
    """Somebody of a group, who may do what everybody may and nothing else."""
    return Viewer(group.id, group.people[who], who.name, permissions_of(frozenset()), "web")


async def prove(db: Database, group: Tenant, who: Character) -> None:
    """What the job does that has seen the value of `who`."""
    async with db.transaction(group.id) as tx:
        upgrade = await find_upgrade(tx, group.people[who])
        assert upgrade is not None
        assert upgrade.token is not None
        await claim(tx, group.id, [group.domain], NOW)
        await mark_verified(tx, [group.domain], Method.TXT, NOW)
        await note_proof(tx, group.domain, [upgrade.token], NOW)


async def on_the_way(db: Database, group: Tenant, who: Character = ANE) -> Viewer:
    """`who` has proven the domain and said who pays."""
    me = viewer(group, who)
    await begin_upgrade(db, me, door=Door.ADMIN, now=NOW)
    await ask_upgrade_proof(db, me, now=NOW)
    await prove(db, group, who)
    async with db.transaction(group.id) as tx:
        seen = mark_of(await find_account(tx))
    await save_upgrade_payer(db, me, account=PAYER, seen=seen, now=NOW)
    return me


async def shown(db: Database, me: Viewer, seats: int) -> tuple[OrderWish, str]:
    """What the page shows: the wish, and the mark of its cost."""
    assert me.user_id is not None
    wish = OrderWish(Deed.NEW, BASIC.sku_id, None, seats, 12, "monthly")
    async with db.transaction(me.tenant_id) as tx:
        upgrade = await find_upgrade(tx, me.user_id)
        assert upgrade is not None
        own = await wish_for(tx, replace(upgrade, sku_id=upgrade.sku_id), seats, 12, "monthly")
        quote = await make_quote(tx, [own], await load_buyer(tx), NOW)
        return wish, fingerprint(quote, await count_people(tx))


async def buy(db: Database, me: Viewer, seats: int, **more: Any) -> Bought:
    wish, mark = await shown(db, me, seats)
    terms = {"wish": wish, "mark": mark, "seen_at": NOW, "method_id": None, "po_number": "", "now": NOW}
    return await buy_upgrade(db, me, **(terms | more))


async def card(db: Database, group: Tenant, me: Viewer, digits: str) -> UUID:
    await add_upgrade_card(db, me, digits=digits, now=NOW)
    rows = await rows_of(db, group.id, "payment_methods")
    return next(row["id"] for row in rows if row["external_id"] == digits and row["removed_at"] is None)


async def payment(db: Database, group: Tenant, order_id: UUID) -> UUID:
    rows = await rows_of(db, group.id, "payments")
    return next(row["id"] for row in rows if row["order_id"] == order_id)


async def paid(db: Database, group: Tenant, order_id: UUID, state: PaymentState = PaymentState.PAID) -> None:
    """What the provider says, as a job or a webhook brings it."""
    failure = Failure.DECLINED if state is PaymentState.FAILED else None
    news = Outcome(state, "sandbox-1", "/somewhere" if state is PaymentState.ACTION else None, failure)
    payment_id = await payment(db, group, order_id)
    await settle_payment(db, janitor(group.id), payment_id=payment_id, outcome=news, now=LATER)


async def joins(db: Database, group: Tenant, name: str = "Dan Gram", at: datetime = LATER) -> UUID:
    """Somebody else signs up."""
    (user_id,) = await make_users(db, group.id, 1)
    async with db.transaction(group.id) as tx:
        mine = update(tables.users).where(tables.users.c.id == user_id)
        await tx.execute(mine.values(display_name=name, created_at=at))
    return user_id


async def is_managed(db: Database, group: Tenant) -> bool:
    (row,) = await rows_of(db, group.id, "tenants")
    return row["kind"] == "managed"


async def roles(db: Database, group: Tenant) -> set[tuple[object, object]]:
    return {(row["user_id"], row["role"]) for row in await rows_of(db, group.id, "role_assignments")}


def both(group: Tenant, who: Character) -> set[tuple[object, object]]:
    return {(group.people[who], "global_admin"), (group.people[who], "billing_admin")}


async def refusal(work: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        await work
    return refused.value


# The whole way


async def test_one_of_two_becomes_the_admin_and_everybody_has_what_was_bought(
    alone: Database, own: Base, make_house: Any
) -> None:
    db = alone
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    bought = await buy(db, me, 2)
    assert bought.step is Step.DONE
    (tenant,) = await rows_of(db, group.id, "tenants")
    assert (tenant["kind"], tenant["name"], tenant["managed_at"]) == ("managed", "Fabrikam ApS", NOW)
    assert await roles(db, group) == both(group, ANE)
    assert await held(db, group.id) == {(user, BASIC.sku_id): frozenset() for user in group.people.values()}
    locations = {row["id"]: row["usage_location"] for row in await rows_of(db, group.id, "users")}
    assert locations == {group.people[ANE]: "DK", group.people[BO]: "DK"}
    letters = [row for row in await rows_of(db, group.id, "letters") if row["kind"] == "upgraded"]
    assert [row["recipient"] for row in letters] == [group.email(BO)]
    assert letters[0]["params"] == {"organization": "Fabrikam ApS", "admin": "Ane Dahl", "product": BASIC.name}
    log = {row["command"]: row for row in await rows_of(db, group.id, "operations")}
    assert log["become_admin"]["actor_id"] == group.people[ANE]
    assert log["become_admin"]["facts"]["assigned"] == {BASIC.name: 2}
    found = await doctor.examine(make_house(own), clock=lambda: LATER)
    assert [one.code for one in found if one.check in doctor._PROOFS and not one.ok] == []


async def test_nobody_is_let_in_before_the_domain_is_proven_nor_by_the_proof_of_another(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me, other = viewer(group, ANE), viewer(group, BO)
    assert (await refusal(ask_upgrade_proof(db, me, now=NOW))).code == "step_early"
    for one in (me, other):
        assert (await begin_upgrade(db, one, door=Door.ADMIN, now=NOW)).step is Step.DOMAIN
    mine, theirs = await ask_upgrade_proof(db, me, now=NOW), await ask_upgrade_proof(db, other, now=NOW)
    assert mine != theirs
    assert await ask_upgrade_proof(db, me, now=NOW) == mine
    await prove(db, group, ANE)
    early = keep_upgrade_terms(db, other, seats=2, term_months=12, frequency="monthly", now=NOW)
    assert (await refusal(early)).code == "step_early"
    await keep_upgrade_terms(db, me, seats=2, term_months=12, frequency="monthly", now=NOW)
    assert not await is_managed(db, group)
    assert await roles(db, group) == set()


async def test_the_door_says_what_is_offered_and_another_door_keeps_what_was_done(db: Database) -> None:
    group = await make_group(db, (ANE,), MEETINGS)
    me = viewer(group, ANE)
    assert (await begin_upgrade(db, me, door=Door.MEETINGS, now=NOW)).step is Step.PRODUCT
    assert (await refusal(choose_upgrade(db, me, sku_id=MEETINGS.sku_id, now=NOW))).code == "product_not_offered"
    assert (await choose_upgrade(db, me, sku_id=PREMIUM.sku_id, now=NOW)).step is Step.DOMAIN
    token = await ask_upgrade_proof(db, me, now=NOW)
    assert (await begin_upgrade(db, me, door=Door.ADMIN, now=NOW)).step is Step.DOMAIN
    (kept,) = await rows_of(db, group.id, "upgrades")
    assert (kept["sku_id"], kept["token"], kept["door"]) == (BASIC.sku_id, token, "admin")


async def test_fewer_licenses_than_people_are_refused(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    refused = await refusal(keep_upgrade_terms(db, me, seats=1, term_months=12, frequency="monthly", now=NOW))
    assert (refused.code, refused.field, refused.params["people"]) == ("seats_below_people", "seats", 2)
    assert (await refusal(buy(db, me, 1))).code == "seats_below_people"
    assert not await is_managed(db, group)


async def test_who_has_no_part_in_the_group_or_comes_to_a_managed_organization_is_told_so(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    assert (await refusal(begin_upgrade(db, operator(group.id, "Olga"), door=Door.ADMIN, now=NOW))).code == (
        "own_people_only"
    )
    await buy(db, await on_the_way(db, group), 2)
    refused = await refusal(begin_upgrade(db, viewer(group, BO), door=Door.ADMIN, now=NOW))
    assert (refused.code, refused.params["admins"]) == ("already_managed", [f"Ane Dahl ({group.email(ANE)})"])


# What people had


async def test_an_app_that_was_switched_off_stays_off_where_the_new_product_has_it(alone: Database) -> None:
    db = alone
    group = await make_group(db, (ANE, BO, CAT), MEETINGS)
    async with db.transaction(group.id) as tx:
        off = update(tables.licenses).where(tables.licenses.c.user_id == group.people[BO])
        await tx.execute(off.values(disabled_plans=[CALENDAR.id]))
    async with db.transaction() as tx:
        await tx.execute(update(tables.doors).where(tables.doors.c.door == "admin").values(sku_id=BOARD.sku_id))
    me = await on_the_way(db, group)
    assert (await buy(db, me, 3)).step is Step.DONE
    found = await held(db, group.id)
    assert found == {
        (group.people[who], BOARD.sku_id): frozenset({CALENDAR.id} if who is BO else ()) for who in (ANE, BO, CAT)
    }
    kept = await rows_of(db, group.id, "license_history")
    assert {row["sku_id"] for row in kept} == {MEETINGS.sku_id}


# Paying


@pytest.mark.parametrize("way", ["at once", "after a second step", "late, by a job"])
async def test_a_payment_makes_the_buyer_the_admin_by_itself_whenever_it_comes(way: str, db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    bought = await buy(db, me, 2, method_id=await card(db, group, me, "4242"))
    assert (bought.step, await is_managed(db, group)) == (Step.BUY, False)
    assert await roles(db, group) == set()
    if way == "after a second step":
        await paid(db, group, bought.order.order_id, PaymentState.ACTION)
        assert not await is_managed(db, group)
        payment_id = await payment(db, group, bought.order.order_id)
        done = await make_upgrade_step(db, me, payment_id=payment_id, agrees=True, now=LATER)
        assert done.step is Step.DONE
    else:
        await paid(db, group, bought.order.order_id)
        if way == "late, by a job":
            await paid(db, group, bought.order.order_id)  # told twice
    assert await roles(db, group) == both(group, ANE)
    assert {sku for _, sku in await held(db, group.id)} == {BASIC.sku_id}
    assert len([row for row in await rows_of(db, group.id, "operations") if row["command"] == "become_admin"]) == 1


@pytest.mark.parametrize("how", ["declined", "second step refused", "given up"])
async def test_a_payment_that_fails_keeps_the_proof_and_can_be_made_in_another_way(how: str, db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    bought = await buy(db, me, 2, method_id=await card(db, group, me, "0002"))
    order_id = bought.order.order_id
    assert (await refusal(buy(db, me, 2))).code == "upgrade_paying"
    if how == "declined":
        await paid(db, group, order_id, PaymentState.FAILED)
    elif how == "second step refused":
        await paid(db, group, order_id, PaymentState.ACTION)
        await make_upgrade_step(db, me, payment_id=await payment(db, group, order_id), agrees=False, now=LATER)
    else:
        await drop_upgrade_order(db, me, now=LATER)
    assert not await is_managed(db, group)
    assert await roles(db, group) == set()
    (kept,) = await rows_of(db, group.id, "upgrades")
    assert kept["proven_at"] == NOW
    assert await rows_of(db, group.id, "subscriptions") != []  # only what is free
    assert {row["sku_id"] for row in await rows_of(db, group.id, "subscriptions")} == {MEETINGS.sku_id}
    assert (await buy(db, me, 2)).step is Step.DONE
    await paid(db, group, order_id)  # the first money comes after all: it is given back
    assert [row["state"] for row in await rows_of(db, group.id, "refunds")] == ["waiting"]
    assert len(await rows_of(db, group.id, "subscriptions")) == 2


async def test_a_card_of_somebody_else_pays_for_nothing(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    theirs = await card(db, group, await on_the_way(db, group, BO), "4242")
    me = await on_the_way(db, group)
    assert (await refusal(buy(db, me, 2, method_id=theirs))).code == "payment_method_missing"
    await buy(db, me, 2)
    (row,) = await rows_of(db, group.id, "payment_methods")
    assert row["removed_at"] == NOW  # nor is it left to the new admin


async def test_nothing_is_ordered_where_nobody_said_who_pays(db: Database) -> None:
    group = await make_group(db, (ANE,), MEETINGS)
    me = viewer(group, ANE)
    await begin_upgrade(db, me, door=Door.ADMIN, now=NOW)
    await ask_upgrade_proof(db, me, now=NOW)
    await prove(db, group, ANE)
    assert (await refusal(buy(db, me, 1))).code == "billing_account_missing"


# Somebody signs up meanwhile


async def test_who_signs_up_between_the_quote_and_the_order_is_named_and_asked_for(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    wish, mark = await shown(db, me, 2)
    await joins(db, group)
    refused = await refusal(buy(db, me, 2, wish=wish, mark=mark))
    assert (refused.code, refused.params) == ("people_came", {"people": 3, "names": ["Dan Gram"]})
    assert await rows_of(db, group.id, "orders") == []
    assert (await buy(db, me, 3)).step is Step.DONE


async def test_who_signs_up_while_it_is_paid_needs_one_more_license_before_there_is_an_admin(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    bought = await buy(db, me, 2, method_id=await card(db, group, me, "4242"))
    newcomer = await joins(db, group)
    await paid(db, group, bought.order.order_id)
    assert not await is_managed(db, group)
    assert (await refusal(choose_upgrade(db, me, sku_id=PREMIUM.sku_id, now=NOW))).code == "product_not_offered"
    more = await buy(db, me, 3, now=LATER)
    assert more.step is Step.DONE
    assert [(row["kind"], row["state"]) for row in await rows_of(db, group.id, "orders")] == [
        ("buy", "done"),
        ("seats", "done"),
    ]
    assert (newcomer, BASIC.sku_id) in await held(db, group.id)
    paid_for = [row for row in await rows_of(db, group.id, "subscriptions") if row["sku_id"] == BASIC.sku_id]
    assert [row["seats"] for row in paid_for] == [3]


# Two at once


async def test_of_two_who_finish_at_once_one_is_the_admin_and_the_other_is_charged_nothing(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    both_of = [await on_the_way(db, group, who) for who in (ANE, BO)]
    ways = await asyncio.gather(*(buy(db, one, 2) for one in both_of), return_exceptions=True)
    won = [way for way in ways if isinstance(way, Bought)]
    lost = [way for way in ways if isinstance(way, Refused)]
    assert (len(won), [one.code for one in lost]) == (1, ["already_managed"])
    winner = (ANE, BO)[ways.index(won[0])]
    assert await roles(db, group) == both(group, winner)
    assert lost[0].params["admins"] == [f"{winner.name} ({group.email(winner)})"]
    assert len(await rows_of(db, group.id, "invoices")) == 1
    assert len(await rows_of(db, group.id, "orders")) == 1


async def test_the_card_payment_of_who_was_slower_is_not_taken_and_one_that_was_is_given_back(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    slow = await on_the_way(db, group, BO)
    order = (await buy(db, slow, 2, method_id=await card(db, group, slow, "3155"))).order
    await paid(db, group, order.order_id, PaymentState.ACTION)
    await buy(db, await on_the_way(db, group), 2)
    assert await roles(db, group) == both(group, ANE)
    states = {row["id"]: row["state"] for row in await rows_of(db, group.id, "orders")}
    assert states[order.order_id] == "dropped"
    payment_id = await payment(db, group, order.order_id)
    await make_upgrade_step(db, slow, payment_id=payment_id, agrees=True, now=LATER)
    assert await roles(db, group) == both(group, ANE)
    assert [row["payment_id"] for row in await rows_of(db, group.id, "refunds")] == [payment_id]


# Without a purchase


async def test_the_proof_alone_makes_an_admin_only_where_the_house_allows_it(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = viewer(group, ANE)
    await begin_upgrade(db, me, door=Door.ADMIN, now=NOW)
    await ask_upgrade_proof(db, me, now=NOW)
    assert (await refusal(become_without_buying(db, me, allowed=True, now=NOW))).code == "step_early"
    await prove(db, group, ANE)
    assert (await refusal(become_without_buying(db, me, allowed=False, now=NOW))).code == "purchase_needed"
    assert (await become_without_buying(db, me, allowed=True, now=NOW)).step is Step.DONE
    assert await roles(db, group) == both(group, ANE)
    assert {sku for _, sku in await held(db, group.id)} == {MEETINGS.sku_id}
    assert group.email(BO) not in {row["recipient"] for row in await rows_of(db, group.id, "letters")}


# However many they are


async def test_the_end_takes_the_same_few_statements_for_two_and_for_two_thousand(db: Database) -> None:
    asked: list[Statements] = []
    for more in (1, 1, 2000):  # the first one reads the catalog
        group = await make_group(db, (ANE,), MEETINGS)
        await make_users(db, group.id, more, location=None)
        me = await on_the_way(db, group)
        wish, mark = await shown(db, me, more + 1)
        with query_count(db) as counted:
            bought = await buy_upgrade(db, me, wish=wish, mark=mark, seen_at=NOW, method_id=None, po_number="", now=NOW)
        asked.append(counted)
        assert bought.step is Step.DONE
        assert len(await held(db, group.id)) == more + 1
    assert asked[1].count == asked[2].count
    assert asked[1].count <= 70


# Who signs up while somebody pays, by the sign-up itself


async def test_a_sign_up_that_is_under_way_is_waited_for_and_counted(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    wish, mark = await shown(db, me, 2)
    async with db.transaction(group.id) as tx:
        assert await holder_of(tx, group.domain, locked=True) == group.id
        buying = asyncio.ensure_future(buy(db, me, 2, wish=wish, mark=mark))
        assert (await asyncio.wait([buying], timeout=0.2))[0] == set()
        person = Person(f"dan@{group.domain}", "Dan Gram", usage_location="DK")
        await insert_people(tx, group.id, [person], "member", LATER)
    refused = await refusal(buying)
    assert (refused.code, refused.params["names"]) == ("people_came", ["Dan Gram"])
    assert not await is_managed(db, group)


async def test_sign_ups_and_the_purchase_at_once_leave_nobody_of_the_group_without_a_license(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me = await on_the_way(db, group)
    tokens = [await prove_mail(db, f"p{number}@{group.domain}") for number in range(3)]
    wish, mark = await shown(db, me, 2)
    entering = [finish(db, token) for token in tokens]
    *entered, bought = await asyncio.gather(*entering, buy(db, me, 2, wish=wish, mark=mark), return_exceptions=True)
    assert all(isinstance(one, SignedUp) for one in entered)
    products = dict([*await held(db, group.id)])  # each has one license, whoever was first
    assert len(products) == 5 == len(await held(db, group.id))
    if isinstance(bought, Bought):
        assert {products[user] for user in group.people.values()} == {BASIC.sku_id}
    else:
        assert (isinstance(bought, Refused), await is_managed(db, group)) == (True, False)


async def test_what_meetings_keeps_is_there_long_after_the_free_license_has_gone(db: Database) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    row = {"tenant_id": group.id, "user_id": group.people[BO], "lobby": True}
    async with db.transaction(group.id) as tx:
        await tx.execute(insert(tables.meeting_settings).values(row))
    await buy(db, await on_the_way(db, group), 2)
    async with db.transaction(group.id) as tx:
        ended, _ = await purge(tx, 100, NOW + 60 * DAY)
    assert ended == 2
    assert len(await rows_of(db, group.id, "meeting_settings")) == 1


async def test_a_card_of_a_real_provider_is_the_candidates_own_and_its_steps_lead_back_to_the_wizard(
    db: Database,
) -> None:
    group = await make_group(db, (ANE, BO), MEETINGS)
    me, other = await on_the_way(db, group), await on_the_way(db, group, BO)
    setup_id = (await begin_upgrade_card(db, me, now=NOW)).setup_id
    assert (await refusal(read_own_card_setup(db, other, setup_id=setup_id))).code == "payment_method_missing"
    place = (await read_own_card_setup(db, me, setup_id=setup_id)).place
    assert place == f"/t/{group.slug}/become-admin/buy/cards/{setup_id}?back=1"
    await save_card(db, janitor(group.id), setup_id=setup_id, card=Card("pm_1", "Visa •••• 1", None), now=NOW)
    owners = {row["user_id"]: row["method_ids"] for row in await rows_of(db, group.id, "upgrades")}
    (method,) = await rows_of(db, group.id, "payment_methods")
    assert owners == {group.people[ANE]: [method["id"]], group.people[BO]: []}
    order = (await buy(db, me, 2, method_id=method["id"])).order
    payment_id = await payment(db, group, order.order_id)
    owed = await find_owed(db, janitor(group.id), payment_id=payment_id, now=NOW)
    assert owed is not None
    assert owed.place == f"/t/{group.slug}/become-admin/buy/second-step/{payment_id}"
    assert (await refusal(read_upgrade_step(db, other, payment_id=payment_id))).code == "payment_missing"
    assert await ask_about_payment(db, me, payment_id=payment_id, now=NOW)
    assert not await ask_about_payment(db, other, payment_id=payment_id, now=NOW)
    await buy(db, other, 2)
    (gone,) = await rows_of(db, group.id, "payment_methods")
    assert gone["removed_at"] == NOW
