"""What is over goes, what still counts stays."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, insert, select

from tenantry.commands.sweep_sessions import Swept, sweep_sessions
from tenantry.store.database import Database
from tenantry.store.tables import links, sessions, sign_ins, sign_ups, throttles
from tests.cast import DAY, NOW, PETER, SECOND
from tests.conftest import Base
from tests.world import make_tenant


async def test_what_is_over_goes_and_what_counts_stays(own: Base, open_db: Callable[[str], Database]) -> None:
    db = open_db(own.app_url)
    account_id = (await make_tenant(db)).accounts[PETER]
    try_ = {"account_id": account_id, "outcome": "done", "method": "password", "address": "", "agent": ""}
    for key, age in ((b"over", timedelta()), (b"counts", -SECOND)):
        mine, at = {"account_id": account_id}, NOW - age
        times = {"created_at": NOW - DAY, "seen_at": NOW - DAY, "expires_at": at}
        async with db.transaction() as tx:
            await tx.execute(insert(sessions).values(**mine, **times, token_hash=key))
            await tx.execute(insert(links).values(**mine, hash=key, kind="password", made_at=NOW - DAY, expires_at=at))
            await tx.execute(insert(throttles).values(kind="email", hash=key, tries=1, window_at=at - DAY))
            await tx.execute(insert(sign_ins).values(**try_, at=at - 180 * DAY))
            asked = {"token_hash": key, "email": "rob@contoso.example", "language": "en", "made_at": NOW - DAY}
            await tx.execute(insert(sign_ups).values(**asked, expires_at=at))
    assert await sweep_sessions(db, now=NOW) == Swept(sessions=1, links=1, throttles=1, sign_ins=1, sign_ups=1)
    assert await sweep_sessions(db, now=NOW) == Swept(0, 0, 0, 0, 0)
    async with db.transaction() as tx:
        for table in (sessions, links, throttles, sign_ins, sign_ups):
            assert (await tx.execute(select(func.count()).select_from(table))).scalar_one() == 1
