"""What was done: the receipt of one operation, and the audit log of all of them."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from tenantry.domain.roles import Permission
from tenantry.kit.ids import parse_id
from tenantry.kit.paging import decode
from tenantry.queries.long_operations import LongOperation
from tenantry.queries.operations import (
    Audit,
    FaultRow,
    OperationDetail,
    OperationRow,
    each_fault,
    each_operation,
    list_operations,
    read_audit_entry,
    read_receipt,
)
from tenantry.web.added_people import result_of
from tenantry.web.answers import address
from tenantry.web.filters import PLACES
from tenantry.web.invoices import charged
from tenantry.web.long_operations import file_of, under_way, whole
from tenantry.web.pages import initials
from tenantry.web.spool import Spool
from tenantry.web.visit import Visit
from tenantry.words.deeds import NAMES, VIAS, deed, told
from tenantry.words.outcomes import REASONS

LIMIT = 50


def _sentence(visit: Visit, row: OperationRow) -> str:
    return deed(visit.speech, row.command, row.subject, row.facts)


def _via(visit: Visit, via: str) -> str:
    return visit.speech.say(VIAS[via]) if via in VIAS else via


@get("/operations/{operation_id:uuid}")
async def receipt(visit: Visit, operation_id: UUID, reason: str = "") -> Response[Any]:
    """What an operation came to, those it could not serve first."""
    code = reason if reason in REASONS else None
    seen = await read_receipt(visit.house.db, visit.viewer, operation_id=operation_id, code=code)
    long = seen if isinstance(seen, LongOperation) else seen.long
    if elsewhere := whole(visit, long) or result_of(visit, long):
        return elsewhere
    if isinstance(seen, LongOperation):
        return under_way(visit, seen)
    say, place = visit.speech.say, f"{visit.home}/operations/{operation_id}"
    return visit.page(
        "audit/receipt.html",
        title=_sentence(visit, seen.row),
        crumbs=[(say("Users"), None), (say("Active users"), f"{visit.home}/users/active"), (say("Receipt"), None)],
        row=seen.row,
        via=_via(visit, seen.row.via),
        facts=seen.row.facts,
        products=_products(seen.row),
        summary=told(visit.speech, seen.row.facts),
        people=[_left_out(visit, fault) for fault in seen.faults],
        chips=_chips(visit, seen, place, code),
        left_out=sum(seen.reasons.values()),
        filtered=seen.reasons.get(code, 0) if code else sum(seen.reasons.values()),
        export=f"{place}/left-out.csv",
        file=file_of(visit, seen.long),
        charges=[charged(visit, one) for one in seen.charges],
    )


def _products(row: OperationRow) -> list[tuple[str, int, int, list[str]]]:
    """Per product: its name, licenses assigned and removed, apps switched off."""
    given, taken = row.facts.get("assigned") or {}, row.facts.get("removed") or {}
    off = row.facts.get("switched_off") or {}
    return [(name, given.get(name, 0), taken.get(name, 0), off.get(name, [])) for name in {**given, **taken, **off}]


def _left_out(visit: Visit, fault: FaultRow) -> dict[str, str]:
    """Somebody who was not served: why, and the next step."""
    say, speech = visit.speech.say, visit.speech
    person = f"{visit.home}/users/{PLACES[fault.kind]}?open={fault.user_id}"
    steps = {
        "usage_location_missing": (say("Set the usage location"), f"{person}&tab=account"),
        "country_barred": (say("Change the usage location"), f"{person}&tab=account"),
        "seats_short": (say("Review seats"), f"{visit.home}/licenses"),
    }
    step, href = steps.get(fault.code, (say("Review licenses and apps"), f"{person}&tab=licenses"))
    return {
        "name": fault.name,
        "initials": initials(fault.name),
        "user_name": fault.user_name,
        "person": f"{person}&tab=licenses",
        "kind": "soon" if fault.code == "seats_short" else "broken",
        "label": say(REASONS[fault.code]),
        "why": speech.refusal(fault.code, fault.params),
        "step": step,
        "href": href,
    }


def _chips(visit: Visit, seen: OperationDetail, place: str, code: str | None) -> list[tuple[str, str, str, bool]]:
    """All, and each reason, with how many people."""
    say, number = visit.speech.say, visit.speech.number
    every = (say("All"), number(sum(seen.reasons.values())), place, code is None)
    some = [(say(REASONS[c]), number(n), address(place, reason=c), c == code) for c, n in seen.reasons.items()]
    return [every, *some] if len(some) > 1 else []


@get("/operations/{operation_id:uuid}/left-out.csv")
async def left_out_csv(visit: Visit, operation_id: UUID) -> Response[Any]:
    """Everybody whom an operation could not serve, and why."""
    say = visit.speech.say

    def cells(fault: FaultRow) -> list[str]:
        sentence = visit.speech.refusal(fault.code, fault.params)
        return [fault.name, fault.user_name, say(REASONS[fault.code]), sentence]

    file = Spool([say("Name"), say("Username"), say("Reason"), say("Why")], cells)
    await each_fault(visit.house.db, visit.viewer, operation_id=operation_id, take=file.take)
    return file.answer(f"left-out-{visit.tenant.slug}.csv")


@get("/audit")
async def audit(visit: Visit, command: str = "", after: str = "", open: str = "") -> Response[Any]:
    """Every operation, newest first; the pane has all that one told."""
    command, opened = command if command in NAMES else "", parse_id(open)
    if visit.target == "pane" and opened:
        entry = await read_audit_entry(visit.house.db, visit.viewer, operation_id=opened)
        return visit.page(
            "audit/pane.html", title=visit.speech.say("Audit log"), **_entry(visit, entry, command, after)
        )
    seen = await list_operations(
        visit.house.db, visit.viewer, cursor=decode(after), limit=LIMIT, commands=_alike(command), open_id=opened
    )
    return visit.page(
        "audit/list.html",
        title=visit.speech.say("Audit log"),
        **_log(visit, seen, command, after),
        **(_entry(visit, seen.open, command, after) if seen.open else {"entry": None}),
    )


def _alike(command: str) -> tuple[str, ...]:
    """The commands that the filter calls by the same words as `command`."""
    return tuple(key for key, name in NAMES.items() if name == NAMES[command]) if command in NAMES else ()


def _log(visit: Visit, seen: Audit, command: str, after: str) -> dict[str, Any]:
    place, say = f"{visit.home}/audit", visit.speech.say
    kinds = {min(_alike(key)): say(name) for key, name in NAMES.items()}

    def page(cursor: str | None) -> str | None:
        return address(place, command=command, after=cursor) if cursor else None

    return {
        "lines": [
            {
                "row": row,
                "sentence": _sentence(visit, row),
                "via": _via(visit, row.via),
                "href": address(place, command=command, after=after, open=str(row.id)),
                "left_out": row.facts.get("refused", 0),
            }
            for row in seen.page.items
        ],
        "kinds": visit.speech.sorted(kinds.items()),
        "kind": say(NAMES[command]) if command else "",
        "command": min(_alike(command), default=""),
        "previous": page(seen.page.previous),
        "next": page(seen.page.next),
        "export": address(f"{place}/export", command=command),
        "narrowed": bool(command),
        "place": place,
    }


def _entry(visit: Visit, row: OperationRow, command: str, after: str) -> dict[str, Any]:
    """An operation as the pane shows it."""
    receipt = row.command == "assign_licenses" and visit.viewer.can(Permission.LICENSE_READ)
    return {
        "entry": row,
        "sentence": _sentence(visit, row),
        "via": _via(visit, row.via),
        "facts": told(visit.speech, row.facts),
        "closed": address(f"{visit.home}/audit", command=command, after=after),
        "receipt": f"{visit.home}/operations/{row.id}" if receipt else "",
    }


@get("/audit/export")
async def audit_csv(visit: Visit, command: str = "") -> Response[Any]:
    """The log as it is filtered, as CSV; times in UTC."""
    visit.require(Permission.AUDIT_READ)
    say = visit.speech.say
    headings = [say("Time (UTC)"), say("Who"), say("What"), say("Via"), say("Operation"), say("Facts")]

    def cells(row: OperationRow) -> list[str]:
        facts = "; ".join(f"{label}: {value}" for label, value in told(visit.speech, row.facts))
        at = row.at.isoformat(timespec="seconds")
        return [at, row.actor_name, _sentence(visit, row), _via(visit, row.via), str(row.id), facts]

    file = Spool(headings, cells)
    await each_operation(visit.house.db, visit.viewer, take=file.take, commands=_alike(command))
    return file.answer(f"audit-{visit.tenant.slug}.csv")


HANDLERS = [receipt, left_out_csv, audit, audit_csv]
