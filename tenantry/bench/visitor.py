"""Somebody signed in who asks for pages, in the process itself: what is measured is the page, not a network."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from litestar import Litestar
from sqlalchemy import insert, select

from tenantry.bench.crowd import SLUG, Tenant
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.sessions import token_hash
from tenantry.store.tables import sessions, users
from tenantry.web import create_app
from tenantry.web.visit import SESSION

type_headers = Sequence[tuple[bytes, bytes]]


class Visitor:
    """The admin of a benchmark's tenant with a browser. Made by `sign_in`."""

    def __init__(self, app: Litestar, token: str) -> None:
        self._app = app
        self._cookie = f"{SESSION}={token}".encode()

    async def get(self, address: str, *, pane: bool = False) -> int:
        """Asks for a page below the tenant's, or for the inside of its pane as htmx does. Returns its bytes.

        Raises AssertionError if the answer is anything but a page.
        """
        path, _, query = f"/t/{SLUG}{address}".partition("?")
        fragment: type_headers = [(b"hx-request", b"true"), (b"hx-target", b"pane")] if pane else []
        said = await _ask(self._app, path, query, [(b"host", b"bench"), (b"cookie", self._cookie), *fragment])
        if said[0]["status"] != 200:
            raise AssertionError(f"{address} answers {said[0]['status']}")
        return sum(len(part.get("body", b"")) for part in said[1:])


async def _ask(app: Litestar, path: str, query: str, headers: type_headers) -> list[Any]:
    """What the app answers to one request, message by message."""
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    names = {"path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": ""}
    places = {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http"}
    scope: Any = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    await app({**scope, **names, **places, "headers": list(headers)}, receive, send)  # type: ignore[arg-type]
    return said


async def sign_in(db: Database, tenant: Tenant, now: datetime) -> Visitor:
    """A session made directly in the database, and the pages over it."""
    token = secrets.token_urlsafe(32)
    async with db.transaction(tenant.id) as tx:
        account = select(users.c.account_id).where(users.c.id == tenant.admin_id)
        row = {"account_id": (await tx.execute(account)).scalar_one(), "token_hash": token_hash(token)}
        times = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
        await tx.execute(insert(sessions).values(**row, **times))
    return Visitor(create_app(House(Settings(), db, db, "")), token)
