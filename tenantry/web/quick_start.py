"""The quick-start page: written by the admin, shared by mail or by link, read by whoever has the link."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict

from tenantry.commands.write_to_people import mark_of, renew_quick_start_link, save_quick_start, share_quick_start
from tenantry.domain.quick_start import LINKS, SECTIONS, Install, QuickStart, Section
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.queries.next_steps import open_quick_start, read_audience, read_quick_start
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.purchase import whole
from tenantry.web.visit import Visit

PLACE = "/quick-start"
SHARE = f"{PLACE}/share"


# Writing it


@get(PLACE)
async def quick_start(visit: Visit) -> Response[Any]:
    return await _edit(visit)


async def _edit(visit: Visit, typed: QuickStart | None = None, refused: Refused | None = None) -> Response[Any]:
    """The form; typed: what was refused, as it was typed."""
    visit.require(Permission.ORGANIZATION_CHANGE)
    kept, say = await read_quick_start(visit.house.db, visit.viewer), visit.speech.say
    page = typed or (kept.page if kept.token else _draft(visit))
    field = refused.field if refused else None
    return visit.page(
        "quick_start/edit.html",
        title=say("Quick-start page"),
        crumbs=[(say("What’s next?"), f"{visit.home}/next"), (say("Quick-start page"), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{visit.home}{PLACE}",
        sections=_filled(page.sections, Section("", ""), SECTIONS),
        computer=_filled(page.computer, Install("", ""), LINKS),
        phone=_filled(page.phone, Install("", ""), LINKS),
        is_kept=kept.token is not None,
        link=f"{visit.house.settings.address}/start/{kept.token}",
        known=mark_of(kept),
        errors={field: visit.speech.refused(refused)} if refused and field else {},
        refused=visit.speech.refused(refused) if refused and not field else "",
    )


def _filled(some: tuple[Any, ...], empty: Any, most: int) -> list[Any]:
    """The parts that there are, with room for more."""
    return [*some[:most], *[empty] * (most - len(some))]


def _draft(visit: Visit) -> QuickStart:
    """What a page may begin with."""
    say = visit.speech.say
    return QuickStart(
        (
            Section(say("Sign in"), say("Sign in with your work address and your password. They are as they were.")),
            Section(say("Meet"), say("Open Meetings, make a meeting and send its link to whoever should come.")),
            Section(say("Ask"), say("If something is missing, write to your admin.")),
        )
    )


def page_of(form: FormMultiDict) -> QuickStart:
    """The page that a form spells."""

    def text(name: str) -> str:
        return str(form.get(name, ""))[:5000]

    def installs(kind: str) -> tuple[Install, ...]:
        return tuple(
            Install(text(f"{kind}-{n}-name").strip(), text(f"{kind}-{n}-address").strip()) for n in range(LINKS)
        )

    sections = tuple(Section(text(f"section-{n}-title"), text(f"section-{n}-text")) for n in range(SECTIONS))
    return QuickStart(
        tuple(Section(one.title, one.text.replace("\r\n", "\n")) for one in sections),
        installs("computer"),
        installs("phone"),
    )


@post(PLACE)
async def save(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    page, seen = page_of(form), str(form.get("seen", ""))[:40]
    try:
        if "renew" in form:
            await renew_quick_start_link(visit.house.db, visit.viewer, now=visit.now)
        else:
            await save_quick_start(visit.house.db, visit.viewer, page=page, seen=seen, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _edit(visit, None if "renew" in form else page, refused)
    said = visit.speech.say("There is a new link now.") if "renew" in form else visit.speech.say("The page is saved.")
    return onward(visit, f"{visit.home}{PLACE}", toast=said)


# Sharing it


@get(SHARE)
async def share(visit: Visit, operation: str = "") -> Response[Any]:
    return await _share(visit, parse_id(operation))


async def _share(visit: Visit, operation_id: UUID | None, refused: Refused | None = None) -> Response[Any]:
    """Who would get the link, and what is behind it."""
    seen = await read_audience(visit.house.db, visit.viewer, operation_id=operation_id)
    kept, say = await read_quick_start(visit.house.db, visit.viewer), visit.speech.say
    return visit.page(
        "quick_start/share.html",
        title=say("Share the quick-start page"),
        status=STATUS[refused.kind] if refused else 200,
        crumbs=[(say("Quick-start page"), None), (say("Share"), None)],
        seen=seen,
        names=visit.speech.all_of(seen.some),
        more=seen.people - len(seen.some),
        page=kept.page,
        is_kept=kept.token is not None and not kept.page.is_empty,
        link=f"{visit.house.settings.address}/start/{kept.token}",
        may_write=visit.viewer.can(Permission.ORGANIZATION_CHANGE),
        operation=operation_id or "",
        place=f"{visit.home}{SHARE}",
        edit=f"{visit.home}{PLACE}",
        refused=visit.speech.refused(refused) if refused else "",
        key=new_id(),
    )


@post(SHARE)
async def send(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    operation_id = parse_id(str(form.get("operation", ""))[:64])
    try:
        told = await share_quick_start(
            visit.house.db,
            visit.viewer,
            place=visit.house.settings.address,
            given_by=operation_id,
            expected=whole(str(form.get("expected", ""))[:12]),
            now=visit.now,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _share(visit, operation_id, refused)
    said = visit.speech.count("%(num)s letter is on its way.", "%(num)s letters are on their way.", told.people)
    place = f"{visit.home}/operations/{operation_id}" if operation_id else f"{visit.home}{PLACE}"
    return onward(visit, place, toast=said)


# Reading it


@get("/start/{token:str}")
async def read(visit: Visit, token: str) -> Response[Any]:
    """For whoever has the link, signed in or not."""
    shown = await open_quick_start(visit.house.db, token=token[:100])
    response = visit.page(
        "quick_start/page.html",
        title=visit.speech.say("Get started at %(organization)s", organization=shown.organization),
        page=shown.page,
    )
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


HANDLERS = [quick_start, save, share, send]
OPEN_HANDLERS = [read]
