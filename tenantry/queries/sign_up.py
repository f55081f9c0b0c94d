"""A sign-up that is under way, for the browser that holds its token; there is no viewer yet."""

from dataclasses import dataclass
from datetime import datetime

from tenantry.domain.doors import Door
from tenantry.domain.sign_ups import Known, Outcome, SignUp, decide
from tenantry.queries.gate import Account
from tenantry.store import sign_ups
from tenantry.store.database import Database
from tenantry.store.free_products import offered_at
from tenantry.store.people_write import account_of


async def find_sign_up(db: Database, *, token: str, now: datetime) -> SignUp | None:
    """The sign-up of a token that is not over."""
    async with db.transaction() as tx:
        return await sign_ups.find(tx, token, now)


@dataclass(frozen=True)
class Prospect:
    """What a proven address leads to. name: of its tenant, if there is one; country: the tenant's.

    has_account: somebody signs in by the address. named: an admin has named them already.
    products: what they get. terms: what they agree to; None: nothing.
    """

    outcome: Outcome
    name: str | None
    country: str | None
    has_account: bool
    named: bool
    products: tuple[str, ...]
    terms: str | None


async def foresee_sign_up(db: Database, *, sign_up: SignUp, account: Account | None) -> Prospect:
    """What finishing the sign-up would come to now. For who has proven the address, nobody else."""
    async with db.transaction() as tx:
        holder = await sign_ups.holder_of(tx, sign_up.domain)
        has_account = await account_of(tx, sign_up.email.casefold()) is not None
        products = tuple(product.name for product in await offered_at(tx, Door.SIGN_UP))
        house_terms = await sign_ups.terms_of_groups(tx)
        outcome = Outcome.FOUND if await sign_ups.groups_are_open(tx) else Outcome.OFF
    if holder is None:
        return Prospect(outcome, None, None, has_account, False, products, house_terms)
    async with db.transaction(holder) as tx:
        place = await sign_ups.place_of(tx, holder, sign_up.email)
    outcome = decide(place.home, place.known)
    named = place.known is not Known.NOBODY
    terms = None if outcome is Outcome.PRODUCT else place.terms
    return Prospect(outcome, place.name, place.country, has_account, named, products, terms)
