"""The organization's domains: the list, adding one, and the page where one is proven."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from tenantry.commands.manage_domains import add_domain, make_default_domain
from tenantry.commands.prove_domains import check_domain
from tenantry.domain.domains import Method, Outcome, parents
from tenantry.domain.roles import Permission
from tenantry.kit.csvfile import write_rows
from tenantry.kit.domain_names import as_read
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.domains import COUNTED, Domain, page_domains, read_domain
from tenantry.web.answers import address, download, onward
from tenantry.web.errors import STATUS
from tenantry.web.pages import go
from tenantry.web.proof import Panel, is_over, panel
from tenantry.web.visit import Visit
from tenantry.words.domains import FINDINGS, METHODS
from tenantry.words.speech import Speech

PLACE = "/settings/domains"
SHOWN = 100


@get(PLACE)
async def domains(visit: Visit, q: str = "", after: str = "") -> Response[Any]:
    seen = await page_domains(visit.house.db, visit.viewer, q=q.strip()[:100], after=after, limit=SHOWN)
    say, place = visit.speech.say, f"{visit.home}{PLACE}"
    return visit.page(
        "domains/list.html",
        title=say("Domains"),
        crumbs=[(say("Settings"), None), (say("Domains"), None)],
        place=place,
        q=q,
        rows=[_row(visit, one) for one in seen.rows],
        total=seen.total,
        next=address(place, q=q, after=seen.next) if seen.next else None,
        first=address(place, q=q) if after else None,
        may_change=visit.viewer.can(Permission.DOMAIN_CHANGE),
    )


def _row(visit: Visit, one: Domain) -> dict[str, Any]:
    kind, words, note = standing(visit.speech, one)
    shown, people = as_read(one.name), visit.speech.number(min(one.people, COUNTED))
    return {
        "domain": one,
        "shown": shown,
        "second": one.name if shown != one.name else None,
        "href": f"{visit.home}{PLACE}/{one.name}",
        "status": (kind, words, note),
        "people": visit.speech.say("More than %(number)s", number=people) if one.people > COUNTED else people,
    }


def standing(speech: Speech, one: Domain) -> tuple[str, str, str | None]:
    """How a domain stands: a sign, the words, and a second line."""
    say = speech.say
    if one.lapsed_at is not None:
        return "soon", say("Verified"), say("Its record is gone")
    if one.is_verified:
        return "ok", say("Verified"), None
    if one.outcome is Outcome.TAKEOVER:
        return "info", say("Can be taken over"), say("People signed up with it")
    if one.outcome is None:
        return "wait", say("Not verified"), say("Add its record")
    return "wait", say("Not verified"), say(FINDINGS[one.outcome].title, domain=as_read(one.name))


@get(f"{PLACE}/export.csv")
async def domains_csv(visit: Visit, q: str = "") -> Response[Any]:
    """The list as it is searched."""
    seen = await page_domains(visit.house.db, visit.viewer, q=q.strip()[:100])
    say = visit.speech.say
    headings = [say("Name"), say("Status"), say("Default"), say("People"), say("How it was verified"), say("Verified")]

    def cells(one: Domain) -> list[str]:
        method = say(METHODS[one.method]) if one.method and one.is_verified else ""
        verified = one.verified_at.date().isoformat() if one.verified_at else ""
        people = f">{COUNTED}" if one.people > COUNTED else str(one.people)
        default = say("Yes") if one.is_default else say("No")
        return [as_read(one.name), standing(visit.speech, one)[1], default, people, method, verified]

    return download("domains.csv", write_rows(headings, [cells(one) for one in seen.rows]))


# Adding


@get(f"{PLACE}/add")
async def offer(visit: Visit) -> Response[Any]:
    visit.require(Permission.DOMAIN_CHANGE)
    return _form(visit)


def _form(visit: Visit, typed: str = "", refused: Refused | None = None) -> Response[Any]:
    say, place = visit.speech.say, f"{visit.home}{PLACE}"
    return visit.page(
        "domains/add.html",
        title=say("Add a domain"),
        crumbs=[(say("Settings"), None), (say("Domains"), place), (say("Add a domain"), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=place,
        typed=typed,
        error=visit.speech.refused(refused) if refused else None,
    )


@post(f"{PLACE}/add")
async def add(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    typed = str(form.get("domain", ""))[:300]
    try:
        added = await add_domain(visit.house.db, visit.viewer, name=typed, now=visit.now)
    except Refused as refused:
        if not refused.field:
            raise
        return _form(visit, typed, refused)
    shown = as_read(added.name)
    say = visit.speech.say
    said = say("%(domain)s is verified", domain=shown) if added.inherited else say("%(domain)s added", domain=shown)
    return onward(visit, f"{visit.home}{PLACE}/{added.name}", toast=said)


# One domain


@get(f"{PLACE}/{{name:str}}")
async def domain(visit: Visit, name: str) -> Response[Any]:
    return await _show(visit, name)


async def _show(visit: Visit, name: str, refused: Refused | None = None) -> Response[Any]:
    one = await read_domain(visit.house.db, visit.viewer, name=name)
    shown = panel_of(visit, one)
    if is_over(visit, shown):
        return Response("", media_type="text/html", headers={"HX-Refresh": "true"})
    say, place = visit.speech.say, f"{visit.home}{PLACE}"
    name_shown = as_read(one.name)
    return visit.page(
        "domains/domain.html",
        title=name_shown,
        crumbs=[(say("Settings"), None), (say("Domains"), place), (name_shown, None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{place}/{one.name}",
        domain=one,
        panel=shown,
        standing=standing(visit.speech, one),
        facts=_facts(visit, one),
        why=_why(visit, one),
        alert=visit.speech.refused(refused) if refused else "",
        may_change=visit.viewer.can(Permission.DOMAIN_CHANGE),
    )


def panel_of(visit: Visit, one: Domain) -> Panel | None:
    """What proves it; none where no record does."""
    if one.token is None or (one.is_verified and one.method not in (Method.TXT, Method.MX)):
        return None
    page = f"{visit.home}{PLACE}/{one.name}"
    return panel(
        visit,
        name=one.name,
        token=one.token,
        look=one.look,
        checked_at=one.checked_at,
        check_at=one.check_at,
        outcome=one.outcome,
        place=f"{page}/check",
        page=page,
    )


def _facts(visit: Visit, one: Domain) -> list[tuple[str, str]]:
    say, speech = visit.speech.say, visit.speech
    found = [(say("Added"), speech.date(one.added_at))]
    if as_read(one.name) != one.name:
        found.insert(0, (say("In the DNS"), one.name))
    if one.verified_at is not None and one.method is not None:
        found += [(say("Verified"), speech.date(one.verified_at)), (say("How"), say(METHODS[one.method]))]
    return found


def _why(visit: Visit, one: Domain) -> str:
    """Why nothing has to be proven."""
    if not one.is_verified:
        return ""
    if one.method is Method.INHERITED:
        above = as_read(parents(one.name)[-1])
        return visit.speech.say("It is verified because a domain above it is, up to %(domain)s.", domain=above)
    if one.method is Method.INITIAL:
        return visit.speech.say("It came with the organization. It needs no record, and it is never removed.")
    return ""


@post(f"{PLACE}/{{name:str}}/check")
async def check(visit: Visit, name: str) -> Response[Any]:
    """Has the servers asked now."""
    try:
        await check_domain(visit.house.db, visit.viewer, name=name, now=visit.now)
    except Refused as refused:
        if refused.kind is not Kind.LIMITED:
            raise
        return await _show(visit, name, refused)
    return onward(visit, f"{visit.home}{PLACE}/{name}")


@post(f"{PLACE}/{{name:str}}/default")
async def make_default(visit: Visit, name: str) -> Response[Any]:
    await make_default_domain(visit.house.db, visit.viewer, name=name, now=visit.now)
    said = visit.speech.say("%(domain)s is the default domain", domain=as_read(name))
    return onward(visit, f"{visit.home}{PLACE}/{name}", toast=said)


@get([f"{PLACE}/{{name:str}}/check", f"{PLACE}/{{name:str}}/default"])
async def back(visit: Visit, name: str) -> Redirect:
    """A form's address, asked for again: the page it belongs to."""
    return go(f"{visit.home}{PLACE}/{name}")


HANDLERS = [domains, domains_csv, offer, add, domain, check, make_default, back]
