"""Every page, looked at by axe once per theme, and on a phone in the longest language."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from tenantry.commands.add_people import add_people
from tenantry.commands.book_changes import book_change
from tenantry.commands.delete_people import delete_people
from tenantry.commands.fill_cart import fill_cart
from tenantry.commands.manage_domains import add_domain
from tenantry.commands.prove_domains import note_look
from tenantry.commands.save_cards import begin_card
from tenantry.domain.bookings import Booking
from tenantry.domain.carts import CartLine
from tenantry.domain.domains import Answer, Look, Said
from tenantry.domain.newcomers import NewPeople
from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.people import Person
from tenantry.domain.people_files import PersonRow
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import janitor
from tenantry.kit.ids import new_id
from tenantry.queries.subscription import read_subscription
from tenantry.store.database import Database
from tenantry.store.notices import end_notice, raise_notice
from tests.browser.conftest import PHONE, overflow, type_visit, violations, violations_in_both_themes
from tests.cast import ADELE, BASIC, BOARD, NORA, PETER, ULLA
from tests.commands.test_take_over_tenant import in_meetings, prove
from tests.conftest import type_run
from tests.world import (
    Tenant,
    make_draft,
    make_invoice,
    make_long_operation,
    make_order,
    make_pool,
    make_request,
    make_sandbox,
    make_users,
)

pytestmark = pytest.mark.browser

type_place = Callable[[Tenant], str]

UNDER_WAY, FAILED, ADDED = new_id(), new_id(), new_id()
BILLS: dict[str, str] = {}  # where they stand
DRAFTS: dict[str, str] = {}  # by what is with their people, where their steps begin

HELD: dict[str, str] = {}
GROUP: dict[str, str] = {}  # of people who signed up by themselves

PAGES: dict[str, type_place] = {
    "home": lambda tenant: "/",
    "somebody is the admin already": lambda tenant: "/become-admin/start",
    "what's next": lambda tenant: "/next",
    "write to everybody": lambda tenant: "/next/contact",
    "the quick-start page": lambda tenant: "/quick-start",
    "share the quick-start page": lambda tenant: "/quick-start/share",
    "notices": lambda tenant: "/notices",
    "notifications": lambda tenant: "/settings/notifications",
    "meetings": lambda tenant: "/meetings",
    "settings of meetings": lambda tenant: "/meetings/settings",
    "billing overview": lambda tenant: "/billing/overview",
    "domains": lambda tenant: "/settings/domains",
    "add a domain": lambda tenant: "/settings/domains/add",
    "a domain to prove": lambda tenant: DRAFTS["domain"],
    "a domain that people have": lambda tenant: f"/settings/domains/{tenant.domain}/remove",
    "people to take over": lambda tenant: f"/settings/domains/{GROUP['domain']}/takeover",
    "active users": lambda tenant: "/users/active",
    "one user's account": lambda tenant: f"/users/active?open={tenant.people[PETER]}",
    "one user's licenses": lambda tenant: f"/users/active?open={tenant.people[PETER]}&tab=licenses",
    "one user edited": lambda tenant: f"/users/active?open={tenant.people[PETER]}&tab=edit",
    "one user blocked": lambda tenant: f"/users/active?open={tenant.people[PETER]}&tab=block",
    "one user's activity": lambda tenant: f"/users/active?open={tenant.people[PETER]}&tab=activity",
    "usage location of many": lambda tenant: f"/users/set-location?{_whom(tenant)}&country=SE",
    "block many": lambda tenant: f"/users/block?{_whom(tenant)}",
    "delete users": lambda tenant: f"/users/delete?{_whom(tenant)}",
    "reset passwords": lambda tenant: f"/users/reset-password?{_whom(tenant)}",
    "reset one password": lambda tenant: f"/users/reset-password?user={tenant.people[PETER]}",
    "deleted users": lambda tenant: "/users/deleted",
    "restore a user": lambda tenant: f"/users/restore?user={tenant.people[NORA]}",
    "delete permanently": lambda tenant: f"/users/{tenant.people[NORA]}/purge",
    "guest users": lambda tenant: "/users/guests",
    "nobody found": lambda tenant: "/users/active?q=zzzz",
    "add a user": lambda tenant: "/users/add",
    "add many": lambda tenant: "/users/add-many",
    "add many: the file again": lambda tenant: DRAFTS["good"],
    "add many: verify": lambda tenant: f"{DRAFTS['faulty']}/verify",
    "add many: correct a line": lambda tenant: f"{DRAFTS['faulty']}/fix?line=3",
    "add many: sign-in and licenses": lambda tenant: f"{DRAFTS['good']}/options",
    "add many: review": lambda tenant: f"{DRAFTS['good']}/review",
    "add many: the result": lambda tenant: f"/operations/{ADDED}/people",
    "licenses": lambda tenant: "/licenses",
    "a product": lambda tenant: f"/licenses/{BASIC.sku_id}",
    "assign licenses": lambda tenant: f"/licenses/{BASIC.sku_id}?pane=assign",
    "unassign licenses": lambda tenant: f"/licenses/{BASIC.sku_id}?pane=unassign",
    "your products": lambda tenant: "/products",
    "a subscription": lambda tenant: HELD["place"],
    "add or remove licenses": lambda tenant: f"{HELD['place']}/seats",
    "fewer licenses than assigned": lambda tenant: f"{HELD['place']}/seats?total=0&step=preview",
    "the cost of more licenses": lambda tenant: f"{HELD['place']}/seats?total=30&step=preview",
    "another product": lambda tenant: f"{HELD['place']}/switch",
    "what is booked": lambda tenant: f"{HELD['place']}/booked",
    "recurring billing off": lambda tenant: f"{HELD['place']}/recurring",
    "no cancellation": lambda tenant: f"{HELD['place']}/cancel",
    "purchase services": lambda tenant: "/purchase",
    "the whole catalog": lambda tenant: "/purchase?show=all",
    "a product to buy": lambda tenant: f"/purchase/{BOARD.sku_id}?seats=12",
    "two products compared": lambda tenant: f"/purchase/compare?product={BASIC.sku_id}&product={BOARD.sku_id}",
    "cart": lambda tenant: "/purchase/cart",
    "checkout": lambda tenant: "/purchase/checkout",
    "orders": lambda tenant: "/orders",
    "an order that failed": lambda tenant: DRAFTS["order"],
    "billing account": lambda tenant: "/billing/account",
    "payment methods": lambda tenant: "/billing/methods",
    "a card to add": lambda tenant: f"{BILLS['card']}?back=1",
    "bills and payments": lambda tenant: "/billing/invoices",
    "a bill": lambda tenant: BILLS["bill"],
    "what to do": lambda tenant: f"/users/manage-licenses?{_whom(tenant)}",
    "products and apps": lambda tenant: f"/users/manage-licenses/products?{_whom(tenant)}&do=more",
    "preview": lambda tenant: f"/users/manage-licenses/preview?{_whom(tenant)}&do=more&give={BASIC.sku_id}",
    "roles": lambda tenant: "/roles",
    "a role": lambda tenant: "/roles?open=user_admin",
    "assign a role": lambda tenant: "/roles?open=user_admin&pane=assign",
    "remove a role": lambda tenant: f"/roles?open=user_admin&pane=remove&user={tenant.people[ULLA]}",
    "one person's roles": lambda tenant: f"/users/{tenant.people[ULLA]}/roles",
    "organization": lambda tenant: "/settings/organization",
    "self-service": lambda tenant: "/settings/self-service",
    "own apps": lambda tenant: "/apps",
    "signing up": lambda tenant: "//sign-up/code",
    "support": lambda tenant: "/support",
    "a new service request": lambda tenant: "/support/requests/new",
    "a service request": lambda tenant: HELD["request"],
    "a help page": lambda tenant: "//help/prove-a-domain",
    "test clock": lambda tenant: "/settings/clock",
    "export everything": lambda tenant: "/settings/organization/export",
    "delete the organization": lambda tenant: "/settings/organization/delete",
    "audit log": lambda tenant: "/audit",
    "operation under way": lambda tenant: f"/operations/{UNDER_WAY}",
    "operation that failed": lambda tenant: f"/operations/{FAILED}",
    "search": lambda tenant: "/find?q=a",
    "not found": lambda tenant: "/no-such-page",
    "own settings": lambda tenant: "//account",
    "own password": lambda tenant: "//account/password",
    "own sessions": lambda tenant: "//account/sessions",
    "own organizations": lambda tenant: "//tenants",
    "a forgotten password": lambda tenant: "//forgot",
    "a link that is dead": lambda tenant: "//reset/none",
}


def _whom(tenant: Tenant) -> str:
    return "&".join(f"user={user_id}" for user_id in tenant.ids(PETER, ULLA))


async def book_seats(db: Database, tenant: Tenant, subscription_id: UUID, seats: int) -> None:
    """Fewer seats of a subscription, booked for its renewal."""
    viewer, now = tenant.viewer(ADELE), datetime.now(UTC)
    held = (await read_subscription(db, viewer, subscription_id=subscription_id, now=now)).held
    wish = Booking(seats=seats)
    await book_change(db, viewer, subscription_id=held.id, booking=wish, mark=held.mark, now=now)


async def look_at_domain(db: Database, tenant: Tenant) -> str:
    """The page of a domain whose servers were asked and show other values."""
    made = await add_domain(db, tenant.viewer(ADELE), name=f"waiting-{tenant.slug}.example", now=datetime.now(UTC))
    values = ("v=spf1 include:spf.mail.example -all", "tenantry-verification=of-an-earlier-try")
    said = (
        Said("ns1.some-host.example", "2001:db8::53", Answer.RECORDS, values),
        Said("ns2", "192.0.2.5", Answer.SILENT),
    )
    await note_look(db, janitor(tenant.id), name=made.name, look=Look(said), now=datetime.now(UTC))
    return f"/settings/domains/{made.name}"


@pytest.fixture(scope="module")
def busy(module_tenant: Tenant, db: Database, run: type_run) -> Tenant:
    """A Contoso with products, one of them short of seats for its people, and sixty more people."""
    run(make_pool(db, module_tenant.id, BASIC, 1))
    HELD["place"] = f"/products/{run(make_pool(db, module_tenant.id, BOARD, 25))}"
    run(book_seats(db, module_tenant, UUID(HELD["place"].rpartition("/")[2]), 20))
    run(make_users(db, module_tenant.id, 60))
    run(make_sandbox(db, module_tenant.id))
    DRAFTS["domain"] = run(look_at_domain(db, module_tenant))
    BILLS["bill"] = f"/billing/invoices/{run(make_invoice(db, module_tenant, 10_000, -2500)).id}"
    setup = run(begin_card(db, module_tenant.viewer(ADELE), now=datetime.now(UTC)))
    BILLS["card"] = f"/billing/methods/cards/{setup.setup_id}"
    DRAFTS["order"] = f"/orders/{run(make_order(db, module_tenant, ADELE))}"
    cart = [CartLine(product.sku_id, 12, 12, "monthly") for product in (BASIC, BOARD)]
    run(fill_cart(db, module_tenant.viewer(ADELE), lines=cart, now=datetime.now(UTC)))
    GROUP["domain"] = run(in_meetings(db)).domain
    run(prove(db, module_tenant, GROUP["domain"], datetime.now(UTC)))
    HELD["request"] = f"/support/requests/{run(make_request(db, module_tenant, ADELE))['request_id']}"
    gone = Selection(ids=module_tenant.ids(NORA))
    run(delete_people(db, module_tenant.viewer(ADELE), selection=gone, now=datetime.now(UTC)))
    run(make_long_operation(db, module_tenant, ADELE, operation_id=UNDER_WAY, state="running", done=10))
    run(make_long_operation(db, module_tenant, ADELE, operation_id=FAILED, state="failed"))
    run(make_added(db, module_tenant))
    run(make_notices(db, module_tenant))
    good, mess = f"ib@{module_tenant.domain},,,Ib,,,,,,,,,,,,DK", f"{module_tenant.email(PETER)},,,,,,,,,,,,,,,XX"
    for name, lines in (("good", (good,)), ("faulty", (good, mess, "a,b"))):
        DRAFTS[name] = f"/users/add-many/{run(make_draft(db, module_tenant, ADELE, *lines))}"
    return module_tenant


async def make_notices(db: Database, tenant: Tenant) -> None:
    """One that is open and one that is over."""
    now = datetime.now(UTC)
    async with db.transaction(tenant.id) as tx:
        for kind in (NoticeKind.CONFLICT, NoticeKind.CONFLICT_DEADLINE):
            about = {"product": BASIC.name, "short": 3, "deadline_at": now}
            await raise_notice(tx, kind, AUDIENCE[kind], BASIC.sku_id, about, now)
        await end_notice(tx, NoticeKind.CONFLICT, BASIC.sku_id, now)


async def make_added(db: Database, tenant: Tenant) -> None:
    """An operation that added somebody without a license and left somebody out; its passwords wait to be shown."""
    people = [Person(tenant.email(PETER), "Peter again"), Person(f"una@{tenant.domain}", "Una", usage_location="DK")]
    wanted = NewPeople(
        tuple(PersonRow(line, one) for line, one in enumerate(people, 2)), True, {BASIC.sku_id: frozenset()}
    )
    request, secret = msgspec.to_builtins(wanted), {"secret": "seed", "total": 2}
    await make_long_operation(
        db, tenant, ADELE, operation_id=ADDED, state="done", command="add_people", request=request, **secret
    )
    wishes = {"operation_id": ADDED, "key": f"long/{ADDED}", "now": datetime.now(UTC)}
    await add_people(db, tenant.viewer(ADELE), rows=wanted.rows, wish=wanted.wish, **wishes)


@pytest.mark.parametrize("name", PAGES)
def test_axe_has_nothing_against_the_page(look: type_visit, busy: Tenant, name: str) -> None:
    assert violations_in_both_themes(look(busy, ADELE, PAGES[name](busy))) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_fits_a_phone_in_danish(look: type_visit, busy: Tenant, name: str) -> None:
    assert overflow(look(busy, ADELE, PAGES[name](busy), language="da", size=PHONE)) == 0


def test_what_axe_would_find_is_found(visit: type_visit, busy: Tenant) -> None:
    page = visit(busy, ADELE, "/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert any("image-alt" in one for one in violations(page))
