"""Credits used: no minor unit is lost or made, whatever there is to pay and to give back."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tenantry.domain.credits import Credit, CreditPlan, Owing, Share, Taken, use_credits
from tenantry.kit.money import Money

ONE, TWO, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
E3, E5 = frozenset({UUID(int=100)}), frozenset({UUID(int=101)})


def dkk(minor: int) -> Money:
    return Money(minor, "DKK")


def test_what_is_owed_is_paid_first_and_the_rest_goes_back_to_the_card() -> None:
    plan = use_credits([Credit(ONE, dkk(1000), E3)], [Owing(TWO, dkk(300))], [Taken(OTHER, dkk(5000), E3)])
    assert plan == CreditPlan((Share(ONE, TWO, dkk(300)),), (Share(ONE, OTHER, dkk(700)),), (ONE,))


def test_a_payment_of_something_else_and_another_currency_are_left_alone() -> None:
    credit, euro = Credit(ONE, dkk(1000), E3), Owing(TWO, Money(300, "EUR"))
    assert use_credits([credit], [euro], [Taken(OTHER, dkk(5000), E5)]) == CreditPlan((), (), ())


def test_two_credits_share_a_payment_and_what_is_too_much_is_left() -> None:
    both = [Credit(ONE, dkk(600), E3), Credit(TWO, dkk(600), E3)]
    plan = use_credits(both, [], [Taken(OTHER, dkk(1000), E3)])
    assert plan.given_back == (Share(ONE, OTHER, dkk(600)), Share(TWO, OTHER, dkk(400)))
    assert plan.used_up == (ONE,)


_ABOUT = st.frozensets(st.integers(1, 3).map(lambda n: UUID(int=n)), min_size=1)
_MONEY = st.builds(Money, st.integers(1, 10**7), st.sampled_from(["DKK", "EUR"]))
_CREDITS = st.lists(st.builds(Credit, st.uuids(), _MONEY, _ABOUT), unique_by=lambda one: one.id)
_OWED = st.lists(st.builds(Owing, st.uuids(), _MONEY), unique_by=lambda one: one.id)
_PAID = st.lists(st.builds(Taken, st.uuids(), _MONEY, _ABOUT), unique_by=lambda one: one.id)


@given(_CREDITS, _OWED, _PAID)
def test_no_minor_unit_is_lost_or_made(credits: list[Credit], owed: list[Owing], paid: list[Taken]) -> None:
    plan = use_credits(credits, owed, paid)
    shares = (*plan.set_off, *plan.given_back)
    assert all(share.amount.minor > 0 for share in shares)
    for one in credits:
        used = [share.amount for share in shares if share.credit_id == one.id]
        left = one.left - sum(used, Money(0, one.left.currency))  # another currency would raise
        assert left.minor >= 0
        assert (left.minor == 0) == (one.id in plan.used_up)
        if left.minor:  # nothing was left undone that could be done
            assert not [_free(to, plan.set_off) for to in owed if _fits(one, to) and _free(to, plan.set_off)]
            theirs = [to for to in paid if _fits(one, to) and to.about & one.about]
            assert not [to for to in theirs if _free(to, plan.given_back)]
    assert all(_free(to, plan.set_off) >= 0 for to in owed)
    assert all(_free(to, plan.given_back) >= 0 for to in paid)


def _fits(credit: Credit, to: Owing | Taken) -> bool:
    return credit.left.currency == to.left.currency


def _free(to: Owing | Taken, shares: tuple[Share, ...]) -> int:
    return to.left.minor - sum(share.amount.minor for share in shares if share.to_id == to.id)
