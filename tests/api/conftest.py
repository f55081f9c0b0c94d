"""A vendor's app with a key of its own, at the door for programs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tenantry.api import programs
from tenantry.commands.manage_app_keys import create_app_key
from tenantry.domain.operators import Operator
from tenantry.queries.house import House
from tenantry.web import create_app
from tests.cast import NOW
from tests.conftest import type_run

BY = Operator(None, "Olga Operator", "cli")


@dataclass(frozen=True)
class App:
    """`await app.ask(user_id)`."""

    client: AsyncTestClient[Litestar]
    key: str

    async def ask(self, user_id: UUID | str, *, key: str | None = None, **headers: str) -> Response:
        shown = f"Bearer {self.key if key is None else key}".encode("latin-1")
        sent = {b"Authorization": shown, **{name.encode(): value.encode() for name, value in headers.items()}}
        return await self.client.get(f"/entitlements/v1/users/{user_id}", headers=sent)


@pytest.fixture
def key(house: House, run: type_run) -> str:
    return run(create_app_key(house.db, BY, name="Boards", now=NOW))


@pytest.fixture
def at_work(house: House, key: str) -> Callable[[], Any]:
    """`async with at_work() as app:`"""

    @asynccontextmanager
    async def opened() -> AsyncIterator[App]:
        async with AsyncTestClient(create_app(house, beside=programs())) as client:
            yield App(client, key)

    return opened


type_at_work = Callable[[], Any]
