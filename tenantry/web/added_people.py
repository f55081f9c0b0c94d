"""What came of adding many: who is there, who is not and why, the seats to buy, and the passwords, once."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from tenantry.commands.draft_people import begin_draft
from tenantry.commands.long_operations import take_secret
from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.domain.roles import Permission
from tenantry.kit.csvfile import write_rows
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.passwords import derive_password
from tenantry.queries.long_operations import LongOperation
from tenantry.queries.people_added import COMMAND, AddedPeople, Newcomer, read_added
from tenantry.web.add_many import SHOWN, crumbs_of, place_of
from tenantry.web.add_many_options import who_buys
from tenantry.web.buying import Buy, buy_each
from tenantry.web.pages import go, initials
from tenantry.web.reset_passwords import Secret, secrets_text
from tenantry.web.spool import Spool
from tenantry.web.visit import Visit
from tenantry.words.outcomes import REASONS

RESULT = "/operations/{operation_id:uuid}/people"


def result_of(visit: Visit, long: LongOperation | None) -> Redirect | None:
    """Where an operation that added people leads once it has ended, for those who may see it."""
    ended = long is not None and long.command == COMMAND and long.state in ("done", "failed")
    if long is None or not ended or not visit.viewer.can(Permission.USER_ADD):
        return None
    return go(f"{visit.home}/operations/{long.id}/people")


@get(RESULT)
async def result(visit: Visit, operation_id: UUID) -> Response[Any]:
    """Those who could not be added first."""
    seen = await read_added(visit.house.db, visit.viewer, operation_id=operation_id)
    speech, refusal = visit.speech, seen.long.refusal
    licensed = bool(seen.wanted.products)
    return visit.page(
        "add_many/result.html",
        title=speech.count("%(num)s person was added", "%(num)s people were added", len(seen.added)),
        crumbs=crumbs_of(visit, speech.say("Result")),
        seen=seen,
        place=f"{visit.home}/operations/{operation_id}",
        refused=speech.refusal(refusal["code"], refusal["params"]) if refusal else "",
        outcomes=_outcomes(visit, seen),
        products=[(name, speech.number(count)) for name, count in seen.assigned.items() if count],
        missing=[
            speech.count("%(num)s seat of %(product)s", "%(num)s seats of %(product)s", count, product=name)
            for name, count in seen.short.items()
        ],
        buys=(buys := _buys(visit, seen)),
        buyers=who_buys(speech) if seen.short and not buys else "",
        failed=[] if refusal else [_told(visit, one, licensed=licensed) for one in seen.failed[:SHOWN]],
        added=[_told(visit, one, licensed=licensed) for one in sorted(seen.added, key=_first)[:SHOWN]],
        shown=SHOWN,
    )


def _buys(visit: Visit, seen: AddedPeople) -> list[Buy]:
    """The ways to the checkout, each with what is missing; they lead back to this result."""
    names = {sku_id: name for name, sku_id in seen.skus.items()}
    missing = {seen.skus[name]: count for name, count in seen.short.items() if name in seen.skus}
    return buy_each(visit, missing, names, f"{visit.home}/operations/{seen.long.id}/people")


def _first(one: Newcomer) -> tuple[bool, int]:
    """Those who lack something stand first."""
    return one.refusal is None, one.row.line


def _outcomes(visit: Visit, seen: AddedPeople) -> list[tuple[int, str, str, str]]:
    say, number = visit.speech.say, visit.speech.number
    without = sum(one.refusal is not None for one in seen.added)
    parts = [
        (len(seen.added) - without, "will", say("Added")),
        (without, "soon", say("Added, without a license")),
        (len(seen.failed), "broken", say("Not added")),
    ]
    return [(count, kind, label, number(count)) for count, kind, label in parts]


def _told(visit: Visit, one: Newcomer, *, licensed: bool) -> dict[str, Any]:
    """Somebody's result: in a word, why, and where they are."""
    say, person = visit.speech.say, one.row.person
    label = say("Added, with licenses") if licensed else say("Added")
    if one.refusal:
        label = say("Added: %(why)s", why=say(REASONS[one.refusal.code])) if one.user_id else say("Not added")
    return {
        "line": one.row.line,
        "name": person.display_name,
        "initials": initials(person.display_name),
        "user_name": person.user_name,
        "kind": ("soon" if one.refusal else "ok") if one.user_id else "broken",
        "label": label,
        "why": visit.speech.refusal(one.refusal.code, one.refusal.params) if one.refusal else "",
        "href": f"{visit.home}/users/active?open={one.user_id}" if one.user_id else None,
    }


@get(f"{RESULT}.csv")
async def result_csv(visit: Visit, operation_id: UUID) -> Response[Any]:
    """Everybody of the file, with what became of them."""
    seen, say = await read_added(visit.house.db, visit.viewer, operation_id=operation_id), visit.speech.say
    licensed = bool(seen.wanted.products)

    def cells(one: Newcomer) -> list[str]:
        told = _told(visit, one, licensed=licensed)
        return [str(told["line"]), *(told[name] for name in ("name", "user_name", "label", "why"))]

    file = Spool([say("Line"), say("Name"), say("Username"), say("Result"), say("Why")], cells)
    file.take(seen.people)
    return file.answer(f"added-{visit.tenant.slug}.csv")


@post("/operations/{operation_id:uuid}/passwords")
async def passwords(visit: Visit, operation_id: UUID) -> Response[Any]:
    """Shows the passwords, or gives them as a file: to who asked, once, and to nobody else."""
    seen, form = await read_added(visit.house.db, visit.viewer, operation_id=operation_id), await visit.request.form()
    if not seen.long.mine:
        raise Refused("operation_missing", Kind.MISSING)
    seed = await take_secret(visit.house.db, visit.viewer, operation_id=operation_id)
    people = [one.row.person for one in seen.added] if seed else []
    secrets = [Secret(one.display_name, one.user_name, derive_password(seed or "", one.key)) for one in people]
    if secrets and form.get("as") == "csv":
        return _file(visit, secrets_text(visit, secrets))
    title = visit.speech.say("Passwords")
    return visit.page(
        "people/passwords.html",
        title=title,
        crumbs=crumbs_of(visit, title),
        secrets=secrets,
        copied=secrets_text(visit, secrets),
        back=f"{visit.home}/operations/{operation_id}/people",
    )


def _file(visit: Visit, text: str) -> Response[Any]:
    name = f"passwords-{visit.tenant.slug}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@post("/operations/{operation_id:uuid}/correct")
async def correct(visit: Visit, operation_id: UUID) -> Redirect:
    """A new draft of only those who were not added."""
    seen = await read_added(visit.house.db, visit.viewer, operation_id=operation_id)
    rows = [[getattr(one.row.person, name) for name in ALL_HEADINGS] for one in seen.failed]
    if not rows:
        return go(f"{visit.home}/operations/{operation_id}/people")
    data = write_rows(list(ALL_HEADINGS.values()), rows)
    name = visit.speech.say("Not added")
    draft_id = await begin_draft(visit.house.db, visit.viewer, name=f"{name}.csv", data=data, now=visit.now)
    return go(place_of(visit, draft_id, "/verify"))


@get(["/operations/{operation_id:uuid}/passwords", "/operations/{operation_id:uuid}/correct"])
async def back(visit: Visit, operation_id: UUID) -> Redirect:
    """A form's address, asked for again: the page it belongs to."""
    return go(f"{visit.home}/operations/{operation_id}")


HANDLERS = [result, result_csv, passwords, correct, back]
