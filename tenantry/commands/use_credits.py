"""Credit notes used: set off against what is owed, and given back to the card that paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tenantry.commands.frame import Tx, command
from tenantry.domain import credits
from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.kit.money import Money
from tenantry.store.credits import load_credits, load_owed, load_taken, write_credit_plan


@dataclass(frozen=True)
class CreditsUsed:
    """How many invoices a credit was set off against, and how many payments it goes back by."""

    set_off: int
    given_back: int


@command(Permission.BILLING_CHANGE)
async def use_credits(tx: Tx, viewer: Viewer, *, now: datetime) -> CreditsUsed:
    """Uses what is left of the tenant's credit notes, as far as there is something to use it for. For a job."""
    left = await load_credits(tx.db)
    if not left:
        return CreditsUsed(0, 0)
    about = frozenset(subscription_id for one in left for subscription_id in one.about)
    plan = credits.use_credits(left, await load_owed(tx.db), await load_taken(tx.db, about))
    await write_credit_plan(tx.db, viewer.tenant_id, plan, now)
    if plan.set_off or plan.given_back:
        tx.tell(left[0].left.currency, set_off=_sum(plan.set_off), given_back=_sum(plan.given_back))
    return CreditsUsed(len(plan.set_off), len(plan.given_back))


def _sum(shares: Sequence[credits.Share]) -> list[Money]:
    """What shares come to, in each currency."""
    sums: dict[str, Money] = {}
    for share in shares:
        currency = share.amount.currency
        sums[currency] = sums.get(currency, Money(0, currency)) + share.amount
    return [sums[currency] for currency in sorted(sums)]
