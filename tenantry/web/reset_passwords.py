"""New passwords for others: who gets one, how it is made, and the page that shows it once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post

from tenantry.commands.reset_passwords import reset_passwords
from tenantry.domain.leaving import RESET_LIMIT
from tenantry.domain.passwords import LEAST_LENGTH, check_password
from tenantry.domain.roles import Permission
from tenantry.kit.csvfile import write_rows
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import hash_aside, new_password
from tenantry.queries.leavers import Renewal, preview_reset
from tenantry.queries.manage_licenses import Chosen
from tenantry.queries.users import Suggestion
from tenantry.web.bulk_people import STALE, Deed, leave_out, outcome_row, read_expected, show_bulk
from tenantry.web.outcomes import Row
from tenantry.web.visit import Visit
from tenantry.web.whom import Whom, read_whom

PLACE = "/users/reset-password"
TOLD = STALE | {"own_password", "admin_out_of_reach", "password_elsewhere", "too_many_selected", "people_gone"}


@dataclass(frozen=True)
class Secret:
    """A password that was made, for the one page that shows it."""

    name: str
    user_name: str
    password: str


@get(PLACE)
async def ask(visit: Visit) -> Response[Any]:
    """Who would get a new password."""
    return await _show(visit, read_whom(visit))


async def _show(visit: Visit, whom: Whom, error: str = "", wrong: str | None = None) -> Response[Any]:
    """wrong: what is wrong with the password that was typed."""
    seen = await preview_reset(visit.house.db, visit.viewer, selection=whom.selection)
    deed = _deed(visit, whom, seen)
    return show_bulk(
        visit,
        whom,
        seen.found,
        deed,
        template="people/reset.html",
        error=error,
        alone=seen.found.chosen.count == 1 and not deed.idle,
        wrong=wrong,
        least=LEAST_LENGTH,
    )


def _deed(visit: Visit, whom: Whom, seen: Renewal) -> Deed:
    say, count = visit.speech, seen.found.count("will") + seen.found.count("opens")
    idle = "" if count else say.say("There is nobody whose password you may reset.")
    if count > RESET_LIMIT:
        idle = say.count(
            "At most %(num)s password at a time. Select fewer people.",
            "At most %(num)s passwords at a time. Select fewer people.",
            RESET_LIMIT,
        )
    return Deed(
        place=PLACE,
        title=_title(visit, seen.found.chosen),
        rows=_rows(visit, whom, seen),
        button=say.count("Reset %(num)s password", "Reset %(num)s passwords", count),
        expected=count,
        notes=(
            (
                say.say("Shown once"),
                say.say("The next page shows the new password, to print or to copy. No mail is sent."),
            ),
            (say.say("Sessions"), say.say("Wherever they are signed in now, they are signed out.")),
        ),
        idle=idle,
    )


def _title(visit: Visit, chosen: Chosen) -> str:
    if chosen.count == 1:
        return visit.speech.say("Reset the password of %(name)s", name=chosen.people[0].name)
    return visit.speech.count(
        "Reset the password of %(num)s person", "Reset the passwords of %(num)s people", chosen.count
    )


def _rows(visit: Visit, whom: Whom, seen: Renewal) -> tuple[Row, ...]:
    say, groups = visit.speech.say, seen.found.groups
    told = {
        "will": ("will", say("New password"), say("They choose their own when they sign in next")),
        "opens": (
            "will",
            say("First password"),
            say("They could not sign in so far. Now they can, and choose a password of their own first."),
        ),
        "own_password": ("broken", say("Left out"), visit.speech.refusal("own_password", {})),
        "admin_out_of_reach": ("broken", say("Left out"), say("Has an admin role: only a global admin may do this")),
        "password_elsewhere": ("broken", say("Left out"), say("The account is not your organization’s")),
    }
    return tuple(
        outcome_row(visit, whom, group, *told[key], action=_way_out(visit, whom, seen, key))
        for key, group in groups.items()
    )


def _way_out(visit: Visit, whom: Whom, seen: Renewal, key: str) -> tuple[str, str] | None:
    some = seen.people and key not in ("will", "opens")
    return leave_out(visit, whom, PLACE, seen.found.groups[key]) if some else None


@post(PLACE)
async def reset(visit: Visit) -> Response[Any]:
    """Makes the passwords and shows them: here, once, and nowhere else."""
    visit.require(Permission.PASSWORD_RESET)
    whom, form = read_whom(visit), await visit.request.form()
    seen = await preview_reset(visit.house.db, visit.viewer, selection=whom.selection)
    if not 0 < len(seen.people) <= RESET_LIMIT or read_expected(form) != len(seen.people):
        return await _show(visit, whom, visit.speech.refusal("forecast_stale", {}))
    own = str(form.get("password", ""))[:200] if form.get("way") == "own" and len(seen.people) == 1 else None
    if own is not None:
        try:
            check_password(own, seen.people[0].user_name)
        except Refused as refused:
            return await _show(visit, whom, wrong=visit.speech.refused(refused))
    return await _reset(visit, whom, seen.people, own, str(form.get("key", ""))[:64])


async def _reset(visit: Visit, whom: Whom, people: Sequence[Suggestion], own: str | None, key: str) -> Response[Any]:
    made = {person.id: own or new_password() for person in people}
    hashes = {user_id: await hash_aside(password) for user_id, password in made.items()}
    echo = str(new_id())
    try:
        done = await reset_passwords(
            visit.house.db, visit.viewer, password_hashes=hashes, now=visit.now, echo=echo, key=key or None
        )
    except Refused as refused:
        if refused.code not in TOLD:
            raise
        return await _show(visit, whom, visit.speech.refused(refused))
    # A form that is sent again gets the answer of the first time, whose passwords nobody has any more.
    secrets = [Secret(one.name, one.user_name, made[one.id]) for one in people] if done.echo == echo else []
    title = visit.speech.count("%(num)s password was reset", "%(num)s passwords were reset", done.people)
    return show_secrets(visit, whom, title, secrets)


def show_secrets(visit: Visit, whom: Whom, title: str, secrets: Sequence[Secret]) -> Response[Any]:
    """The page that shows passwords; without any it says that they were shown."""
    say = visit.speech.say
    people = say("Guest users") if whom.kind == "guest" else say("Active users")
    return visit.page(
        "people/passwords.html",
        title=title,
        crumbs=[(say("Users"), None), (people, whom.list), (title, None)],
        secrets=secrets,
        copied=secrets_text(visit, secrets),
        back=whom.list,
    )


def secrets_text(visit: Visit, secrets: Sequence[Secret]) -> str:
    """Passwords as CSV, to be copied."""
    say = visit.speech.say
    headings = [say("Name"), say("Username"), say("Password")]
    return write_rows(headings, [(one.name, one.user_name, one.password) for one in secrets]).decode("utf-8-sig")


HANDLERS = [ask, reset]
