"""Signing up with a work address: which addresses can, and what comes of it (reference/licensing.md 1.1 to 1.4)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tenantry.domain.mail_domains import MailDomain
from tenantry.domain.people import Person, check_person
from tenantry.kit.domain_names import as_read, mixes_scripts
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.mailbox import normal_address

LASTS = timedelta(hours=1)  # from the address to the last form
CODE_LASTS = timedelta(minutes=10)
CODE_LENGTH = 6
TRIES = 5  # of one code
LETTERS = 4  # of one sign-up
FREE_SEATS = 1_000_000
FREE_YEARS = 100
NAME_LENGTH = 128

_EUROS = "AD AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MC ME MT NL PT SI SK SM VA XK"
CURRENCIES = {"DK": "DKK", "FO": "DKK", "GL": "DKK", "NO": "NOK", "SJ": "NOK", **dict.fromkeys(_EUROS.split(), "EUR")}
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


class Outcome(StrEnum):
    """What comes of a sign-up. The first three go on; the others are refused, by the codes of `REFUSALS`."""

    FOUND = "found"  # nobody has the domain: it gets a group of its own
    JOIN = "join"  # an account in the tenant of the domain, and the product
    PRODUCT = "product"  # somebody of the tenant gets the product
    CONSUMER = "consumer"
    DISPOSABLE = "disposable"
    SHARED = "shared"
    FEDERATED = "federated"
    NOT_JOINED = "not_joined"  # the tenant lets nobody in by e-mail
    NOT_LICENSED = "not_licensed"  # the tenant lets nobody take products
    BLOCKED = "blocked"
    CLOSED = "closed"
    OFF = "off"  # the edition has no self-service

    @property
    def goes_on(self) -> bool:
        return self not in REFUSALS


REFUSALS = {
    Outcome.CONSUMER: "sign_up_consumer",
    Outcome.DISPOSABLE: "sign_up_disposable",
    Outcome.SHARED: "sign_up_shared",
    Outcome.FEDERATED: "sign_up_federated",
    Outcome.NOT_JOINED: "sign_up_not_joined",
    Outcome.NOT_LICENSED: "sign_up_not_licensed",
    Outcome.BLOCKED: "sign_up_blocked",
    Outcome.CLOSED: "sign_up_closed",
    Outcome.OFF: "sign_up_off",
}


class Known(StrEnum):
    """Who somebody is in the tenant of their domain, whatever accounts they have elsewhere."""

    NOBODY = "nobody"
    NO_ACCOUNT = "no_account"  # added by an admin, without a sign-in
    MEMBER = "member"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Home:
    """The tenant that has a domain, as far as sign-ups are concerned. is_open: neither suspended nor deleted.

    self_service: its edition has that.
    """

    join_by_email: bool = True
    self_licensing: bool = True
    federated: bool = False
    is_open: bool = True
    self_service: bool = True


@dataclass(frozen=True)
class SignUp:
    """How far somebody is. verified_at: since when the address is proven; done_at: since when they are in.

    sent: codes mailed so far.
    """

    email: str
    language: str
    sent: int
    verified_at: datetime | None
    done_at: datetime | None

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


def decide_domain(listed: MailDomain | None, *, shared: bool) -> Outcome | None:
    """Why nobody can sign up with a domain, whoever asks; None: it can be somebody's organization.

    listed: how it stands on the list of mail domains. shared: names below it belong to different people.
    """
    if listed is not None:
        return Outcome(listed.value)
    return Outcome.SHARED if shared else None


def decide(home: Home | None, known: Known) -> Outcome:
    """What comes of a proven address. home: the tenant that has its domain, if one does."""
    if home is None:
        return Outcome.FOUND
    if not home.is_open:
        return Outcome.CLOSED
    if not home.self_service:
        return Outcome.OFF
    if known is Known.BLOCKED:
        return Outcome.BLOCKED
    if home.federated and known is not Known.MEMBER:
        return Outcome.FEDERATED
    if not home.self_licensing:
        return Outcome.NOT_LICENSED
    if known is Known.MEMBER:
        return Outcome.PRODUCT
    return Outcome.JOIN if home.join_by_email else Outcome.NOT_JOINED


def check_address(text: str) -> str:
    """A work address in its normal form.

    Raises Refused with the field "email": "address_invalid", "address_tagged", "address_letters", "address_mixed", and
    what `check_person` says of user names that are too long.
    """
    try:
        address = normal_address(text)
    except Refused as refused:
        raise Refused(refused.code, refused.kind, field="email", **refused.params) from refused
    alias, _, domain = address.rpartition("@")
    if "+" in alias:
        raise Refused("address_tagged", Kind.INVALID, field="email", address=f"{alias.partition('+')[0]}@{domain}")
    if mixes_scripts(f"{alias}@{as_read(domain)}"):
        raise Refused("address_mixed", Kind.INVALID, field="email", address=address)
    if not alias.isascii():
        raise Refused("address_letters", Kind.INVALID, field="email", address=address)
    for wrong in check_person(Person(address, address), domains=(domain,), country_codes={}):
        raise Refused(wrong.code, Kind.INVALID, field="email", **wrong.params)
    return address


def group_slug(domain: str) -> str:
    """The address of a group by its domain: contoso-co-uk. Somebody else may have it."""
    return _NOT_IN_SLUGS.sub("-", domain)[:32].strip("-")


def currency_of(country: str) -> str:
    """What people of a country pay in; the dollar where prices are in no currency of theirs."""
    return CURRENCIES.get(country, "USD")
