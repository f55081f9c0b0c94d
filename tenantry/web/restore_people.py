"""Deleted users restored: a name that is free, a new password, and the licenses they had, where seats are free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.restore_people import Missing, Restored, restore_people
from tenantry.domain.roles import Permission
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import hash_aside, new_password
from tenantry.queries.deleted import HadProduct, Return, Returning, read_return
from tenantry.web.answers import address
from tenantry.web.deleted import kind_word
from tenantry.web.find import parse_ids
from tenantry.web.pages import initials
from tenantry.web.reset_passwords import Secret, secrets_text
from tenantry.web.visit import Visit

PLACE = "/users/restore"
LIMIT = 200  # people on one page; more are restored in several steps
ALREADY = "user_name_taken"


@dataclass(frozen=True)
class Typed:
    """What the form holds. licenses: the products to assign again; None: those with a free seat."""

    renames: Mapping[UUID, str]
    makes_passwords: bool = True
    licenses: frozenset[UUID] | None = None


@get(PLACE)
async def ask(visit: Visit) -> Response[Any]:
    """Who is restored, under which name, with what."""
    seen = await _read(visit, _people(visit))
    clashes = [Missing(one.row.id, ALREADY, {}) for one in seen.people if one.taken]
    return _form(visit, seen, Typed({}), clashes)


def _people(visit: Visit) -> tuple[UUID, ...]:
    return parse_ids(visit.request.query_params.getall("user", []))[:LIMIT]


async def _read(visit: Visit, user_ids: tuple[UUID, ...]) -> Return:
    return await read_return(visit.house.db, visit.viewer, user_ids=user_ids, now=visit.now)


def _form(visit: Visit, seen: Return, typed: Typed, wrong: list[Missing], status: int = 200) -> Response[Any]:
    """wrong: why people cannot come back under the name they have, or that was typed."""
    speech, errors = visit.speech, {one.user_id: visit.speech.refusal(one.code, one.params) for one in wrong}
    count = len(seen.people)
    title = speech.count("Restore %(num)s person", "Restore %(num)s people", count)
    if count == 1:
        title = speech.say("Restore %(name)s", name=seen.people[0].row.name)
    return visit.page(
        "people/restore.html",
        title=title,
        crumbs=_crumbs(visit, title),
        status=status,
        people=[_person(visit, one, typed, errors) for one in seen.people],
        products=[_product(visit, product, typed) for product in seen.products],
        signs_in=any(one.own for one in seen.people) and visit.viewer.can(Permission.PASSWORD_RESET),
        makes_passwords=typed.makes_passwords,
        action=address(f"{visit.home}{PLACE}", user=[one.row.id for one in seen.people]),
        button_label=speech.count("Restore %(num)s person", "Restore %(num)s people", count),
        back=f"{visit.home}/users/deleted",
        key=str(new_id()),
    )


def _crumbs(visit: Visit, title: str) -> list[tuple[str, str | None]]:
    say = visit.speech.say
    return [
        (say("Users"), f"{visit.home}/users/active"),
        (say("Deleted users"), f"{visit.home}/users/deleted"),
        (title, None),
    ]


def _person(visit: Visit, one: Returning, typed: Typed, errors: Mapping[UUID, str]) -> dict[str, Any]:
    row, days = one.row, one.row.days_left(visit.now)
    return {
        "row": row,
        "initials": initials(row.name),
        "kind": kind_word(visit, row),
        "left": visit.speech.count("%(num)s day left", "%(num)s days left", days),
        "error": errors.get(row.id),
        "typed": typed.renames.get(row.id, row.user_name),
    }


def _product(visit: Visit, product: HadProduct, typed: Typed) -> dict[str, Any]:
    speech = visit.speech
    had = speech.count("%(num)s person had it", "%(num)s people had it", product.people)
    free = speech.count("%(num)s seat is free", "%(num)s seats are free", product.free)
    wanted = typed.licenses is None or product.sku_id in typed.licenses
    gone = speech.say("The organization no longer has it")
    return {
        "id": product.sku_id,
        "name": product.name,
        "note": f"{had} · {free if product.owned else gone}",
        "checked": wanted and product.free > 0,
        "locked": product.free == 0,
    }


@post(PLACE)
async def restore(visit: Visit) -> Response[Any]:
    """Restores those who can be, and shows the others again with what is wrong where it is wrong."""
    visit.require(Permission.USER_DELETE)
    form, seen = await visit.request.form(), await _read(visit, _people(visit))
    typed = _typed(form, seen)
    makes = typed.makes_passwords and visit.viewer.can(Permission.PASSWORD_RESET)
    made = {one.row.id: new_password() for one in seen.people if one.own} if makes else {}
    echo = str(new_id())
    done = await restore_people(
        visit.house.db,
        visit.viewer,
        user_ids=tuple(one.row.id for one in seen.people),
        renames=typed.renames,
        password_hashes={user_id: await hash_aside(password) for user_id, password in made.items()},
        wanted=typed.licenses or frozenset(),
        echo=echo,
        now=visit.now,
        key=str(form.get("key", ""))[:64] or None,
    )
    if not done.people:
        return _form(visit, seen, typed, list(done.failed), 409)
    return _receipt(visit, seen, typed, done, made if done.echo == echo else {})


def _typed(form: Any, seen: Return) -> Typed:
    """The form; a name is another one only where it differs."""
    names = {one.row.id: str(form.get(f"name-{one.row.id}", "")).strip()[:320] for one in seen.people}
    renames = {one.row.id: names[one.row.id] for one in seen.people if names[one.row.id] not in ("", one.row.user_name)}
    licenses = frozenset(parse_ids(form.getall("license", [])))
    return Typed(renames, form.get("sign_in") == "password", licenses)


def _receipt(visit: Visit, seen: Return, typed: Typed, done: Restored, made: Mapping[UUID, str]) -> Response[Any]:
    """Who is back, with what, who is not, and the passwords: here and nowhere else."""
    speech, people = visit.speech, {one.row.id: one.row for one in seen.people}
    names = {user_id: typed.renames.get(user_id, row.user_name) for user_id, row in people.items()}
    served = [user_id for user_id in people if user_id in done.signed_in and user_id in made]
    secrets = [Secret(people[user_id].name, names[user_id], made[user_id]) for user_id in served]
    title = speech.count("%(num)s person was restored", "%(num)s people were restored", len(done.people))
    failed = [(people[one.user_id].name, speech.refusal(one.code, one.params)) for one in done.failed]
    return visit.page(
        "people/restored.html",
        title=title,
        crumbs=_crumbs(visit, title),
        facts=[(name, speech.number(count)) for name, count in done.assigned.items()],
        missing=[(people[one.user_id].name, speech.refusal(one.code, one.params)) for one in done.missing],
        failed=failed,
        failed_title=speech.count("%(num)s person is not back yet", "%(num)s people are not back yet", len(failed)),
        solve=address(f"{visit.home}{PLACE}", user=[one.user_id for one in done.failed]),
        secrets=secrets,
        copied=secrets_text(visit, secrets),
        shown=bool(done.signed_in) and not secrets,
        names=[
            (row.name, f"{visit.home}/users/{user_id}") for user_id, row in people.items() if user_id in done.people
        ],
    )


HANDLERS = [ask, restore]
