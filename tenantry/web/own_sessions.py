"""Where one is signed in, and who tried to sign in as oneself."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.end_sessions import end_other_sessions, end_session
from tenantry.kit.agents import read_agent
from tenantry.kit.paging import decode
from tenantry.queries.own_account import SignIn, list_sessions, list_sign_ins
from tenantry.web.account import account_page
from tenantry.web.answers import address
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.sign_ins import METHODS, OUTCOMES
from tenantry.words.speech import Speech

LIMIT = 50
PLACE = "/account/sessions"

SIGNS = {"done": "ok", "wrong": "broken", "limited": "soon"}  # of what came of a try


@get("/sessions")
async def sessions(visit: Visit, after: str = "") -> Response[str]:
    own, db = visit.own, visit.house.db
    seen = await list_sign_ins(db, account_id=own.id, cursor=decode(after), limit=LIMIT)
    found = await list_sessions(db, account_id=own.id, now=visit.now)
    found = tuple(sorted(found, key=lambda session: session.id != own.session_id))
    return account_page(
        visit,
        "account/sessions.html",
        title=visit.speech.say("Sessions and sign-ins"),
        sessions=[(session, _browser(visit.speech, session.agent)) for session in found],
        this=own.session_id,
        tries=[_try(visit.speech, row) for row in seen.items],
        previous=address(PLACE, after=seen.previous) if seen.previous else None,
        next=address(PLACE, after=seen.next) if seen.next else None,
    )


def _browser(speech: Speech, agent: str) -> str:
    browser, system = read_agent(agent)
    if browser and system:
        return speech.say("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or speech.say("Unknown browser")


def _try(speech: Speech, row: SignIn) -> dict[str, Any]:
    kind, outcome = SIGNS[row.outcome], OUTCOMES[row.outcome]
    method, browser = speech.say(METHODS[row.method]), _browser(speech, row.agent)
    return {"row": row, "kind": kind, "outcome": speech.say(outcome), "method": method, "browser": browser}


@post("/sessions/{session_id:uuid}/end")
async def end(visit: Visit, session_id: UUID) -> Response[Any]:
    """Ends one; this one too, which is to sign out."""
    await end_session(visit.house.db, account_id=visit.own.id, session_id=session_id)
    return go(PLACE, toast={"kind": "ok", "text": visit.speech.say("The session was ended.")})


@post("/sessions/end-others")
async def end_others(visit: Visit) -> Response[Any]:
    own = visit.own
    ended = await end_other_sessions(visit.house.db, account_id=own.id, session_id=own.session_id)
    said = visit.speech.count("%(num)s other session was ended.", "%(num)s other sessions were ended.", ended)
    return go(PLACE, toast={"kind": "ok", "text": said})


HANDLERS = [sessions, end, end_others]
