"""The timetable: what is done because time passed, and whether it was."""

from typing import Any

from litestar import Response, get

from tenantry.domain.timetable import Standing
from tenantry.queries.timetable import TimetableRow, read_timetable
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.visit import Visit
from tenantry.words.tasks import how_often, task_name


@get("/timetable")
async def timetable(visit: Visit) -> Response[Any]:
    rows = await read_timetable(visit.house, operator(visit), now=visit.now)
    found = [row.standing for row in rows]
    return operator_page(
        visit,
        "operator/timetable.html",
        title=visit.speech.say("Timetable"),
        rows=[_row(visit, row) for row in rows],
        failures=found.count(Standing.FAILED),
        missed=found.count(Standing.MISSED),
        jobs=f"{HOME}/jobs",
    )


def _row(visit: Visit, row: TimetableRow) -> dict[str, Any]:
    say = visit.speech.say
    states = {
        Standing.WAITING: ("wait", say("Waiting")),
        Standing.RUNNING: ("info", say("Running")),
        Standing.DONE: ("ok", say("Succeeded")),
        Standing.FAILED: ("broken", say("Failed")),
        Standing.MISSED: ("soon", say("Missed")),
    }
    return {
        "work": task_name(visit.speech, row.task),
        "how_often": how_often(visit.speech, row.rhythm),
        "due_at": row.due_at,
        "state": states.get(row.standing),
        "next_at": row.next_at,
    }


HANDLERS = [timetable]
