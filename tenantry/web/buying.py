"""The way to the checkout from wherever seats are missing, for those who may buy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from tenantry.domain.licenses import Refusal
from tenantry.domain.roles import Permission
from tenantry.web.answers import address
from tenantry.web.visit import Visit


@dataclass(frozen=True)
class Buy:
    """A button that leads to a product with the missing number of seats."""

    label: str
    href: str


def buy(visit: Visit, sku_id: UUID, seats: int, back: str = "") -> Buy | None:
    """The button for `seats` seats of a product, or None. back: the address to come back to, selection and all."""
    if seats < 1 or not visit.viewer.can(Permission.SUBSCRIPTION_CHANGE):
        return None
    label = visit.speech.count("Buy %(num)s seat", "Buy %(num)s seats", seats)
    return Buy(label, address(f"{visit.home}/purchase/{sku_id}", seats=str(seats), next=back))


def buy_each(visit: Visit, missing: Mapping[UUID, int], names: Mapping[UUID, str], back: str) -> list[Buy]:
    """A button for each product of `missing` (product -> seats); of several, each says its product."""
    found = [(sku_id, buy(visit, sku_id, seats, back)) for sku_id, seats in missing.items()]
    buttons = [(sku_id, one) for sku_id, one in found if one]
    if len(buttons) == 1:
        return [buttons[0][1]]
    say = visit.speech.say
    return [
        Buy(say("%(what)s of %(product)s", what=one.label, product=names[sku_id]), one.href) for sku_id, one in buttons
    ]


def buy_short(
    visit: Visit, refusals: Iterable[Refusal], products: Iterable[tuple[UUID, str]], back: str = ""
) -> Buy | None:
    """The button for the seats that `refusals` miss, if they miss those of one product of `products` (id, name)."""
    short = next((refusal for refusal in refusals if refusal.code == "seats_short"), None)
    if short is None:
        return None
    named = [sku_id for sku_id, name in products if name in short.params["products"]]
    return buy(visit, named[0], int(short.params["short"]), back) if len(named) == 1 else None
