"""The licensing rules, one sentence each; then what must hold for every wish of anybody."""

from dataclasses import replace
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.catalog import Product, RuleKind
from tenantry.domain.licenses import Held, Outcome, Profile, Refusal, Verdict, Wish, check_wish, decide, hand_out
from tenantry.kit.errors import Kind, Refused
from tests.cast import (
    ARCHIVE,
    ARCHIVING,
    BASIC,
    BOARD,
    BOARD_TWIN,
    CATALOG,
    CHAT,
    LOOKOUT,
    MAIL_LARGE,
    MAIL_SMALL,
    PHONE,
    PHONES,
    PLAN_RULES,
    PREMIUM,
    SITES_LARGE,
    SITES_SMALL,
    TASKS,
    WAREHOUSE,
)

ALL_ON: frozenset[UUID] = frozenset()


def has(product: Product, *off: UUID, inherited: bool = False) -> Held:
    return Held(product.sku_id, frozenset(off), inherited)


def from_group(product: Product) -> Held:
    return Held(product.sku_id, None, inherited=True)


def person(*held: Held, location: str | None = "DK") -> Profile:
    return Profile("member", location, held)


def give(*products: Product, off: tuple[UUID, ...] = (), others_go: bool = False, set_apps: bool = False) -> Wish:
    """A wish for `products`, each without those of its apps that are in `off`."""
    assign = {product.sku_id: product.plan_ids & frozenset(off) for product in products}
    return Wish(assign, remove_others=others_go, set_apps=set_apps)


def take(*products: Product) -> Wish:
    return Wish({}, remove=frozenset(product.sku_id for product in products))


def skus(*products: Product) -> frozenset[UUID]:
    return frozenset(product.sku_id for product in products)


def asked(who: Profile, wish: Wish) -> Verdict:
    return decide(who, wish, CATALOG)


def codes(verdict: Verdict) -> list[str]:
    return [refusal.code for refusal in verdict.refusals]


# Gaining, keeping, losing


def test_a_product_that_is_not_held_is_gained() -> None:
    assert asked(person(), give(BOARD)) == Verdict(gains=skus(BOARD))


def test_a_product_that_is_held_is_kept_with_its_own_apps() -> None:
    verdict = asked(person(has(BOARD, TASKS.id)), give(BOARD))
    assert verdict == Verdict()
    assert verdict.outcome is Outcome.UNCHANGED


def test_apps_of_a_held_product_change_when_they_are_asked_for() -> None:
    verdict = asked(person(has(BOARD, TASKS.id)), give(BOARD, set_apps=True))
    assert verdict == Verdict(changes=skus(BOARD))


def test_apps_that_are_as_wished_already_do_not_change() -> None:
    verdict = asked(person(has(BOARD, TASKS.id)), give(BOARD, off=(TASKS.id,), set_apps=True))
    assert verdict.outcome is Outcome.UNCHANGED


def test_a_product_that_is_held_is_lost_when_it_is_removed() -> None:
    assert asked(person(has(BOARD)), take(BOARD, LOOKOUT)) == Verdict(losses=skus(BOARD))


def test_replacing_keeps_what_stays_gains_what_is_new_and_loses_the_rest() -> None:
    verdict = asked(person(has(BOARD), has(LOOKOUT)), give(BOARD, BASIC, others_go=True))
    assert verdict == Verdict(gains=skus(BASIC), losses=skus(LOOKOUT))


def test_unassigning_all_loses_everything_direct() -> None:
    verdict = asked(person(has(BOARD), has(BASIC)), give(others_go=True))
    assert verdict == Verdict(losses=skus(BOARD, BASIC))


def test_a_guest_is_licensed_like_a_member() -> None:
    assert asked(Profile("guest", "SE"), give(BOARD)) == Verdict(gains=skus(BOARD))


# Licenses from a group


