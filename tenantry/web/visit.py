"""A visit: who asks, in which tenant and language, and when. The one place where the web reads the clock."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException, NotFoundException

from tenantry.domain.editions import feature_of
from tenantry.domain.help_pages import topic_of
from tenantry.domain.roles import Permission
from tenantry.domain.sign_ins import Origin, origin_of
from tenantry.domain.viewers import Viewer
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.logs import note
from tenantry.queries.gate import Account, Entrance, OwnTenant, Tenant, enter, find_account, list_tenants
from tenantry.queries.house import House
from tenantry.web.navigation import navigation
from tenantry.web.pages import TOAST, html, initials, render
from tenantry.words.help import TOPICS
from tenantry.words.speech import LANGUAGES, Speech, speech

SESSION = "tenantry_session"
LANGUAGE = "tenantry_language"
THEME = "tenantry_theme"
TENANT = "tenantry_tenant"  # the one that was looked at last
YEAR = 365 * 24 * 3600


type_crumbs = Sequence[tuple[str, str | None]]


class SignedOut(HTTPException):
    """Nobody is signed in: pages lead to the sign-in, fragments load the page again."""

    status_code = 401


FIRST = {"password": "/account/password", "two_step": "/account/two-step"}
ENDING = "/settings/organization/delete"  # of a tenant that is deleted this is all there is


class First(HTTPException):
    """Another page comes before the one that was asked for; `returns`: and leads back to it."""

    status_code = 403

    def __init__(self, place: str, *, returns: bool = True) -> None:
        super().__init__()
        self.place = place
        self.returns = returns


@dataclass(frozen=True)
class Face:
    """Who is signed in, as templates see them; beside a tenant's pages there may be no tenant and no viewer."""

    display_name: str
    initials: str
    email: str
    tenant_name: str = ""
    tenant_slug: str = ""
    several: bool = False  # tenants to choose from
    viewer: Viewer | None = None

    def can(self, permission: str) -> bool:
        return self.viewer is not None and self.viewer.can(Permission(permission))


@dataclass
class Visit:
    """One request of somebody, signed in or not. beside: their tenants, on pages that stand beside all of them."""

    house: House
    request: Request[Any, Any, Any]
    now: datetime
    language: str
    theme: str
    csrf: str
    account: Account | None = None
    entrance: Entrance | None = None
    beside: tuple[OwnTenant, ...] = ()
    toasts: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.account is not None:
            note(account=str(self.account.id))

    @property
    def viewer(self) -> Viewer:
        if self.entrance is None:
            raise SignedOut
        return self.entrance.viewer

    @property
    def tenant(self) -> Tenant:
        if self.entrance is None:
            raise SignedOut
        return self.entrance.tenant

    @property
    def own(self) -> Account:
        """The account of who is signed in, whatever tenant they look at."""
        if self.account is None:
            raise SignedOut
        return self.account

    @property
    def origin(self) -> Origin:
        """Where the request comes from."""
        address = self.request.client.host if self.request.client else ""
        return origin_of(address, self.request.headers.get("user-agent", ""))

    @property
    def speech(self) -> Speech:
        return speech(self.language)

    @property
    def home(self) -> str:
        """Where the tenant's pages begin."""
        return f"/t/{self.tenant.slug}"

    @property
    def target(self) -> str | None:
        """The id of the element that htmx wants to fill; None for a whole page."""
        return self.request.headers.get("hx-target") if self.request.headers.get("hx-request") else None

    def require(self, permission: Permission) -> None:
        self.viewer.require(permission)

    def page(
        self,
        template: str,
        *,
        title: str,
        status: int = 200,
        crumbs: list[tuple[str, str | None]] | None = None,
        **context: Any,
    ) -> Response[str]:
        """A page, or a fragment of one, in the visitor's language."""
        body = render(template, self.language, self.frame() | context | {"title": title, "crumbs": crumbs})
        response = html(body, status=status)
        if self.toasts:
            response.delete_cookie(TOAST)
        if self.entrance is not None and self.request.cookies.get(TENANT) != self.tenant.slug:
            response.cookies.append(Cookie(TENANT, value=self.tenant.slug, max_age=YEAR, httponly=True, samesite="lax"))
        return response

    def _help_topic(self, path: str) -> tuple[str, str] | None:
        """The help page that speaks of a page: its name in addresses, and its title."""
        topic = topic_of(path.removeprefix(self.home) if self.entrance else path)
        return (topic.value, self.speech.say(TOPICS[topic][0])) if topic else None

    def frame(self) -> dict[str, Any]:
        address = self.request.url
        path = address.path + (f"?{address.query}" if address.query else "")
        frame: dict[str, Any] = {
            "viewer": None,
            "nav": [],
            "language": self.language,
            "languages": list(LANGUAGES.items()),
            "theme": self.theme,
            "zone": self.account.time_zone if self.account else None,
            "csrf_token": self.csrf,
            "path": path,
            "toasts": self.toasts,
            "acting": self.entrance.support if self.entrance else None,
            "now": self.now,
            "visit": self,
            "help_topic": self._help_topic(address.path),
        }
        if self.entrance is not None and self.account is not None:
            name, tenant = self.viewer.name, self.tenant
            place = (tenant.name, tenant.slug, self.entrance.several)
            frame["viewer"] = Face(name, initials(name), self.account.email, *place, self.viewer)
            sandbox = self.tenant.test_clock is not None
            group = self.tenant.is_group
            frame["nav"] = navigation(self.viewer, self.home, address.path, self.speech, sandbox=sandbox, group=group)
            frame["home"] = self.home
        elif self.account is not None:
            frame["viewer"] = _face(self.account, last_place(self.request, self.beside), len(self.beside) > 1)
        return frame


