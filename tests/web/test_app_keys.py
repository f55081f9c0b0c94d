"""The operator's page of the keys that vendors' apps have."""

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from tenantry.queries.app_keys import list_app_keys
from tenantry.queries.house import House
from tenantry.store.app_keys import key_hash, touch
from tenantry.store.tables import app_keys, house_operations
from tests.web.conftest import Boss, desk_of, words


async def test_a_key_is_shown_once_and_revoked_for_good(house: House, boss: Boss) -> None:
    async with desk_of(house, boss) as desk:
        refused = await desk.post("/app-keys", {"name": " "})
        assert refused.status_code == 422
        made = await desk.post("/app-keys", {"name": "Whiteboards"})
        key = re.search(r"<code>(tenantry_[\w-]{43})</code>", made.text)[1]
        after = await desk.get("/app-keys")
        assert key not in after.text
        assert "Whiteboards" in words(after)
        assert "Never In force Revoke" in words(after)
        async with house.db.transaction() as tx:
            mine = select(app_keys).where(app_keys.c.hash == key_hash(key))
            row = (await tx.execute(mine)).one()
            await touch(tx, row.id, datetime.now(UTC) - timedelta(hours=1))
        assert "Whiteboards" in words(await desk.post("/app-keys", {"name": "x" * 101}))
        for _ in range(2):
            assert (await desk.post("/app-keys/revoke", {"key": str(row.id)})).status_code == 303
        assert (await desk.post("/app-keys/revoke", {"key": "none"})).status_code == 303
    (seen,) = [one for one in await list_app_keys(house, boss.operator) if one.id == row.id]
    assert (seen.revoked_at is not None, seen.used_at is not None) == (True, True)
    async with house.db.transaction() as tx:
        told = select(house_operations.c.command).where(house_operations.c.actor_id == boss.account_id)
        commands = sorted((await tx.execute(told)).scalars())
    assert commands == ["create_app_key", "revoke_app_key"]
