"""What is asked for so many people at once that a page does not wait for it."""

from dataclasses import dataclass

from tenantry.domain.licenses import Wish
from tenantry.domain.selections import Selection

PATIENT = 2000  # people; of more, a job does it


@dataclass(frozen=True)
class ManyLicenses:
    """Licenses for a selection. expected: (changed, unchanged, refused), as the preview promised."""

    selection: Selection
    wish: Wish
    expected: tuple[int, int, int]


@dataclass(frozen=True)
class ManyDeleted:
    """A selection to be deleted. expected: how many of it go, as the preview promised."""

    selection: Selection
    expected: int
