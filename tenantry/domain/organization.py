"""An organization: its profile, its policies, and the days between its deletion and its end."""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from tenantry.domain.people import Wrong
from tenantry.domain.text import control_character
from tenantry.kit.errors import Refused
from tenantry.kit.mailbox import normal_address

GRACE = timedelta(days=30)  # the schema's `purge_tenant` waits as long
LENGTHS: Mapping[str, int] = {"name": 256, "street": 1023, "postal_code": 40, "city": 128, "technical_contact": 320}


@dataclass(frozen=True)
class Profile:
    """Who the organization is. country: an ISO 3166-1 alpha-2 code; language: what its letters are written in.

    technical_contact: an e-mail address, or empty, as is what is not known of the postal address.
    """

    name: str
    country: str
    language: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    technical_contact: str = ""


@dataclass(frozen=True)
class Policies:
    """What the organization demands of its admins, and what it allows to the operator."""

    require_two_step: bool = False
    allow_support: bool = True


TERMS_LENGTH = 10_000


@dataclass(frozen=True)
class SelfService:
    """What the people of the organization may do by themselves.

    join_by_email: who proves an address of its domains gets an account. self_licensing: people take free products.
    terms: what somebody agrees to who signs up; empty: what the operator has them agree to, if anything.
    """

    join_by_email: bool = True
    self_licensing: bool = True
    terms: str = ""


def check_self_service(wishes: SelfService) -> list[Wrong]:
    """Everything that is wrong with the wishes. Line ends are no harm in terms."""
    if len(wishes.terms) > TERMS_LENGTH:
        return [Wrong("terms", "text_long", {"length": len(wishes.terms), "limit": TERMS_LENGTH})]
    position = control_character(wishes.terms.replace("\n", " "))
    return [Wrong("terms", "text_control", {"position": position})] if position else []


def mark_of(facts: Profile | Policies | SelfService) -> str:
    """What a form carries along to tell later whether somebody else changed `facts` meanwhile."""
    return sha256(repr(astuple(facts)).encode()).hexdigest()[:16]


def check_profile(profile: Profile, *, country_codes: Collection[str], languages: Collection[str]) -> list[Wrong]:
    """Everything that is wrong with a profile, in the order of the fields; empty if nothing is."""
    wrong = [found for field in LENGTHS if (found := _check_text(field, getattr(profile, field)))]
    if not profile.name.strip():
        wrong.insert(0, Wrong("name", "text_missing", {}))
    if profile.country not in country_codes:
        wrong.append(Wrong("country", "country_unknown", {"value": profile.country}))
    if profile.language not in languages:
        wrong.append(Wrong("language", "language_unknown", {"value": profile.language}))
    return wrong


def _check_text(field: str, text: str) -> Wrong | None:
    if position := control_character(text):
        return Wrong(field, "text_control", {"position": position})
    if len(text) > LENGTHS[field]:
        return Wrong(field, "text_long", {"length": len(text), "limit": LENGTHS[field]})
    if field == "technical_contact" and text:
        try:
            normal_address(text)
        except Refused as refused:
            return Wrong(field, refused.code, refused.params)
    return None


def same_name(typed: str, name: str) -> bool:
    """Whether somebody typed the organization's name; blanks and case do not count."""
    return " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()


def ends_at(deleted_at: datetime) -> datetime:
    """From when on a deleted organization can no longer be had back."""
    return deleted_at + GRACE
