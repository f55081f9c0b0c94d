"""What is done to a subscription without an order: recurring billing, a longer trial, deletion and its undoing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from tenantry.commands.change_subscriptions import (
    Moved,
    delete_subscription,
    extend_trial,
    renews,
    restore_subscription,
    set_recurring,
)
from tenantry.domain.roles import Permission
from tenantry.domain.subscription_moves import EXTENSION, UNDELETE_WITHIN, Move, decide_move
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.subscription import Subscription, read_subscription
from tenantry.web.answers import onward
from tenantry.web.subscription import booked_rows, place_of
from tenantry.web.subscription_sheets import Sheet, show_refused, show_sheet
from tenantry.web.visit import Visit

MOVES = (Move.RECURRING, Move.EXTEND, Move.DELETE, Move.RESTORE)
PLACES = [f"/products/{{subscription_id:uuid}}/{move.value}" for move in MOVES]


@get(PLACES)
async def ask(visit: Visit, subscription_id: UUID) -> Response[Any]:
    visit.require(Permission.SUBSCRIPTION_CHANGE)
    return await _show(visit, subscription_id, _move(visit))


def _move(visit: Visit) -> Move:
    return Move(visit.request.url.path.rstrip("/").rpartition("/")[2])


async def _show(visit: Visit, subscription_id: UUID, move: Move, error: Refused | None = None) -> Response[Any]:
    """The preview of the move, or why it cannot be made."""
    seen = await read_subscription(visit.house.db, visit.viewer, subscription_id=subscription_id, now=visit.now)
    sheet = SHEETS[move](visit, seen)
    try:
        if error is not None and error.code != "subscription_changed":
            raise error
        decide_move(move, seen.held.standing, visit.now)
    except Refused as refused:
        return show_refused(visit, seen, sheet.title, refused)
    said = visit.speech.refused(error) if error else ""
    return show_sheet(visit, seen, replace(sheet, sent=sheet.sent | {"mark": seen.held.mark}, error=said))


@post(PLACES)
async def do(visit: Visit, subscription_id: UUID) -> Response[Any]:
    """Does what the preview said; of a subscription that changed meanwhile, the new preview."""
    form, move = await visit.request.form(), _move(visit)
    mark = str(form.get("mark", ""))[:64]
    try:
        toast = await DOES[move](visit, subscription_id, mark, str(form.get("recurring", "")) == "on")
    except Refused as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        return await _show(visit, subscription_id, move, refused)
    return onward(visit, place_of(visit, subscription_id), toast=toast)


# Recurring billing


def _recurring(visit: Visit, seen: Subscription) -> Sheet:
    say, held = visit.speech.say, seen.held
    date = visit.speech.date(held.facts.ends_at)
    if not renews(held):
        then = say("It renews by itself on %(date)s and after every term.", date=date)
        if held.facts.trial:
            then = say("The trial goes on as a paid subscription on %(date)s.", date=date)
        return Sheet(
            title=say("Turn on recurring billing"),
            button=say("Turn on recurring billing"),
            points=(then, say("You are told before every renewal what will be charged.")),
            sent={"recurring": "on"},
        )
    points = [
        say("Everything stays as it is until %(date)s. This is not a cancellation.", date=date),
        say("Then it expires, and everybody with a license of it needs another one."),
        say("It can be turned on again until then."),
    ]
    if held.facts.trial:
        points = [say("The trial ends on %(date)s. Nothing is charged.", date=date), points[2]]
    warnings = (say("What is booked for the renewal is dropped, as listed below."),) if held.booked else ()
    return Sheet(
        title=say("Turn off recurring billing"),
        button=say("Turn off recurring billing"),
        figures=tuple((label, then, today) for label, today, then in booked_rows(visit, seen)),
        points=tuple(points),
        warnings=warnings,
        sent={"recurring": "off"},
    )


async def _set_recurring(visit: Visit, subscription_id: UUID, mark: str, on: bool) -> str:
    await set_recurring(
        visit.house.db, visit.viewer, subscription_id=subscription_id, recurring=on, mark=mark, now=visit.now
    )
    say = visit.speech.say
    return say("Recurring billing is on") if on else say("Recurring billing is off")


# Trials


def _extend(visit: Visit, seen: Subscription) -> Sheet:
    say, date = visit.speech.say, visit.speech.date
    ends_at = seen.held.facts.ends_at
    return Sheet(
        title=say("Extend trial"),
        button=say("Extend trial by 30 days"),
        figures=((say("Ends"), date(ends_at), date(ends_at + EXTENSION)),),
        points=(say("A trial can be extended once."), say("It stays free until then.")),
    )


# Deletion


def _delete(visit: Visit, seen: Subscription) -> Sheet:
    say = visit.speech.say
    date = visit.speech.date(visit.now + UNDELETE_WITHIN, form="long")
    return Sheet(
        title=say("Delete subscription"),
        button=say("Delete subscription"),
        points=(
            say("Its data is deleted on %(date)s, 72 hours from now.", date=date),
            say("Until then this can be undone, and the subscription can be renewed."),
            say("Afterwards nothing of it can be had back, not by buying it again either."),
        ),
        danger=True,
    )


def _restore(visit: Visit, seen: Subscription) -> Sheet:
    say = visit.speech.say
    return Sheet(
        title=say("Undo the deletion"),
        button=say("Undo the deletion"),
        points=(
            say("The subscription is as it was before, with its data."),
            say("It stays disabled until it is renewed."),
        ),
    )


def _plainly(command: Callable[..., Awaitable[Moved]], said: Callable[[Visit], str]) -> Callable[..., Awaitable[str]]:
    """A move that asks for nothing but the subscription."""

    async def do(visit: Visit, subscription_id: UUID, mark: str, _on: bool) -> str:
        await command(visit.house.db, visit.viewer, subscription_id=subscription_id, mark=mark, now=visit.now)
        return said(visit)

    return do


SHEETS: dict[Move, Callable[[Visit, Subscription], Sheet]] = {
    Move.RECURRING: _recurring,
    Move.EXTEND: _extend,
    Move.DELETE: _delete,
    Move.RESTORE: _restore,
}
DOES: dict[Move, Callable[[Visit, UUID, str, bool], Awaitable[str]]] = {
    Move.RECURRING: _set_recurring,
    Move.EXTEND: _plainly(extend_trial, lambda visit: visit.speech.say("The trial is extended")),
    Move.DELETE: _plainly(
        delete_subscription, lambda visit: visit.speech.say("The subscription is deleted in 72 hours")
    ),
    Move.RESTORE: _plainly(restore_subscription, lambda visit: visit.speech.say("The deletion is undone")),
}

HANDLERS = [ask, do]
