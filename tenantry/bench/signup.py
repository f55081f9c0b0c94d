"""`tenantry bench signup`: people sign up over HTTP, each from the form to their apps, codes read in the database."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from urllib.parse import urlencode

from sqlalchemy import func, select

from tenantry.bench.crowd import BY
from tenantry.bench.report import Report, percentile, type_step
from tenantry.bench.scratch import Roles
from tenantry.bench.served import Line, Said, served
from tenantry.cli.catalog import sample_files
from tenantry.commands.import_catalog import import_catalog
from tenantry.store.database import Database, connect
from tenantry.store.tables import domain_registry, letters
from tenantry.web.sign_up import TOKEN
from tenantry.web.visit import SESSION
from tenantry.words.speech import N_

GOAL = 10.0  # sign-ups a second
PASSWORD = "a house of many seats"  # noqa: S105 - of people who are gone with the scratch database
TOLD = 100  # sign-ups between two words of how far it is


@dataclass
class Arrived:
    """begun: seconds of the clock at which all began and at which the last was in; spent: milliseconds of each."""

    spent: list[float] = field(default_factory=list)
    failed: int = 0
    lasted: float = 0.0


async def measure(roles: Roles, step: type_step, *, users: int, domains: int, clients: int, now: datetime) -> Report:
    """Sign-ups a second of `users` people of `domains` domains, `clients` at once."""
    owner, db = connect(roles.owner, pool_size=1), connect(roles.app, pool_size=4)
    try:
        await import_catalog(owner, BY, files=sample_files(), now=now)
        with served(roles, TRUSTED_PROXIES="127.0.0.1") as port:
            arrived = await _arrive(db, port, step, users, domains, clients)
        async with db.transaction() as tx:
            groups = (await tx.execute(select(func.count()).select_from(domain_registry))).scalar_one()
        return _report(arrived, users, domains, clients, groups)
    finally:
        await owner.close()
        await db.close()


async def _arrive(db: Database, port: int, step: type_step, users: int, domains: int, clients: int) -> Arrived:
    arrived, turn = Arrived(), count()
    begun = time.perf_counter()

    async def client() -> None:
        while (number := next(turn)) < users:
            start = time.perf_counter()
            async with Line(port) as line:
                arrived.failed += not await _sign_up(db, line, number, domains)
            arrived.spent.append((time.perf_counter() - start) * 1000)
            if len(arrived.spent) % TOLD == 0:
                step(N_("%(count)s of %(people)s people"), count=len(arrived.spent), people=users)

    await asyncio.gather(*(client() for _ in range(clients)))
    arrived.lasted = time.perf_counter() - begun
    return arrived


async def _sign_up(db: Database, line: Line, number: int, domains: int) -> bool:
    """One person's whole way, every page of it; whether they are in."""
    email = f"person{number}@firm{number % domains}.com"
    here = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"  # limits count by the asker's address

    async def page(path: str) -> Said:
        return await line.ask("GET", path, x_forwarded_for=here)

    async def form(path: str, **fields: str) -> Said:
        kind = "application/x-www-form-urlencoded"
        return await line.ask("POST", path, urlencode(fields).encode(), content_type=kind, x_forwarded_for=here)

    await page("/sign-up")
    await form("/sign-up", email=email)
    await page("/sign-up/code")
    await form("/sign-up/code", code=await _code(db, email))
    await page("/sign-up/you")
    named = {"name": f"Person {number}", "country": "DK", "password": PASSWORD, "repeated": PASSWORD, "terms": "1"}
    done = await form("/sign-up/you", **named)
    apps = await page(done.headers.get("location", "/nowhere"))
    return TOKEN in line.cookies and SESSION in line.cookies and apps.status == 200


async def _code(db: Database, email: str) -> str:
    """As somebody reads it in their mailbox."""
    mine = select(letters.c.params["code"].astext).where(letters.c.recipient == email)
    async with db.transaction() as tx:
        return str((await tx.execute(mine.order_by(letters.c.id.desc()).limit(1))).scalar_one_or_none())


def _report(arrived: Arrived, users: int, domains: int, clients: int, groups: int) -> Report:
    pace = users / max(arrived.lasted, 0.001)
    figures = {
        "sign_ups_count": users,
        "failed_count": arrived.failed,
        "domains_count": domains,
        "groups_count": groups,
        "clients_count": clients,
        "all_seconds": round(arrived.lasted, 2),
        "sign_ups_per_second": round(pace, 2),
        "sign_up_p50_ms": round(percentile(arrived.spent, 0.5), 1),
        "sign_up_p95_ms": round(percentile(arrived.spent, 0.95), 1),
    }
    right = not arrived.failed and groups == min(users, domains)
    return Report("signup", figures, round(pace, 2), GOAL, pace >= GOAL and right)
