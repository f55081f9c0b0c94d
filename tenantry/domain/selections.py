"""Which people: named one by one, or everybody that a filter matches."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class UserFilter:
    """What a list of people is narrowed to. Empty: all active members of the tenant.

    words: folded beginnings of words (`kit.words_index.search_words`), all of which must match.
    sign_in: "allowed", "blocked" or "none" (has no password yet).
    """

    kind: str = "member"
    words: tuple[str, ...] = ()
    department: str | None = None
    location: str | None = None
    sku_id: UUID | None = None
    unlicensed: bool = False
    sign_in: str | None = None


@dataclass(frozen=True)
class Selection:
    """Either `ids` or everybody of `filter`."""

    ids: tuple[UUID, ...] | None = None
    filter: UserFilter | None = None
