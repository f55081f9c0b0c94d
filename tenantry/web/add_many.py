"""Add many: people from a file. Here the file and its verification; what they get is `web/add_many_options.py`.

Each step has an address of its own over a draft that the server keeps for a day: back, reload and another day's morning
lose nothing.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.response import Redirect

from tenantry.commands.draft_people import begin_draft, change_draft
from tenantry.domain.people import LENGTHS, REQUIRED
from tenantry.domain.people_drafts import WHOLE
from tenantry.domain.people_files import ALL_HEADINGS
from tenantry.domain.roles import Permission
from tenantry.kit.csvfile import Fault, write_rows
from tenantry.kit.encodings import ENCODINGS as GUESSED
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.people_drafts import SeenDraft, read_draft
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.spool import Spool
from tenantry.web.visit import Visit
from tenantry.words.people_files import COLUMNS, ENCODINGS, SEPARATORS, length_of

PLACE = "/users/add-many"
SHOWN = 200  # faults, and people, on one page
LONGEST = 2000  # characters of a cell that is typed anew
EXAMPLE = {
    "first_name": "Freja",
    "last_name": "Lund",
    "display_name": "Freja Lund",
    "job_title": "Engineer",
    "department": "Research",
    "city": "Aarhus",
    "country": "Denmark",
    "usage_location": "DK",
}


def place_of(visit: Visit, draft_id: UUID, step: str = "") -> str:
    return f"{visit.home}{PLACE}/{draft_id}{step}"


def crumbs_of(visit: Visit, *more: str) -> list[tuple[str, str | None]]:
    say, people = visit.speech.say, f"{visit.home}/users/active"
    return [
        (say("Users"), None),
        (say("Active users"), people),
        (say("Add many"), None),
        *((one, None) for one in more),
    ]


def show_step(
    visit: Visit, template: str, step: int, draft_id: UUID | None, *, status: int = 200, **more: Any
) -> Response[Any]:
    """A step of the wizard; done ones lead back."""
    say = visit.speech.say
    names = [
        (say("File"), ""),
        (say("Verify"), "/verify"),
        (say("Sign-in and licenses"), "/options"),
        (say("Review"), "/review"),
    ]
    return visit.page(
        f"add_many/{template}.html",
        title=say("Add many people"),
        crumbs=crumbs_of(visit),
        status=status,
        steps=[(name, place_of(visit, draft_id, path) if draft_id else None) for name, path in names],
        current=step,
        place=place_of(visit, draft_id) if draft_id else f"{visit.home}{PLACE}",
        **more,
    )


async def see(visit: Visit, draft_id: UUID) -> SeenDraft:
    limit = visit.house.settings.import_limit
    return await read_draft(visit.house.db, visit.viewer, draft_id=draft_id, limit=limit, now=visit.now)


def sent_to(visit: Visit, seen: SeenDraft) -> Redirect | None:
    """Where a draft leads that was sent already: to what came of it."""
    return go(f"{visit.home}/operations/{seen.draft.operation_id}") if seen.sent else None


# The file


@get(PLACE)
async def begin(visit: Visit) -> Response[Any]:
    """Step 1, with nothing yet."""
    visit.require(Permission.USER_ADD)
    return _ask_file(visit, None)


@get(f"{PLACE}/{{draft_id:uuid}}")
async def file_again(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Step 1 again: the file that is there, or another in its place."""
    seen = await see(visit, draft_id)
    return sent_to(visit, seen) or _ask_file(visit, seen)


def _ask_file(visit: Visit, seen: SeenDraft | None, error: str = "", typed: str = "") -> Response[Any]:
    pasted = seen is not None and not seen.draft.name
    return show_step(
        visit,
        "file",
        1,
        seen.id if seen else None,
        status=422 if error else 200,
        error=error,
        name=seen.draft.name if seen else "",
        text=typed or (seen.draft.text if seen and pasted else ""),
        limit=visit.house.settings.import_limit,
        columns=_columns(visit),
        example=f"{visit.home}{PLACE}/template.csv",
    )


