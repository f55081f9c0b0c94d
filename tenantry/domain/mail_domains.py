"""Domains that are nobody's organization: where everybody gets a mailbox, and where nobody keeps one."""

import re
from collections.abc import Mapping
from enum import StrEnum

from tenantry.domain.file_rows import Parsed, Rows
from tenantry.kit.domain_names import above, brand

NAME_LENGTH = 253
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.(?:\*|{_LABEL})")


class MailDomain(StrEnum):
    """Why a name is on the list."""

    CONSUMER = "consumer"
    DISPOSABLE = "disposable"


def parse_kind(text: str) -> MailDomain | None:
    """The kind that `text` names, or None if it names none."""
    return next((kind for kind in MailDomain if kind.value == text), None)


def is_name(text: str) -> bool:
    """Whether `text` can be on the list: a domain in its normal form, or `yahoo.*` for it under every suffix."""
    return len(text) <= NAME_LENGTH and _NAME.fullmatch(text) is not None


def listed_as(domain: str) -> frozenset[str]:
    """The names of the list that `domain` would be under: itself, what is above it, and `yahoo.*`."""
    return frozenset({*above(domain), f"{brand(domain)}.*"})


def parse_mail_domains(data: bytes) -> Parsed[Mapping[str, MailDomain]]:
    """Name -> kind."""
    rows = Rows(data, ("name", "kind"))
    names: dict[str, MailDomain] = {}
    for row in rows:
        name, kind = row.cell("name").lower(), parse_kind(row.cell("kind"))
        if not is_name(name):
            row.fault("name", "mail_domain_form", value=name)
        if kind is None:
            row.fault("kind", "mail_domain_kind_unknown", value=row.cell("kind"), known=", ".join(MailDomain))
        if kind and not row.faulty:
            row.once("name", name)
            names[name] = kind
    return rows.parsed(names)
