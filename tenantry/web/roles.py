"""Roles: who may do what as one table, and beside it who has a role, assigning it and removing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from tenantry.commands.change_roles import change_roles
from tenantry.domain.roles import MATRIX, REACH, Permission, Role, parse_role, permissions_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.paging import decode
from tenantry.queries.roles import Admin, RolesView, read_roles
from tenantry.web.answers import address, onward
from tenantry.web.errors import STATUS
from tenantry.web.find import parse_ids
from tenantry.web.pages import go, initials
from tenantry.web.visit import Visit
from tenantry.words.roles import PURPOSES, TASKS
from tenantry.words.speech import Speech

LIMIT = 50
FORMS = ("assign", "remove")


@dataclass(frozen=True)
class Pane:
    """What is open beside the table.

    kind: "role" (who has it), "assign", "remove", or "person" with boxes for all roles, "loss" before some are removed.
    role: None for a person's. ticked: the roles chosen so far. closed: where its cross leads; action: its form's place.
    """

    kind: str
    closed: str
    role: Role | None = None
    people: tuple[UUID, ...] = ()
    ticked: frozenset[Role] | None = None
    action: str = ""
    refused: Refused | None = None


@get("/roles")
async def roles(visit: Visit, open: str = "", pane: str = "", after: str = "") -> Response[Any]:
    role = parse_role(open)
    if role is None:
        return await show(visit, None)
    may = visit.viewer.can(Permission.ROLE_ASSIGN)
    people = parse_ids(visit.request.query_params.getall("user", []))[: visit.house.settings.direct_limit]
    kind = pane if may and pane in FORMS and (people or pane == "assign") else "role"
    return await show(visit, _pane(visit, kind, role, people), after=after)


def _pane(visit: Visit, kind: str, role: Role, people: tuple[UUID, ...] = (), refused: Refused | None = None) -> Pane:
    place = f"{visit.home}/roles"
    return Pane(kind, place, role, people, action=f"{place}/{kind}", refused=refused)


async def show(visit: Visit, pane: Pane | None, *, after: str = "", status: int = 200) -> Response[Any]:
    """The page with `pane` open, or only the pane's inside if that is what was asked for."""
    view = await read_roles(
        visit.house.db,
        visit.viewer,
        role=pane.role if pane else None,
        cursor=decode(after),
        limit=LIMIT,
        asked=pane.people if pane else (),
    )
    if pane and pane.people and not view.asked:
        raise Refused("user_missing", Kind.MISSING)
    say = visit.speech.say
    return visit.page(
        "roles/pane.html" if pane and visit.target == "pane" else "roles/list.html",
        title=say("Roles"),
        status=status,
        crumbs=[(say("Roles"), None)],
        place=f"{visit.home}/roles",
        matrix=_matrix(visit.speech),
        rows=[_row(role, view, visit.speech) for role in Role],
        role_names={role: visit.speech.role(role) for role in Role},
        may_assign=visit.viewer.can(Permission.ROLE_ASSIGN),
        pane=pane,
        **(_open(visit, pane, view) if pane else {}),
    )


def _row(role: Role, view: RolesView, speech: Speech) -> dict[str, Any]:
    return {
        "id": role.value,
        "name": speech.role(role),
        "purpose": speech.say(PURPOSES[role]),
        "count": view.counts.get(role, 0),
    }


def _matrix(speech: Speech) -> list[tuple[str, list[tuple[str, list[bool]]]]]:
    """Every task in words, by what it is about, and whether each role allows it, in the order of the roles."""
    return [
        (
            speech.say(area),
            [(speech.say(words), [right in MATRIX[role] for role in Role]) for right, words in tasks],
        )
        for area, tasks in TASKS
    ]


def _tasks(rights: Iterable[Permission], speech: Speech) -> list[str]:
    """What `rights` allow, in words."""
    allowed = frozenset(rights)
    return [speech.say(words) for _, tasks in TASKS for right, words in tasks if right in allowed]


def _open(visit: Visit, pane: Pane, view: RolesView) -> dict[str, Any]:
    """What the pane shows."""
    speech, place = visit.speech, f"{visit.home}/roles"
    facts: dict[str, Any] = {
        "asked": view.asked,
        "error": speech.refused(pane.refused) if pane.refused else None,
        "initials": initials,
        "key": str(new_id()),
        "limit": visit.house.settings.direct_limit,
        "people_of": {"member": "active", "guest": "guests"},
    }
    if pane.role is not None:
        row = _row(pane.role, view, speech)
        page = {"previous": view.holders.previous, "next": view.holders.next}
        facts |= {"role": row, "holders": view.holders.items, "allowed": _tasks(MATRIX[pane.role], speech)}
        facts |= {name: address(place, open=row["id"], after=at) if at else None for name, at in page.items()}
        facts |= {"reach": _reach(pane.role, speech), "lost": [_loss(one, {pane.role}, visit) for one in view.asked]}
    elif pane.people:
        facts |= _person_facts(view.asked[0], pane, visit)
    return facts


