"""Help pages: the list, one of them, and what a reader says of it. For everybody, signed in or not."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body

from tenantry.commands.rate_help import rate_help
from tenantry.domain.help_pages import COMMENT, Rating, Topic, parse_topic
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.gate import list_tenants
from tenantry.web.errors import STATUS
from tenantry.web.navigation import Entry
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.help import TOPICS

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = "/help"


@get(PLACE)
async def help_pages(visit: Visit) -> Response[Any]:
    await _beside(visit)
    say = visit.speech.say
    return visit.page(
        "help/index.html",
        title=say("Help"),
        nav=_navigation(visit),
        topics=[(f"{PLACE}/{topic}", say(name), say(about)) for topic, (name, about) in TOPICS.items()],
    )


async def _beside(visit: Visit) -> None:
    """Whoever is signed in sees the way back to their organization."""
    if visit.account is not None:
        visit.beside = await list_tenants(visit.house.db, account_id=visit.account.id)


def _navigation(visit: Visit) -> list[Entry]:
    say, path = visit.speech.say, visit.request.url.path
    pages = [(say("Help"), PLACE, "question_circle")]
    pages += [(say(name), f"{PLACE}/{topic}", "document") for topic, (name, _) in TOPICS.items()]
    return [Entry(label, href, icon, path == href) for label, href, icon in pages]


def _topic(text: str) -> Topic:
    topic = parse_topic(text)
    if topic is None:
        raise NotFoundException
    return topic


@get(f"{PLACE}/{{topic:str}}")
async def help_page(visit: Visit, topic: str, thanks: str = "") -> Response[Any]:
    return await _show(visit, _topic(topic), thanks=bool(thanks))


async def _show(
    visit: Visit, topic: Topic, comment: str = "", refused: Refused | None = None, *, thanks: bool = False
) -> Response[Any]:
    """thanks: the reader has just said something. comment, refused: of what did not go through."""
    await _beside(visit)
    say = visit.speech.say
    return visit.page(
        f"help/{topic}.html",
        title=say(TOPICS[topic][0]),
        nav=_navigation(visit),
        crumbs=[(say("Help"), PLACE), (say(TOPICS[topic][0]), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{PLACE}/{topic}",
        thanks=thanks,
        comment=comment,
        most=COMMENT,
        errors={refused.field or "": visit.speech.refused(refused)} if refused else {},
    )


@post(f"{PLACE}/{{topic:str}}")
async def rate(visit: Visit, topic: str, data: type_form) -> Response[Any]:
    """Was this helpful?"""
    known, answer, comment = _topic(topic), data.get("helpful", ""), data.get("comment", "")[: 2 * COMMENT]
    try:
        if answer not in ("yes", "no"):
            raise Refused("form_stale", Kind.INVALID)
        rating = Rating(known, visit.language, answer == "yes", comment)
        await rate_help(visit.house.db, rating=rating, address=visit.origin.address, now=visit.now)
    except Refused as refused:
        return await _show(visit, known, comment, refused)
    return go(f"{PLACE}/{known}", thanks="1")


HANDLERS = [help_pages, help_page, rate]
