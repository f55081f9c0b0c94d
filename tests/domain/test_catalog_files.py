"""The catalog's files: the shipped sample, and every way a row can be wrong."""

import csv
import io
from collections.abc import Iterable
from uuid import UUID

import pytest

from tenantry.domain.catalog import (
    Catalog,
    Limit,
    Plan,
    Price,
    Product,
    RuleKind,
    build_rules,
    compare,
    mark_company,
    related_plans,
    related_skus,
)
from tenantry.domain.catalog_files import (
    PRODUCT_COLUMNS,
    RULE_COLUMNS,
    RULE_IDS,
    ProductTable,
    RuleTable,
    parse_company,
    parse_limits,
    parse_prices,
    parse_products,
    parse_rules,
)
from tenantry.domain.file_rows import FAULT_LIMIT, Parsed
from tenantry.kit.errors import Refused
from tenantry.sample import sample

COUNTRIES = frozenset(["CN", "IN", "DE", "DK", "FI", "FR", "GB", "NL", "NO", "SE", "US"])
PRICE_COLUMNS = ("sku_id", "part_number", "currency", "term_months", "frequency", "unit_price")
LIMIT_COLUMNS = ("plan_id", "plan", "limit", "value")
CURRENCIES = {"USD": 2, "EUR": 2, "DKK": 2, "NOK": 2, "JPY": 0}
DESK, PHONE, EXTRA = (UUID(int=number) for number in (0xA1, 0xA2, 0xA3))
MAIL, FILES, CALLS = (UUID(int=number) for number in (0xB1, 0xB2, 0xB3))
PLANS = {
    MAIL: Plan(MAIL, "MAIL", "Mail"),
    FILES: Plan(FILES, "FILES", "Files"),
    CALLS: Plan(CALLS, "CALLS", "Calls"),
}
PRODUCTS = {
    DESK: Product(DESK, "DESK", "Desk", frozenset({MAIL, FILES})),
    PHONE: Product(PHONE, "PHONE", "Phone", frozenset({CALLS})),
    EXTRA: Product(EXTRA, "PHONE", "Phone extra", frozenset({CALLS, MAIL})),
}


def written(columns: Iterable[str], *rows: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(columns), *map(list, rows)])
    return text.getvalue().encode()


def found(parsed: Parsed[object]) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.code) for fault in parsed.faults]


@pytest.fixture(scope="module")
def table() -> ProductTable:
    return parse_products(sample("products.csv")).checked()


@pytest.fixture(scope="module")
def rules(table: ProductTable) -> RuleTable:
    data = sample("rules.csv")
    return parse_rules(data, plans=table.plans, products=table.products, countries=COUNTRIES).checked()


@pytest.fixture(scope="module")
def catalog(table: ProductTable, rules: RuleTable) -> Catalog:
    enforced = build_rules(rules.plan_rules.values(), rules.bars.values())
    return Catalog(table.products, {**table.plans, **rules.plans}, enforced)


def sku(catalog: Catalog, part_number: str) -> UUID:
    (found,) = (key for key, product in catalog.products.items() if product.part_number == part_number)
    return found


def plan_names(catalog: Catalog, part_number: str) -> set[str]:
    plan_ids = catalog.products[sku(catalog, part_number)].plan_ids
    return {catalog.plans[plan_id].name for plan_id in plan_ids}


# The sample


def test_the_sample_has_all_products_plans_and_pairs(table: ProductTable) -> None:
    assert len(table.products) == 569
    assert len(table.plans) == 723
    assert sum(len(product.plan_ids) for product in table.products.values()) == 5448


def test_names_and_part_numbers_that_repeat_stay_apart(table: ProductTable) -> None:
    basic = [p.part_number for p in table.products.values() if p.name == "Microsoft 365 Business Basic"]
    assert sorted(basic) == ["O365_BUSINESS_ESSENTIALS", "SMB_BUSINESS_ESSENTIALS"]
    assert sum(product.part_number == "MCOPSTN5" for product in table.products.values()) == 2
    assert sum(plan.name == "PROJECT_ESSENTIALS" for plan in table.plans.values()) == 2


