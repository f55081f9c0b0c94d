"""What every query of the operator has in common: it counts over all tenants as the jobs role, which writes nothing."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.queries.house import House

P = ParamSpec("P")
R = TypeVar("R")


def operator_query(
    work: Callable[Concatenate[AsyncConnection, Operator, P], Awaitable[R]],
) -> Callable[Concatenate[House, Operator, P], Awaitable[R]]:
    """Makes `async def q(tx, operator, *, ...)` callable as `await q(house, operator, ...)`."""

    @wraps(work)
    async def run(house: House, operator: Operator, /, *args: P.args, **kwargs: P.kwargs) -> R:
        async with house.jobs.transaction() as tx:
            return await work(tx, operator, *args, **kwargs)

    return run
