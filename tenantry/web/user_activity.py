"""The Activity tab of a person's pane: what was done to them, and their sign-ins."""

from typing import Any

from tenantry.domain.roles import Permission
from tenantry.queries.activity import Activity, SignIn
from tenantry.queries.users import UserDetail
from tenantry.web.filters import Listing
from tenantry.web.visit import Visit
from tenantry.words.deeds import deed
from tenantry.words.speech import Speech


def activity_context(visit: Visit, listing: Listing, user: UserDetail, activity: Activity) -> dict[str, Any]:
    """Lines of (what, by whom, when, address of the receipt or nothing), and of sign-ins."""
    speech, page = visit.speech, activity.page
    seen = visit.viewer.can(Permission.AUDIT_READ)
    lines = [
        (
            deed(speech, row.command, row.subject, row.facts),
            row.actor_name,
            row.at,
            f"{visit.home}/operations/{row.id}" if seen else "",
        )
        for row in page.items
    ]
    return {
        "lines": lines,
        "newer": listing.activity(user.id, page.previous) if page.previous else "",
        "older": listing.activity(user.id, page.next) if page.next else "",
        "first_page": not listing.older,
        "sign_ins": None if activity.sign_ins is None else [_sign_in(one, speech) for one in activity.sign_ins],
        "is_guest": user.kind == "guest",
    }


def _sign_in(one: SignIn, speech: Speech) -> tuple[str, str, str, Any]:
    """(kind of status, outcome, how and from where, when)."""
    say = speech.say
    outcome = {
        "done": ("ok", say("Signed in")),
        "wrong": ("broken", say("Wrong password or code")),
        "limited": ("soon", say("Too many tries")),
    }[one.outcome]
    method = {
        "password": say("Password"),
        "authenticator": say("Authenticator app"),
        "passkey": say("Passkey"),
        "recovery_code": say("Recovery code"),
    }[one.method]
    return *outcome, " · ".join(filter(None, (method, one.address))), one.at
