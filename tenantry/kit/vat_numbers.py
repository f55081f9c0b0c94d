"""VAT numbers: their form, and their check digits where the country has any. Nobody is asked whether they exist."""

import re

from stdnum import get_cc_module
from stdnum.eu.vat import MEMBER_STATES
from stdnum.exceptions import ValidationError

from tenantry.kit.errors import Kind, Refused

_PLAIN = re.compile(r"[A-Z0-9]{4,20}")
_BLANKS = re.compile(r"[\s.\-/]")
# Where a number is written with its country in front; Greece writes EL.
_PREFIXES = {code.upper(): code.upper() for code in (*MEMBER_STATES, "no", "gb")} | {"GR": "EL"}


def normal_vat_number(text: str, country: str) -> str:
    """The number without blanks, with its country in front where it is written so: DK13585628, NO889640782MVA.

    Of a country whose rules are not known, 4 to 20 letters and digits do. Raises Refused("vat_number_invalid",
    country).
    """
    rules = get_cc_module(country, "vat")
    number = _BLANKS.sub("", text).upper()
    if rules is None:
        if not _PLAIN.fullmatch(number):
            raise Refused("vat_number_invalid", Kind.INVALID, country=country)
        return number
    try:
        valid = str(rules.validate(number)).upper()
    except ValidationError as error:
        raise Refused("vat_number_invalid", Kind.INVALID, country=country) from error
    prefix = _PREFIXES.get(country, "")
    return valid if valid.startswith(prefix) else f"{prefix}{valid}"
