"""People who signed up with a domain that the organization has proven: what would move, the deed, and the way back."""

from typing import Any

from litestar import Response, get, post

from tenantry.commands.take_over_tenant import restore_group, take_over_tenant
from tenantry.domain.takeovers import LEFT_FOR, NAMED, Group, Wanted
from tenantry.kit.domain_names import as_read
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id, parse_id
from tenantry.queries.takeovers import Done, Takeover, see_takeover
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.long_operations import put_off
from tenantry.web.visit import Visit

PLACE = "/settings/domains/{name:str}/takeover"
BARRED = "takeover_barred"  # shown in the page's own words


@get(PLACE)
async def offer(visit: Visit, name: str) -> Response[Any]:
    """Exactly what would move, before it does; after it, what came and what can be had back."""
    return await _show(visit, name)


async def _show(visit: Visit, name: str, *, typed: str = "", refused: Refused | None = None) -> Response[Any]:
    seen = await see_takeover(visit.house.db, visit.viewer, domain=name, now=visit.now)
    speech, say = visit.speech, visit.speech.say
    domains, shown_as = f"{visit.home}/settings/domains", as_read(name)
    shown = seen.refusal if seen.done is None and seen.group is None else None
    wrong = refused or shown
    return visit.page(
        "domains/takeover.html",
        title=say("Take over the people of %(domain)s", domain=shown_as)
        if seen.group
        else say("Takeover of %(domain)s", domain=shown_as),
        crumbs=[
            (say("Settings"), None),
            (say("Domains"), domains),
            (shown_as, f"{domains}/{name}"),
            (say("Takeover"), None),
        ],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{domains}/{name}/takeover",
        back=f"{domains}/{name}",
        domain=shown_as,
        group=seen.group,
        done=seen.done,
        key=new_id(),
        typed=typed,
        alert=speech.refused(wrong) if wrong and not wrong.field and wrong.code != BARRED else "",
        error=speech.refused(wrong) if wrong and wrong.field == "typed" else None,
        **(_what_moves(visit, seen.group) if seen.group else {}),
        **(_what_came(visit, seen, seen.done) if seen.done else {}),
    )


def _what_moves(visit: Visit, group: Group) -> dict[str, Any]:
    """The figures, the products, and who is here already."""
    say, number, count = visit.speech.say, visit.speech.number, visit.speech.count
    merged = {True: say("Guest user here, becomes a member"), False: say("Becomes one with this person")}
    return {
        "figures": [
            (
                say("People"),
                number(group.people),
                count("%(num)s guest user among them", "%(num)s guest users among them", group.guests)
                if group.guests
                else None,
            ),
            (say("Here already"), number(len(group.mergers)), None),
            (
                say("Meetings"),
                number(group.meetings),
                say("stay behind") if group.meetings and group.meetings_bar else None,
            ),
            (say("Personal settings"), number(group.settings), None),
        ],
        "products": [
            (one.name, visit.speech.all_of(one.bars), number(one.seats), number(one.licenses)) for one in group.products
        ],
        "mergers": [
            (one.user_name, one.name, f"{visit.home}/users/{one.user_id}", merged[one.joins])
            for one in group.mergers[:NAMED]
        ],
        "taken": visit.speech.all_of(group.taken[:NAMED]),
        "until": visit.now + LEFT_FOR,
        "days": LEFT_FOR.days,
    }


def _what_came(visit: Visit, seen: Takeover, done: Done) -> dict[str, Any]:
    """What was done, as label and value."""
    say, number, count = visit.speech.say, visit.speech.number, visit.speech.count
    facts = [
        (say("People"), number(done.people)),
        (say("From"), done.old_name),
        (say("On"), visit.speech.date(done.at)),
        *[
            (name, count("%(num)s license", "%(num)s licenses", n))
            for name, n in done.moved.get("assigned", {}).items()
        ],
    ]
    left = [
        (name, count("%(num)s license", "%(num)s licenses", n)) for name, n in done.moved.get("left_behind", {}).items()
    ]
    return {"came": facts, "left": left}


@post(PLACE)
async def take_over(visit: Visit, name: str) -> Response[Any]:
    """Does what the page showed; of many people a job does it."""
    form = await visit.request.form()
    wanted = Wanted(
        domain=name,
        mark=str(form.get("mark", ""))[:64],
        forced=form.get("forced") == "1",
        typed=str(form.get("typed", ""))[:300],
    )
    people, key = str(form.get("people", "")), str(form.get("key", ""))[:64]
    count = int(people) if people.isdecimal() and len(people) < 9 else 0
    try:
        if elsewhere := await put_off(visit, take_over_tenant, wanted, count, key):
            return elsewhere
        done = await take_over_tenant(
            visit.house.db,
            visit.viewer,
            domain=wanted.domain,
            mark=wanted.mark,
            forced=wanted.forced,
            typed=wanted.typed,
            now=visit.now,
            key=key or None,
        )
    except Refused as refused:
        if refused.kind in (Kind.DENIED, Kind.MISSING):
            raise
        return await _show(visit, name, typed=wanted.typed, refused=refused)
    toast = visit.speech.count("%(num)s person was taken over", "%(num)s people were taken over", done.people)
    return onward(visit, f"{visit.home}/settings/domains/{name}/takeover", toast=toast)


@post(f"{PLACE}/restore")
async def restore(visit: Visit, name: str) -> Response[Any]:
    """Brings back the tenant that was taken over, with what stayed behind."""
    form = await visit.request.form()
    takeover_id = parse_id(str(form.get("takeover", "")))
    if takeover_id is None:
        raise Refused("takeover_missing", Kind.MISSING)
    try:
        back = await restore_group(visit.house.db, visit.viewer, takeover_id=takeover_id, now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        return await _show(visit, name, refused=refused)
    toast = visit.speech.say("%(name)s is there again", name=back.name)
    return onward(visit, f"{visit.home}/settings/domains/{name}/takeover", toast=toast)


HANDLERS = [offer, take_over, restore]