def _face(account: Account, place: OwnTenant | None, several: bool) -> Face:
    """Who is signed in, beside the tenants' pages: as they are called where they were last."""
    name = place.display_name if place else account.name or account.email
    where = (place.name, place.slug) if place else ("", "")
    return Face(name, initials(name), account.email, *where, several)


def last_place(request: Request[Any, Any, Any], places: Sequence[OwnTenant]) -> OwnTenant | None:
    """The tenant that this browser looked at last, else the first; one that is closed only if all are."""
    last = request.cookies.get(TENANT)
    return min(places, key=lambda place: (not place.is_open, place.slug != last), default=None)


def csrf_of(token: str) -> str:
    """The form token of a session: nobody who lacks the cookie can make it."""
    return hmac.new(token.encode(), b"form", sha256).hexdigest()


async def read_visit(request: Request[Any, Any, Any], house: House) -> Visit:
    """Who asks, whatever the page: signed in or not. Forms of a signed-in visitor must carry its token."""
    now = datetime.now(UTC)
    token = request.cookies.get(SESSION, "")
    account = await find_account(house.db, token=token, now=now) if token else None
    language = language_of(request, account)
    theme = account.theme if account else request.cookies.get(THEME, "auto")
    visit = Visit(house, request, now, language, theme, csrf_of(token) if token else "", account)
    visit.toasts = _toasts(request)
    await check_form(request, visit.csrf)
    return visit


async def read_own(request: Request[Any, Any, Any], house: House) -> Visit:
    """A visit to the pages of one's own account. Raises SignedOut; First where a password has to be changed before."""
    visit = await read_visit(request, house)
    if visit.own.must_change_password and request.url.path != FIRST["password"]:
        raise First(FIRST["password"])
    visit.beside = await list_tenants(house.db, account_id=visit.own.id)
    return visit


async def read_member(request: Request[Any, Any, Any], house: House, slug: str) -> Visit:
    """A visit to a tenant's page.

    Raises SignedOut; Refused("tenant_missing") for other people's tenants; 404 for what its edition has not.
    """
    now = datetime.now(UTC)
    token = request.cookies.get(SESSION, "")
    language = language_of(request, None)
    entrance = await enter(house.db, token=token, slug=slug, language=language, now=now) if token else None
    if entrance is None:
        raise SignedOut
    moved = entrance.tenant.slug
    if moved.casefold() != slug.casefold() and request.method == "GET":  # it was taken over: its address leads on
        rest = request.url.path.removeprefix(f"/t/{slug}")
        raise First(f"/t/{moved}{rest}" + (f"?{request.url.query}" if request.url.query else ""), returns=False)
    if entrance.first:
        raise First(FIRST[entrance.first])
    ending = f"/t/{slug}{ENDING}"
    if entrance.tenant.deleted_at is not None and not request.url.path.startswith(ending):
        raise First(ending, returns=False)
    feature = feature_of(request.url.path.removeprefix(f"/t/{slug}"))
    if feature is not None and feature not in entrance.tenant.features:
        raise NotFoundException
    account = entrance.account
    ahead = timedelta(seconds=entrance.tenant.test_clock or 0)
    language = entrance.viewer.language if entrance.viewer.language in LANGUAGES else language
    visit = Visit(house, request, now + ahead, language, account.theme, csrf_of(token), account, entrance)
    visit.toasts = _toasts(request)
    await check_form(request, visit.csrf)
    return visit


async def check_form(request: Request[Any, Any, Any], csrf: str) -> None:
    """Refuses a form that another site sent, or that does not carry the session's token.

    The sign-in itself needs no token: it begins a session, whatever session there was.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Refused("form_stale", Kind.DENIED)
    if csrf and request.url.path != "/sign-in":
        sent = request.headers.get("x-csrf-token") or (await request.form()).get("_csrf_token", "")
        if not hmac.compare_digest(str(sent), csrf):
            raise Refused("form_stale", Kind.CONFLICT)


def language_of(request: Request[Any, Any, Any], account: Account | None = None) -> str:
    """The account's choice, then this browser's choice, then what the browser speaks."""
    for choice in (account.language if account else None, request.cookies.get(LANGUAGE)):
        if choice in LANGUAGES:
            return str(choice)
    wanted = []
    for part in request.headers.get("accept-language", "").split(",")[:20]:
        tag, _, weight = part.strip().partition(";q=")
        wanted.append((-_weight(weight), tag.split("-")[0].lower()))
    spoken = {"no": "nb", "nn": "nb", **{code: code for code in LANGUAGES}}
    return next((spoken[tag] for _, tag in sorted(wanted, key=lambda pair: pair[0]) if tag in spoken), "en")


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _toasts(request: Request[Any, Any, Any]) -> list[dict[str, str]]:
    """What the last form left to say."""
    try:
        toast = json.loads(unquote(request.cookies.get(TOAST, "")))
    except ValueError:
        return []
    if not isinstance(toast, dict) or not all(isinstance(value, str) for value in toast.values()):
        return []
    href = toast.get("action_href", "")
    blank: Mapping[str, str] = {"kind": "ok", "text": "", "action_label": "", "action_href": ""}
    return [{**blank, **toast, "action_href": quote(href, safe="/?&=%-._~") if href.startswith("/t/") else ""}]
