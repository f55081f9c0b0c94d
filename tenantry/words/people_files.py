"""The file of people in words: what each column holds, and the encodings and separators that it may come in."""

from collections.abc import Mapping

from tenantry.domain.people import ALIAS_LENGTH, DOMAIN_LENGTH
from tenantry.words.speech import N_, Speech

COLUMNS: Mapping[str, str] = {
    "user_name": N_("What the person signs in with, at a domain of your organization"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "display_name": N_("The name as others see it"),
    "job_title": N_("Job title"),
    "department": N_("Department"),
    "office": N_("Office or room"),
    "office_phone": N_("Phone in the office"),
    "mobile_phone": N_("Mobile phone"),
    "fax": N_("Fax"),
    "address": N_("Street and number"),
    "city": N_("City"),
    "state": N_("State or province"),
    "postal_code": N_("Postal code"),
    "country": N_("Country of the postal address"),
    "usage_location": N_("Country in which the services are used: two letters, like DK, or the English name"),
}

# What `kit.encodings` reads, as people who saved the file may know it.
ENCODINGS: Mapping[str, str] = {
    "utf_8": N_("UTF-8"),
    "utf_16": N_("UTF-16"),
    "cp1252": N_("Western European (Windows)"),
    "cp1250": N_("Central European (Windows)"),
    "cp1251": N_("Cyrillic (Windows)"),
    "cp1253": N_("Greek (Windows)"),
    "mac_roman": N_("Western European (Mac)"),
    "cp850": N_("Western European (DOS)"),
}

SEPARATORS: Mapping[str, str] = {",": N_("comma"), ";": N_("semicolon"), "\t": N_("tab")}


def length_of(speech: Speech, field: str, lengths: Mapping[str, int]) -> str:
    """How long a column may be, in words."""
    if field == "user_name":
        return speech.say(
            "%(length)s (%(alias)s before @, %(domain)s after it)",
            length=speech.number(lengths[field]),
            alias=speech.number(ALIAS_LENGTH),
            domain=speech.number(DOMAIN_LENGTH),
        )
    return speech.number(lengths[field]) if field in lengths else ""
