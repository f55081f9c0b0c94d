"""What every query has in common: the right to look, and a transaction fenced to the viewer's tenant."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.roles import Permission
from tenantry.domain.viewers import Viewer
from tenantry.store.database import Database

P = ParamSpec("P")
R = TypeVar("R")

QUERIES: dict[str, Permission] = {}


def query(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[AsyncConnection, Viewer, P], Awaitable[R]]],
    Callable[Concatenate[Database, Viewer, P], Awaitable[R]],
]:
    """Makes `async def q(tx, viewer, *, ...)` callable as `await q(db, viewer, ...)`.

    Raises Refused("permission_missing") before anything is read.
    """

    def wrap(
        work: Callable[Concatenate[AsyncConnection, Viewer, P], Awaitable[R]],
    ) -> Callable[Concatenate[Database, Viewer, P], Awaitable[R]]:
        QUERIES[f"{work.__module__}.{work.__qualname__}"] = permission

        @wraps(work)
        async def run(db: Database, viewer: Viewer, /, *args: P.args, **kwargs: P.kwargs) -> R:
            viewer.require(permission)
            async with db.transaction(viewer.tenant_id) as tx:
                return await work(tx, viewer, *args, **kwargs)

        return run

    return wrap
