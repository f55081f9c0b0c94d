"""What's next: what somebody does who has become the admin, and writing to the others who signed up."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.write_to_people import SUBJECT, TEXT, dismiss_next, write_to_people
from tenantry.domain.roles import Permission
from tenantry.domain.selections import UserFilter
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.paging import decode
from tenantry.queries.next_steps import COPIED, list_addresses, read_audience, read_next
from tenantry.queries.users import list_users
from tenantry.web.answers import address, onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go, initials
from tenantry.web.purchase import whole
from tenantry.web.visit import Visit

PLACE = "/next"
CONTACT = f"{PLACE}/contact"
LIMIT = 50


@get(PLACE)
async def next_steps(visit: Visit) -> Response[Any]:
    seen, say = await read_next(visit.house.db, visit.viewer), visit.speech.say
    return visit.page("next/page.html", title=say("What’s next?"), seen=seen, place=f"{visit.home}{PLACE}")


@post(f"{PLACE}/dismiss")
async def dismiss(visit: Visit) -> Response[Any]:
    await dismiss_next(visit.house.db, visit.viewer, now=visit.now)
    return onward(visit, f"{visit.home}/")


@get(f"{PLACE}/dismiss")
async def back(visit: Visit) -> Response[Any]:
    """A form's address, asked for again."""
    return go(f"{visit.home}{PLACE}")


@get(CONTACT)
async def contact(visit: Visit, after: str = "") -> Response[Any]:
    return await _contact(visit, after)


async def _contact(
    visit: Visit, after: str = "", typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Response[Any]:
    """The others with their addresses, and a letter to all of them."""
    visit.require(Permission.ORGANIZATION_CHANGE)
    people = await list_users(
        visit.house.db, visit.viewer, wanted=UserFilter(), cursor=decode(after), limit=LIMIT, counted=False
    )
    seen = await read_audience(visit.house.db, visit.viewer, operation_id=None)
    copied = await list_addresses(visit.house.db, visit.viewer)
    say, place, page = visit.speech.say, f"{visit.home}{CONTACT}", people.page
    field = refused.field if refused else None
    return visit.page(
        "next/contact.html",
        title=say("Contact the others who signed up"),
        crumbs=[(say("What’s next?"), f"{visit.home}{PLACE}"), (say("Contact the others who signed up"), None)],
        status=STATUS[refused.kind] if refused else 200,
        rows=[
            (one.name, initials(one.name), f"{visit.home}/users/active?open={one.id}", one.user_name)
            for one in page.items
        ],
        previous=address(place, after=page.previous) if page.previous else None,
        next=address(place, after=page.next) if page.next else None,
        seen=seen,
        copied=", ".join(copied),
        cut=seen.people > COPIED,
        typed=typed or _draft(visit, seen.organization),
        errors={field: visit.speech.refused(refused)} if refused and field else {},
        refused=visit.speech.refused(refused) if refused and not field else "",
        most=(SUBJECT, TEXT),
        place=place,
    )


def _draft(visit: Visit, organization: str) -> dict[str, str]:
    """What is told the others, to begin from: who the admin is, and that they were upgraded."""
    say = visit.speech.say
    text = (
        say(
            "I am the admin of our subscription at %(organization)s now, and your service was upgraded.",
            organization=organization,
        ),
        say("You need not do anything: sign in as before. Your meetings and your settings are as they were."),
        say("Write to me if you need another app or if something is missing."),
    )
    subject = say("Your service at %(organization)s was upgraded", organization=organization)
    return {"subject": subject, "text": "\n\n".join(text)}


@post(CONTACT)
async def write(visit: Visit) -> Response[Any]:
    """Shows who would get the letter, then sends it."""
    form = await visit.request.form()
    typed = {name: str(form.get(name, ""))[: 2 * TEXT] for name in ("subject", "text")}
    if "send" not in form:
        return await _preview(visit, typed) if "edit" not in form else await _contact(visit, typed=typed)
    try:
        told = await write_to_people(
            visit.house.db,
            visit.viewer,
            **typed,
            expected=whole(str(form.get("expected", ""))[:12]),
            now=visit.now,
            key=str(form.get("key", ""))[:64] or None,
        )
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _contact(visit, typed=typed, refused=refused)
    said = visit.speech.count("%(num)s letter is on its way.", "%(num)s letters are on their way.", told.people)
    return onward(visit, f"{visit.home}{PLACE}", toast=said)


async def _preview(visit: Visit, typed: dict[str, str]) -> Response[Any]:
    """The letter as it will be read, and who gets it."""
    visit.require(Permission.ORGANIZATION_CHANGE)
    if empty := next((name for name, text in typed.items() if not text.strip()), None):
        return await _contact(visit, typed=typed, refused=Refused("text_missing", Kind.INVALID, field=empty))
    seen, say = await read_audience(visit.house.db, visit.viewer, operation_id=None), visit.speech.say
    return visit.page(
        "next/preview.html",
        title=say("Send this letter?"),
        crumbs=[(say("What’s next?"), f"{visit.home}{PLACE}"), (say("Contact the others who signed up"), None)],
        seen=seen,
        more=seen.people - len(seen.some),
        names=visit.speech.all_of(seen.some),
        typed=typed,
        paragraphs=[part for part in typed["text"].replace("\r\n", "\n").split("\n\n") if part.strip()],
        place=f"{visit.home}{CONTACT}",
        key=new_id(),
    )


HANDLERS = [next_steps, dismiss, back, contact, write]
