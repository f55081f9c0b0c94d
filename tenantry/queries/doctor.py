"""Is everything in order? Each check is a finding, with the code of what was found and what is to do."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from tenantry.domain.events import target_of
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.settings import Settings
from tenantry.queries.house import House
from tenantry.queries.outages import outage_of
from tenantry.store import proofs
from tenantry.store.migrate import newest

WANTED_VERSION = 18
CLOCK_LIMIT = 2.0  # seconds
_LOOPBACK = ("127.", "::1", "localhost")

type_clock = Callable[[], datetime]


@dataclass(frozen=True)
class Finding:
    """The result of one check. `code` is a key of `words.findings`, `params` its places."""

    check: str
    ok: bool
    code: str
    params: dict[str, Any] = field(default_factory=dict)


async def examine(house: House, *, clock: type_clock) -> list[Finding]:
    """Every check, over all tenants; changes nothing. A database that is away ends it early."""
    findings = [_cookies(house.settings), _place(house)]
    try:
        async for finding in _database(house, clock):
            findings.append(finding)
    except DBAPIError as error:
        refused = outage_of(error)
        if refused is None:
            raise
        findings.append(Finding("database", False, refused.code, refused.params))
    return findings


async def require_safe_roles(house: House) -> None:
    """Raises Refused("database_role", role) if the application role could read past the row policies."""
    async with house.db.transaction() as tx:
        name, unsafe = await proofs.role_of(tx)
    if unsafe:
        raise Refused("database_role", Kind.DENIED, role=name)


async def require_schema(house: House) -> None:
    """Raises Refused("database_old", found, wanted) if the schema is not this version's."""
    found = await proofs.schema_at(house.owner_url)
    if found != newest():
        raise Refused("database_old", Kind.CONFLICT, found=found or "–", wanted=newest())


async def _database(house: House, clock: type_clock) -> AsyncIterator[Finding]:
    async with house.db.transaction() as tx:
        version = await proofs.server_version(tx)
        new = int(version.split(".")[0]) >= WANTED_VERSION
        facts = {"found": version, "wanted": str(WANTED_VERSION)}
        yield Finding("database", new, "server_answers" if new else "server_old", facts)
        yield _role(*await proofs.role_of(tx))
        before, theirs, after = clock(), await proofs.server_clock(tx), clock()
        yield _clock(before, theirs, after)
    found = await proofs.schema_at(house.owner_url)
    facts = {"found": found or "–", "wanted": newest()}
    yield Finding("schema", found == newest(), "schema_newest" if found == newest() else "schema_old", facts)
    if found == newest():
        async for finding in _rows(house, clock()):
            yield finding


def _role(name: str, unsafe: bool) -> Finding:
    return Finding("roles", not unsafe, "role_unsafe" if unsafe else "role_safe", {"role": name})


def _clock(before: datetime, theirs: datetime, after: datetime) -> Finding:
    seconds = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    facts = {"seconds": f"{seconds:.1f}"}
    return Finding("clock", seconds < CLOCK_LIMIT, "clock_same" if seconds < CLOCK_LIMIT else "clock_differs", facts)


async def _rows(house: House, now: datetime) -> AsyncIterator[Finding]:
    """What the rows say; every proof counts over all tenants."""
    async with house.jobs.transaction() as tx:
        unfenced = await proofs.unfenced_tables(tx)
        yield Finding("policies", not unfenced, "fence_broken" if unfenced else "fence_whole", {"tables": unfenced})
        if not await proofs.sees_all(tx):
            yield Finding("roles", False, "jobs_role_missing")
            return
        for check, proof in _PROOFS.items():
            count = await proof(tx)
            yield Finding(check, not count, f"{check}_wrong" if count else f"{check}_right", {"count": count})
        conflicts = await proofs.seat_conflicts(tx, now)
        yield Finding("seats", True, "seats_conflict" if conflicts else "seats_enough", {"count": conflicts})
        yield _letters(house.settings, await proofs.waiting_letters(tx))
        yield _events(house.settings, *await proofs.waiting_events(tx))


_PROOFS = {
    "counters": proofs.wrong_counters,
    "licenses": proofs.orphaned_licenses,
    "search": proofs.wrong_tokens,
    "meetings": proofs.wrong_meetings,
}


def _cookies(settings: Settings) -> Finding:
    open_to_others = not settings.host.startswith(_LOOPBACK)
    insecure = open_to_others and not settings.secure_cookies
    return Finding(
        "settings", not insecure, "cookies_insecure" if insecure else "settings_sane", {"host": settings.host}
    )


def _letters(settings: Settings, waiting: int) -> Finding:
    """Where letters go. A house without mail is a choice, so nothing is wrong with one whose letters wait."""
    if settings.smtp_url:
        return Finding("letters", True, "letters_sent", {"count": waiting})
    return Finding("letters", True, "letters_kept" if settings.demo_mailbox else "letters_wait", {"count": waiting})


def _events(settings: Settings, waiting: int, given_up: int) -> Finding:
    """Where events go. A house without an app to tell is a choice, so nothing is wrong with one that keeps them."""
    if not settings.events_url:
        return Finding("events", True, "events_kept", {"count": waiting})
    try:
        target_of(settings.events_url, settings.events_secret)
    except Refused as refused:
        return Finding("events", False, "events_nowhere", {name: refused.params[name] for name in ("name", "wanted")})
    if given_up:
        return Finding("events", False, "events_given_up", {"count": given_up})
    return Finding("events", True, "events_sent", {"count": waiting})


def _place(house: House) -> Finding:
    if house.place is None:
        return Finding("place", True, "place_server")
    home, wanted = getattr(house.place, "home", ""), getattr(house.place, "wanted", "")
    code = "place_here" if home == wanted else "place_moved"
    return Finding("place", True, code, {"home": str(home), "wanted": str(wanted)})
