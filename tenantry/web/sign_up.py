"""Signing up: the work address, the mailed code, name and password. What has an account is told by mail alone."""

import re
from datetime import timedelta
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from tenantry.commands import sign_in
from tenantry.commands import sign_up as commands
from tenantry.domain.passwords import LEAST_LENGTH
from tenantry.domain.sign_ups import LASTS, LETTERS, REFUSALS, Outcome, SignUp
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.gate import Account, list_tenants
from tenantry.queries.sign_up import Prospect, find_sign_up, foresee_sign_up
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.sign_in import session_cookie, typed_email
from tenantry.web.visit import SESSION, Visit, last_place

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

TOKEN = "tenantry_sign_up"  # noqa: S105 - the name of the cookie
PLACE = "/sign-up"
PASSWORD_LENGTH = 1024
_REGION = re.compile(r"[a-z]{2,3}-([A-Za-z]{2})\b")
_SPOKEN_IN = {"da": "DK", "nb": "NO", "nl": "NL", "en": "US"}


@get(PLACE)
async def ask(visit: Visit) -> Response[Any]:
    """The form; who is signed in gets to their apps, where free products are taken."""
    if visit.account is not None:
        place = last_place(visit.request, await list_tenants(visit.house.db, account_id=visit.account.id))
        if place is not None and place.is_open:
            return go(f"/t/{place.slug}/apps")
    return _ask(visit, visit.account.email if visit.account else "")


def _ask(visit: Visit, email: str, error: Refused | None = None) -> Response[Any]:
    title, status = visit.speech.say("Sign up"), STATUS[error.kind] if error else 200
    return visit.page(
        "sign_up/address.html", title=title, status=status, email=email, errors=_errors(visit, error), next=PLACE
    )


def _errors(visit: Visit, error: Refused | None) -> dict[str, str]:
    """What was wrong, by field; what is of no field stands over the form."""
    return {error.field or "": visit.speech.refused(error)} if error else {}


@post(PLACE)
async def begin(visit: Visit, data: type_form) -> Response[Any]:
    email, db = typed_email(data), visit.house.db
    where = {"address": visit.origin.address, "language": visit.language, "site": visit.house.settings.address}
    try:
        token = await commands.begin_sign_up(db, email=email, **where, now=visit.now)
    except Refused as refused:
        return _ask(visit, email, refused)
    response = go(f"{PLACE}/code")
    age, secure = int(LASTS.total_seconds()), visit.house.settings.secure_cookies
    cookie = Cookie(TOKEN, value=token, path=PLACE, max_age=age, httponly=True, secure=secure, samesite="lax")
    response.cookies.append(cookie)
    return response


def _token(visit: Visit) -> str:
    return visit.request.cookies.get(TOKEN, "")


async def _sign_up(visit: Visit) -> SignUp | None:
    """The sign-up that this browser is at; one that is done is none any more."""
    found = await find_sign_up(visit.house.db, token=_token(visit), now=visit.now) if _token(visit) else None
    return found if found and found.done_at is None else None


def _over(visit: Visit) -> Response[Any]:
    return _ask(visit, "", Refused("sign_up_over", Kind.CONFLICT))


@get(f"{PLACE}/code")
async def ask_code(visit: Visit) -> Response[Any]:
    sign_up = await _sign_up(visit)
    if sign_up is None:
        return _over(visit)
    return go(f"{PLACE}/you") if sign_up.verified_at else _ask_code(visit, sign_up)


def _ask_code(visit: Visit, sign_up: SignUp, error: Refused | None = None) -> Response[Any]:
    return visit.page(
        "sign_up/code.html",
        title=visit.speech.say("Check your mail"),
        status=STATUS[error.kind] if error else 200,
        email=sign_up.email,
        errors=_errors(visit, error),
        more=sign_up.sent < LETTERS,
        place=PLACE,
    )


@post(f"{PLACE}/code")
async def prove(visit: Visit, data: type_form) -> Response[Any]:
    try:
        await commands.prove_address(visit.house.db, token=_token(visit), code=data.get("code", "")[:40], now=visit.now)
    except Refused as refused:
        sign_up = await _sign_up(visit)
        return _ask_code(visit, sign_up, refused) if sign_up else _over(visit)
    return go(f"{PLACE}/you")


@post(f"{PLACE}/code/again")
async def send_again(visit: Visit) -> Response[Any]:
    """Another letter, with another code."""
    try:
        site = visit.house.settings.address
        await commands.send_new_code(visit.house.db, token=_token(visit), site=site, now=visit.now)
    except Refused as refused:
        sign_up = await _sign_up(visit)
        return _ask_code(visit, sign_up, refused) if sign_up else _over(visit)
    said = visit.speech.say("A new code is on its way. The one before no longer works.")
    return go(f"{PLACE}/code", toast={"kind": "ok", "text": said})


