"""Two-step sign-in of one's own account: its ways, how they are added and removed, and the recovery codes."""

import re
from typing import Annotated, Any
from uuid import UUID

import segno
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from markupsafe import Markup

from tenantry.commands import two_step as commands
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.one_time import setup_address
from tenantry.queries.factors import TwoStep, find_started, see_two_step
from tenantry.web.account import account_page
from tenantry.web.answers import address
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.passkeys import ANSWER_LENGTH, options, party_of
from tenantry.web.sign_in import inside
from tenantry.web.visit import SESSION, Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

PLACE = "/account/two-step"
_TENANT = re.compile(r"/t/([^/?#]+)")


@get("/two-step")
async def overview(visit: Visit, next: str = "") -> Response[str]:
    """The account's second steps. next: where somebody wanted to go whose organization asks for one."""
    found = await _see(visit, next)
    return account_page(
        visit,
        "account/two_step.html",
        title=visit.speech.say("Two-step sign-in"),
        found=found,
        proved=visit.own.two_step,
        next=_wanted(next),
        here=lambda place, next="": address(f"{PLACE}{place}", next=next),
    )


async def _see(visit: Visit, next: str = "") -> TwoStep:
    led = _TENANT.match(_wanted(next))
    return await see_two_step(
        visit.house.db,
        account_id=visit.own.id,
        token=str(visit.request.cookies.get(SESSION, "")),
        slug=led[1] if led else "",
        language=visit.language,
        now=visit.now,
    )


def _wanted(next: str) -> str:
    """A tenant's page to go on to, or nothing."""
    place = inside(next)
    return place if _TENANT.match(place) else ""


# An authenticator app


@post("/two-step/authenticator/start")
async def start_authenticator(visit: Visit, data: type_form) -> Redirect:
    await commands.start_authenticator(visit.house.db, account_id=visit.own.id, now=visit.now)
    return go(address(f"{PLACE}/authenticator", next=_wanted(data.get("next", ""))))


@get("/two-step/authenticator")
async def ask_authenticator(visit: Visit, next: str = "") -> Response[Any]:
    return await _authenticator(visit, next=next)


async def _authenticator(visit: Visit, *, next: str, name: str = "", error: Refused | None = None) -> Response[Any]:
    secret = await find_started(visit.house.db, account_id=visit.own.id)
    if secret is None:
        return go(address(PLACE, next=_wanted(next)))
    say = visit.speech.say
    link = setup_address(secret, name=visit.own.email, issuer="Tenantry")
    drawn = segno.make(link, error="m", boost_error=False)
    return _page(
        visit,
        "account/two_step_authenticator.html",
        title=say("Add an authenticator app"),
        error=error,
        picture=Markup(drawn.svg_inline(border=3, light="#fff", svgclass="tn-qr", omitsize=True)),  # noqa: S704
        secret=" ".join(re.findall(".{1,4}", secret)),
        link=link,
        name=name or say("Authenticator app"),
        next=_wanted(next),
        cancel=address(PLACE, next=_wanted(next)),
    )


def _page(visit: Visit, template: str, *, title: str, error: Refused | None = None, **context: Any) -> Response[str]:
    """A page below the overview. errors: what is wrong by field, "" for what belongs to no field."""
    return account_page(
        visit,
        template,
        title=title,
        status=STATUS[error.kind] if error else 200,
        within=[(visit.speech.say("Two-step sign-in"), PLACE)],
        errors={error.field or "": visit.speech.refused(error)} if error else {},
        **context,
    )


@post("/two-step/authenticator")
async def confirm_authenticator(visit: Visit, data: type_form) -> Response[Any]:
    next, name, own = data.get("next", ""), data.get("name", ""), visit.own
    try:
        codes = await commands.confirm_authenticator(
            visit.house.db,
            account_id=own.id,
            session_id=own.session_id,
            code="".join(data.get("code", "").split())[:20],
            name=name,
            now=visit.now,
        )
    except Refused as refused:
        return await _authenticator(visit, next=next, name=name, error=refused)
    return _added(visit, codes, next)


def _added(visit: Visit, codes: tuple[str, ...], next: str) -> Response[Any]:
    """The recovery codes that came with the first second step, or on."""
    if codes:
        return _show_codes(visit, codes, next, first=True)
    text = visit.speech.say("The second step was added.")
    return go(_wanted(next) or PLACE, toast={"kind": "ok", "text": text})


