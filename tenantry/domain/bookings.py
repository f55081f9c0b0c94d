"""What is to happen to a subscription at its renewal: one booking; a new wish adds to it or replaces parts of it."""

from dataclasses import dataclass, fields, replace
from uuid import UUID


@dataclass(frozen=True)
class Booking:
    """What is to be different from the next term on; None: as it is. sku_id: another product.

    part_seats of part_sku_id: they begin beside it as a subscription of their own, in the place of a part; `seats` is
    what stays. Of another product for all and one for a part there is one at most.
    """

    seats: int | None = None
    sku_id: UUID | None = None
    term_months: int | None = None
    frequency: str | None = None
    part_sku_id: UUID | None = None
    part_seats: int | None = None

    @property
    def parts(self) -> frozenset[str]:
        """The names of what is to be different."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name) is not None)

    def over(self, before: "Booking") -> "Booking":
        """This wish on top of what was booked before: its own parts count, the others stay where they can."""
        if self.sku_id is not None and before.part_sku_id is not None:
            before = replace(before, part_sku_id=None, part_seats=None, seats=None)
        if self.part_sku_id is not None:
            before = replace(before, sku_id=None)
        return replace(before, **{name: getattr(self, name) for name in self.parts})

    def replaced(self, before: "Booking") -> frozenset[str]:
        """The parts of what was booked before that this wish drops, or puts something else in the place of."""
        after = self.over(before)
        return frozenset(name for name in before.parts if getattr(after, name) != getattr(before, name))

    def without(self, now: "Booking") -> "Booking":
        """What of the booking would really change: parts that are so already are left out. now: how it is."""
        same = {name: None for name in self.parts if getattr(self, name) == getattr(now, name)}
        return replace(self, **same)
