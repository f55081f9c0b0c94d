"""What is asked before each move of a subscription, and what the move is called."""

from tenantry.domain.roles import Permission
from tenantry.domain.subscription_moves import Move
from tenantry.queries.subscription import Subscription, list_products_on, list_terms
from tenantry.queries.users import name_people
from tenantry.web.subscription_choices import Choice, Form, terms_options
from tenantry.web.visit import Visit


def title_of(visit: Visit, seen: Subscription, move: Move) -> str:
    """What the move is called, as the page over it."""
    say = visit.speech.say
    return {
        Move.SEATS: say("Add/Remove licenses"),
        Move.RENEW: say("Renew"),
        Move.CONVERT: say("Buy subscription"),
        Move.SWITCH: say("Change product"),
        Move.TERMS: say("Change term and billing"),
        Move.CANCEL: say("Cancel subscription"),
    }[move]


async def form_of(visit: Visit, seen: Subscription, move: Move, choice: Choice) -> Form:
    """The fields of the move's form."""
    say, held, title = visit.speech.say, seen.held, title_of(visit, seen, move)
    total = say(
        "The total you need, not the difference: %(seats)s are paid now, %(assigned)s are assigned.",
        seats=visit.speech.number(held.seats),
        assigned=visit.speech.number(seen.pool.consumed),
    )
    if move is Move.SEATS:
        return Form(title, seats_help=total, later=held.facts.recurring)
    if move is Move.SWITCH:
        offers = await list_products_on(
            visit.house.db, visit.viewer, months=held.facts.term_months, frequency=held.price.frequency
        )
        named = [
            (str(sku_id), say("%(product)s · %(price)s", product=name, price=visit.speech.money(price.unit)))
            for sku_id, name, price in offers
            if sku_id != held.sku_id
        ]
        assigns = visit.viewer.can(Permission.LICENSE_ASSIGN)
        people = await name_people(visit.house.db, visit.viewer, ids=choice.people) if assigns and choice.people else ()
        return Form(
            title,
            seats_label=say("Licenses to change"),
            seats_help=say(
                "%(seats)s are paid now, %(assigned)s are assigned. Fewer than all: the others stay as they are.",
                seats=visit.speech.number(held.seats),
                assigned=visit.speech.number(seen.pool.consumed),
            ),
            products=named,
            later=held.facts.recurring,
            picker=f"{visit.home}/licenses/{held.sku_id}/people?way=unassign" if assigns else "",
            most=visit.house.settings.direct_limit,
            chosen=[(one.id, one.name) for one in people],
        )
    terms = terms_options(visit.speech, await list_terms(visit.house.db, visit.viewer, sku_id=held.sku_id))
    if move is Move.TERMS:
        return Form(title, terms=terms, later=True, now=False)
    return Form(title, seats_help=total, terms=terms)