def test_an_inherited_license_cannot_be_removed_from_the_person() -> None:
    verdict = asked(person(from_group(BOARD)), take(BOARD))
    assert verdict.refusals == (Refusal("license_inherited", {"product": "Task Board", "sku_id": BOARD.sku_id}),)
    assert verdict.losses == frozenset()


def test_a_license_that_is_both_direct_and_inherited_cannot_be_removed_either() -> None:
    assert codes(asked(person(has(BOARD, inherited=True)), take(BOARD))) == ["license_inherited"]


def test_apps_of_a_license_that_is_gone_do_not_bring_it_back() -> None:
    wish = replace(give(BOARD, BASIC, off=(TASKS.id,), set_apps=True), held_only=True)
    refusal = Refusal("license_gone", {"product": "Task Board", "sku_id": BOARD.sku_id})
    assert asked(person(has(BASIC), location=None), wish) == Verdict(refusals=(refusal,))
    assert asked(person(has(BASIC), from_group(BOARD)), wish) == Verdict(changes=skus(BOARD))


def test_replacing_leaves_inherited_licenses_where_they_are() -> None:
    verdict = asked(person(from_group(BOARD), has(LOOKOUT)), give(others_go=True))
    assert verdict == Verdict(losses=skus(LOOKOUT))


def test_a_product_that_is_only_inherited_gets_a_direct_path_with_the_wished_apps() -> None:
    verdict = asked(person(has(PHONES), from_group(BASIC)), give(BASIC, off=(MAIL_SMALL.id,)))
    assert verdict == Verdict(changes=skus(BASIC))
    assert codes(asked(person(has(PHONES), from_group(BASIC)), give(BASIC, off=(CHAT.id,)))) == ["plan_needed"]


# Usage location


def test_nobody_gains_a_license_without_a_usage_location() -> None:
    assert asked(person(location=None), give(BOARD, LOOKOUT)).refusals == (Refusal("usage_location_missing", {}),)


def test_what_is_held_can_change_and_end_without_a_usage_location() -> None:
    nowhere = person(has(BOARD), has(BASIC), location=None)
    wish = Wish({BOARD.sku_id: frozenset([TASKS.id])}, remove=skus(BASIC), set_apps=True)
    assert asked(nowhere, wish) == Verdict(changes=skus(BOARD), losses=skus(BASIC))


def test_a_product_is_not_given_in_a_country_where_it_is_barred() -> None:
    verdict = asked(person(location="CN"), give(LOOKOUT, BOARD))
    assert verdict.refusals == (Refusal("country_barred", {"product": "Lookout", "country": "CN"}),)


def test_a_barred_product_that_is_held_already_may_stay() -> None:
    assert asked(person(has(LOOKOUT), location="CN"), give(LOOKOUT, BOARD)) == Verdict(gains=skus(BOARD))


# Plans that exclude each other


def test_two_products_whose_plans_exclude_each_other_are_refused_with_both_names() -> None:
    verdict = asked(person(has(BASIC)), give(PREMIUM))
    assert codes(verdict) == ["plan_conflict", "plan_conflict"]
    assert verdict.refusals[0].params == {
        "plan": "Mail (large)",
        "plan_id": MAIL_LARGE.id,
        "product": "Business Premium",
        "sku_id": PREMIUM.sku_id,
        "other_plan": "Mail (small)",
        "other_plan_id": MAIL_SMALL.id,
        "other_product": "Business Basic",
        "other_sku_id": BASIC.sku_id,
    }


def test_two_products_of_one_wish_may_conflict_with_each_other() -> None:
    assert codes(asked(person(), give(BASIC, PREMIUM))) == ["plan_conflict", "plan_conflict"]


def test_switching_off_one_plan_of_each_pair_resolves_the_conflict() -> None:
    verdict = asked(person(has(BASIC)), give(PREMIUM, off=(MAIL_LARGE.id, SITES_LARGE.id)))
    assert verdict == Verdict(gains=skus(PREMIUM))


