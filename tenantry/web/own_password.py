"""One's own password: changed while signed in, or chosen anew by the link of a letter."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands import own_password as commands
from tenantry.domain.passwords import LEAST_LENGTH
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.own_account import find_reset
from tenantry.web.account import account_page, type_form
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.sign_in import inside, session_cookie, typed_email
from tenantry.web.visit import SESSION, Visit

PASSWORD_LENGTH = 1024
# A link of a letter is a key: no page that is opened from it is told where it was.
HIDDEN = {"Referrer-Policy": "no-referrer"}


@get("/password")
async def ask_change(visit: Visit, next: str = "") -> Response[str]:
    return _change_form(visit, next)


def _change_form(visit: Visit, next: str, error: Refused | None = None) -> Response[str]:
    return account_page(
        visit,
        "account/password.html",
        title=visit.speech.say("Password"),
        status=STATUS[error.kind] if error else 200,
        next=next,
        forced=visit.own.must_change_password,
        least=LEAST_LENGTH,
        errors=_errors(visit, error),
    )


@post("/password")
async def change(visit: Visit, data: type_form) -> Response[Any]:
    """Changes it and leads on to where one wanted to go."""
    next = data.get("next", "")
    try:
        token = await commands.change_password(
            visit.house.db,
            account=visit.own,
            old=data.get("old", "")[:PASSWORD_LENGTH],
            new=_repeated(data),
            language=visit.language,
            now=visit.now,
        )
    except Refused as refused:
        return _change_form(visit, next, refused)
    said = visit.speech.say("Your password is changed. All your other sessions were ended.")
    response = go(inside(next) if next else "/account/password", toast={"kind": "ok", "text": said})
    response.cookies.append(session_cookie(visit, token))
    return response


def _repeated(data: dict[str, str]) -> str:
    """The new password, typed twice. Raises Refused("password_differs")."""
    password = data.get("password", "")[:PASSWORD_LENGTH]
    if password != data.get("repeated", "")[:PASSWORD_LENGTH]:
        raise Refused("password_differs", Kind.INVALID, field="repeated")
    return password


def _errors(visit: Visit, error: Refused | None) -> dict[str, str]:
    return {error.field or "": visit.speech.refused(error)} if error else {}


@get("/forgot")
async def ask_forgot(visit: Visit) -> Response[str]:
    return _forgot_form(visit)


def _forgot_form(visit: Visit, email: str = "", error: Refused | None = None) -> Response[str]:
    status, title = STATUS[error.kind] if error else 200, visit.speech.say("Forgot your password?")
    return visit.page("forgot.html", title=title, email=email, errors=_errors(visit, error), status=status, sent=False)


@post("/forgot")
async def forgot(visit: Visit, data: type_form) -> Response[str]:
    """Says the same of every address, whether somebody signs in by it or not."""
    email = typed_email(data)
    db, address = visit.house.db, visit.origin.address
    try:
        await commands.ask_reset(db, email=email, address=address, language=visit.language, now=visit.now)
    except Refused as refused:
        return _forgot_form(visit, email, refused)
    return visit.page("forgot.html", title=visit.speech.say("Check your mail"), email=email, errors={}, sent=True)


@get("/reset/{token:str}")
async def ask_reset(visit: Visit, token: str) -> Response[str]:
    """The form behind a letter's link. Looking does not use it up: mail programs look as well."""
    reset = await find_reset(visit.house.db, token=token, now=visit.now)
    return _reset_form(visit, reset.email) if reset else _dead(visit)


def _reset_form(visit: Visit, email: str, error: Refused | None = None) -> Response[str]:
    return _hidden(
        visit.page(
            "reset.html",
            title=visit.speech.say("Choose a new password"),
            status=STATUS[error.kind] if error else 200,
            email=email,
            least=LEAST_LENGTH,
            errors=_errors(visit, error),
        )
    )


def _dead(visit: Visit) -> Response[str]:
    dead = Refused("reset_link_dead", Kind.CONFLICT)
    title = visit.speech.say("This link no longer works")
    return _hidden(visit.page("reset_dead.html", title=title, error=dead, status=409))


def _hidden(response: Response[str]) -> Response[str]:
    response.headers.update(HIDDEN)
    return response


@post("/reset/{token:str}")
async def reset(visit: Visit, token: str, data: type_form) -> Response[Any]:
    """Sets the password and leads to the sign-in: the link proves the mailbox, not a second step."""
    db = visit.house.db
    try:
        password = _repeated(data)
        await commands.reset_password(db, token=token, password=password, language=visit.language, now=visit.now)
    except Refused as refused:
        found = await find_reset(db, token=token, now=visit.now)
        return _reset_form(visit, found.email, refused) if found else _dead(visit)
    said = visit.speech.say("Your password is changed. Sign in with it.")
    response = go("/sign-in", toast={"kind": "ok", "text": said})
    response.delete_cookie(SESSION)
    return response


OWN_HANDLERS = [ask_change, change]
OPEN_HANDLERS = [ask_forgot, forgot, ask_reset, reset]
