"""What a running Tenantry holds: its settings and its three ways into the database."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tenantry.kit.settings import Settings
from tenantry.store.database import Database


@dataclass(frozen=True)
class House:
    """Made by `tenantry.app.open_house`; doors are handed one and never connect by themselves.

    db: the application role, fenced by the row policies. jobs: the role that counts and proves across tenants.
    owner_url: the owner's connection, for migrations and the catalog.
    place: where the embedded database is, and why there; None with a database of one's own.
    given: names of the settings that the environment gave.
    """

    settings: Settings
    db: Database
    jobs: Database
    owner_url: str
    place: object | None = None
    given: frozenset[str] = frozenset()


type_open_house = Callable[[Settings], AbstractContextManager[House]]
