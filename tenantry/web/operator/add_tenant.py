"""An organization made, with the first of its admins."""

from collections.abc import Mapping
from typing import Annotated, Any

from babel.numbers import list_currencies
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.manage_tenants import FirstAdmin, create_tenant
from tenantry.domain.people import Person
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.kit.passwords import hash_aside, new_password
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/tenants"
FACTS = ("name", "slug", "domain", "country", "language", "currency")
ADMIN = ("admin_name", "admin_alias")
BLANK = dict.fromkeys((*FACTS, *ADMIN, "sandbox"), "") | {"language": "en", "currency": "EUR"}


@get("/tenants/add")
async def ask(visit: Visit) -> Response[Any]:
    return _form(visit, BLANK | {"language": visit.language})


def _form(visit: Visit, typed: Mapping[str, str], error: Refused | None = None) -> Response[Any]:
    say = visit.speech.say
    return operator_page(
        visit,
        "operator/add_tenant.html",
        title=say("Add an organization"),
        crumbs=[(say("Organizations"), PLACE)],
        status=STATUS[error.kind] if error else 200,
        typed=typed,
        tenant_id=new_id(),
        countries=visit.speech.countries,
        currencies=[(code, code) for code in sorted(list_currencies(visit.language))],
        place=PLACE,
        errors={_field(error): visit.speech.refused(error)} if error else {},
    )


def _field(error: Refused) -> str:
    """Where a refusal stands on the form; what is wrong with the admin's user name stands at the part before @."""
    return {"user_name": "admin_alias", "display_name": "admin_name"}.get(error.field or "", error.field or "")


@post("/tenants/add")
async def add(visit: Visit, data: type_form) -> Response[Any]:
    """Makes it; the page that answers shows the admin's password, this once. Sent twice, the second finds it made."""
    typed = BLANK | {name: data.get(name, "").strip() for name in BLANK}
    tenant_id, password = parse_id(data.get("tenant_id", "")) or new_id(), new_password()
    try:
        admin = await _admin(typed, password)
        facts = {name: typed[name] for name in FACTS} | {"country": typed["country"].upper(), "admin": admin}
        facts["sandbox"] = bool(typed["sandbox"])
        await create_tenant(visit.house.db, operator(visit), tenant_id=tenant_id, **facts, now=visit.now)
    except Refused as refused:
        return _form(visit, typed, refused)
    say = visit.speech.say
    return operator_page(
        visit,
        "operator/tenant_added.html",
        title=say("%(name)s is made", name=typed["name"]),
        crumbs=[(say("Organizations"), PLACE)],
        user_name=admin.person.user_name,
        password=password,
        tenant=f"{PLACE}/{tenant_id}",
        place=PLACE,
        sign_in=f"{visit.house.settings.address}/sign-in",
        name=typed["name"],
    )


async def _admin(typed: Mapping[str, str], password: str) -> FirstAdmin:
    """The first admin, who has to choose a password of their own at the first sign-in."""
    if not typed["admin_name"]:
        raise Refused("text_missing", Kind.INVALID, field="admin_name")
    user_name = f"{typed['admin_alias']}@{typed['domain']}"
    person = Person(user_name=user_name, display_name=typed["admin_name"], usage_location=typed["country"].upper())
    return FirstAdmin(person, await hash_aside(password), must_change=True)


HANDLERS = [ask, add]