def _columns(visit: Visit) -> list[tuple[str, str, str, bool]]:
    """Each column: heading, what it holds, how long it may be, whether it must be filled."""
    speech = visit.speech
    return [
        (heading, speech.say(COLUMNS[name]), length_of(speech, name, LENGTHS), name in REQUIRED)
        for name, heading in ALL_HEADINGS.items()
    ]


@get(f"{PLACE}/template.csv")
async def template(visit: Visit) -> Response[Any]:
    """A file with the headings and an example, at a domain that is not theirs: nobody adds it by mistake."""
    visit.require(Permission.USER_ADD)
    example = EXAMPLE | {"user_name": f"freja.lund@{visit.tenant.slug}.example"}
    row = [example.get(name, "") for name in ALL_HEADINGS]
    headers = {"Content-Disposition": 'attachment; filename="people.csv"', "Cache-Control": "no-store"}
    return Response(write_rows(list(ALL_HEADINGS.values()), [row]), media_type="text/csv", headers=headers)


@post(PLACE)
async def send_file(visit: Visit) -> Response[Any]:
    return await _keep(visit, None)


@post(f"{PLACE}/{{draft_id:uuid}}")
async def send_another(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Another file in place of the one there is; with none, on with that one."""
    return await _keep(visit, await see(visit, draft_id))


async def _keep(visit: Visit, seen: SeenDraft | None) -> Response[Any]:
    visit.require(Permission.USER_ADD)
    name, data = await _sent(visit)
    if seen and not seen.sent and data.split() in ([], seen.draft.data.split()):  # a browser has line ends of its own
        return go(place_of(visit, seen.id, "/verify"))
    if not data.strip():
        return _ask_file(visit, seen, visit.speech.say("Choose a file, or paste the rows."))
    goes_on = seen.id if seen and not seen.sent else None
    try:
        draft_id = await begin_draft(
            visit.house.db, visit.viewer, name=name, data=data, now=visit.now, draft_id=goes_on
        )
    except Refused as refused:
        if refused.kind is not Kind.INVALID:
            raise
        return _ask_file(visit, seen, visit.speech.refused(refused), "" if name else data.decode())
    return go(place_of(visit, draft_id, "/verify"))


async def _sent(visit: Visit) -> tuple[str, bytes]:
    """The file with its name, or what was pasted, without one."""
    form = await visit.request.form()
    file = form.get("file")
    if isinstance(file, UploadFile) and (data := await file.read()):
        return (file.filename or visit.speech.say("File"))[:200], data
    return "", str(form.get("text", "")).encode()


# Verify


@get(f"{PLACE}/{{draft_id:uuid}}/verify")
async def verify(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Step 2: how the file was read, every fault with its place, and who can be added."""
    seen = await see(visit, draft_id)
    return sent_to(visit, seen) or _verify(visit, seen)


def _verify(visit: Visit, seen: SeenDraft, error: str = "", status: int = 200) -> Response[Any]:
    speech, checked, draft = visit.speech, seen.checked, seen.draft
    return show_step(
        visit,
        "verify",
        2,
        seen.id,
        status=status,
        error=error,
        refused=_refused(visit, seen),
        checked=checked,
        facts=_facts(visit, seen),
        encoding=draft.encoding,
        encodings=[(name, speech.say(ENCODINGS[name])) for name in ("utf_8", "utf_16", *GUESSED)],
        faults=_faults(visit, seen, checked.faults[:SHOWN]) if checked else [],
        shown=SHOWN,
        without_faulty=draft.without_faulty,
    )


def _refused(visit: Visit, seen: SeenDraft) -> str:
    """Why another file is needed; empty if it can be mended here."""
    if seen.refused:
        return visit.speech.refused(seen.refused)
    faults = seen.checked.faults if seen.checked else ()
    return next((visit.speech.refusal(fault.code, fault.params) for fault in faults if fault.code in WHOLE), "")


def _facts(visit: Visit, seen: SeenDraft) -> list[tuple[str, str]]:
    speech, draft = visit.speech, seen.draft
    encoding = speech.say(ENCODINGS[draft.encoding])
    facts = [
        (speech.say("File"), draft.name or speech.say("Pasted")),
        (speech.say("Read as"), speech.say("%(encoding)s, guessed", encoding=encoding) if draft.guessed else encoding),
    ]
    if seen.checked:
        facts.append((speech.say("Separator"), speech.say(SEPARATORS[seen.checked.separator])))
    return facts


def _faults(visit: Visit, seen: SeenDraft, faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """Faults as the page and the log tell them; href: where the line is mended."""
    mends = seen.checked.cells if seen.checked and not seen.checked.whole else (lambda _: None)
    return [
        {
            "line": fault.line,
            "column": fault.column or visit.speech.say("Whole row"),
            "why": visit.speech.refusal(fault.code, fault.params),
            "href": place_of(visit, seen.id, f"/fix?line={fault.line}") if mends(fault.line) else "",
        }
        for fault in faults
    ]


@post(f"{PLACE}/{{draft_id:uuid}}/verify")
async def verified(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Reads the file in another encoding, or goes on without the faulty lines."""
    form = await visit.request.form()
    db, viewer, now = visit.house.db, visit.viewer, visit.now
    if form.get("do") == "go":
        await change_draft(db, viewer, draft_id=draft_id, without_faulty=True, now=now)
        return go(place_of(visit, draft_id, "/options"))
    encoding = str(form.get("encoding", ""))
    try:
        if encoding in ENCODINGS:
            await change_draft(db, viewer, draft_id=draft_id, encoding=encoding, now=now)
    except Refused as refused:
        if refused.kind is not Kind.INVALID:
            raise
        name = visit.speech.say(ENCODINGS[encoding])
        line = visit.speech.number(refused.params["line"])
        error = visit.speech.say("Line %(line)s does not fit %(encoding)s.", line=line, encoding=name)
        return _verify(visit, await see(visit, draft_id), error, STATUS[refused.kind])
    return go(place_of(visit, draft_id, "/verify"))


@get(f"{PLACE}/{{draft_id:uuid}}/faults.csv")
async def fault_log(visit: Visit, draft_id: UUID) -> Response[Any]:
    """Every fault, with what stands there."""
    say, seen = visit.speech.say, await see(visit, draft_id)

    def cells(fault: Fault) -> list[str]:
        there = (seen.checked.cells(fault.line) if seen.checked else None) or {}
        why = visit.speech.refusal(fault.code, fault.params)
        return [str(fault.line), fault.column, there.get(fault.column, ""), why]

    file = Spool([say("Line"), say("Column"), say("Cell"), say("What is wrong")], cells)
    file.take(seen.checked.faults if seen.checked else ())
    return file.answer(f"faults-{visit.tenant.slug}.csv")


# One line


@get(f"{PLACE}/{{draft_id:uuid}}/fix")
async def fix(visit: Visit, draft_id: UUID, line: int = 0) -> Response[Any]:
    """The faulty cells of one line, to be typed anew; back to the list once nothing is wrong with it."""
    seen = await see(visit, draft_id)
    cells = seen.checked.cells(line) if seen.checked else None
    if seen.sent or seen.checked is None or cells is None or line not in seen.checked.faulty:
        return go(place_of(visit, draft_id, "/verify"))
    wrong = {f.column: visit.speech.refusal(f.code, f.params) for f in seen.checked.faults if f.line == line}
    return show_step(
        visit,
        "fix",
        2,
        draft_id,
        line=line,
        whole=wrong.get("", ""),
        who=cells[ALL_HEADINGS["display_name"]] or cells[ALL_HEADINGS["user_name"]],
        fields=[
            (name, heading, cells[heading], wrong.get(heading))
            for name, heading in ALL_HEADINGS.items()
            if "" in wrong or heading in wrong
        ],
    )


@post(f"{PLACE}/{{draft_id:uuid}}/fix")
async def fixed(visit: Visit, draft_id: UUID, line: int = 0) -> Redirect:
    form = await visit.request.form()
    cells = {heading: str(form[name])[:LONGEST] for name, heading in ALL_HEADINGS.items() if name in form}
    await change_draft(visit.house.db, visit.viewer, draft_id=draft_id, fixes={line: cells}, now=visit.now)
    return go(place_of(visit, draft_id, f"/fix?line={line}"))


HANDLERS = [begin, template, file_again, send_file, send_another, verify, verified, fault_log, fix, fixed]
