"""One's own account: how the pages look. Its frame serves every page of the account."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.manage_account import PAGE_ROWS, Wishes, change_settings
from tenantry.kit.errors import Refused
from tenantry.web.navigation import Entry
from tenantry.web.pages import go
from tenantry.web.visit import LANGUAGE, THEME, YEAR, Visit, type_crumbs
from tenantry.words.speech import speech
from tenantry.words.zones import zone_places

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def account_page(
    visit: Visit, template: str, *, title: str, status: int = 200, within: type_crumbs = (), **context: Any
) -> Response[str]:
    """A page of the account, which needs no tenant: `template` extends frame.html. within: the pages that led to it."""
    crumbs = [(visit.speech.say("Your account"), "/account"), *within, (title, None)]
    return visit.page(template, title=title, status=status, crumbs=crumbs, nav=_navigation(visit), **context)


def _navigation(visit: Visit) -> list[Entry]:
    say, path = visit.speech.say, visit.request.url.path.rstrip("/")
    return [
        Entry(say("Settings"), "/account", "settings", path == "/account"),
        Entry(say("Password"), "/account/password", "key", path == "/account/password"),
        Entry(say("Two-step sign-in"), "/account/two-step", "shield", path.startswith("/account/two-step")),
        Entry(say("Sessions and sign-ins"), "/account/sessions", "history", path.startswith("/account/sessions")),
    ]


@get("/")
async def settings(visit: Visit) -> Response[str]:
    own = visit.own
    return _settings(visit, Wishes(own.language or visit.language, own.time_zone, own.theme, own.page_rows))


def _settings(visit: Visit, wishes: Wishes, error: Refused | None = None) -> Response[str]:
    return account_page(
        visit,
        "account/settings.html",
        title=visit.speech.say("Settings"),
        status=422 if error else 200,
        wishes=wishes,
        zones=zone_places(visit.language),
        page_rows=[(rows, visit.speech.number(rows)) for rows in PAGE_ROWS],
        errors={error.field: visit.speech.refused(error)} if error else {},
    )


@post("/")
async def change(visit: Visit, data: type_form) -> Response[Any]:
    """Every wish at once; the cookies keep language and theme for the pages before the next sign-in."""
    rows = data.get("page_rows", "")
    wishes = Wishes(
        language=data.get("language", ""),
        time_zone=data.get("time_zone", "").strip() or None,
        theme=data.get("theme", ""),
        page_rows=int(rows) if rows.isdecimal() else 0,
    )
    try:
        await change_settings(visit.house.db, account_id=visit.own.id, wishes=wishes)
    except Refused as refused:
        return _settings(visit, wishes, refused)
    said = speech(wishes.language).say("Your settings are saved.")
    response = go("/account", toast={"kind": "ok", "text": said})
    response.set_cookie(LANGUAGE, wishes.language, max_age=YEAR, samesite="lax")
    response.set_cookie(THEME, wishes.theme, max_age=YEAR, samesite="lax")
    return response


HANDLERS = [settings, change]
