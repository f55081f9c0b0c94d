"""Editions: what the operator runs for whom, worldwide or in one country; features that are on, terms, support."""

import re
from dataclasses import dataclass
from enum import StrEnum

from tenantry.domain.text import checked_line, checked_text
from tenantry.kit.errors import Kind, Refused

NAME, TERMS, LINK, HOURS = 80, 20_000, 300, 100  # characters
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_PHONE = re.compile(r"\+?[0-9 ()/.-]{3,40}")
_LINK = re.compile(r"https://[^\s\"'<>\\/@?#]+\.[^\s\"'<>\\@]*")


class Feature(StrEnum):
    """What an edition has or has not."""

    SELF_SERVICE = "self_service"  # signing up, and taking free products
    MEETINGS = "meetings"
    TAKEOVER = "takeover"  # becoming the admin, and taking groups over
    CARDS = "cards"
    COMMUNITY = "community"


ALL = frozenset(Feature)
# Pages of a tenant that are there only with a feature.
_PAGES = {
    "/meetings": Feature.MEETINGS,
    "/become-admin": Feature.TAKEOVER,
}
_TAKEOVER = re.compile(r"/settings/domains/[^/]+/takeover(/.*)?")


def features_of(words: list[str] | tuple[str, ...] | None) -> frozenset[Feature]:
    """The features that are written down, unknown words passed over; all where no edition is known."""
    return ALL if words is None else frozenset(one for one in Feature if one.value in words)


def feature_of(path: str) -> Feature | None:
    """The feature that a page of a tenant belongs to, by its path below the tenant's address; None: always there."""
    if _TAKEOVER.fullmatch(path):
        return Feature.TAKEOVER
    return next((one for place, one in _PAGES.items() if path == place or path.startswith(f"{place}/")), None)


@dataclass(frozen=True)
class Edition:
    """An edition as the operator writes it. community, terms: empty where there are none."""

    code: str
    name: str
    features: frozenset[Feature] = ALL
    community: str = ""
    terms: str = ""


def checked_edition(edition: Edition) -> Edition:
    """The edition without blanks around its texts.

    Raises Refused with `field`: "edition_code_form", "link_form", and what is said of texts.
    """
    if not _CODE.fullmatch(edition.code):
        raise Refused("edition_code_form", Kind.INVALID, field="code")
    name = checked_line(edition.name, field="name", limit=NAME)
    community = edition.community.strip()
    if community:
        checked_line(community, field="community", limit=LINK)
        if not _LINK.fullmatch(community):
            raise Refused("link_form", Kind.INVALID, field="community")
    terms = checked_text(edition.terms, field="terms", limit=TERMS, lines=True) if edition.terms.strip() else ""
    return Edition(edition.code, name, edition.features, community, terms)


def checked_phone(phone: str, hours: str) -> tuple[str, str]:
    """A number to call and when; no hours: day and night.

    Raises Refused with `field`: "phone_form", and what is said of texts.
    """
    number = " ".join(phone.split())
    if not _PHONE.fullmatch(number) or not 3 <= sum(one.isdecimal() for one in number) <= 20:
        raise Refused("phone_form", Kind.INVALID, field="phone")
    return number, checked_line(hours, field="hours", limit=HOURS) if hours.strip() else ""
