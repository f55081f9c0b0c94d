"""Who and what the tests speak of: two organizations, their people, and a small catalog with every rule in it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tenantry.domain.catalog import Catalog, CountryBar, Limit, Plan, PlanRule, Product, RuleKind, build_rules
from tenantry.domain.entitlements import MEETING_LIMIT
from tenantry.domain.roles import Role

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Character:
    """Somebody of the cast. `user_name` is the part before @; `location` a usage location or None."""

    user_name: str
    name: str
    role: Role | None = None
    location: str | None = "DK"
    kind: str = "member"


ADELE = Character("adele", "Adele Vance", Role.GLOBAL)
BILL = Character("bill", "Bill Ågård", Role.BILLING, "NO")
LIDIA = Character("lidia", "Lidia Holloway", Role.LICENSE)
ULLA = Character("ulla", "Ulla Sørensen", Role.USER)
HENRIETTA = Character("henrietta", "Henrietta Mueller", Role.HELPDESK, "NL")
RASMUS = Character("rasmus", "Rasmus Reader", Role.READER)
PETER = Character("peter", "Peter Plain")
NORA = Character("nora", "Nora Nowhere", location=None)
CHEN = Character("chen", "Chen Wei", location="CN")
GUSTAV = Character("gustav", "Gustav Guest", location="SE", kind="guest")
CONTOSO = (ADELE, BILL, LIDIA, ULLA, HENRIETTA, RASMUS, PETER, NORA, CHEN, GUSTAV)

NANCY = Character("nancy", "Nancy North", Role.GLOBAL, "US")
NED = Character("ned", "Ned North", location="US")
NORTHWIND = (NANCY, NED)


def _id(number: int) -> UUID:
    return UUID(f"00000000-0000-4000-8000-{number:012d}")


MAIL_SMALL = Plan(_id(1), "MAIL_S", "Mail (small)")
MAIL_LARGE = Plan(_id(2), "MAIL_L", "Mail (large)")
SITES_SMALL = Plan(_id(3), "SITES_S", "Sites (small)")
SITES_LARGE = Plan(_id(4), "SITES_L", "Sites (large)")
CHAT = Plan(_id(5), "CHAT", "Chat")
OFFICE = Plan(_id(6), "OFFICE", "Office apps")
ARCHIVE = Plan(_id(7), "ARCHIVE", "Mail archive")
PHONE = Plan(_id(8), "PHONE", "Phone system")
TASKS = Plan(_id(9), "TASKS", "Task board")
VISION = Plan(_id(10), "VISION", "Vision")
STORAGE = Plan(_id(11), "STORAGE", "Extra storage")
CALENDAR = Plan(_id(12), "CALENDAR", "Calendar")
PLANS = (
    MAIL_SMALL,
    MAIL_LARGE,
    SITES_SMALL,
    SITES_LARGE,
    CHAT,
    OFFICE,
    ARCHIVE,
    PHONE,
    TASKS,
    VISION,
    STORAGE,
    CALENDAR,
)


def _product(number: int, part_number: str, name: str, *plans: Plan, company: bool = False) -> Product:
    ids = frozenset(plan.id for plan in plans)
    return Product(_id(number), part_number, name, ids, "company" if company else "user")


BASIC = _product(101, "BASIC", "Business Basic", MAIL_SMALL, SITES_SMALL, CHAT)
PREMIUM = _product(102, "PREMIUM", "Business Premium", MAIL_LARGE, SITES_LARGE, CHAT, OFFICE)
ARCHIVING = _product(103, "ARCHIVING", "Archiving", ARCHIVE)
PHONES = _product(104, "PHONES", "Phone System", PHONE)
BOARD = _product(105, "BOARD", "Task Board", TASKS, CALENDAR)
BOARD_TWIN = _product(106, "BOARD", "Task Board", TASKS)
LOOKOUT = _product(107, "LOOKOUT", "Lookout", VISION)
WAREHOUSE = _product(108, "WAREHOUSE", "Warehouse", STORAGE, company=True)
PRODUCTS = (BASIC, PREMIUM, ARCHIVING, PHONES, BOARD, BOARD_TWIN, LOOKOUT, WAREHOUSE)

# Free, so without a price: what sign-up gives.
MEETINGS = _product(109, "MEETINGS_FREE", "Meetings", CALENDAR)
DOORS = (("sign_up", MEETINGS), ("admin", BASIC), ("meetings", BASIC), ("meetings", PREMIUM))
IMMOVABLE = (CALENDAR,)  # apps that bar a takeover
MAIL_DOMAINS = {"gmail.com": "consumer", "yahoo.*": "consumer", "mailinator.com": "disposable"}

PLAN_RULES = (
    PlanRule(RuleKind.EXCLUSIVE, MAIL_SMALL.id, MAIL_LARGE.id, "test"),
    PlanRule(RuleKind.EXCLUSIVE, SITES_SMALL.id, SITES_LARGE.id, "test"),
    PlanRule(RuleKind.REQUIRES, ARCHIVE.id, MAIL_SMALL.id, "test"),
    PlanRule(RuleKind.REQUIRES, ARCHIVE.id, MAIL_LARGE.id, "test"),
    PlanRule(RuleKind.REQUIRES, PHONE.id, CHAT.id, "test"),
)
BARS = (CountryBar(LOOKOUT.sku_id, "CN", "test"),)
CURRENCIES = {"USD": 1000, "EUR": 950, "DKK": 7000, "NOK": 10500}  # a month's price of every product, minor units

CATALOG = Catalog(
    products={product.sku_id: product for product in (*PRODUCTS, MEETINGS)},
    plans={plan.id: plan for plan in PLANS},
    rules=build_rules(PLAN_RULES, BARS),
    limits={
        CALENDAR.id: (Limit(CALENDAR.id, MEETING_LIMIT, 10), Limit(CALENDAR.id, MEETING_LIMIT, 3, from_day=60)),
        CHAT.id: (Limit(CHAT.id, MEETING_LIMIT, 300),),
    },
)
