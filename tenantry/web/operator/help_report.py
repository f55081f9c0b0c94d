"""What readers say of the help pages: how often each helped, and what they wrote."""

from typing import Any

from litestar import Response, get

from tenantry.domain.help_pages import parse_topic
from tenantry.kit.paging import decode
from tenantry.queries.operator_editions import read_help_report
from tenantry.web.answers import address
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.visit import Visit
from tenantry.words.help import TOPICS
from tenantry.words.speech import LANGUAGES

PLACE = f"{HOME}/help"


@get("/help")
async def help_report(visit: Visit, page: str = "", after: str = "") -> Response[Any]:
    topic, speech = parse_topic(page), visit.speech
    seen = await read_help_report(
        visit.house, operator(visit), topic=topic, cursor=decode(after), limit=visit.own.page_rows
    )
    held = {"page": topic.value if topic else ""}
    counted = [(one, speech.say(name), seen.counts.get(one.value, (0, 0))) for one, (name, _) in TOPICS.items()]
    return operator_page(
        visit,
        "operator/help.html",
        title=speech.say("Help pages"),
        topics=[
            (name, f"/help/{one}", address(PLACE, page=one.value), speech.number(yes), speech.number(no), one is topic)
            for one, name, (yes, no) in counted
        ],
        rows=[
            (
                one.comment,
                one.helpful,
                one.at,
                LANGUAGES.get(one.language, one.language),
                dict(_names(visit)).get(one.topic, one.topic),
            )
            for one in seen.page.items
        ],
        topic=topic,
        previous=address(PLACE, **held, after=seen.page.previous) if seen.page.previous else None,
        next=address(PLACE, **held, after=seen.page.next) if seen.page.next else None,
        place=PLACE,
    )


def _names(visit: Visit) -> list[tuple[str, str]]:
    return [(topic.value, visit.speech.say(name)) for topic, (name, _) in TOPICS.items()]


HANDLERS = [help_report]