def test_a_friendly_name_of_many_spellings_is_the_usual_one_that_does_not_shout(table: ProductTable) -> None:
    named = {plan.name: plan.friendly_name for plan in table.plans.values()}
    assert named["EXCHANGE_S_FOUNDATION"] == "Exchange Foundation"


def test_the_sample_rules_are_all_read_and_four_plans_have_no_product(rules: RuleTable) -> None:
    kinds = [rule.kind for rule in rules.plan_rules.values()]
    assert {kind: kinds.count(kind) for kind in RuleKind} == {
        RuleKind.EXCLUSIVE: 97,
        RuleKind.REQUIRES: 11,
        RuleKind.FORMER: 28,
        RuleKind.DISCOURAGED: 1,
    }
    assert {plan.name for plan in rules.plans.values()} == {
        "CRMPLAN1",
        "EMPLOYEE_SELF_SERVICE",
        "INTUNE_B",
        "SHAREPOINTSTANDARD_YAMMERSHADOW",
    }
    assert len(rules.bars) == 10


def test_history_is_kept_and_not_enforced(catalog: Catalog, rules: RuleTable) -> None:
    former = {rule.key[1:] for rule in rules.plan_rules.values() if rule.kind is RuleKind.FORMER}
    assert not any(b in catalog.rules.exclusive.get(a, frozenset()) for a, b in former)


def test_exclusions_hold_both_ways(catalog: Catalog) -> None:
    exclusive = catalog.rules.exclusive
    pairs = {(a, b) for a, others in exclusive.items() for b in others}
    assert len(pairs) == 2 * 97
    assert pairs == {(b, a) for a, b in pairs}


def test_no_sample_product_excludes_itself(catalog: Catalog) -> None:
    exclusive = catalog.rules.exclusive
    for product in catalog.products.values():
        for plan_id in product.plan_ids:
            assert not exclusive.get(plan_id, frozenset()) & product.plan_ids, product.part_number


def test_only_add_ons_need_another_product(catalog: Catalog) -> None:
    missing = {
        (catalog.plans[plan_id].name, product.part_number)
        for product in catalog.products.values()
        for plan_id in product.plan_ids & catalog.rules.requires_any.keys()
        if not catalog.rules.requires_any[plan_id] & product.plan_ids
    }
    assert missing == {
        ("WORKPLACE_ANALYTICS", "WORKPLACE_ANALYTICS"),
        ("MCOMEETADV", "MCOMEETADV"),
        ("MCOMEETADV", "MCOMEETADV_FACULTY"),
        ("MCOMEETADV", "BUSINESS_VOICE"),
        ("MCOMEETADV", "BUSINESS_VOICE_DIRECTROUTING"),
        ("MCOMEETADV", "BUSINESS_VOICE_DIRECTROUTING_MED"),
        ("MCOMEETADV", "BUSINESS_VOICE_MED2"),
        ("MCOMEETADV", "BUSINESS_VOICE_MED2_TELCO"),
    }


def test_sample_company_products_prices_and_limits_are_sound(table: ProductTable, catalog: Catalog) -> None:
    company = parse_company(sample("company.csv"), products=table.products).checked()
    data = sample("prices.csv")
    prices = parse_prices(data, products=table.products, currencies=CURRENCIES).checked()
    limits = parse_limits(sample("limits.csv"), plans=catalog.plans).checked()
    priced = {key[0] for key in prices}
    assert len(company) == 63
    assert len(prices) == len(priced) * 4 * 3
    assert {sku(catalog, name) for name in ("O365_BUSINESS_ESSENTIALS", "O365_BUSINESS_PREMIUM", "SPB")} <= priced
    assert not priced & company
    assert all(price.minor > 0 for price in prices.values())
    assert {key[1] for key in limits} >= {"meeting.max_participants", "mailbox.gigabytes"}


