"""The operator's queue of service requests: of all tenants, one with what was written, and a file."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tenantry.domain.operators import Operator
from tenantry.domain.service_requests import Severity, State
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.paging import Cursor, Page, cut
from tenantry.queries.house import House
from tenantry.queries.operator_frame import operator_query
from tenantry.queries.service_requests import Request, RequestRow, file_of, narrowed, request_of, request_row
from tenantry.store.tables import service_requests, tenants

_R = service_requests.c


@dataclass(frozen=True)
class HouseRequest:
    """A request and whose it is."""

    tenant_id: UUID
    tenant: str
    row: RequestRow


@dataclass(frozen=True)
class Queue:
    """A page of requests, and how many wait for the operator's word, of all that there are."""

    page: Page[HouseRequest]
    unanswered: int


@operator_query
async def list_all_requests(
    tx: AsyncConnection,
    operator: Operator,
    *,
    q: str,
    states: tuple[State, ...],
    severity: Severity | None,
    unanswered: bool,
    cursor: Cursor | None,
    limit: int,
) -> Queue:
    """A page of requests, newest first, in two statements.

    q: of the title, or a number. unanswered: only those where the tenant has the last word.
    """
    backward = cursor is not None and cursor.backward
    same = tenants.c.tenant_id == _R.tenant_id
    wanted = narrowed(select(service_requests, tenants.c.name).join(tenants, same), q, states)
    if severity is not None:
        wanted = wanted.where(_R.severity == severity.value)
    if unanswered:
        wanted = wanted.where(_R.unanswered)
    if cursor is not None:
        wanted = wanted.where(_R.id > cursor.id if backward else _R.id < cursor.id)
    rows = (await tx.execute(wanted.order_by(_R.id if backward else _R.id.desc()).limit(limit + 1))).all()
    some = [HouseRequest(row.tenant_id, row.name, request_row(row)) for row in rows]
    waiting = select(func.count()).select_from(service_requests).where(_R.unanswered)
    count = int((await tx.execute(waiting)).scalar_one())
    return Queue(cut(some, limit, cursor, lambda one: (b"", one.row.id)), count)


async def read_house_request(
    house: House, operator: Operator, *, tenant_id: UUID, request_id: UUID
) -> tuple[str, Request]:
    """The tenant's name and one of its requests. Read in the tenant's fence, for its files stand nowhere else.

    Raises Refused("request_missing").
    """
    named = select(tenants.c.name).join(
        service_requests, and_(tenants.c.tenant_id == _R.tenant_id, _R.id == request_id)
    )
    async with house.db.transaction(tenant_id) as tx:
        name = (await tx.execute(named)).scalar_one_or_none()
        if name is None:
            raise Refused("request_missing", Kind.MISSING)
        return name, await request_of(tx, request_id)


async def read_house_file(
    house: House, operator: Operator, *, tenant_id: UUID, request_id: UUID, file_id: UUID
) -> tuple[str, bytes]:
    """A file of a request: its name and what is in it. Raises Refused("request_file_missing")."""
    async with house.db.transaction(tenant_id) as tx:
        return await file_of(tx, request_id, file_id)
