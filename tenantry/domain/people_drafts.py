"""People to be added from a file, between the steps: the file as it came, what was mended, what they shall have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from tenantry.domain.file_rows import Parsed, type_fixes
from tenantry.domain.licenses import Wish
from tenantry.domain.people_files import ALL_HEADINGS, HEADINGS, USAGE_LOCATION, PersonRow, parse_people
from tenantry.kit.csvfile import Fault, separator_of
from tenantry.kit.encodings import decode

# Faults that no row is to blame for: what comes after them was not read.
WHOLE = frozenset({"people_too_many", "csv_malformed"})
ALL_FAULTS = 1_000_000


@dataclass(frozen=True)
class PeopleDraft:
    """What somebody is about to add. It is theirs alone, and becomes the operation `operation_id`.

    name: of the file; "" for pasted text. fixes: cells typed anew, by line and heading. without_faulty: the people of
    faulty lines are left out. usage_location: for those without one; "" for none, None until it is chosen. products:
    those that everybody gets, each with the apps that are off.
    """

    actor_id: UUID
    operation_id: UUID
    name: str
    data: bytes
    encoding: str
    guessed: bool = False
    fixes: type_fixes = field(default_factory=dict)
    without_faulty: bool = False
    sign_in: bool = True
    usage_location: str | None = None
    products: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return decode(self.data, self.encoding).text

    @property
    def wish(self) -> Wish | None:
        return Wish(assign=self.products) if self.products else None


@dataclass(frozen=True)
class Checked:
    """A file as it reads: its rows, faulty or not, and every fault, by line."""

    separator: str
    rows: tuple[PersonRow, ...]
    faults: tuple[Fault, ...]

    @cached_property
    def faulty(self) -> frozenset[int]:
        """The lines with a fault."""
        return frozenset(fault.line for fault in self.faults)

    @cached_property
    def fine(self) -> tuple[PersonRow, ...]:
        """The people who can be added as they are."""
        return tuple(row for row in self.rows if row.line not in self.faulty)

    @property
    def whole(self) -> bool:
        """Whether it is the file that has to be another one: leaving lines out does not help."""
        return any(fault.code in WHOLE for fault in self.faults)

    @property
    def unlocated(self) -> int:
        """How many of those who are fine have no usage location."""
        return sum(not row.person.usage_location for row in self.fine)

    def cells(self, line: int) -> Mapping[str, str] | None:
        """What stands in a line, by heading; None for a line that has nobody."""
        for row in self.rows:
            if row.line == line:
                return {heading: getattr(row.person, name) for name, heading in ALL_HEADINGS.items()}
        for fault in self.faults:
            if fault.line == line and fault.cells:
                headings = ALL_HEADINGS.values()
                return dict.fromkeys(headings, "") | dict(zip(headings, fault.cells, strict=False))
        return None


def read_people(
    draft: PeopleDraft, *, limit: int, domains: Collection[str], country_codes: Mapping[str, str]
) -> Parsed[tuple[PersonRow, ...]]:
    """The people of the draft's file with every fault of it. Raises Refused as `parse_people` and `decode` do."""
    rules = {"limit": limit, "domains": domains, "country_codes": country_codes}
    return parse_people(draft.text, **rules, fixes=draft.fixes, fault_limit=ALL_FAULTS)  # type: ignore[arg-type]


def check_people(
    draft: PeopleDraft, parsed: Parsed[tuple[PersonRow, ...]], taken: Collection[str], elsewhere: Collection[str]
) -> Checked:
    """The same with what the database knows: names that are `taken` here, addresses with an account `elsewhere`."""
    known = [fault for row in parsed.value if (fault := name_fault(row, taken, elsewhere))]
    order = {heading: place for place, heading in enumerate(ALL_HEADINGS.values())}
    faults = sorted([*parsed.faults, *known], key=lambda fault: (fault.line, order.get(fault.column, -1)))
    return Checked(separator_of(draft.text, (*HEADINGS.values(), USAGE_LOCATION)), parsed.value, tuple(faults))


def name_fault(row: PersonRow, taken: Collection[str], elsewhere: Collection[str]) -> Fault | None:
    """Why the person cannot have the user name, if it is somebody's."""
    if row.person.key in taken:
        return Fault(row.line, HEADINGS["user_name"], "user_name_known", {"value": row.person.user_name})
    if row.person.key in elsewhere:
        return Fault(row.line, HEADINGS["user_name"], "user_name_taken", {})
    return None
