"""Somebody of the cast at a browser: signed in by a session of their own, without the price of a password."""

import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient
from sqlalchemy import insert

from tenantry.domain.operators import Operator
from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.sessions import token_hash
from tenantry.store.tables import accounts, sessions
from tenantry.web import create_app
from tenantry.web.visit import SESSION, csrf_of
from tests.cast import Character
from tests.conftest import type_run
from tests.world import Tenant


@dataclass(frozen=True)
class Desk:
    """A signed-in browser in a tenant. Paths begin below the tenant's pages: `get("/users/active?q=a")`."""

    client: AsyncTestClient[Litestar]
    home: str
    csrf: str

    async def get(self, path: str, *, target: str | None = None) -> Response:
        """A page; with `target` what htmx gets for the element of that id."""
        return await self.client.get(self._place(path), headers=_htmx(target))

    async def post(self, path: str, data: dict[str, Any] | None = None, *, target: str | None = None) -> Response:
        """A form with its token. A list as a value is sent once per item."""
        form = {"_csrf_token": self.csrf, **(data or {})}
        return await self.client.post(self._place(path), data=form, headers=_htmx(target))

    def _place(self, path: str) -> str:
        return path if path.startswith("/t/") else f"{self.home}{path}"


def _htmx(target: str | None) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target} if target else {}


@dataclass(frozen=True)
class Boss:
    """An operator of the tests, with an account and a session of their own."""

    account_id: UUID
    name: str
    token: str

    @property
    def operator(self) -> Operator:
        return Operator(self.account_id, self.name, "operator")


async def make_boss(db: Database, name: str = "Olga Operator") -> Boss:
    """A new operator who is signed in."""
    boss = Boss(new_id(), name, secrets.token_urlsafe(32))
    now = datetime.now(UTC)
    async with db.transaction() as tx:
        email = f"operator-{boss.account_id}@house.example"
        await tx.execute(
            insert(accounts).values(id=boss.account_id, email=email, name=name, is_operator=True, created_at=now)
        )
        times = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
        row = {"token_hash": token_hash(boss.token), "account_id": boss.account_id}
        await tx.execute(insert(sessions).values(**row, **times))
    return boss


@asynccontextmanager
async def desk_of(house: House, boss: Boss) -> AsyncIterator[Desk]:
    """The operator at a browser; paths begin below their pages: `get("/tenants")`. Redirects are not followed."""
    async with AsyncTestClient(create_app(house)) as client:
        client.follow_redirects = False
        client.cookies.set(SESSION, boss.token)
        yield Desk(client, "/operator", csrf_of(boss.token))


@pytest.fixture
def boss(db: Database, run: type_run) -> Boss:
    """Olga, who runs the house."""
    return run(make_boss(db))


type_browse = Callable[[Tenant, Character], AbstractAsyncContextManager[Desk]]


@pytest.fixture
def browse(house: House) -> type_browse:
    """`async with browse(contoso, ADELE) as desk:` redirects are not followed."""

    @asynccontextmanager
    async def open_desk(tenant: Tenant, who: Character) -> AsyncIterator[Desk]:
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        row = {"token_hash": token_hash(token), "account_id": tenant.accounts[who]}
        async with house.db.transaction() as tx:
            times = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
            await tx.execute(insert(sessions).values(**row, **times))
        async with AsyncTestClient(create_app(house)) as client:
            client.follow_redirects = False
            client.cookies.set(SESSION, token)
            yield Desk(client, f"/t/{tenant.slug}", csrf_of(token))

    return open_desk


def words(answer: Response | str) -> str:
    """What a reader reads of a page: its text without tags, blanks made one."""
    text = answer if isinstance(answer, str) else answer.text
    text = re.sub(r"<(script|style|template)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())
