"""Add a user: the person, a sign-in and licenses in one step, and the receipt with the password."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post

from tenantry.commands.manage_people import Added, add_person
from tenantry.domain.licenses import Refusal
from tenantry.domain.people import Person
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import hash_aside, new_password
from tenantry.queries.people import AddForm, read_add_form
from tenantry.web.buying import Buy, buy, buy_short
from tenantry.web.errors import STATUS
from tenantry.web.pages import initials
from tenantry.web.switches import Switches, read_switches, view_products
from tenantry.web.user_pane import buyers
from tenantry.web.visit import Visit

TEXTS = ("first_name", "last_name", "display_name", "alias", "domain", "job_title", "department", "usage_location")
LEAST_PASSWORD = 16


@dataclass(frozen=True)
class Typed:
    """What the form holds. `password`: generated with the form and shown once it is saved; empty for none."""

    texts: Mapping[str, str]
    password: str
    makes_password: bool
    switches: Switches | None = None

    @property
    def name(self) -> str:
        """The display name, or first and last name where it was left empty."""
        return self.texts["display_name"] or f"{self.texts['first_name']} {self.texts['last_name']}".strip()

    @property
    def person(self) -> Person:
        texts = dict(self.texts)
        user_name = f"{texts.pop('alias')}@{texts.pop('domain')}"
        return Person(**texts | {"user_name": user_name, "display_name": self.name})


@get("/users/add")
async def ask(visit: Visit) -> Response[Any]:
    """An empty form; the usage location is the organization's country until another is chosen."""
    texts = dict.fromkeys(TEXTS, "") | {"usage_location": visit.tenant.country}
    return await _show(visit, Typed(texts, new_password(), True))


@post("/users/add")
async def add(visit: Visit) -> Response[Any]:
    """Adds the person, or shows the form again with what is wrong where it is wrong."""
    form = await visit.request.form()
    typed = _read(form)
    try:
        added = await _add(visit, typed, str(form.get("key", "")))
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, typed, refused)
    return _receipt(visit, typed, added)


def _read(form: Any) -> Typed:
    texts = {name: str(form.get(name, "")).strip() for name in TEXTS}
    switches = read_switches(form) if "offered" in form else None
    return Typed(texts, str(form.get("password", ""))[:200], form.get("sign_in") == "password", switches)


async def _add(visit: Visit, typed: Typed, key: str) -> Added:
    visit.require(Permission.USER_ADD)
    password_hash = None
    if typed.makes_password:
        if len(typed.password) < LEAST_PASSWORD:
            raise Refused("password_weak", Kind.INVALID, field="password", least=LEAST_PASSWORD)
        password_hash = await hash_aside(typed.password)
    wish = typed.switches.wish() if typed.switches and typed.switches.ticked else None
    return await add_person(
        visit.house.db,
        visit.viewer,
        person=typed.person,
        password_hash=password_hash,
        wish=wish,
        now=visit.now,
        key=key or None,
    )


async def _show(visit: Visit, typed: Typed, refused: Refused | None = None) -> Response[Any]:
    chosen = await read_add_form(visit.house.db, visit.viewer, now=visit.now)
    say = visit.speech.say
    crumbs = [(say("Users"), f"{visit.home}/users/active"), (say("Active users"), f"{visit.home}/users/active")]
    return visit.page(
        "users/add.html",
        title=say("Add a user"),
        crumbs=[*crumbs, (say("Add a user"), None)],
        status=STATUS[refused.kind] if refused else 200,
        typed=typed,
        domains=[(name, f"@{name}") for name in chosen.domains],
        countries=visit.speech.countries,
        password=typed.password if len(typed.password) >= LEAST_PASSWORD else new_password(),
        key=str(new_id()),
        **_problems(visit, typed, chosen, refused),
    )


def _problems(visit: Visit, typed: Typed, chosen: AddForm, refused: Refused | None) -> dict[str, Any]:
    """What is wrong: per field, per product, and the rest. A missing usage location stands at its field."""
    speech = visit.speech
    people = refused.params.get("people", ()) if refused else ()
    reasons = [Refusal(person["code"], person["params"]) for person in people]
    products, loose = view_products(chosen.products, speech, switches=typed.switches, refusals=reasons)
    errors = {refused.field: speech.refused(refused)} if refused and refused.field else {}
    if missing := next((reason for reason in loose if reason.code == "usage_location_missing"), None):
        errors["usage_location"] = speech.refusal(missing.code, missing.params)
    general = [speech.refusal(reason.code, reason.params) for reason in loose if reason is not missing]
    if refused and not refused.field and not people:
        general.append(speech.refused(refused))
    found = buy_short(visit, loose, [(product.sku_id, product.name) for product in chosen.products])
    return {
        "products": products,
        "errors": errors,
        "general": general,
        "buyers": buyers(loose, speech),
        "buy": found,
        "full": _full(visit, chosen),
    }


def _full(visit: Visit, chosen: AddForm) -> tuple[str, Buy | None] | None:
    """The products without a free seat, in words, and the button for one of it if it is one; None if all have some."""
    full = [product for product in chosen.products if not product.seats.free]
    if not full:
        return None
    names = visit.speech.all_of(product.name for product in full)
    return names, buy(visit, full[0].sku_id, 1, f"{visit.home}/users/add") if len(full) == 1 else None


def _receipt(visit: Visit, typed: Typed, added: Added) -> Response[Any]:
    """What was made. The password is here and nowhere else; sent again, the same form shows the same receipt."""
    say, person = visit.speech.say, typed.person
    facts = [
        (say("Name"), person.display_name),
        (say("Username"), person.user_name),
        (
            say("Usage location"),
            visit.speech.country(person.usage_location) if person.usage_location else say("Missing"),
        ),
        (say("Licenses"), visit.speech.all_of(added.assigned) or say("Unlicensed")),
    ]
    crumbs = [(say("Users"), f"{visit.home}/users/active"), (say("Active users"), f"{visit.home}/users/active")]
    return visit.page(
        "users/added.html",
        title=say("%(name)s was added", name=person.display_name),
        crumbs=[*crumbs, (say("Add a user"), None)],
        name=person.display_name,
        user_name=person.user_name,
        initials=initials(person.display_name),
        facts=facts,
        password=typed.password if typed.makes_password else "",
        person_href=f"{visit.home}/users/active?open={added.user_id}",
    )


HANDLERS = [ask, add]