@get(f"{PLACE}/code/again")
async def back_to_code(visit: Visit) -> Redirect:
    """The form's address, asked for again: the page it belongs to."""
    return go(f"{PLACE}/code")


@get(f"{PLACE}/you")
async def ask_you(visit: Visit) -> Response[Any]:
    sign_up = await _sign_up(visit)
    if sign_up is None:
        return _over(visit)
    return await _ask_you(visit, sign_up, {}) if sign_up.verified_at else go(f"{PLACE}/code")


async def _ask_you(visit: Visit, sign_up: SignUp, typed: dict[str, str], error: Refused | None = None) -> Response[Any]:
    """What the proven address comes to: why not; sign in first; or the last form."""
    mine = _own(visit, sign_up)
    seen = await foresee_sign_up(visit.house.db, sign_up=sign_up, account=mine)
    stands = not seen.outcome.goes_on or (seen.has_account and mine is None)
    if not seen.outcome.goes_on:
        error = Refused(REFUSALS[seen.outcome], Kind.CONFLICT, name=seen.name or "")
    return visit.page(
        "sign_up/you.html",
        title=_title(visit, seen, known=seen.has_account and mine is None),
        status=STATUS[error.kind] if error else 200,
        sign_up=sign_up,
        seen=seen,
        refused=not seen.outcome.goes_on,
        sign_in_first=stands and seen.outcome.goes_on,
        named=seen.named,
        has_account=mine is not None,
        products=visit.speech.all_of(seen.products),
        typed={"name": "", "country": seen.country or country_of(visit), **typed},
        countries=visit.speech.countries,
        least=LEAST_LENGTH,
        errors=_errors(visit, error),
        place=PLACE,
    )


def _title(visit: Visit, seen: Prospect, *, known: bool) -> str:
    say = visit.speech.say
    if not seen.outcome.goes_on:
        return say("This does not work")
    if known:
        return say("You have an account already")
    return say("One click more") if seen.outcome is Outcome.PRODUCT else say("Who are you?")


def _own(visit: Visit, sign_up: SignUp) -> Account | None:
    """Who is signed in, if the address that was proven is theirs."""
    own = visit.account
    return own if own and own.email.casefold() == sign_up.email.casefold() else None


def country_of(visit: Visit) -> str:
    """The country that the browser's languages speak of, else the one where the page's language is at home."""
    known = {code for code, _ in visit.speech.countries}
    named = _REGION.findall(visit.request.headers.get("accept-language", "")[:200])
    return next((code.upper() for code in named if code.upper() in known), _SPOKEN_IN[visit.language])


@post(f"{PLACE}/you")
async def finish(visit: Visit, data: type_form) -> Response[Any]:
    """In, as whoever the address belongs to; a session of somebody else in this browser ends."""
    sign_up = await _sign_up(visit)
    if sign_up is None:
        return _over(visit)
    newcomer = commands.Newcomer(
        name=data.get("name", "")[:1000],
        country=data.get("country", ""),
        password=data.get("password", "")[:PASSWORD_LENGTH],
        accepted="terms" in data,
    )
    mine = _own(visit, sign_up)
    try:
        if mine is None and newcomer.password != data.get("repeated", "")[:PASSWORD_LENGTH]:
            raise Refused("password_differs", Kind.INVALID, field="repeated")
        done = await _finish(visit, newcomer, mine)
    except Refused as refused:
        return await _ask_you(visit, sign_up, _typed(data), refused)
    return await _in(visit, done)


def _typed(data: dict[str, str]) -> dict[str, str]:
    return {name: data[name][:300] for name in ("name", "country") if name in data}


async def _finish(visit: Visit, newcomer: commands.Newcomer, mine: Account | None) -> commands.SignedUp:
    lasts = timedelta(days=visit.house.settings.session_days)
    return await commands.finish_sign_up(
        visit.house.db,
        token=_token(visit),
        newcomer=newcomer,
        account=mine,
        origin=visit.origin,
        language=visit.language,
        lasts=lasts,
        now=visit.now,
    )


async def _in(visit: Visit, done: commands.SignedUp) -> Response[Any]:
    response = go(f"/t/{done.slug}/apps")
    response.delete_cookie(TOKEN, path=PLACE)
    if done.token is not None:
        if visit.request.cookies.get(SESSION):
            await sign_in.sign_out(visit.house.db, token=visit.request.cookies[SESSION])
        response.cookies.append(session_cookie(visit, done.token))
    return response


HANDLERS = [ask, begin, ask_code, prove, send_again, back_to_code, ask_you, finish]