def test_a_plan_that_is_switched_off_where_it_is_held_conflicts_with_nothing() -> None:
    holder = person(has(BASIC, MAIL_SMALL.id, SITES_SMALL.id))
    assert asked(holder, give(PREMIUM)) == Verdict(gains=skus(PREMIUM))


def test_replacing_one_product_by_its_rival_is_no_conflict() -> None:
    verdict = asked(person(has(BASIC)), give(PREMIUM, others_go=True))
    assert verdict == Verdict(gains=skus(PREMIUM), losses=skus(BASIC))


def test_an_inherited_rival_still_conflicts_when_everything_else_is_replaced() -> None:
    assert codes(asked(person(from_group(BASIC)), give(PREMIUM, others_go=True))) == ["plan_conflict"] * 2


def test_an_old_conflict_blocks_nothing_new() -> None:
    torn = person(has(BASIC), has(PREMIUM))
    assert asked(torn, give(BOARD)) == Verdict(gains=skus(BOARD))


def test_switching_a_plan_on_can_be_a_conflict() -> None:
    holder = person(has(BASIC), has(PREMIUM, MAIL_LARGE.id, SITES_LARGE.id))
    verdict = asked(holder, give(PREMIUM, off=(SITES_LARGE.id,), set_apps=True))
    assert codes(verdict) == ["plan_conflict"]
    assert verdict.refusals[0].params["plan_id"] == MAIL_LARGE.id


def test_the_plan_that_is_new_is_named_first() -> None:
    one = asked(person(has(BASIC)), give(PREMIUM)).refusals[0].params
    other = asked(person(has(PREMIUM)), give(BASIC)).refusals[0].params
    assert (one["plan_id"], other["plan_id"]) == (MAIL_LARGE.id, MAIL_SMALL.id)


# Plans that need another


def test_an_add_on_needs_one_of_the_plans_it_names() -> None:
    verdict = asked(person(), give(ARCHIVING))
    assert codes(verdict) == ["plan_missing"]
    assert verdict.refusals[0].params == {
        "plan": "Mail archive",
        "plan_id": ARCHIVE.id,
        "needs": ["Mail (large)", "Mail (small)"],
        "product": "Archiving",
        "sku_id": ARCHIVING.sku_id,
    }


@pytest.mark.parametrize("base", [BASIC, PREMIUM])
def test_any_one_of_them_is_enough(base: Product) -> None:
    assert asked(person(has(base)), give(ARCHIVING)) == Verdict(gains=skus(ARCHIVING))


def test_the_needed_plan_may_come_with_the_same_wish() -> None:
    assert asked(person(), give(ARCHIVING, BASIC)) == Verdict(gains=skus(ARCHIVING, BASIC))


def test_a_needed_plan_that_is_switched_off_does_not_count() -> None:
    assert codes(asked(person(has(BASIC, MAIL_SMALL.id)), give(ARCHIVING))) == ["plan_missing"]


def test_a_needed_plan_is_not_removed_from_under_the_one_that_needs_it() -> None:
    verdict = asked(person(has(BASIC), has(PHONES)), take(BASIC))
    assert codes(verdict) == ["plan_needed"]
    assert (verdict.refusals[0].params["plan_id"], verdict.refusals[0].params["needs"]) == (PHONE.id, ["Chat"])


def test_a_needed_plan_is_not_switched_off_either() -> None:
    wish = give(BASIC, off=(CHAT.id,), set_apps=True)
    assert codes(asked(person(has(BASIC), has(PHONES)), wish)) == ["plan_needed"]


def test_a_needed_plan_may_be_exchanged_for_another() -> None:
    verdict = asked(person(has(BASIC), has(ARCHIVING)), Wish({PREMIUM.sku_id: ALL_ON}, remove=skus(BASIC)))
    assert verdict == Verdict(gains=skus(PREMIUM), losses=skus(BASIC))


def test_both_may_go_together() -> None:
    assert asked(person(has(BASIC), has(PHONES)), take(BASIC, PHONES)).outcome is Outcome.CHANGED