def test_a_yearly_bill_is_twelve_monthly_ones_of_the_same_term(table: ProductTable) -> None:
    prices = parse_prices(sample("prices.csv"), products=table.products, currencies=CURRENCIES).checked()
    yearly = [price for price in prices.values() if price.frequency == "yearly"]
    assert yearly
    for price in yearly:
        assert price.minor == 12 * prices[price.sku_id, price.currency, 12, "monthly"].minor


# What is related


def test_related_products_share_a_rule_or_are_given(catalog: Catalog) -> None:
    e1, e3 = sku(catalog, "STANDARDPACK"), sku(catalog, "ENTERPRISEPACK")
    conferencing, visio = sku(catalog, "MCOMEETADV"), sku(catalog, "AAD_BASIC")
    assert {e1, e3, conferencing} <= related_skus(catalog, [e1])
    assert visio not in related_skus(catalog, [e1])
    assert related_skus(catalog, [visio]) == {visio}


def test_a_base_plan_is_related_to_the_add_on_and_to_what_could_replace_it(catalog: Catalog) -> None:
    skype, teams = sku(catalog, "MCOSTANDARD"), sku(catalog, "Microsoft_Teams_EEA_New")
    assert {sku(catalog, "MCOMEETADV"), teams} <= related_skus(catalog, [skype])


def test_a_product_without_rules_or_unknown_has_no_related_plans(catalog: Catalog) -> None:
    assert related_plans(catalog, [sku(catalog, "AAD_BASIC"), UUID(int=7)]) == frozenset()
    assert related_skus(catalog, []) == frozenset()


# Products


def product_row(**changed: str) -> list[str]:
    row = dict(zip(PRODUCT_COLUMNS, ("Desk", "DESK", str(DESK), "MAIL", str(MAIL), "Mail"), strict=True))
    return list({**row, **changed}.values())


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"sku_id": "not-an-id"}, "sku_id", "guid_form"),
        ({"sku_id": "{00000000-0000-0000-0000-0000000000a1}"}, "sku_id", "guid_form"),
        ({"service_plan_id": "000000000000000000000000000000a1"}, "service_plan_id", "guid_form"),
        ({"sku_id": ""}, "sku_id", "text_missing"),
        ({"product_name": " \u00a0"}, "product_name", "text_missing"),
        ({"sku_part_number": ""}, "sku_part_number", "text_missing"),
        ({"service_plan_name": ""}, "service_plan_name", "text_missing"),
        ({"product_name": "De\x07sk"}, "product_name", "text_control"),
        ({"product_name": "D" * 257}, "product_name", "text_long"),
    ],
)
def test_a_bad_product_cell_is_told_with_line_and_column(changed: dict[str, str], column: str, code: str) -> None:
    parsed = parse_products(written(PRODUCT_COLUMNS, product_row(), product_row(**changed)))
    assert (3, column, code) in found(parsed)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"product_name": "Desktop"}, "product_name"),
        ({"sku_part_number": "DESKTOP"}, "sku_part_number"),
        ({"sku_id": str(PHONE), "service_plan_name": "POST"}, "service_plan_name"),
    ],
)
def test_an_id_with_two_names_is_told_with_both_lines(changed: dict[str, str], column: str) -> None:
    row = product_row(**{"service_plan_id": str(MAIL), **changed})
    parsed = parse_products(written(PRODUCT_COLUMNS, product_row(), row))
    (fault,) = [fault for fault in parsed.faults if fault.code == "row_differs"]
    assert (fault.line, fault.column, fault.params["first_line"]) == (3, column, 2)


def test_the_same_product_and_plan_twice_is_told() -> None:
    data = written(PRODUCT_COLUMNS, product_row(), product_row(sku_id=str(DESK).upper()))
    parsed = parse_products(data)
    assert found(parsed) == [(3, "service_plan_id", "row_repeated")]
    assert parsed.faults[0].params["first_line"] == 2


