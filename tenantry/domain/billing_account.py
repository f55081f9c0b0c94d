"""Who pays for an organization: the name, the address and the numbers that its invoices show."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, astuple, dataclass, replace
from hashlib import sha256

from tenantry.domain.people import Wrong
from tenantry.domain.text import control_character
from tenantry.kit.errors import Refused
from tenantry.kit.mailbox import normal_address
from tenantry.kit.vat_numbers import normal_vat_number

LENGTHS: Mapping[str, int] = {
    "legal_name": 256,
    "street": 1023,
    "postal_code": 40,
    "city": 128,
    "vat_number": 40,
    "email": 320,
    "po_number": 100,
}
NEEDED = ("legal_name", "street", "postal_code", "city")


@dataclass(frozen=True)
class BillingAccount:
    """The customer of the law. country: an ISO 3166-1 alpha-2 code, whose tax is taken.

    email: where invoices are sent; po_number: what future invoices quote; both, like the VAT number, may be empty.
    """

    legal_name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_number: str = ""
    email: str = ""
    po_number: str = ""


def mark_of(account: BillingAccount | None) -> str:
    """What a form carries along to tell later whether somebody else changed the account meanwhile; "" of none."""
    return sha256(repr(astuple(account)).encode()).hexdigest()[:16] if account else ""


def check_account(account: BillingAccount, *, country_codes: Collection[str]) -> list[Wrong]:
    """Everything that is wrong with an account, in the order of the fields; empty if nothing is."""
    wrong = [Wrong(field, "text_missing", {}) for field in NEEDED if not getattr(account, field).strip()]
    wrong += [found for field in LENGTHS if (found := _check_text(field, getattr(account, field)))]
    if account.country not in country_codes:
        wrong.append(Wrong("country", "country_unknown", {"value": account.country}))
    if not wrong:
        wrong += _check_numbers(account)
    order = list(asdict(account))
    return sorted(wrong, key=lambda one: order.index(one.field))


def _check_text(field: str, text: str) -> Wrong | None:
    if position := control_character(text):
        return Wrong(field, "text_control", {"position": position})
    if len(text) > LENGTHS[field]:
        return Wrong(field, "text_long", {"length": len(text), "limit": LENGTHS[field]})
    return None


_NUMBERLESS = {"vat_number": "", "email": ""}


def _check_numbers(account: BillingAccount) -> list[Wrong]:
    """Each by itself, so that both are told at once."""
    wrong = []
    for field in _NUMBERLESS:
        try:
            normal_account(replace(account, **(_NUMBERLESS | {field: getattr(account, field)})))
        except Refused as refused:
            wrong.append(Wrong(field, refused.code, refused.params))
    return wrong


def normal_account(account: BillingAccount) -> BillingAccount:
    """The account as it is kept: no blanks around anything, VAT number and address in their one spelling.

    Raises Refused: "vat_number_invalid" (country), "address_invalid" (address).
    """
    trimmed = BillingAccount(**{field: text.strip() for field, text in asdict(account).items()})
    vat_number = normal_vat_number(trimmed.vat_number, trimmed.country) if trimmed.vat_number else ""
    return replace(trimmed, vat_number=vat_number, email=normal_address(trimmed.email) if trimmed.email else "")