def test_an_add_on_that_lacked_its_base_before_blocks_nothing_new() -> None:
    assert asked(person(has(PHONES)), give(BOARD)) == Verdict(gains=skus(BOARD))


# All of it, or nothing


def test_every_reason_is_told_at_once() -> None:
    verdict = asked(person(has(BASIC), location="CN"), give(LOOKOUT, PREMIUM))
    assert codes(verdict) == ["country_barred", "plan_conflict", "plan_conflict"]
    assert verdict.outcome is Outcome.REFUSED


def test_products_that_share_a_plan_do_not_disturb_each_other() -> None:
    assert asked(person(has(BOARD)), give(BOARD_TWIN)) == Verdict(gains=skus(BOARD_TWIN))


# Wishes that are wrong for everybody

OWNED = skus(BASIC, PREMIUM, BOARD, WAREHOUSE)


def wrong(wish: Wish) -> Refused:
    with pytest.raises(Refused) as refused:
        check_wish(wish, CATALOG, OWNED)
    assert refused.value.kind is Kind.INVALID
    return refused.value


def test_a_wish_that_is_in_order_passes() -> None:
    check_wish(Wish({BASIC.sku_id: frozenset([CHAT.id])}, remove=skus(BOARD)), CATALOG, OWNED)


def test_a_product_without_a_subscription_cannot_be_assigned() -> None:
    refused = wrong(give(LOOKOUT))
    assert (refused.code, refused.params) == ("product_not_owned", {"product": "Lookout"})


def test_a_product_that_nobody_knows_cannot_be_assigned() -> None:
    unknown = uuid4()
    refused = wrong(Wish({unknown: ALL_ON}))
    assert (refused.code, refused.params) == ("product_not_owned", {"product": str(unknown)})


def test_a_company_product_is_assigned_to_nobody() -> None:
    refused = wrong(give(WAREHOUSE))
    assert (refused.code, refused.params) == ("product_for_company", {"product": "Warehouse"})


def test_only_plans_of_the_product_can_be_switched_off() -> None:
    refused = wrong(Wish({BASIC.sku_id: frozenset([TASKS.id])}))
    assert (refused.code, refused.params) == ("plan_not_in_product", {"product": "Business Basic"})


def test_a_product_cannot_be_wished_and_unwished_at_once() -> None:
    refused = wrong(Wish({BASIC.sku_id: ALL_ON}, remove=skus(BASIC)))
    assert (refused.code, refused.params) == ("wish_contradicts", {"product": "Business Basic"})


# Too few seats


def test_seats_go_to_those_who_come_first() -> None:
    users = [uuid4() for _ in range(3)]
    assert hand_out([(user, skus(BASIC)) for user in users], {BASIC.sku_id: 2}) == {users[2]}


def test_somebody_who_needs_two_seats_and_finds_one_takes_none() -> None:
    first, second = uuid4(), uuid4()
    free = {BASIC.sku_id: 1, BOARD.sku_id: 0}
    assert hand_out([(first, skus(BASIC, BOARD)), (second, skus(BASIC))], free) == {first}


def test_enough_seats_leave_nobody_out() -> None:
    assert hand_out([(uuid4(), skus(BASIC))], {BASIC.sku_id: 1}) == set()


# What must hold for everybody

SOLD = [product for product in CATALOG.products.values() if product.applies_to == "user"]
EXCLUSIVE = [(rule.plan_a, rule.plan_b) for rule in PLAN_RULES if rule.kind is RuleKind.EXCLUSIVE]
NEEDS = CATALOG.rules.requires_any


