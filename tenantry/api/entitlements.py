"""`GET /entitlements/v1/users/{id}`: what a person may use right now, asked by a vendor's app with its key."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from litestar import HttpMethod, Request, Response, get, route

from tenantry.api.problems import problem
from tenantry.domain.entitlements import Entitled, Entitlements, Grant, LimitNow
from tenantry.kit.ids import parse_id
from tenantry.queries.app_entitlements import Told, read_app_entitlements
from tenantry.queries.house import House

PLACE = "/entitlements/v1"
KEPT = 10  # seconds that an answer may be used without asking again, unless it is known to change before
_KEY_LENGTH = 200
_JSON = "application/json"
_WITHOUT_KEY = 'Bearer realm="tenantry"'

type_request = Request[Any, Any, Any]


class LimitSaid(msgspec.Struct):
    """A number: what it is now, when it changes next as far as that is known, and to what (null: it is gone)."""

    value: int
    changes_at: datetime | None
    then: int | None


class ProductSaid(msgspec.Struct):
    part_number: str
    name: str


class Reason(msgspec.Struct):
    """Why somebody has a service: a product, given to them (direct) or to a group that they are in. until: its end."""

    product_id: UUID
    path: str
    group_id: UUID | None
    until: datetime | None


class Service(msgspec.Struct):
    """A service plan, every reason to have it, and the limits that it grants by itself."""

    id: UUID
    name: str
    friendly_name: str
    until: datetime | None
    reasons: list[Reason]
    limits: dict[str, LimitSaid]


class Idle(msgspec.Struct):
    """A product that somebody holds and that gives nothing now: seats_missing or subscription_ended."""

    product_id: UUID
    reason: str


class Answer(msgspec.Struct):
    """barred: why nothing at all can be used; null: nothing is in the way. moved_to: who they are since a takeover.

    limits: the highest of each, over all services. products: those that are spoken of, by their ids.
    """

    user_id: UUID
    barred: str | None
    moved_to: UUID | None
    services: list[Service]
    limits: dict[str, LimitSaid]
    idle: list[Idle]
    products: dict[UUID, ProductSaid]


@get("/users/{user_id:str}")
async def user(request: type_request, user_id: str, house: House) -> Response[bytes]:
    """The answer, with an ETag. It may be kept for some seconds, and never past a change that is known already."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not key:
        return problem(
            401, "app_key_needed", "Send the key of your app as a bearer token.", WWW_Authenticate=_WITHOUT_KEY
        )
    key, who = key.strip()[:_KEY_LENGTH], parse_id(user_id[:100])
    told = await read_app_entitlements(house, key=key, user_id=who, now=datetime.now(UTC))
    body = msgspec.json.encode(_answer(told))
    etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": f"private, max-age={_kept(told)}", "Vary": "Authorization"}
    if etag in _tags(request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, media_type=_JSON, headers=headers)
    return Response(body, media_type=_JSON, headers=headers)


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header[:2000].split(",")}


def _answer(told: Told) -> Answer:
    """Times are told by the wall clock, also of a tenant whose own clock is ahead."""
    own, ahead = told.entitlements, told.ahead
    spoken = {grant.sku_id for one in own.plans for grant in one.grants} | own.idle.keys()
    products = [told.products[sku_id] for sku_id in sorted(spoken) if sku_id in told.products]
    return Answer(
        user_id=own.holder.user_id,
        barred=own.holder.barred.value or None,
        moved_to=told.moved_to,
        services=[_service(one, ahead) for one in own.plans],
        limits=_limits(own.limits.values(), ahead),
        idle=[Idle(sku_id, why.value) for sku_id, why in own.idle.items()],
        products={one.sku_id: ProductSaid(one.part_number, one.name) for one in products},
    )


def _service(one: Entitled, ahead: timedelta) -> Service:
    reasons = [_reason(grant, ahead) for grant in one.grants]
    limits = _limits(one.limits, ahead)
    return Service(one.plan.id, one.plan.name, one.plan.friendly_name, _wall(one.until, ahead), reasons, limits)


def _reason(grant: Grant, ahead: timedelta) -> Reason:
    path = "direct" if grant.group_id is None else "group"
    return Reason(grant.sku_id, path, grant.group_id, _wall(grant.until, ahead))


def _limits(limits: Iterable[LimitNow], ahead: timedelta) -> dict[str, LimitSaid]:
    return {one.name: LimitSaid(one.value, _wall(one.changes_at, ahead), one.then) for one in limits}


def _wall(at: datetime | None, ahead: timedelta) -> datetime | None:
    return at - ahead if at is not None else None


def _kept(told: Told) -> int:
    """Seconds that the answer may be kept."""
    left = min((int((at - told.now).total_seconds()) for at in _changes(told.entitlements)), default=KEPT)
    return max(0, min(KEPT, left))


def _changes(own: Entitlements) -> Iterator[datetime]:
    """The moments at which something is known to change."""
    for one in own.plans:
        yield from (grant.until for grant in one.grants if grant.until is not None)
        yield from (limit.changes_at for limit in one.limits if limit.changes_at is not None)


@route("/users/{user_id:str}", http_method=[HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE])
async def only_read(user_id: str) -> Response[bytes]:
    """What somebody may use is changed by licenses, not here."""
    return problem(405, "method_wrong", "This address is only read.", Allow="GET")


@get("/{rest:path}")
async def nothing(rest: str) -> Response[bytes]:
    return problem(404, "address_missing", f"There is nothing here. Ask {PLACE}/users/ and the id of a person.")


@get("/openapi.json", sync_to_thread=False)
def openapi() -> Response[bytes]:
    """This interface as OpenAPI 3.1 describes it."""
    return Response(_described(), media_type=_JSON, headers={"Cache-Control": "public, max-age=3600"})


@cache
def _described() -> bytes:
    from tenantry.api.openapi import describe

    return msgspec.json.encode(describe(f"{PLACE}/users/{{user_id}}", Answer))


HANDLERS = [user, only_read, openapi, nothing]