# A passkey


@get("/two-step/passkey")
async def ask_passkey(visit: Visit, next: str = "") -> Response[str]:
    return _passkey(visit, next=next)


def _passkey(visit: Visit, *, next: str, name: str = "", error: Refused | None = None) -> Response[str]:
    say = visit.speech.say
    return _page(
        visit,
        "account/two_step_passkey.html",
        title=say("Add a passkey"),
        error=error,
        name=name or say("Passkey"),
        next=_wanted(next),
        cancel=address(PLACE, next=_wanted(next)),
    )


@post("/two-step/passkey/options")
async def passkey_options(visit: Visit) -> Response[str]:
    own = visit.own
    return options(
        await commands.ask_new_passkey(
            visit.house.db,
            account_id=own.id,
            session_id=own.session_id,
            party=party_of(visit),
            email=own.email,
            now=visit.now,
        )
    )


@post("/two-step/passkey")
async def add_passkey(visit: Visit, data: type_form) -> Response[Any]:
    next, name, own = data.get("next", ""), data.get("name", ""), visit.own
    try:
        codes = await commands.add_passkey(
            visit.house.db,
            account_id=own.id,
            session_id=own.session_id,
            party=party_of(visit),
            answer=data.get("passkey", "")[:ANSWER_LENGTH],
            name=name,
            now=visit.now,
        )
    except Refused as refused:
        return _passkey(visit, next=next, name=name, error=refused)
    return _added(visit, codes, next)


# Removing, and recovery codes: both ask who sits there


@get("/two-step/remove/{factor_id:uuid}")
async def ask_removal(visit: Visit, factor_id: UUID) -> Response[str]:
    return await _removal(visit, factor_id)


async def _removal(visit: Visit, factor_id: UUID, error: Refused | None = None) -> Response[str]:
    found = await _see(visit)
    factor = next((one for one in found.factors if one.id == factor_id), None)
    if factor is None:
        raise Refused("factor_missing", Kind.MISSING)
    return _page(
        visit,
        "account/two_step_remove.html",
        title=visit.speech.say("Remove %(name)s", name=factor.name),
        error=error,
        found=found,
        factor=factor,
    )


@post("/two-step/remove/{factor_id:uuid}")
async def remove(visit: Visit, factor_id: UUID, data: type_form) -> Response[Any]:
    proof = data.get("proof", "")[:1024]
    try:
        await commands.remove_factor(
            visit.house.db, account_id=visit.own.id, factor_id=factor_id, proof=proof, now=visit.now
        )
    except Refused as refused:
        return await _removal(visit, factor_id, refused)
    return go(PLACE, toast={"kind": "ok", "text": visit.speech.say("The second step was removed.")})


@get("/two-step/recovery-codes")
async def ask_codes(visit: Visit) -> Response[Any]:
    return await _codes(visit)


async def _codes(visit: Visit, error: Refused | None = None) -> Response[Any]:
    found = await _see(visit)
    if not found.factors:
        return go(PLACE)
    return _page(
        visit,
        "account/two_step_renew.html",
        title=visit.speech.say("New recovery codes"),
        error=error,
        found=found,
    )


@post("/two-step/recovery-codes")
async def renew_codes(visit: Visit, data: type_form) -> Response[Any]:
    proof = data.get("proof", "")[:1024]
    try:
        codes = await commands.renew_recovery_codes(visit.house.db, account_id=visit.own.id, proof=proof, now=visit.now)
    except Refused as refused:
        return await _codes(visit, refused)
    return _show_codes(visit, codes, "", first=False)


def _show_codes(visit: Visit, codes: tuple[str, ...], next: str, *, first: bool) -> Response[str]:
    """The one time that recovery codes are seen: an answer to the form, at no address of its own."""
    title = visit.speech.say("Your recovery codes")
    onward = _wanted(next) or PLACE
    return _page(visit, "account/two_step_codes.html", title=title, codes=codes, first=first, onward=onward)


HANDLERS = [
    overview,
    start_authenticator,
    ask_authenticator,
    confirm_authenticator,
    ask_passkey,
    passkey_options,
    add_passkey,
    ask_removal,
    remove,
    ask_codes,
    renew_codes,
]