@st.composite
def switches(draw: st.DrawFn, product: Product) -> frozenset[UUID]:
    return draw(st.frozensets(st.sampled_from(sorted(product.plan_ids))))


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    held = []
    for product in draw(st.lists(st.sampled_from(SOLD), unique=True)):
        inherited = draw(st.booleans())
        direct = not inherited or draw(st.booleans())
        held.append(Held(product.sku_id, draw(switches(product)) if direct else None, inherited))
    return Profile(draw(st.sampled_from(["member", "guest"])), draw(st.sampled_from([None, "DK", "CN"])), tuple(held))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    products = draw(st.lists(st.sampled_from(SOLD), unique=True))
    cut = draw(st.integers(0, len(products)))
    assign = {product.sku_id: draw(switches(product)) for product in products[:cut]}
    remove = frozenset(product.sku_id for product in products[cut:])
    return Wish(assign, remove, draw(st.booleans()), draw(st.booleans()), draw(st.booleans()))


def carried_out(who: Profile, wish: Wish, verdict: Verdict) -> Profile:
    """The same person after the verdict has been written, by the words of `Verdict`."""
    held = {license.sku_id: license for license in who.held if license.sku_id not in verdict.losses}
    for sku_id in verdict.gains | verdict.changes:
        inherited = sku_id in held and held[sku_id].inherited
        held[sku_id] = Held(sku_id, wish.assign[sku_id], inherited)
    return Profile(who.kind, who.usage_location, tuple(held.values()))


def enabled(who: Profile) -> set[UUID]:
    return {
        plan for held in who.held for plan in CATALOG.products[held.sku_id].plan_ids - (held.disabled or frozenset())
    }


@given(profiles(), wishes())
def test_asking_again_after_it_is_done_changes_nothing(who: Profile, wish: Wish) -> None:
    verdict = asked(who, wish)
    if verdict.outcome is not Outcome.REFUSED:
        assert asked(carried_out(who, wish, verdict), wish).outcome is Outcome.UNCHANGED


@given(profiles(), wishes())
def test_no_verdict_leaves_a_new_conflict_or_a_new_lack(who: Profile, wish: Wish) -> None:
    verdict = asked(who, wish)
    if verdict.outcome is not Outcome.REFUSED:
        before, after = enabled(who), enabled(carried_out(who, wish, verdict))
        assert [pair for pair in EXCLUSIVE if after.issuperset(pair) and not before.issuperset(pair)] == []
        lacking = [plan for plan in NEEDS if plan in after and not NEEDS[plan] & after]
        assert [plan for plan in lacking if plan not in before or NEEDS[plan] & before] == []


@given(profiles(), wishes(), st.randoms())
def test_the_order_of_a_wish_and_of_what_is_held_means_nothing(who: Profile, wish: Wish, random: Random) -> None:
    items, held = list(wish.assign.items()), list(who.held)
    random.shuffle(items)
    random.shuffle(held)
    shuffled = replace(wish, assign=dict(items))
    assert asked(Profile(who.kind, who.usage_location, tuple(held)), shuffled) == asked(who, wish)


@given(profiles(), wishes())
def test_what_comes_was_not_there_what_goes_was_and_nothing_does_both(who: Profile, wish: Wish) -> None:
    verdict, held = asked(who, wish), {license.sku_id for license in who.held}
    assert verdict.gains.isdisjoint(held)
    assert verdict.losses | verdict.changes <= held
    assert verdict.losses.isdisjoint(wish.assign)
    assert not (wish.held_only and verdict.gains)


@given(
    st.lists(st.tuples(st.uuids(), st.frozensets(st.sampled_from([p.sku_id for p in SOLD]), min_size=1))),
    st.fixed_dictionaries({product.sku_id: st.integers(0, 4) for product in SOLD}),
)
def test_no_seat_is_handed_out_twice_and_none_is_withheld(
    queue: list[tuple[UUID, frozenset[UUID]]], free: dict[UUID, int]
) -> None:
    queue = list({user: (user, needs) for user, needs in queue}.values())
    left_out = hand_out(queue, free)
    left = dict(free)
    for user, needs in queue:
        fits = all(left[sku_id] > 0 for sku_id in needs)
        assert (user in left_out) is not fits
        for sku_id in needs if fits else ():
            left[sku_id] -= 1
    assert min(left.values()) >= 0
