"""E-mail addresses in one spelling.

The domain is kept in its ASCII (A-label) form, lower case: what DNS and SMTP speak, and the only form that
survives case folding, which would make straße.de and strasse.de, two owners' domains, one.
"""

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from tenantry.kit.errors import Kind, Refused


def normal_address(text: str) -> str:
    """The address without blanks around it, local part as typed (NFC), domain as the module says.

    Nothing is looked up. Raises Refused("address_invalid", address): also for names that the Internet does not
    route (corp.local, x.test), quoted local parts and parts longer than mail allows.
    """
    valid = _valid(text)
    return f"{valid.local_part}@{valid.ascii_domain}"


def domain_of(address: str) -> str:
    """The domain of an address in any spelling, in its normal form. Raises Refused("address_invalid", address)."""
    return str(_valid(address).ascii_domain)


def _valid(text: str) -> ValidatedEmail:
    try:
        return validate_email(text.strip(), check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise Refused("address_invalid", Kind.INVALID, address=text[:320]) from error
