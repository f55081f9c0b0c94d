"""A person's particulars: what must be there, how long it may be, what a user name looks like.

Lengths as in the admin center's own file (reference: licensing, 6.1), counted in characters.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tenantry.domain.text import control_character

ALIAS_LENGTH = 50
DOMAIN_LENGTH = 48
LENGTHS: Mapping[str, int] = {
    "user_name": 79,
    "first_name": 64,
    "last_name": 64,
    "display_name": 256,
    "job_title": 64,
    "department": 64,
    "office": 128,
    "office_phone": 64,
    "mobile_phone": 64,
    "fax": 64,
    "address": 1023,
    "city": 128,
    "state": 128,
    "postal_code": 40,
    "country": 128,
}
REQUIRED = ("user_name", "display_name")

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ALIAS = re.compile(rf"{_ATOM}(\.{_ATOM})*")


class Wrong(NamedTuple):
    """What is wrong with one field: a code of `words.refusals` and its placeholders."""

    field: str
    code: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """Someone as typed or read from a file; every field but the two required may be empty.

    `usage_location` is an ISO 3166-1 alpha-2 code or empty; `country` is part of the postal address.
    """

    user_name: str
    display_name: str
    first_name: str = ""
    last_name: str = ""
    job_title: str = ""
    department: str = ""
    office: str = ""
    office_phone: str = ""
    mobile_phone: str = ""
    fax: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    usage_location: str = ""

    @property
    def key(self) -> str:
        """The user name as it is compared: two people may not share it."""
        return user_key(self.user_name)


def user_key(user_name: str) -> str:
    """The user name as it is compared, the same as the database's generated column."""
    return user_name.strip().casefold()


def country_code(text: str, country_codes: Mapping[str, str]) -> str | None:
    """The alpha-2 code that `text` names, by code or by English name, whatever its case; else None.

    `country_codes` maps case-folded English names to codes.
    """
    name = " ".join(text.split())
    code = name.upper() if name.isascii() else ""
    return code if code in country_codes.values() else country_codes.get(name.casefold())


def check_person(person: Person, *, domains: Collection[str], country_codes: Mapping[str, str]) -> list[Wrong]:
    """Everything that is wrong with a person, in the order of the fields; empty if nothing is.

    `domains` are the tenant's own, case-folded. Combining marks, right-to-left letters and markup are data
    like any other; control characters are not.
    """
    wrong = [found for field in LENGTHS if (found := _check_text(field, getattr(person, field)))]
    if not any(found.field == "user_name" for found in wrong):
        wrong[:0] = _check_user_name(person.user_name, domains)
    if person.usage_location and person.usage_location not in country_codes.values():
        wrong.append(Wrong("usage_location", "country_unknown", {"value": person.usage_location}))
    return wrong


def _check_text(field: str, text: str) -> Wrong | None:
    if field in REQUIRED and not text.strip():
        return Wrong(field, "text_missing", {})
    if position := control_character(text):
        return Wrong(field, "text_control", {"position": position})
    if len(text) > LENGTHS[field]:
        return Wrong(field, "text_long", {"length": len(text), "limit": LENGTHS[field]})
    return None


def _check_user_name(user_name: str, domains: Collection[str]) -> list[Wrong]:
    alias, at, domain = user_name.rpartition("@")
    if not at or not domain or not _ALIAS.fullmatch(alias):
        return [Wrong("user_name", "user_name_form", {"value": user_name})]
    wrong = []
    if len(alias) > ALIAS_LENGTH:
        params = {"length": len(alias), "limit": ALIAS_LENGTH}
        wrong.append(Wrong("user_name", "user_name_alias_long", params))
    if len(domain) > DOMAIN_LENGTH:
        params = {"length": len(domain), "limit": DOMAIN_LENGTH}
        wrong.append(Wrong("user_name", "user_name_domain_long", params))
    if domain.casefold() not in domains:
        wrong.append(Wrong("user_name", "domain_unknown", {"domain": domain}))
    return wrong
