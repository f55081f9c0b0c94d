"""The file of people: from CSV bytes to persons, with every fault, its line and its column.

Headings and their order are the admin center's (reference: licensing, 6.1); `Usage Location` is ours.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tenantry.domain.file_rows import FAULT_LIMIT, Parsed, Row, Rows, type_fixes
from tenantry.domain.people import Person, check_person, country_code
from tenantry.kit.errors import Kind, Refused

HEADINGS: Mapping[str, str] = {
    "user_name": "User Name",
    "first_name": "First Name",
    "last_name": "Last Name",
    "display_name": "Display Name",
    "job_title": "Job Title",
    "department": "Department",
    "office": "Office Number",
    "office_phone": "Office Phone",
    "mobile_phone": "Mobile Phone",
    "fax": "Fax",
    "address": "Address",
    "city": "City",
    "state": "State or Province",
    "postal_code": "ZIP or Postal Code",
    "country": "Country or Region",
}
USAGE_LOCATION = "Usage Location"
ALL_HEADINGS: Mapping[str, str] = {**HEADINGS, "usage_location": USAGE_LOCATION}


@dataclass(frozen=True)
class PersonRow:
    """A person and the line of the file, to tell later that `person.key` is taken."""

    line: int
    person: Person


def parse_people(
    data: bytes | str,
    *,
    limit: int,
    domains: Collection[str],
    country_codes: Mapping[str, str],
    fixes: type_fixes | None = None,
    fault_limit: int = FAULT_LIMIT,
) -> Parsed[tuple[PersonRow, ...]]:
    """The people of a file, at most `limit` of them.

    `data`: bytes in UTF-8, or text. `domains` are the tenant's own, case-folded; `country_codes` maps case-folded
    English names to alpha-2 codes, and both are understood. `fixes`: cells typed anew, by line and heading. Whether a
    user name is taken already, the database says.
    Raises Refused: file_headings(wanted, found), and what `kit.csvfile.read_rows` raises.
    """
    rows = Rows(data, tuple(HEADINGS.values()), (USAGE_LOCATION,), fixes=fixes, fault_limit=fault_limit)
    _check_headings(rows.headings)
    people: list[PersonRow] = []
    count, last = 0, None
    for count, row in enumerate(rows, start=1):
        if count <= limit:
            person = _read_person(row, country_codes)
            _check_row(row, person, domains, country_codes)
            people.append(PersonRow(row.line, person))
        elif count == limit + 1:
            last = row
    if last:
        last.fault("", "people_too_many", found=count, limit=limit)
    if not count and not rows.faults:
        raise Refused("file_empty", Kind.INVALID)
    return rows.parsed(tuple(people))


def _check_headings(found: list[str]) -> None:
    wanted = list(HEADINGS.values())
    if found not in (wanted, [*wanted, USAGE_LOCATION]):
        raise Refused("file_headings", Kind.INVALID, wanted=wanted, found=found)


def _read_person(row: Row, country_codes: Mapping[str, str]) -> Person:
    cells = {field: row.cell(heading) for field, heading in HEADINGS.items()}
    location = row.cell(USAGE_LOCATION)
    return Person(**cells, usage_location=country_code(location, country_codes) or location)


def _check_row(row: Row, person: Person, domains: Collection[str], country_codes: Mapping[str, str]) -> None:
    for field, code, params in check_person(person, domains=domains, country_codes=country_codes):
        row.fault(ALL_HEADINGS[field], code, **params)
    if person.key:
        row.once(HEADINGS["user_name"], person.key, code="user_name_repeated")
