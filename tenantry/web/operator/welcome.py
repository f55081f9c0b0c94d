"""The one-time link of the terminal: whoever has it becomes an operator."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.make_operator import become_operator, check_operator
from tenantry.domain.passwords import LEAST_LENGTH, check_password
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.passwords import hash_aside
from tenantry.queries.operator_gate import welcome_is_good
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
LONGEST = 1024


@get("/{token:str}")
async def ask(visit: Visit, token: str) -> Response[Any]:
    """The form behind the link. Looking does not use it up."""
    return _form(visit, good=await welcome_is_good(visit.house.db, token=token, now=visit.now))


@post("/{token:str}")
async def become(visit: Visit, token: str, data: type_form) -> Response[Any]:
    """Makes the account and leads to the sign-in."""
    typed = {name: data.get(name, "").strip() for name in ("name", "email")}
    if not await welcome_is_good(visit.house.db, token=token, now=visit.now):
        return _form(visit, good=False)
    try:
        password = _password(data, check_operator(**typed)[1])
        password_hash = await hash_aside(password)
        await become_operator(visit.house.db, token=token, **typed, password_hash=password_hash, now=visit.now)
    except Refused as refused:
        return _form(visit, good=refused.code != "operator_link_dead", typed=typed, error=refused)
    said = visit.speech.say("You run this house now. Sign in.")
    return go("/sign-in", toast={"kind": "ok", "text": said})


def _password(data: dict[str, str], email: str) -> str:
    """The password, typed twice."""
    password = data.get("password", "")[:LONGEST]
    check_password(password, email)
    if password != data.get("repeated", "")[:LONGEST]:
        raise Refused("password_differs", Kind.INVALID, field="repeated")
    return password


def _form(
    visit: Visit, *, good: bool, typed: dict[str, str] | None = None, error: Refused | None = None
) -> Response[str]:
    say = visit.speech.say
    page = visit.page(
        "operator/welcome.html",
        title=say("Run this house") if good else say("This link no longer works"),
        status=STATUS[error.kind] if error else 200 if good else 410,
        good=good,
        typed=typed or {"name": "", "email": ""},
        least=LEAST_LENGTH,
        errors={error.field or "": visit.speech.refused(error)} if error else {},
    )
    page.headers["Referrer-Policy"] = "no-referrer"  # the address is a key
    return page


HANDLERS = [ask, become]
