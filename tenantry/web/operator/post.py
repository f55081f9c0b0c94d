"""Jobs and letters: what waits, what failed, and trying it again."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.retry_work import retry_jobs, retry_letters
from tenantry.kit.ids import parse_id
from tenantry.kit.paging import decode
from tenantry.queries.outbox import LetterRow, list_post, read_work
from tenantry.web.answers import address
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.letters import LETTERS
from tenantry.words.speech import LANGUAGES
from tenantry.words.tasks import task_name

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
JOBS, LETTERS_PLACE = f"{HOME}/jobs", f"{HOME}/letters"
STATES = ("", "waiting", "failed", "sent")
SHOWN = 100


@get("/jobs")
async def jobs(visit: Visit) -> Response[Any]:
    work = await read_work(visit.house, operator(visit), most=SHOWN)
    return operator_page(
        visit,
        "operator/jobs.html",
        title=visit.speech.say("Jobs"),
        tasks=[(task_name(visit.speech, row.task), row) for row in work.tasks],
        failed=[(task_name(visit.speech, job.task), job) for job in work.failed],
        failures=sum(row.failed for row in work.tasks),
        place=JOBS,
    )


@post("/jobs/retry")
async def retry_job(visit: Visit, data: type_form) -> Response[Any]:
    """One job by its number, those of a task, or all that failed."""
    number, task = data.get("job", ""), data.get("task", "") or None
    job_id = int(number) if number.isdecimal() and len(number) < 19 else None
    tried = await retry_jobs(visit.house.db, operator(visit), job_id=job_id, task=task, now=visit.now)
    said = visit.speech.count("%(num)s job is tried again.", "%(num)s jobs are tried again.", tried)
    return go(JOBS, toast={"kind": "ok", "text": said})


@get("/letters")
async def letters(visit: Visit, only: str = "", after: str = "") -> Response[Any]:
    state = only if only in STATES else ""
    seen = await list_post(visit.house, operator(visit), state=state, cursor=decode(after), limit=visit.own.page_rows)
    say, number = visit.speech.say, visit.speech.number
    names = {"": say("All"), "waiting": say("Waiting"), "failed": say("Failed"), "sent": say("Sent")}
    counts = {"": sum(seen.counts.values()), **seen.counts}
    return operator_page(
        visit,
        "operator/letters.html",
        title=say("Letters"),
        rows=[_letter(visit, row) for row in seen.page.items],
        chips=[
            (names[one], number(counts.get(one, 0)), address(LETTERS_PLACE, only=one), one == state) for one in STATES
        ],
        failures=counts.get("failed", 0),
        narrowed=bool(state),
        previous=address(LETTERS_PLACE, only=state, after=seen.page.previous) if seen.page.previous else None,
        next=address(LETTERS_PLACE, only=state, after=seen.page.next) if seen.page.next else None,
        place=LETTERS_PLACE,
    )


def _letter(visit: Visit, row: LetterRow) -> dict[str, Any]:
    say = visit.speech.say
    states = {"waiting": ("wait", say("Waiting")), "failed": ("broken", say("Failed")), "sent": ("ok", say("Sent"))}
    subject = say(LETTERS[row.kind].subject) if row.kind in LETTERS else row.kind
    # A subject may have places, whose values the operator is not to see.
    about = subject if "%(" not in subject else row.kind
    return {
        "row": row,
        "about": about,
        "state": states[row.state],
        "language": LANGUAGES.get(row.language, row.language),
    }


@post("/letters/retry")
async def retry_letter(visit: Visit, data: type_form) -> Response[Any]:
    """One letter, or all that were given up."""
    tried = await retry_letters(
        visit.house.db, operator(visit), letter_id=parse_id(data.get("letter", "")), now=visit.now
    )
    said = visit.speech.count("%(num)s letter is sent again.", "%(num)s letters are sent again.", tried)
    return go(LETTERS_PLACE, toast={"kind": "ok", "text": said})


HANDLERS = [jobs, retry_job, letters, retry_letter]
