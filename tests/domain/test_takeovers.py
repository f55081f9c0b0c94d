"""What a takeover may move, what keeps it from being done, and the file of apps that bar it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tenantry.domain.catalog_files import parse_products
from tenantry.domain.takeover_bars import parse_takeover_bars
from tenantry.domain.takeovers import (
    LEFT_FOR,
    PROOF_LASTS,
    Freight,
    Group,
    Merger,
    check_claim,
    check_takeover,
    may_restore,
)
from tenantry.kit.errors import Refused
from tenantry.sample import sample
from tests.cast import BASIC, BOARD, CALENDAR, CATALOG, DAY, NOW, SECOND

OLD, ONE, TWO = (UUID(int=n) for n in (1, 2, 3))
MOVES = Freight(BASIC.sku_id, BASIC.name, 5, 2)
STAYS = Freight(BOARD.sku_id, BOARD.name, 5, 2, (CALENDAR.friendly_name,))
GROUP = Group("fabrikam.example", OLD, "fabrikam.example", 2, 0, (), (), (), (MOVES,), 0, False, 0)


def refused(group: Group, **more: Any) -> str:
    try:
        check_takeover(group, **{"forced": False, "typed": "", "mark": group.mark, **more})
    except Refused as refusal:
        return refusal.code
    return ""


def test_what_can_move_is_taken_without_a_word() -> None:
    assert refused(GROUP) == ""
    assert refused(GROUP, forced=True) == "", "where nothing is barred there is nothing to force"


def test_what_cannot_move_wants_force_and_the_domain_typed() -> None:
    barred = replace(GROUP, products=(MOVES, STAYS))
    assert refused(barred) == "takeover_barred"
    assert refused(barred, forced=True) == "takeover_typed"
    assert refused(barred, forced=True, typed=" Fabrikam.Example. ") == ""


def test_a_name_of_somebody_else_is_never_forced() -> None:
    assert refused(replace(GROUP, taken=("ida@fabrikam.example",)), forced=True) == "takeover_names_taken"


@pytest.mark.parametrize(
    "other",
    [
        replace(GROUP, products=(MOVES, replace(STAYS, bars=()))),
        replace(GROUP, mergers=(Merger(ONE, "ida@fabrikam.example", TWO, "Ida", joins=True),)),
        replace(GROUP, meetings_bar=True),
        replace(GROUP, tenant_id=ONE),
    ],
)
def test_what_became_another_thing_is_shown_again(other: Group) -> None:
    assert refused(GROUP, mark=other.mark) == "takeover_changed"


def test_more_people_are_no_other_thing() -> None:
    assert replace(GROUP, people=3, meetings=9, products=(replace(MOVES, licenses=3),)).mark == GROUP.mark


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, ""),
        ({"proven": True}, "takeover_elsewhere"),
        ({"kind": "managed"}, "takeover_elsewhere"),
        ({"living": False}, "takeover_elsewhere"),
        ({"same_edition": False}, "takeover_edition"),
        ({"checked_at": None}, "takeover_proof_old"),
        ({"checked_at": NOW - PROOF_LASTS - SECOND}, "takeover_proof_old"),
    ],
)
def test_only_a_living_group_that_nobody_has_proven_may_be_claimed(facts: dict[str, Any], code: str) -> None:
    known = {"proven": False, "kind": "unmanaged", "living": True, "same_edition": True}
    wanted = {**known, "checked_at": NOW - PROOF_LASTS, "now": NOW, **facts}
    if not code:
        return check_claim(**wanted)
    with pytest.raises(Refused, match=code):
        check_claim(**wanted)
    return None


@pytest.mark.parametrize(
    ("days", "undone", "may"),
    [(timedelta(), False, True), (LEFT_FOR - SECOND, False, True), (LEFT_FOR, False, False), (DAY, True, False)],
)
def test_the_old_tenant_can_be_had_back_once_and_for_ten_days(days: timedelta, undone: bool, may: bool) -> None:
    assert may_restore(NOW, NOW if undone else None, NOW + days) is may


def test_the_file_of_bars_names_apps_that_are_there() -> None:
    rows = f"plan_id,plan\n{CALENDAR.id},CALENDAR\n{CALENDAR.id},\n{ONE},X\n{min(BASIC.plan_ids)},WRONG\n"
    parsed = parse_takeover_bars(rows.encode(), plans=CATALOG.plans)
    assert parsed.value == {CALENDAR.id}
    assert [(fault.line, fault.code) for fault in parsed.faults] == [
        (3, "row_repeated"),
        (4, "plan_unknown"),
        (5, "plan_name_differs"),
    ]


def test_the_samples_bars_have_the_free_product_in_them() -> None:
    _, _, own = sample("own_products.csv").partition(b"\n")
    table = parse_products(sample("products.csv") + own).checked()
    bars = parse_takeover_bars(sample("takeover_bars.csv"), plans=table.plans).checked()
    meetings = next(one for one in table.products.values() if one.part_number == "MEETINGS_FREE")
    assert meetings.plan_ids & bars
