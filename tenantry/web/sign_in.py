"""Sign in, sign out, the tenants one may go to, and the language and theme of the pages."""

from datetime import timedelta
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from tenantry.commands import manage_account
from tenantry.commands import sign_in as commands
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.logs import note
from tenantry.queries.gate import list_tenants
from tenantry.web.pages import go
from tenantry.web.visit import LANGUAGE, SESSION, TENANT, THEME, YEAR, Visit, last_place
from tenantry.words.speech import LANGUAGES, speech

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/")
async def start(visit: Visit) -> Redirect:
    """To the home of the tenant that was looked at last, else the first; to the operator's pages, or to the sign-in."""
    if visit.account is None:
        return go("/sign-in")
    place = last_place(visit.request, await list_tenants(visit.house.db, account_id=visit.account.id))
    nowhere = "/operator/tenants" if visit.account.is_operator else "/nowhere"
    return go(f"/t/{place.slug}/" if place else nowhere)


@get("/tenants")
async def tenants(visit: Visit) -> Response[Any]:
    """Where one may go: the items of the menu in the top bar, or a page of them."""
    found = await list_tenants(visit.house.db, account_id=visit.own.id)
    template = "tenants_menu.html" if visit.target else "tenants.html"
    title, current = visit.speech.say("Your organizations"), visit.request.cookies.get(TENANT)
    return visit.page(template, title=title, tenants=found, current=current)


@get("/sign-in")
async def ask(visit: Visit, next: str = "") -> Response[Any]:
    if visit.account is not None:
        return go(inside(next))
    return _form(visit, next=next)


def _form(visit: Visit, *, next: str, email: str = "", error: str = "", status: int = 200) -> Response[str]:
    title = visit.speech.say("Sign in")
    return visit.page("sign_in.html", title=title, next=next, email=email, error=error, status=status)


@post("/sign-in")
async def sign_in(visit: Visit, data: type_form) -> Response[Any]:
    settings, email = visit.house.settings, typed_email(data)
    try:
        signed_in = await commands.sign_in(
            visit.house.db,
            email=email,
            password=data.get("password", "")[:1024],
            origin=visit.origin,
            lasts=timedelta(days=settings.session_days),
            now=visit.now,
        )
    except Refused as refused:
        note(refused=refused.code)
        status = 429 if refused.kind is Kind.LIMITED else 422
        return _form(visit, next=data.get("next", ""), email=email, error=visit.speech.refused(refused), status=status)
    if visit.request.cookies.get(SESSION):
        await commands.sign_out(visit.house.db, token=visit.request.cookies[SESSION])
    place = inside(data.get("next", ""))
    response = go("/sign-in/second-step", next=place) if signed_in.second_step else go(place)
    response.cookies.append(session_cookie(visit, signed_in.token))
    return response


def typed_email(data: dict[str, str]) -> str:
    """The address of a form, without what no database keeps."""
    return data.get("email", "").replace("\0", "").strip()[:320]


def session_cookie(visit: Visit, token: str) -> Cookie:
    """What a browser keeps of a session."""
    settings = visit.house.settings
    lasts = timedelta(days=settings.session_days)
    secure, age = settings.secure_cookies, int(lasts.total_seconds())
    return Cookie(SESSION, value=token, max_age=age, httponly=True, secure=secure, samesite="lax")


def inside(path: str) -> str:
    """`path` if it leads to a page of ours, else the start. Browsers drop tabs and line ends, and turn a backslash."""
    ours = path.startswith("/") and path.isprintable() and "//" not in path and "\\" not in path
    return path if ours else "/"


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
        await manage_account.choose_language(visit.house.db, account_id=visit.account.id, language=language)
    response = go(inside(data.get("next", "/")))
    response.cookies.append(Cookie(LANGUAGE, value=language, max_age=YEAR, samesite="lax"))
    return response


@post("/theme")
async def choose_theme(visit: Visit, data: type_form) -> Redirect:
    theme = data.get("theme", "auto")
    theme = theme if theme in {"auto", "light", "dark"} else "auto"
    if visit.account:
        await manage_account.choose_theme(visit.house.db, account_id=visit.account.id, theme=theme)
    response = go(inside(data.get("next", "/")))
    response.cookies.append(Cookie(THEME, value=theme, max_age=YEAR, samesite="lax"))
    return response


@get("/nowhere")
async def nowhere(visit: Visit) -> Response[str]:
    """For an account that is in no tenant."""
    return visit.page("nowhere.html", title=speech(visit.language).say("No organization"))


HANDLERS = [start, tenants, ask, sign_in, sign_out, choose_language, choose_theme, nowhere]
