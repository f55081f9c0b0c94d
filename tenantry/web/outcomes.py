"""A preview in words: its title, a line per outcome with number, reason and way out, and the button that does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tenantry.domain.licenses import Outcome, Refusal
from tenantry.domain.roles import Permission, roles_with
from tenantry.domain.subscriptions import Seats
from tenantry.queries.licenses import PreviewLine
from tenantry.queries.manage_licenses import BulkPreview, Chosen, Person
from tenantry.web.bulk_task import Task
from tenantry.web.buying import buy_short
from tenantry.web.filters import PLACES
from tenantry.web.pages import initials
from tenantry.web.visit import Visit
from tenantry.words.outcomes import REASONS

OPENED = 8  # a line of so few people shows them at once, if something is wrong with them


@dataclass(frozen=True)
class Row:
    """A line of the preview. kind: will, quiet, soon or broken. people: (name, initials, address, note)."""

    kind: str
    label: str
    count: int
    why: str
    people: tuple[tuple[str, str, str, str], ...]
    action: tuple[str, str] | None
    open: bool

    @property
    def more(self) -> int:
        return self.count - len(self.people)


@dataclass(frozen=True)
class Told:
    """A preview as its page shows it. figures: per product (name, rows of label, before, after)."""

    title: str
    rows: tuple[Row, ...]
    figures: tuple[tuple[str, list[tuple[str, str, str]]], ...]
    button: str
    idle: str
    aside: str
    loses: bool
    short: bool


def who(visit: Visit, chosen: Chosen, filters: dict[str, str] | None) -> str:
    """The selection in words: "3 people: Adele, Bjørn and Freja", or what all of them have in common."""
    say, names = visit.speech, [person.name for person in chosen.people]
    if filters is None:
        left = chosen.count - len(names)
        if left > 0:
            names.append(say.count("%(num)s more", "%(num)s more", left))
        named = say.all_of(names)
        return say.count("%(num)s person: %(names)s", "%(num)s people: %(names)s", chosen.count, names=named)
    if narrowed := _narrowed(visit, chosen, filters):
        return say.count(
            "%(num)s that matches: %(what)s", "All %(num)s that match: %(what)s", chosen.count, what=narrowed
        )
    if filters.get("kind") == "guest":
        return say.count("%(num)s guest user", "All %(num)s guest users", chosen.count)
    return say.count("%(num)s active user", "All %(num)s active users", chosen.count)


def _narrowed(visit: Visit, chosen: Chosen, filters: dict[str, str]) -> str:
    """What a filter says, in words."""
    say = visit.speech.say
    sign_in = {"allowed": say("Sign-in allowed"), "blocked": say("Sign-in blocked"), "none": say("No password yet")}
    location, license = filters.get("location"), filters.get("license")
    parts = [
        say("“%(text)s”", text=filters["q"]) if filters.get("q") else "",
        filters.get("department", ""),
        say("No usage location") if location == "none" else visit.speech.country(location) if location else "",
        say("Unlicensed") if license == "none" else chosen.product or "",
        sign_in.get(filters.get("sign_in", ""), ""),
    ]
    return ", ".join(part for part in parts if part)


def tell(visit: Visit, task: Task, seen: BulkPreview) -> Told:
    changed, _, refused = seen.preview.outcomes
    say = visit.speech
    left = say.count("%(num)s person is left as they are", "%(num)s people are left as they are", refused)
    return Told(
        title=_title(visit, task.do, seen),
        rows=tuple(_row(visit, task, seen, line) for line in seen.preview.lines),
        figures=tuple(_figures(visit, seen)),
        button=_button(visit, task.do, seen),
        idle="" if changed else say.say("There is nothing to do: nobody would be changed."),
        aside=left if changed and refused else "",
        loses=bool(seen.preview.losses),
        short=any(product.short for product in seen.preview.movements),
    )


def _title(visit: Visit, do: str, seen: BulkPreview) -> str:
    say, count = visit.speech, seen.chosen.count
    people = seen.chosen.people[0].name if count == 1 else say.count("%(num)s person", "%(num)s people", count)
    products = say.all_of(product.name for product in seen.products)
    if do == "unassign":
        return say.say("Unassign all licenses from %(people)s", people=people)
    if do == "replace":
        return say.say("Replace the licenses of %(people)s with %(products)s", people=people, products=products)
    return say.say("Assign %(products)s to %(people)s", people=people, products=products)


def _button(visit: Visit, do: str, seen: BulkPreview) -> str:
    """What will really happen, with its number."""
    say, (changed, _, _) = visit.speech, seen.preview.outcomes
    gains, losses = seen.preview.gains, seen.preview.losses
    if do == "unassign":
        return say.count("Remove %(num)s license", "Remove %(num)s licenses", losses)
    if do == "replace":
        return say.count("Replace licenses for %(num)s person", "Replace licenses for %(num)s people", changed)
    if changed and not gains:
        return say.count("Change apps for %(num)s person", "Change apps for %(num)s people", changed)
    return say.count("Assign %(num)s license", "Assign %(num)s licenses", gains)


def _row(visit: Visit, task: Task, seen: BulkPreview, line: PreviewLine) -> Row:
    first = line.refusals[0] if line.refusals else None
    place = "account" if first and first.code == "usage_location_missing" else "licenses"
    people = tuple(
        (
            person.name,
            initials(person.name),
            f"{visit.home}/users/{PLACES[task.kind]}?open={person.id}&tab={place}",
            " · ".join(filter(None, (person.department, person.user_name))),
        )
        for person in line.people
    )
    kind = _kind(line.outcome, first)
    wrong = kind in ("soon", "broken")
    return Row(
        kind=kind,
        label=label(visit, task.do, line.outcome, line.refusals),
        count=line.count,
        why=_why(visit, task, seen, line),
        people=people,
        action=_way_out(visit, task, seen, line) if first else None,
        open=wrong and line.count <= OPENED,
    )


def _kind(outcome: Outcome, refusal: Refusal | None) -> str:
    if refusal is None:
        return "will" if outcome is Outcome.CHANGED else "quiet"
    return "soon" if refusal.code == "seats_short" else "broken"


def label(visit: Visit, do: str, outcome: Outcome, refusals: tuple[Refusal, ...]) -> str:
    """What becomes of the people of a line, in a few words."""
    say = visit.speech.say
    if refusals:
        return say(REASONS[refusals[0].code])
    will = {"more": say("Will get it"), "replace": say("Will change"), "unassign": say("Will lose licenses")}
    has = {"more": say("Already has it"), "replace": say("Has just this"), "unassign": say("Nothing to remove")}
    return (will if outcome is Outcome.CHANGED else has)[do]


def _why(visit: Visit, task: Task, seen: BulkPreview, line: PreviewLine) -> str:
    if line.refusals:
        return " ".join(_reason(visit, refusal) for refusal in line.refusals)
    say = visit.speech.say
    if line.outcome is Outcome.UNCHANGED:
        groups = say("No license of their own; what comes from a group stays")
        return groups if task.do == "unassign" else say("Nothing changes")
    if task.do == "more":
        return _given(visit, task, seen)
    moves = seen.preview.movements
    parts = [
        (say("Assigned"), [(product.name, product.gains) for product in moves if product.gains]),
        (say("Removed"), [(product.name, product.losses) for product in moves if product.losses]),
    ]
    moved = [
        f"{word}: " + visit.speech.all_of(f"{name} ({visit.speech.number(count)})" for name, count in some)
        for word, some in parts
        if some
    ]
    return " · ".join(moved) or say("Apps are turned on and off as chosen")


def _given(visit: Visit, task: Task, seen: BulkPreview) -> str:
    """A seat now, and with which apps."""
    say, products = visit.speech, seen.products
    off = [plan.friendly_name for one in products for plan in one.plans if (one.sku_id, plan.id) in task.off]
    if len(products) > 1:
        names = say.all_of(product.name for product in products)
        seat = say.say("A seat now of each: %(products)s", products=names)
    else:
        every = len(products[0].plans)
        seat = say.count(
            "A seat now, with %(on)s of %(num)s app on",
            "A seat now, with %(on)s of %(num)s apps on",
            every,
            on=say.number(every - len(off)),
        )
    return f"{seat} (" + say.say("off: %(apps)s", apps=say.all_of(off)) + ")" if off else seat


def _reason(visit: Visit, refusal: Refusal) -> str:
    """The sentence of a refusal; where another role could help, it is named."""
    sentence = visit.speech.refusal(refusal.code, refusal.params)
    if refusal.code != "seats_short" or visit.viewer.can(Permission.SUBSCRIPTION_CHANGE):
        return sentence
    roles = visit.speech.either(visit.speech.role(role) for role in roles_with(Permission.SUBSCRIPTION_CHANGE))
    return f"{sentence} " + visit.speech.say("Who may buy: %(roles)s.", roles=roles)


def _way_out(visit: Visit, task: Task, seen: BulkPreview, line: PreviewLine) -> tuple[str, str] | None:
    """The next step out of the line's first reason, as (label, address)."""
    say, refusal = visit.speech.say, line.refusals[0]
    if refusal.code == "seats_short":
        products = [(product.sku_id, product.name) for product in seen.products]
        found = buy_short(visit, line.refusals, products, task.href("/preview"))
        return (found.label, found.href) if found else (say("Review seats"), f"{visit.home}/licenses")
    if refusal.code == "usage_location_missing":
        return say("Set usage locations"), f"{visit.home}/users/{PLACES[task.kind]}?location=none"
    apps = _in_conflict(task, line)
    if not apps:
        return None
    switch = say("Switch %(app)s off", app=next(iter(apps.values())))
    several = visit.speech.count("Switch %(num)s app off", "Switch %(num)s apps off", len(apps))
    return several if len(apps) > 1 else switch, task.without(frozenset(apps)).href("/preview")


