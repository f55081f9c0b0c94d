"""Sign in, sign out, and the language and theme of the pages."""

from datetime import timedelta
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from tenantry.commands import sign_in as commands
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.gate import list_tenants
from tenantry.web.pages import go
from tenantry.web.visit import LANGUAGE, SESSION, THEME, Visit
from tenantry.words.speech import LANGUAGES, speech

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
YEAR = 365 * 24 * 3600


@get("/")
async def start(visit: Visit) -> Redirect:
    """To the tenant's home, or to the sign-in."""
    if visit.account is None:
        return go("/sign-in")
    tenants = await list_tenants(visit.house.db, account_id=visit.account.id)
    return go(f"/t/{tenants[0].slug}/" if tenants else "/nowhere")


@get("/sign-in")
async def ask(visit: Visit, next: str = "") -> Response[Any]:
    if visit.account is not None:
        return go(_inside(next))
    return _form(visit, next=next)


def _form(visit: Visit, *, next: str, email: str = "", error: str = "", status: int = 200) -> Response[str]:
    title = visit.speech.say("Sign in")
    return visit.page("sign_in.html", title=title, next=next, email=email, error=error, status=status)


@post("/sign-in")
async def sign_in(visit: Visit, request: Request[Any, Any, Any], data: type_form) -> Response[Any]:
    settings, email = visit.house.settings, data.get("email", "").strip()[:320]
    address = request.client.host if request.client else ""
    lasts = timedelta(days=settings.session_days)
    try:
        token = await commands.sign_in(
            visit.house.db,
            email=email,
            password=data.get("password", "")[:1024],
            address=address,
            lasts=lasts,
            now=visit.now,
        )
    except Refused as refused:
        status = 429 if refused.kind is Kind.LIMITED else 422
        return _form(visit, next=data.get("next", ""), email=email, error=visit.speech.refused(refused), status=status)
    if visit.request.cookies.get(SESSION):
        await commands.sign_out(visit.house.db, token=visit.request.cookies[SESSION])
    response = go(_inside(data.get("next", "")))
    response.cookies.append(
        Cookie(
            SESSION,
            value=token,
            max_age=int(lasts.total_seconds()),
            httponly=True,
            secure=settings.secure_cookies,
            samesite="lax",
        )
    )
    return response


def _inside(path: str) -> str:
    """`path` if it leads to a page of ours, else the start."""
    return path if path.startswith("/t/") and "\\" not in path and "//" not in path else "/"


@post("/sign-out")
async def sign_out(visit: Visit) -> Redirect:
    await commands.sign_out(visit.house.db, token=visit.request.cookies.get(SESSION, ""))
    response = go("/sign-in")
    response.delete_cookie(SESSION)
    return response


@post("/language")
async def choose_language(visit: Visit, data: type_form) -> Redirect:
    language = data.get("language", "")
    if language not in LANGUAGES:
        raise Refused("language_unknown", Kind.INVALID, value=language[:20])
    if visit.account:
        await commands.choose_language(visit.house.db, account_id=visit.account.id, language=language)
    back = data.get("next", "/")
    response = go("/sign-in" if back.startswith("/sign-in") else _inside(back))
    response.cookies.append(Cookie(LANGUAGE, value=language, max_age=YEAR, samesite="lax"))
    return response


@post("/theme")
async def choose_theme(visit: Visit, data: type_form) -> Redirect:
    theme = data.get("theme", "auto")
    theme = theme if theme in {"auto", "light", "dark"} else "auto"
    if visit.account:
        await commands.choose_theme(visit.house.db, account_id=visit.account.id, theme=theme)
    response = go(_inside(data.get("next", "/")))
    response.cookies.append(Cookie(THEME, value=theme, max_age=YEAR, samesite="lax"))
    return response


@get("/nowhere")
async def nowhere(visit: Visit) -> Response[str]:
    """For an account that is in no tenant."""
    return visit.page("nowhere.html", title=speech(visit.language).say("No organization"))


HANDLERS = [start, ask, sign_in, sign_out, choose_language, choose_theme, nowhere]