def test_every_fault_of_every_row_is_told() -> None:
    rows = [product_row(), product_row(sku_id="x", product_name=""), product_row(service_plan_id="y")]
    assert found(parse_products(written(PRODUCT_COLUMNS, *rows))) == [
        (3, "sku_id", "guid_form"),
        (3, "product_name", "text_missing"),
        (4, "service_plan_id", "guid_form"),
    ]


def test_more_than_a_thousand_faults_are_counted_and_not_listed() -> None:
    rows = [product_row(sku_id="x") for _ in range(FAULT_LIMIT + 5)]
    parsed = parse_products(written(PRODUCT_COLUMNS, *rows))
    assert (len(parsed.faults), parsed.more) == (FAULT_LIMIT, 5)
    with pytest.raises(Refused) as refused:
        parsed.checked()
    assert (refused.value.code, refused.value.params["count"]) == ("file_faults", FAULT_LIMIT + 5)


def test_a_missing_heading_is_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        parse_products(written(PRODUCT_COLUMNS[:-1], product_row()[:-1]))
    assert refused.value.params["headings"] == ["service_plan_friendly_name"]


def test_a_row_that_cannot_be_read_is_a_fault_beside_those_before_it() -> None:
    data = written(PRODUCT_COLUMNS, product_row(sku_id="x")) + b'"open,DESK\n'
    assert found(parse_products(data)) == [(2, "sku_id", "guid_form"), (3, "", "csv_malformed")]


def test_a_row_with_a_cell_too_many_is_a_fault_and_the_others_are_read() -> None:
    data = written(PRODUCT_COLUMNS, [*product_row(), "more"], product_row(sku_id="x"))
    assert found(parse_products(data)) == [(2, "", "csv_cells"), (3, "sku_id", "guid_form")]


def test_a_long_wrong_value_is_not_repeated_whole() -> None:
    parsed = parse_products(written(PRODUCT_COLUMNS, product_row(sku_id="x" * 5000)))
    assert all(len(str(value)) < 200 for fault in parsed.faults for value in fault.params.values())


def test_a_wrong_value_is_repeated_without_its_control_characters() -> None:
    (fault,) = parse_products(written(PRODUCT_COLUMNS, product_row(service_plan_id="x\x1b[31m"))).faults[-1:]
    assert fault.params["value"] == "x\ufffd[31m"


# Rules


def read_rules(*rows: Iterable[object], columns: Iterable[str] = RULE_COLUMNS) -> Parsed[RuleTable]:
    return parse_rules(written(columns, *rows), plans=PLANS, products=PRODUCTS, countries=COUNTRIES)


def test_a_rule_names_plans_and_its_order_means_nothing_if_it_is_symmetric() -> None:
    table = read_rules(["mutually_exclusive", "FILES", "MAIL", "page"]).checked()
    assert list(table.plan_rules) == [(RuleKind.EXCLUSIVE, MAIL, FILES)]
    table = read_rules(["requires_any_of", "FILES", "MAIL", "page"]).checked()
    assert list(table.plan_rules) == [(RuleKind.REQUIRES, FILES, MAIL)]


def test_a_name_of_two_plans_makes_the_rule_hold_for_both() -> None:
    twin = UUID(int=0xB9)
    plans = {**PLANS, twin: Plan(twin, "MAIL", "Mail, too")}
    data = written(RULE_COLUMNS, ["mutually_exclusive", "MAIL", "CALLS", "page"])
    table = parse_rules(data, plans=plans, products=PRODUCTS, countries=COUNTRIES).checked()
    rules = build_rules(table.plan_rules.values(), ())
    assert rules.exclusive[CALLS] == {MAIL, twin}


