"""The second step of a sign-in, and the sign-in by a passkey alone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands import second_step as commands
from tenantry.commands.sign_in import sign_out
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.logs import note
from tenantry.queries.factors import Half, find_half
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.passkeys import ANSWER_LENGTH, options, party_of
from tenantry.web.sign_in import inside, session_cookie
from tenantry.web.visit import SESSION, Visit
from tenantry.words.speech import LANGUAGES

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

PLACE = "/sign-in/second-step"


@get(PLACE)
async def ask(visit: Visit, next: str = "", way: str = "") -> Response[Any]:
    """Asks for a code, a passkey or a recovery code; leads on who needs none, and back who has not begun."""
    return await _show(visit, next=next, way=way)


async def _show(visit: Visit, *, next: str, way: str, error: Refused | None = None) -> Response[Any]:
    if visit.account is not None:
        return go(inside(next))
    half = await find_half(visit.house.db, token=_token(visit), now=visit.now)
    if half is None:
        return go("/sign-in", next=inside(next))
    visit.language = half.language if half.language in LANGUAGES else visit.language
    return visit.page(
        "second_step.html",
        title=visit.speech.say("Two-step sign-in"),
        status=STATUS[error.kind] if error else 200,
        half=half,
        way=_way(half, way),
        next=inside(next),
        place=PLACE,
        error=visit.speech.refused(error) if error else None,
        error_field=error.field if error else None,
    )


def _way(half: Half, wanted: str) -> str:
    """How the page asks first: as wanted, else by the app, else by the passkey."""
    if wanted == "recovery":
        return wanted
    return "code" if "authenticator" in half.kinds else "passkey"


def _token(visit: Visit) -> str:
    return str(visit.request.cookies.get(SESSION, ""))


@post(PLACE)
async def prove(visit: Visit, data: type_form) -> Response[Any]:
    """By what the form holds: an answer of a passkey, a recovery code or a code of an app."""
    next = data.get("next", "")
    try:
        token = await _prove(visit, data)
    except Refused as refused:
        note(refused=refused.code)
        if refused.code == "second_step_over":
            said = {"kind": "soon", "text": visit.speech.refused(refused)}
            return go("/sign-in", next=inside(next), toast=said)
        return await _show(visit, next=next, way="recovery" if "recovery_code" in data else "", error=refused)
    return _signed_in(visit, token, next)


async def _prove(visit: Visit, data: Mapping[str, str]) -> str:
    db, token, now, lasts = visit.house.db, _token(visit), visit.now, _lasts(visit)
    if answer := data.get("passkey", "")[:ANSWER_LENGTH]:
        party = party_of(visit)
        return await commands.prove_passkey(db, token=token, party=party, answer=answer, lasts=lasts, now=now)
    if "recovery_code" in data:
        code = data["recovery_code"][:80]
        return await commands.prove_recovery_code(db, token=token, code=code, lasts=lasts, now=now)
    code = "".join(data.get("code", "").split())[:20]
    return await commands.prove_code(db, token=token, code=code, lasts=lasts, now=now)


def _lasts(visit: Visit) -> timedelta:
    return timedelta(days=visit.house.settings.session_days)


def _signed_in(visit: Visit, token: str, next: str) -> Response[Any]:
    response = go(inside(next))
    response.cookies.append(session_cookie(visit, token))
    return response


@post(f"{PLACE}/options")
async def passkey_options(visit: Visit) -> Response[str]:
    return options(
        await commands.ask_passkey(visit.house.db, token=_token(visit), party=party_of(visit), now=visit.now)
    )


@post("/sign-in/passkey/options")
async def any_passkey_options(visit: Visit) -> Response[str]:
    party, origin = party_of(visit), visit.origin
    return options(await commands.ask_any_passkey(visit.house.db, party=party, origin=origin, now=visit.now))


@post("/sign-in/passkey")
async def by_passkey(visit: Visit, data: type_form) -> Response[Any]:
    """A passkey alone signs in; what it cannot open is told on the sign-in page."""
    try:
        token = await commands.sign_in_by_passkey(
            visit.house.db,
            party=party_of(visit),
            answer=data.get("passkey", "")[:ANSWER_LENGTH],
            origin=visit.origin,
            lasts=_lasts(visit),
            now=visit.now,
        )
    except Refused as refused:
        note(refused=refused.code)
        if refused.kind is not Kind.INVALID:
            raise
        said = {"kind": "broken", "text": visit.speech.refused(refused)}
        return go("/sign-in", next=inside(data.get("next", "")), toast=said)
    if old := _token(visit):
        await sign_out(visit.house.db, token=old)
    return _signed_in(visit, token, data.get("next", ""))


HANDLERS = [ask, prove, passkey_options, any_passkey_options, by_passkey]
