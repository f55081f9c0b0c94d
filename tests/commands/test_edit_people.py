"""A person is corrected: every particular, found and sorted by the new name, and nobody's work undone unseen."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tenantry.commands.edit_people import edit_person
from tenantry.domain.people import Person
from tenantry.domain.selections import UserFilter
from tenantry.kit.errors import Refused
from tenantry.queries.users import list_users, read_user
from tenantry.store.tables import accounts
from tests.cast import ADELE, BILL, GUSTAV, HENRIETTA, LIDIA, NED, NOW, PETER, RASMUS, ULLA
from tests.world import rows_of


async def read(db, tenant, who) -> Person:
    return (await read_user(db, tenant.viewer(ADELE), user_id=tenant.people[who])).person


async def edit(db, tenant, who, *, by=ULLA, was=None, **changes):
    here = await read(db, tenant, who)
    return await edit_person(
        db,
        tenant.viewer(by),
        user_id=tenant.people[who],
        person=replace(was or here, **changes),
        was=was or here,
        now=NOW,
    )


async def email(db, tenant, who):
    async with db.transaction() as tx:
        return (await tx.execute(select(accounts.c.email).where(accounts.c.id == tenant.accounts[who]))).scalar_one()


async def found(db, tenant, *words):
    page = await list_users(db, tenant.viewer(ADELE), wanted=UserFilter(words=words), cursor=None, limit=50)
    return [row.name for row in page.page.items]


async def test_every_particular_is_changed_and_told(db, contoso):
    some = {"job_title": "Baker", "office_phone": "12 34", "fax": "5", "address": "Main 1", "postal_code": "1000"}
    done = await edit(db, contoso, PETER, display_name=" Peter Åkerman ", state="N/A", country="Danmark", **some)
    here = await read(db, contoso, PETER)
    assert {name: getattr(here, name) for name in some} == some
    assert (here.display_name, here.state, here.country) == ("Peter Åkerman", "N/A", "Danmark")
    assert "display_name" in done.changed
    (told,) = await rows_of(db, contoso.id, "operations")
    assert (told["subject"], told["command"]) == ("Peter Åkerman", "edit_person")
    assert [row["user_id"] for row in await rows_of(db, contoso.id, "operation_people")] == [contoso.people[PETER]]


async def test_somebody_renamed_is_found_by_the_new_words_and_no_longer_by_the_old(db, contoso):
    await edit(db, contoso, PETER, display_name="Åse Ærø", first_name="Åse", last_name="Ærø")
    assert await found(db, contoso, "ase") == ["Åse Ærø"]
    assert await found(db, contoso, "plain") == []
    assert await found(db, contoso, "peter") == ["Åse Ærø"]  # still the user name
    everybody = await list_users(
        db, contoso.viewer(ADELE, "da"), wanted=UserFilter(), cursor=None, limit=50, counted=False
    )
    assert everybody.page.items[-1].name == "Åse Ærø"


async def test_the_home_account_follows_the_user_name(db, contoso):
    await edit(db, contoso, PETER, user_name=f"Peter.P@{contoso.domain}")
    assert await email(db, contoso, PETER) == f"Peter.P@{contoso.domain}"


async def test_a_guests_account_belongs_to_elsewhere(db, contoso):
    before = await email(db, contoso, GUSTAV)
    await edit(db, contoso, GUSTAV, user_name="gustav@elsewhere.example")
    assert await email(db, contoso, GUSTAV) == before


async def test_a_name_that_is_taken_is_refused_at_its_field(db, contoso):
    with pytest.raises(Refused) as refused:
        await edit(db, contoso, PETER, user_name=contoso.email(LIDIA).upper())
    assert (refused.value.code, refused.value.field) == ("user_name_taken", "user_name")


async def test_an_address_that_another_account_has_is_refused(db, contoso, northwind):
    async with db.transaction() as tx:
        taken = f"elsewhere@{contoso.domain}"
        await tx.execute(accounts.update().where(accounts.c.id == northwind.accounts[NED]).values(email=taken))
    with pytest.raises(Refused) as refused:
        await edit(db, contoso, PETER, user_name=taken)
    assert (refused.value.code, refused.value.field) == ("user_name_taken", "user_name")
    assert (await read(db, contoso, PETER)).user_name == contoso.email(PETER)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"display_name": " "}, "text_missing", "display_name"),
        ({"user_name": "peter@not-ours.example"}, "domain_unknown", "user_name"),
        ({"department": "x" * 65}, "text_long", "department"),
        ({"usage_location": "XX"}, "country_unknown", "usage_location"),
    ],
)
async def test_what_is_wrong_is_refused_at_its_field(db, contoso, changes, code, field):
    with pytest.raises(Refused) as refused:
        await edit(db, contoso, PETER, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)


async def test_what_another_has_changed_meanwhile_is_not_undone_unseen(db, contoso):
    was = await read(db, contoso, PETER)
    await edit(db, contoso, PETER, by=ADELE, department="Sales")
    with pytest.raises(Refused) as refused:
        await edit(db, contoso, PETER, was=was, job_title="Baker")
    assert refused.value.code == "person_changed"
    assert (await read(db, contoso, PETER)).department == "Sales"


async def test_saving_what_is_there_changes_and_tells_nothing(db, contoso):
    assert (await edit(db, contoso, PETER)).changed == ()
    assert await rows_of(db, contoso.id, "operations") == []


@pytest.mark.parametrize(("who", "reached"), [(PETER, True), (HENRIETTA, True), (LIDIA, False), (ADELE, False)])
async def test_admins_beyond_ones_reach_are_left_alone(db, contoso, who, reached):
    if reached:
        assert (await edit(db, contoso, who, department="New")).changed == ("department",)
    else:
        with pytest.raises(Refused) as refused:
            await edit(db, contoso, who, department="New")
        assert refused.value.code == "admin_out_of_reach"


@pytest.mark.parametrize("by", [BILL, LIDIA, HENRIETTA, RASMUS, PETER])
async def test_only_those_who_look_after_people_edit_them(db, contoso, by):
    with pytest.raises(Refused) as refused:
        await edit(db, contoso, PETER, by=by, department="New")
    assert refused.value.code == "permission_missing"


async def test_nobody_elsewhere_can_be_edited(db, contoso, northwind):
    with pytest.raises(Refused) as refused:
        await edit_person(
            db,
            contoso.viewer(ADELE),
            user_id=northwind.people[NED],
            person=Person("ned@x.example", "Ned"),
            was=Person("ned@x.example", "Ned"),
            now=NOW,
        )
    assert refused.value.code == "user_missing"
