"""The demo: organizations made so that every rule can be seen within a minute. docs/demo.md says how.

Every step has a key, so a demo that was broken off goes on where it stopped, and one that is whole stays as it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from tenantry.cli.catalog import sample_files
from tenantry.cli.demo_editions import make_editions
from tenantry.cli.demo_people import CONTOSO, FABRIKAM, NORTHWIND, TAILSPIN, WINGTIP, Somebody
from tenantry.commands.as_owner import owner
from tenantry.commands.assign_licenses import assign_licenses
from tenantry.commands.import_catalog import import_catalog
from tenantry.commands.make_operator import make_operator
from tenantry.commands.manage_billing import save_billing_account
from tenantry.commands.manage_people import add_person, import_people
from tenantry.commands.manage_tenants import create_tenant, open_subscription
from tenantry.domain.billing_account import BillingAccount
from tenantry.domain.licenses import Wish
from tenantry.domain.operators import Operator
from tenantry.domain.people import Person
from tenantry.domain.people_files import PersonRow
from tenantry.domain.roles import Role
from tenantry.domain.selections import Selection
from tenantry.domain.viewers import Viewer, operator
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import hash_password
from tenantry.queries.house import House
from tenantry.queries.lookup import catalog_is_empty, find_tenant, find_users
from tenantry.queries.operator_gate import operator_exists

PASSWORD = "seats-for-everyone"  # noqa: S105 - printed at every start; the demo holds nothing of anybody's
MAKER = "Demo"
OPERATOR, OPERATOR_NAME = "operator@tenantry.example", "Olga Ekman"
BY = Operator(None, MAKER, "cli")


class Bought(NamedTuple):
    """A subscription of `days`, paid by the month, that began `days_ago`."""

    sku_id: UUID
    seats: int
    days_ago: int
    days: int = 365
    recurring: bool = True
    trial: bool = False


class Organization(NamedTuple):
    """What a demo organization is made of. `products`: what the letters in its people's `has` stand for.

    address: street, postal code and city of who pays.
    assigned_days_ago: since when they have it; seats that were paid then need not be paid now.
    """

    slug: str
    name: str
    country: str
    language: str
    currency: str
    domain: str
    bought: tuple[Bought, ...]
    people: tuple[Somebody, ...]
    products: dict[str, UUID]
    address: tuple[str, str, str]
    assigned_days_ago: int = 0


BUSINESS_PREMIUM = UUID("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46")
OFFICE_E3 = UUID("6fd2c87f-b296-42f0-b197-1e91e994b900")
AUDIO_CONFERENCING = UUID("0c266dff-15dd-4b49-8397-2bb16070ed52")
_PRODUCTS = {"B": BUSINESS_PREMIUM, "E": OFFICE_E3, "A": AUDIO_CONFERENCING}

ORGANIZATIONS = (
    Organization(
        slug="contoso",
        name="Contoso",
        country="DK",
        language="da",
        currency="DKK",
        domain="contoso.com",
        bought=(Bought(BUSINESS_PREMIUM, 5, 210), Bought(BUSINESS_PREMIUM, 8, 60), Bought(OFFICE_E3, 25, 120)),
        people=CONTOSO,
        products=_PRODUCTS,
        address=("Æblevej 4", "2100", "København Ø"),
    ),
    Organization(
        slug="northwind",
        name="Northwind",
        country="NL",
        language="nl",
        currency="EUR",
        domain="northwind.example",
        bought=(Bought(OFFICE_E3, 5, 30), Bought(AUDIO_CONFERENCING, 5, 30)),
        people=NORTHWIND,
        products=_PRODUCTS,
        address=("Noorderweg 12", "1011 AB", "Amsterdam"),
    ),
    Organization(
        slug="fabrikam",
        name="Fabrikam",
        country="NO",
        language="nb",
        currency="NOK",
        domain="fabrikam.example",
        bought=(Bought(BUSINESS_PREMIUM, 5, 353, recurring=False),),
        people=FABRIKAM,
        products=_PRODUCTS,
        address=("Storgata 7", "0155", "Oslo"),
    ),
    Organization(
        slug="tailspin",
        name="Tailspin",
        country="US",
        language="en",
        currency="USD",
        domain="tailspin.example",
        bought=(Bought(BUSINESS_PREMIUM, 25, 24, days=30, trial=True),),
        people=TAILSPIN,
        products=_PRODUCTS,
        address=("1 Runway Road", "98052", "Redmond"),
    ),
    Organization(
        slug="wingtip",
        name="Wingtip",
        country="DK",
        language="da",
        currency="DKK",
        domain="wingtip.example",
        bought=(Bought(BUSINESS_PREMIUM, 3, 300), Bought(BUSINESS_PREMIUM, 3, 375, recurring=False)),
        people=WINGTIP,
        products=_PRODUCTS,
        address=("Vingevej 9", "8000", "Aarhus C"),
        assigned_days_ago=200,
    ),
)


@dataclass(frozen=True)
class DemoPerson:
    """Somebody to sign in as. `role` is empty for a person without one, `tenant` for the operator."""

    tenant: str
    name: str
    role: str
    email: str
    password: str


async def make_demo(house: House, now: datetime) -> tuple[DemoPerson, ...]:
    """Makes what is missing of the demo. Returns whom to sign in as."""
    if await catalog_is_empty(house.db):
        async with owner(house) as db:
            await import_catalog(db, BY, files=sample_files(), now=now)
    await make_editions(house, BY, now)
    password_hash = hash_password(PASSWORD)
    for organization in ORGANIZATIONS:
        viewer = operator(await _tenant(house, organization, now), MAKER)
        await _name_payer(house, viewer, organization, now)
        await _buy(house, viewer, organization, now)
        await _add_people(house, viewer, organization, password_hash, now)
        await _assign(house, viewer, organization, now)
    await _make_operator(house, password_hash, now)
    people = tuple(
        DemoPerson(organization.slug, one.name, one.role, one.email(organization.domain), PASSWORD)
        for organization in ORGANIZATIONS
        for one in organization.people
        if one.signs_in
    )
    return (*people, DemoPerson("", OPERATOR_NAME, "", OPERATOR, PASSWORD))


async def _make_operator(house: House, password_hash: str, now: datetime) -> None:
    if not await operator_exists(house.db):
        who = {"name": OPERATOR_NAME, "email": OPERATOR, "password_hash": password_hash}
        await make_operator(house.db, BY, **who, now=now)


async def _tenant(house: House, wanted: Organization, now: datetime) -> UUID:
    try:
        return (await find_tenant(house.db, slug=wanted.slug)).id
    except Refused:
        return await create_tenant(
            house.db,
            BY,
            tenant_id=new_id(),
            slug=wanted.slug,
            name=wanted.name,
            country=wanted.country,
            language=wanted.language,
            currency=wanted.currency,
            domain=wanted.domain,
            now=now,
        )


async def _name_payer(house: House, viewer: Viewer, organization: Organization, now: datetime) -> None:
    account = BillingAccount(organization.name, *organization.address, organization.country)
    await save_billing_account(house.db, viewer, account=account, seen="", now=now, key="demo/billing")


async def _buy(house: House, viewer: Viewer, organization: Organization, now: datetime) -> None:
    for number, bought in enumerate(organization.bought):
        starts_at = now - timedelta(days=bought.days_ago)
        period = {"starts_at": starts_at, "ends_at": starts_at + timedelta(days=bought.days), "now": now}
        terms = {"term_months": 12, "frequency": "monthly", "currency": organization.currency}
        terms |= {"recurring": bought.recurring, "trial": bought.trial}
        wishes = {"sku_id": bought.sku_id, "seats": bought.seats, **terms, **period}
        await open_subscription(house.db, viewer, **wishes, key=f"demo/subscription/{number}")


async def _add_people(
    house: House, viewer: Viewer, organization: Organization, password_hash: str, now: datetime
) -> None:
    plain = [one for one in organization.people if not one.signs_in and one.kind == "member"]
    rows = tuple(PersonRow(line, _person(one, organization)) for line, one in enumerate(plain, start=2))
    await import_people(house.db, viewer, rows=rows, now=now, key="demo/people")
    for one in organization.people:
        if one.signs_in or one.kind == "guest":
            wishes = {
                "person": _person(one, organization),
                "kind": one.kind,
                "roles": frozenset({Role(one.role)}) if one.role else frozenset(),
                "password_hash": password_hash if one.signs_in else None,
            }
            await add_person(house.db, viewer, **wishes, now=now, key=f"demo/person/{one.alias}")


def _person(one: Somebody, organization: Organization) -> Person:
    return Person(
        user_name=one.email(organization.domain),
        display_name=one.name,
        first_name=one.first_name,
        last_name=one.last_name,
        job_title=one.job_title,
        department=one.department,
        city=one.city,
        usage_location=one.location,
    )


async def _assign(house: House, viewer: Viewer, organization: Organization, now: datetime) -> None:
    then = now - timedelta(days=organization.assigned_days_ago)
    for letter, sku_id in organization.products.items():
        names = tuple(one.email(organization.domain) for one in organization.people if letter in one.has)
        if names:
            ids = await find_users(house.db, viewer, names=names)
            wishes = {"selection": Selection(ids=ids), "wish": Wish(assign={sku_id: frozenset()}), "all_or_none": True}
            await assign_licenses(house.db, viewer, **wishes, now=then, key=f"demo/licenses/{letter}")