def _in_conflict(task: Task, line: PreviewLine) -> dict[tuple[UUID, UUID], str]:
    """The apps, with their names, that need only be switched off in what is assigned; none if that does not help."""
    apps: dict[tuple[UUID, UUID], str] = {}
    for refusal in line.refusals:
        told = refusal.params
        ends = (("sku_id", "plan_id", "plan"), ("other_sku_id", "other_plan_id", "other_plan"))
        found = next(((told[s], told[p], told[n]) for s, p, n in ends if told.get(s) in task.give and p in told), None)
        if found is None:
            return {}
        apps[found[0], found[1]] = found[2]
    return apps


def _figures(visit: Visit, seen: BulkPreview) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Seats before and after, per product that is assigned or removed."""
    pools = {product.sku_id: (product.name, product.seats, 0) for product in seen.products}
    pools |= {move.sku_id: (move.name, move.seats, move.gains - move.losses) for move in seen.preview.movements}
    return [(name, _moves(visit, seats, change)) for name, seats, change in pools.values()]


def _moves(visit: Visit, seats: Seats, change: int) -> list[tuple[str, str, str]]:
    say, number = visit.speech.say, visit.speech.number
    after = Seats(seats.enabled, seats.warning, seats.suspended, seats.consumed + change)
    return [
        (say("Assigned"), number(seats.consumed), number(after.consumed)),
        (say("Available"), number(seats.free), number(after.free)),
        (say("Seats paid"), number(seats.enabled), number(after.enabled)),
    ]


def outcome_cells(visit: Visit, do: str) -> Callable[[tuple[Person, Outcome, tuple[Refusal, ...]]], list[str]]:
    """A row of the preview's file."""

    def cells(found: tuple[Person, Outcome, tuple[Refusal, ...]]) -> list[str]:
        person, outcome, refusals = found
        why = " ".join(visit.speech.refusal(refusal.code, refusal.params) for refusal in refusals)
        facts: tuple[Any, ...] = (person.name, person.user_name, person.department, person.usage_location)
        return [*(fact or "" for fact in facts), label(visit, do, outcome, refusals), why]

    return cells
