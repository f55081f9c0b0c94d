"""People who are not there yet: what is asked for them, what it would come to, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tenantry.domain.catalog import Catalog
from tenantry.domain.licenses import Profile, Refusal, Wish, decide
from tenantry.domain.people_files import PersonRow


@dataclass(frozen=True)
class NewPeople:
    """What is asked for: people with the lines of their file, whether they sign in, and what they get.

    products: each with the apps that are off.
    """

    rows: tuple[PersonRow, ...]
    sign_in: bool = False
    products: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)

    @property
    def wish(self) -> Wish | None:
        return Wish(assign=self.products) if self.products else None


@dataclass(frozen=True)
class NotAdded:
    """Why somebody is not there: a code of `words.refusals` with its places."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class PeopleAdded:
    """added: the new users by line; failed: by line too. assigned: licenses, and short: seats missing, by product."""

    operation_id: UUID
    added: dict[int, UUID]
    failed: dict[int, NotAdded]
    assigned: dict[str, int]
    short: dict[str, int]


@dataclass(frozen=True)
class Newcomers:
    """served: people who get all of it; waiting: whom the seats do not reach; missing: seats short, per product.

    refused: why others get nothing, the first reason of each, and how many they are.
    """

    served: int = 0
    waiting: int = 0
    missing: Mapping[UUID, int] = field(default_factory=dict)
    refused: tuple[tuple[Refusal, int], ...] = ()


def forecast_newcomers(
    locations: Mapping[str, int], wish: Wish, catalog: Catalog, free: Mapping[UUID, int]
) -> Newcomers:
    """locations: how many people are where, by country code, "" for nowhere yet. free: seats per product."""
    verdicts = {code: decide(Profile("member", code or None), wish, catalog) for code in locations}
    refused = tuple((verdict.refusals[0], locations[code]) for code, verdict in verdicts.items() if verdict.refusals)
    needy = sum(locations.values()) - sum(count for _, count in refused)
    missing = {sku_id: needy - free.get(sku_id, 0) for sku_id in wish.assign if needy > free.get(sku_id, 0)}
    waiting = max(missing.values(), default=0)
    return Newcomers(needy - waiting, waiting, missing, refused)


def conflicts(wish: Wish, catalog: Catalog) -> tuple[Refusal, ...]:
    """What is wrong with the wish wherever a person is: apps that exclude or need each other."""
    verdict = decide(Profile("member", "--"), wish, catalog)
    return tuple(refusal for refusal in verdict.refusals if refusal.code != "country_barred")
