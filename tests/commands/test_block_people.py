"""People are kept out and let in again: as a set, within reach, never oneself, and somebody can always undo it."""

import asyncio
from dataclasses import replace

import pytest

from tenantry.commands.block_people import block_people
from tenantry.domain.roles import Role
from tenantry.domain.selections import Selection, UserFilter
from tenantry.kit.errors import Refused
from tenantry.store.people_write import give_roles
from tests.cast import ADELE, BASIC, BILL, GUSTAV, HENRIETTA, LIDIA, NED, NOW, PETER, RASMUS, ULLA
from tests.world import held, inherit, make_pool, make_users, query_count, rows_of


async def block(db, tenant, *who, by=ADELE, blocked=True, **more):
    chosen = Selection(ids=tenant.ids(*who))
    return await block_people(db, tenant.viewer(by), selection=chosen, blocked=blocked, now=NOW, **more)


async def out(db, tenant):
    """Who is blocked."""
    names = {user_id: who for who, user_id in tenant.people.items()}
    return {names.get(row["id"]) for row in await rows_of(db, tenant.id, "users") if row["blocked_at"]}


async def test_people_are_blocked_and_unblocked_and_keep_what_they_have(db, contoso):
    await make_pool(db, contoso.id, BASIC, 5)
    await inherit(db, contoso.id, BASIC, contoso.people[PETER], direct=True)
    assert (await block(db, contoso, PETER, GUSTAV)).changed == 2
    assert await out(db, contoso) == {PETER, GUSTAV}
    assert len(await held(db, contoso.id)) == 1
    assert (await block(db, contoso, PETER, LIDIA, blocked=False)).changed == 1
    assert await out(db, contoso) == {GUSTAV}
    told = await rows_of(db, contoso.id, "operations")
    assert [(row["subject"], row["facts"]) for row in told] == [
        ("2", {"changed": 2, "blocked": True}),
        (PETER.name, {"changed": 1, "blocked": False}),
    ]
    assert len(await rows_of(db, contoso.id, "operation_people")) == 3


async def test_nobody_blocks_themselves(db, contoso):
    with pytest.raises(Refused) as refused:
        await block(db, contoso, ADELE)
    assert refused.value.code == "own_block"
    assert (await block(db, contoso, ADELE, PETER)).changed == 1
    assert await out(db, contoso) == {PETER}


async def test_admins_out_of_reach_are_left_as_they_are(db, contoso):
    with pytest.raises(Refused) as refused:
        await block(db, contoso, LIDIA, by=ULLA)
    assert (refused.value.code, refused.value.params["name"]) == ("admin_out_of_reach", LIDIA.name)
    assert (await block(db, contoso, LIDIA, HENRIETTA, PETER, by=ULLA)).changed == 2
    assert await out(db, contoso) == {HENRIETTA, PETER}


async def test_what_the_preview_promised_is_kept_or_refused(db, contoso):
    with pytest.raises(Refused) as refused:
        await block(db, contoso, PETER, expected=2)
    assert refused.value.code == "forecast_stale"
    assert await out(db, contoso) == set()


async def test_two_global_admins_who_block_each_other_leave_one(db, contoso):
    async with db.transaction(contoso.id) as tx:
        await give_roles(tx, contoso.id, contoso.people[BILL], [Role.GLOBAL])
    other = replace(contoso.viewer(ADELE), user_id=contoso.people[BILL])

    async def each(viewer, whom):
        try:
            chosen = Selection(ids=contoso.ids(whom))
            return (await block_people(db, viewer, selection=chosen, blocked=True, now=NOW)).changed
        except Refused as refused:
            return refused.code

    answers = await asyncio.gather(each(contoso.viewer(ADELE), BILL), each(other, ADELE))
    assert set(answers) == {1, "last_global_admin"}
    assert len(await out(db, contoso)) == 1


@pytest.mark.parametrize("by", [BILL, LIDIA, HENRIETTA, RASMUS, PETER])
async def test_only_those_who_look_after_people_block_them(db, contoso, by):
    with pytest.raises(Refused) as refused:
        await block(db, contoso, PETER, by=by)
    assert refused.value.code == "permission_missing"


async def test_nobody_elsewhere_is_blocked(db, contoso, northwind):
    chosen = Selection(ids=northwind.ids(NED))
    with pytest.raises(Refused) as refused:
        await block_people(db, contoso.viewer(ADELE), selection=chosen, blocked=True, now=NOW)
    assert refused.value.code == "nobody_selected"


async def test_fifty_people_cost_what_one_does(db, contoso):
    await make_users(db, contoso.id, 50)
    counts = []
    for chosen in (Selection(ids=contoso.ids(PETER)), Selection(filter=UserFilter(words=("person",)))):
        with query_count(db) as seen:
            await block_people(db, contoso.viewer(ADELE), selection=chosen, blocked=True, now=NOW)
        counts.append(seen.count)
    assert counts[0] == counts[1] <= 8
    assert len(await rows_of(db, contoso.id, "operation_people")) == 51
