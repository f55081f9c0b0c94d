"""Signing up with a work address: a mailed code, a name and a password, and one is in. Before any tenant, so without
a viewer. Until the address is proven, nothing that is answered depends on whether it has an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.commands.frame import Tx, operation_of, refusal_of
from tenantry.domain.doors import Door
from tenantry.domain.licenses import Wish
from tenantry.domain.passwords import check_password
from tenantry.domain.people import Person
from tenantry.domain.roles import EVERYBODY
from tenantry.domain.selections import Selection
from tenantry.domain.sign_ins import Origin
from tenantry.domain.sign_ups import (
    CODE_LASTS,
    NAME_LENGTH,
    REFUSALS,
    Known,
    Outcome,
    SignUp,
    check_address,
    decide,
    decide_domain,
)
from tenantry.domain.text import checked_line
from tenantry.domain.viewers import Viewer
from tenantry.kit.domain_names import as_read, is_shared
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import new_id
from tenantry.kit.passwords import hash_aside
from tenantry.queries.gate import Account
from tenantry.store import licenses, people_write, sign_ups
from tenantry.store.database import Database
from tenantry.store.free_products import offered_at, open_pools
from tenantry.store.groups import found_group
from tenantry.store.letters import write_letter
from tenantry.store.sessions import note_sign_in, open_session
from tenantry.store.sign_ups import Place, Try
from tenantry.store.tables import accounts, operation_people, operations, users
from tenantry.store.throttles import count_try, forgive_one, limited
from tenantry.words.countries import country_codes

BEGUN_PER_EMAIL = 5
BEGUN_PER_ADDRESS = 20
CODES_PER_EMAIL = 15  # that are wrong
ATTEMPTS = 3  # to meet a domain that another takes over meanwhile


async def begin_sign_up(db: Database, *, email: str, address: str, language: str, site: str, now: datetime) -> str:
    """The token of a sign-up for the browser that asked; the mailbox gets a code, or a word about the account it has.

    address: the asker's in the network. site: where the pages are, for the link of the letter.
    Raises Refused: what `check_address` and `decide_domain` find (field "email"), "sign_up_off", "sign_in_limited".
    """
    email = check_address(email)
    domain = email.rpartition("@")[2]
    async with db.transaction() as tx:
        listed, offered = await sign_ups.listing_of(tx, domain), await offered_at(tx, Door.SIGN_UP)
    if outcome := decide_domain(listed, shared=is_shared(domain)):
        raise Refused(REFUSALS[outcome], Kind.INVALID, field="email", domain=as_read(domain))
    if not offered:
        raise Refused("sign_up_off", Kind.CONFLICT)
    if await count_try(db, "sign_up_address", address, now) > BEGUN_PER_ADDRESS:
        raise limited(now, field="email")
    if await count_try(db, "sign_up", email, now) > BEGUN_PER_EMAIL:
        raise limited(now, field="email")
    async with db.transaction() as tx:
        token, code = await sign_ups.begin(tx, email=email, language=language, now=now)
        await _mail(tx, email, code, language, site, now)
    return token


async def _mail(tx: AsyncConnection, email: str, code: str, language: str, site: str, now: datetime) -> None:
    """One look and one letter, whoever it is; only what the letter says differs."""
    facts: dict[str, Any] = {"email": email, "code": code, "minutes": int(CODE_LASTS.total_seconds() // 60)}
    if await people_write.account_of(tx, email.casefold()) is not None:
        params = {**facts, "link": f"{site}/sign-in?next=/sign-up"}
        await write_letter(tx, kind="sign_up_known", to=email, language=language, params=params, now=now)
    else:
        await write_letter(tx, kind="sign_up_code", to=email, language=language, params=facts, now=now)


async def send_new_code(db: Database, *, token: str, site: str, now: datetime) -> None:
    """Another code for the same sign-up; the one before is good no more.

    Raises Refused: "sign_up_over", "sign_up_letters" (enough were sent), "sign_in_limited".
    """
    async with db.transaction() as tx:
        sign_up = await sign_ups.find(tx, token, now)
    if sign_up is None or sign_up.done_at is not None:
        raise Refused("sign_up_over", Kind.CONFLICT)
    if await count_try(db, "sign_up", sign_up.email, now) > BEGUN_PER_EMAIL:
        raise limited(now, field="code")
    async with db.transaction() as tx:
        code = await sign_ups.renew_code(tx, token, now)
        if code is None:
            raise Refused("sign_up_letters", Kind.LIMITED, field="code")
        await _mail(tx, sign_up.email, code, sign_up.language, site, now)


async def prove_address(db: Database, *, token: str, code: str, now: datetime) -> None:
    """Whoever reads the mailbox and holds the browser's token has the address.

    Raises Refused with the field "code": "sign_up_code_wrong" (left), "sign_up_code_old", "sign_up_code_spent",
    "sign_in_limited"; "sign_up_over" without one.
    """
    async with db.transaction() as tx:
        sign_up = await sign_ups.find(tx, token, now)
    if sign_up is None:
        raise Refused("sign_up_over", Kind.CONFLICT)
    if await count_try(db, "sign_up_code", sign_up.email, now) > CODES_PER_EMAIL:
        raise limited(now, field="code")
    async with db.transaction() as tx:
        tried = await sign_ups.try_code(tx, token, "".join(code.split()), now)
        if tried.outcome is Try.RIGHT:
            await forgive_one(tx, "sign_up_code", sign_up.email, now)
    if tried.outcome is Try.WRONG and tried.left:
        raise Refused("sign_up_code_wrong", Kind.INVALID, field="code", left=tried.left)
    if tried.outcome is Try.OLD:
        raise Refused("sign_up_code_old", Kind.CONFLICT, field="code")
    if tried.outcome in (Try.WRONG, Try.SPENT):
        raise Refused("sign_up_code_spent", Kind.CONFLICT, field="code")
    if tried.outcome is Try.OVER:
        raise Refused("sign_up_over", Kind.CONFLICT)


@dataclass(frozen=True)
class Newcomer:
    """What somebody says of themself. password: of no use to who has an account. accepted: the terms, if there are."""

    name: str
    country: str
    password: str
    accepted: bool


@dataclass(frozen=True)
class SignedUp:
    """In: where, and the token of a new session; none for who was signed in before."""

    slug: str
    token: str | None


async def finish_sign_up(
    db: Database,
    *,
    token: str,
    newcomer: Newcomer,
    account: Account | None,
    origin: Origin,
    language: str,
    lasts: timedelta,
    now: datetime,
) -> SignedUp:
    """Makes what the proven address is entitled to: a group, an account, a user, the free products.

    account: who is signed in, if that is the address's own account; without it a new one is made.
    lasts: of the session. Raises Refused: "sign_up_over", "sign_up_known" (there is an account: sign in first), what
    `decide` finds; with `field` what is wrong with name, country, password and terms.
    """
    sign_up = await _require(db, token, now)
    name = checked_line(newcomer.name, field="name", limit=NAME_LENGTH) if newcomer.name or not account else ""
    if newcomer.country not in country_codes().values():
        raise Refused("country_unknown", Kind.INVALID, field="country", value=newcomer.country)
    password_hash = None
    if account is None:
        check_password(newcomer.password, sign_up.email)
        password_hash = await hash_aside(newcomer.password)
    entry = _Entry(token, sign_up, name, newcomer.country, newcomer.accepted, account, password_hash, language, now)
    try:
        for _ in range(ATTEMPTS):
            done = await entry.enter(db, origin, lasts)
            if done is not None:
                return done
    except IntegrityError as error:
        raise refusal_of(error) from error
    raise Refused("sign_up_over", Kind.CONFLICT)


async def _require(db: Database, token: str, now: datetime) -> SignUp:
    async with db.transaction() as tx:
        found = await sign_ups.find(tx, token, now)
    if found is None or found.verified_at is None or found.done_at is not None:
        raise Refused("sign_up_over", Kind.CONFLICT)
    return found


@dataclass(frozen=True)
class _Entry:
    """Somebody's way in, from the proven address to the last row."""

    token: str
    sign_up: SignUp
    name: str
    country: str
    accepted: bool
    account: Account | None
    password_hash: str | None
    language: str
    now: datetime

    async def enter(self, db: Database, origin: Origin, lasts: timedelta) -> SignedUp | None:
        """All of it in one transaction; None if the domain went to another tenant meanwhile."""
        async with db.transaction() as tx:
            holder = await sign_ups.holder_of(tx, self.sign_up.domain)
        tenant_id = holder or new_id()
        async with db.transaction(tenant_id) as tx:
            locked = await sign_ups.find(tx, self.token, self.now, locked=True)
            if locked is None or locked.done_at is not None:
                raise Refused("sign_up_over", Kind.CONFLICT)
            if not await self._hold(tx, tenant_id, founds=holder is None):
                return None
            place = await sign_ups.place_of(tx, tenant_id, self.sign_up.email, locked=True)
            outcome = self._decide(place, founds=holder is None)
            account_id = await self._account(tx, place)
            user_id = await self._user(tx, place, account_id)
            work = Tx(tx, new_id())
            await self._give(work, place, user_id, outcome)
            await self._tell(work, place, user_id)
            await sign_ups.end(tx, self.token, self.now)
            await forgive_one(tx, "sign_up_address", origin.address, self.now)
            return SignedUp(place.slug, await self._sign_in(tx, account_id, origin, lasts))

    async def _hold(self, tx: AsyncConnection, tenant_id: UUID, *, founds: bool) -> bool:
        """Whether the domain is the tenant's, and stays so until the end of `tx`."""
        if founds:
            domain, country = self.sign_up.domain, self.country
            return await found_group(tx, tenant_id, domain, country=country, language=self.language, now=self.now)
        return await sign_ups.holder_of(tx, self.sign_up.domain, locked=True) == tenant_id

    def _decide(self, place: Place, *, founds: bool) -> Outcome:
        outcome = decide(None if founds and place.home.self_service else place.home, place.known)
        if not outcome.goes_on:
            raise Refused(REFUSALS[outcome], Kind.CONFLICT, name=place.name)
        if place.terms and outcome is not Outcome.PRODUCT and not self.accepted:
            raise Refused("terms_not_accepted", Kind.INVALID, field="terms")
        return outcome

    async def _account(self, tx: AsyncConnection, place: Place) -> UUID:
        """The account of the address: the one that is signed in, or a new one."""
        known = await people_write.account_of(tx, self.sign_up.email.casefold())
        if self.account is not None and known == self.account.id and place.account_id in (None, known):
            return known
        made = None
        if self.account is None and known is None and place.account_id is None and self.password_hash:
            email = self.sign_up.email
            made = await people_write.open_account(tx, email=email, password_hash=self.password_hash, now=self.now)
        if made is None:
            raise Refused("sign_up_known", Kind.CONFLICT)
        mine = update(accounts).where(accounts.c.id == made)
        await tx.execute(mine.values(language=self.language, password_at=self.now))
        return made

    async def _user(self, tx: AsyncConnection, place: Place, account_id: UUID) -> UUID:
        """The person in the tenant; whom an admin had added without a sign-in gets it now."""
        user_id = place.user_id
        if user_id is None:
            person = Person(self.sign_up.email, self.name or self.sign_up.email, usage_location=self.country)
            at = self.now + place.ahead
            (user_id,) = await people_write.insert_people(tx, place.tenant_id, [person], "member", at)
            mine = update(users).where(users.c.id == user_id)
            await tx.execute(mine.values(origin="email_verified"))
        if place.known is not Known.MEMBER:
            await people_write.join_account(tx, place.tenant_id, user_id, account_id)
        located = func.coalesce(users.c.usage_location, self.country)
        await tx.execute(update(users).where(users.c.id == user_id).values(usage_location=located))
        return user_id

    async def _give(self, work: Tx, place: Place, user_id: UUID, outcome: Outcome) -> None:
        """The products of the door, and what the audit log tells of it all."""
        at = self.now + place.ahead
        products = await offered_at(work.db, Door.SIGN_UP)
        skus = [product.sku_id for product in products]
        if not skus:
            raise Refused("sign_up_off", Kind.CONFLICT)
        await open_pools(work.db, place.tenant_id, skus, place.currency, at)
        wish = Wish(assign={sku_id: frozenset() for sku_id in skus})
        stamp = licenses.Stamp(work.operation_id, at)
        try:
            given = await licenses.give(work.db, Selection(ids=(user_id,)), wish, stamp, all_or_none=True)
        except Refused as refused:
            raise _first_reason(refused) from refused
        work.tell(self.name or self.sign_up.email, [user_id], outcome=outcome.value, **given.facts)

    async def _tell(self, work: Tx, place: Place, user_id: UUID) -> None:
        viewer = Viewer(place.tenant_id, user_id, self.name or self.sign_up.email, EVERYBODY, "web", self.language)
        row = operation_of(work, viewer, "sign_up", self.now + place.ahead)
        await work.db.execute(insert(operations), row)
        about = {"tenant_id": place.tenant_id, "user_id": user_id, "operation_id": work.operation_id}
        await work.db.execute(insert(operation_people), about)

    async def _sign_in(self, tx: AsyncConnection, account_id: UUID, origin: Origin, lasts: timedelta) -> str | None:
        if self.account is not None:
            return None
        await note_sign_in(tx, account_id, outcome="done", method="password", origin=origin, now=self.now)
        return await open_session(tx, account_id, origin=origin, now=self.now, expires_at=self.now + lasts)


def _first_reason(refused: Refused) -> Refused:
    """Why one person cannot have a product, as a refusal of its own."""
    for person in refused.params.get("people", ()):
        return Refused(person["code"], Kind.CONFLICT, field="country", **person["params"])
    return refused