def test_an_id_wins_over_the_name_beside_it_and_an_unknown_one_is_a_plan_without_products() -> None:
    columns, new = (*RULE_COLUMNS, *RULE_IDS), UUID(int=0xB8)
    table = read_rules(["requires_any_of", "FILES", "NEW", "page", MAIL, new], columns=columns).checked()
    assert list(table.plan_rules) == [(RuleKind.REQUIRES, MAIL, new)]
    assert table.plans == {new: Plan(new, "NEW", "NEW")}


def test_a_bar_names_a_product_by_id_or_by_part_number() -> None:
    table = read_rules(["barred", DESK, "DK", "sample"], ["barred", "PHONE", "NO", "sample"]).checked()
    assert set(table.bars) == {(DESK, "DK"), (PHONE, "NO"), (EXTRA, "NO")}


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (["forbids", "MAIL", "FILES", ""], "rule", "rule_unknown"),
        (["mutually_exclusive", "POST", "FILES", ""], "plan_a", "plan_unknown"),
        (["requires_any_of", "MAIL", "POST", ""], "plan_b", "plan_unknown"),
        (["requires_any_of", "MAIL", "", ""], "plan_b", "text_missing"),
        (["mutually_exclusive", "MAIL", "MAIL", ""], "plan_b", "rule_same_plan"),
        (["barred", "DESKTOP", "DK", ""], "plan_a", "product_unknown"),
        (["barred", UUID(int=1), "DK", ""], "plan_a", "product_unknown"),
        (["barred", "DESK", "Denmark", ""], "plan_b", "country_unknown"),
        (["mutually_exclusive", "MAIL", "FILES", "", "x", ""], "plan_a_id", "guid_form"),
        (["mutually_exclusive", "FILES", "CALLS", ""], "plan_b", "row_repeated"),
        (["barred", "DESK", "NL", ""], "plan_b", "row_repeated"),
    ],
)
def test_a_bad_rule_is_told_with_line_and_column(row: list[object], column: str, code: str) -> None:
    first = ["mutually_exclusive", "CALLS", "FILES", ""], ["barred", DESK, "NL", ""]
    rows = [[*values, "", ""][:6] for values in (*first, row)]
    parsed = read_rules(*rows, columns=(*RULE_COLUMNS, *RULE_IDS))
    assert found(parsed) == [(4, column, code)]


# Company products, prices, limits


def test_company_products_are_marked_and_others_are_for_users() -> None:
    company = parse_company(written(["sku_id"], [PHONE]), products=PRODUCTS).checked()
    marked = mark_company(PRODUCTS, company)
    assert [marked[key].applies_to for key in (DESK, PHONE)] == ["user", "company"]