def _reach(role: Role, speech: Speech) -> str:
    """Whose account a role may manage, where that is not everybody's."""
    if role not in REACH or role is Role.GLOBAL:
        return ""
    others = speech.all_of(speech.role(other) for other in sorted(REACH[role]))
    return speech.say("Only for people who have no admin role, or no other than: %(roles)s.", roles=others)


def _loss(who: Admin, going: Iterable[Role], visit: Visit) -> dict[str, Any]:
    """What somebody will no longer do without the roles that go."""
    lost = permissions_of(who.roles) - permissions_of(who.roles - frozenset(going))
    return {"who": who, "tasks": _tasks(lost, visit.speech), "self": who.id == visit.viewer.user_id}


def _person_facts(who: Admin, pane: Pane, visit: Visit) -> dict[str, Any]:
    ticked = who.roles if pane.ticked is None else pane.ticked
    going = who.roles - ticked
    boxes = [
        {
            "id": role.value,
            "name": visit.speech.role(role),
            "purpose": visit.speech.say(PURPOSES[role]),
            "held": role in who.roles,
            "ticked": role in ticked,
            "barred": role is Role.GLOBAL and who.kind == "guest",
        }
        for role in Role
    ]
    loss = _loss(who, going, visit)
    return {
        "who": who,
        "boxes": boxes,
        "going": [visit.speech.role(role) for role in Role if role in going],
        "loss": loss,
    }


# Forms


@post("/roles/assign", status_code=200)
async def assign(visit: Visit) -> Response[Any]:
    """Everybody who was picked gets the role, or nobody does."""
    form = await visit.request.form()
    role, people = _asked_for(form)
    try:
        _check_number(visit, people)
        done = await change_roles(
            visit.house.db, visit.viewer, user_ids=people, give=frozenset([role]), now=visit.now, key=key_of(form)
        )
    except Refused as refused:
        return await again(visit, _pane(visit, "assign", role, people[: visit.house.settings.direct_limit], refused))
    said = visit.speech.count("%(num)s person has the role now", "%(num)s people have the role now", done.changed)
    return onward(visit, address(f"{visit.home}/roles", open=role.value), toast=said)


@post("/roles/remove", status_code=200)
async def remove(visit: Visit) -> Response[Any]:
    """The role is removed from those whom the pane before named."""
    form = await visit.request.form()
    role, people = _asked_for(form)
    try:
        _check_number(visit, people)
        await change_roles(
            visit.house.db, visit.viewer, user_ids=people, take=frozenset([role]), now=visit.now, key=key_of(form)
        )
    except Refused as refused:
        return await again(visit, _pane(visit, "remove", role, people[: visit.house.settings.direct_limit], refused))
    if role is Role.GLOBAL and visit.viewer.user_id in people:
        return onward(visit, f"{visit.home}/", toast=visit.speech.say("The role was removed"))
    return onward(
        visit, address(f"{visit.home}/roles", open=role.value), toast=visit.speech.say("The role was removed")
    )


@get(["/roles/assign", "/roles/remove"])
async def back(visit: Visit) -> Redirect:
    """A form's address, asked for again (a reload, another language): the page it belongs to."""
    return go(f"{visit.home}/roles")


def _asked_for(form: FormMultiDict) -> tuple[Role, tuple[UUID, ...]]:
    """The role and the people that a form names."""
    role = parse_role(str(form.get("role", "")))
    if role is None:
        raise Refused("role_unknown", Kind.INVALID)
    return role, parse_ids([str(text) for text in form.getall("user", [])])


def key_of(form: FormMultiDict) -> str | None:
    return str(form.get("key", ""))[:100] or None


def _check_number(visit: Visit, people: tuple[UUID, ...]) -> None:
    limit = visit.house.settings.direct_limit
    if len(people) > limit:
        raise Refused("too_many_selected", Kind.INVALID, limit=limit)


async def again(visit: Visit, pane: Pane) -> Response[Any]:
    """The pane again, with why it was refused; what is not here or not allowed stays a page of its own."""
    assert pane.refused is not None
    if pane.refused.kind in (Kind.DENIED, Kind.MISSING):
        raise pane.refused
    return await show(visit, pane, status=STATUS[pane.refused.kind])


HANDLERS = [roles, assign, remove, back]