def test_a_price_is_whole_minor_units() -> None:
    rows = [DESK, "DESK", "USD", 1, "monthly", "7.4"], [DESK, "", "JPY", 12, "yearly", "900"]
    data = written(PRICE_COLUMNS, *rows)
    prices = parse_prices(data, products=PRODUCTS, currencies=CURRENCIES).checked()
    assert list(prices.values()) == [
        Price(DESK, "USD", 1, "monthly", 740),
        Price(DESK, "JPY", 12, "yearly", 900),
    ]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ([UUID(int=1), "", "USD", 1, "monthly", "7"], "sku_id", "product_unknown"),
        (["x", "", "USD", 1, "monthly", "7"], "sku_id", "guid_form"),
        ([DESK, "PHONE", "USD", 1, "monthly", "7"], "part_number", "part_number_differs"),
        ([DESK, "DESK", "usd", 1, "monthly", "7"], "currency", "currency_unknown"),
        ([DESK, "DESK", "USD", 0, "monthly", "7"], "term_months", "term_invalid"),
        ([DESK, "DESK", "USD", 61, "monthly", "7"], "term_months", "term_invalid"),
        ([DESK, "DESK", "USD", "one", "monthly", "7"], "term_months", "term_invalid"),
        ([DESK, "DESK", "USD", 1, "yearly", "7"], "frequency", "frequency_too_long"),
        ([DESK, "DESK", "USD", 1, "weekly", "7"], "frequency", "frequency_unknown"),
        ([DESK, "DESK", "USD", 1, "monthly", "-7"], "unit_price", "money_form"),
        ([DESK, "DESK", "USD", 1, "monthly", "7,40"], "unit_price", "money_form"),
        ([DESK, "DESK", "USD", 1, "monthly", ""], "unit_price", "money_form"),
        ([DESK, "DESK", "USD", 1, "monthly", "٧"], "unit_price", "money_form"),
        ([DESK, "DESK", "USD", 1, "monthly", "7.401"], "unit_price", "money_digits"),
        ([DESK, "DESK", "JPY", 1, "monthly", "7.0"], "unit_price", "money_digits"),
        ([DESK, "DESK", "EUR", 1, "monthly", "8"], "sku_id", "row_repeated"),
    ],
)
def test_a_bad_price_is_told_with_line_and_column(row: list[object], column: str, code: str) -> None:
    data = written(PRICE_COLUMNS, [DESK, "DESK", "EUR", 1, "monthly", "7"], row)
    assert found(parse_prices(data, products=PRODUCTS, currencies=CURRENCIES)) == [(3, column, code)]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ([UUID(int=1), "", "mailbox.gigabytes", 5], "plan_id", "plan_unknown"),
        ([MAIL, "MAIL", "Mailbox size", 5], "limit", "limit_name_form"),
        ([MAIL, "MAIL", "mailbox.gigabytes", "5.5"], "value", "number_form"),
        ([MAIL, "MAIL", "mailbox.gigabytes", "²"], "value", "number_form"),
        ([MAIL, "MAIL", "mailbox.messages", 5], "limit", "row_repeated"),
    ],
)
def test_a_bad_limit_is_told_with_line_and_column(row: list[object], column: str, code: str) -> None:
    data = written(LIMIT_COLUMNS, [MAIL, "MAIL", "mailbox.messages", 4], row)
    assert found(parse_limits(data, plans=PLANS)) == [(3, column, code)]


def test_a_limit_may_begin_some_days_after_its_user_came() -> None:
    rows = [MAIL, "mailbox.messages", 10, ""], [MAIL, "mailbox.messages", 3, 60]
    data = written(("plan_id", "limit", "value", "from_day"), *rows)
    limits = parse_limits(data, plans=PLANS).checked()
    first, then = Limit(MAIL, "mailbox.messages", 10), Limit(MAIL, "mailbox.messages", 3, 60)
    assert limits == {(MAIL, "mailbox.messages", 0): first, (MAIL, "mailbox.messages", 60): then}


@pytest.mark.parametrize(("day", "code"), [("-1", "from_day_form"), ("3651", "from_day_form"), ("60", "row_repeated")])
def test_a_limits_bad_first_day_is_told(day: str, code: str) -> None:
    columns = ("plan_id", "limit", "value", "from_day")
    data = written(columns, [MAIL, "mailbox.messages", 4, 60], [MAIL, "mailbox.messages", 5, day])
    column = "limit" if code == "row_repeated" else "from_day"
    assert found(parse_limits(data, plans=PLANS)) == [(3, column, code)]


# What an import would change


def test_importing_the_same_table_again_changes_nothing(table: ProductTable) -> None:
    again = parse_products(sample("products.csv")).checked()
    difference = compare(table.products, again.products)
    assert difference.nothing
    assert len(difference.unchanged) == 569


def test_a_difference_names_what_is_added_changed_unchanged_and_absent() -> None:
    renamed = {**PRODUCTS[PHONE].__dict__, "name": "Telephone"}
    new = {DESK: PRODUCTS[DESK], PHONE: Product(**renamed), UUID(int=9): PRODUCTS[DESK]}
    difference = compare(PRODUCTS, new)
    assert difference.added == (UUID(int=9),)
    assert difference.changed == (PHONE,)
    assert difference.unchanged == (DESK,)
    assert difference.absent == (EXTRA,)
    assert not difference.nothing
