"""Profile and policies changed; two who change at once; nobody locks themself out."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from tenantry.commands.manage_organization import change_policies, change_profile
from tenantry.domain.organization import Policies, Profile, mark_of
from tenantry.kit.errors import Refused
from tenantry.kit.ids import new_id
from tenantry.store.database import Database
from tenantry.store.tables import factors
from tests.cast import ADELE, BILL, CONTOSO, NOW, Character
from tests.world import Tenant, rows_of


def profile_of(tenant: Tenant) -> Profile:
    """As the test's tenant begins."""
    return Profile(tenant.slug.title(), "DK", "en")


async def row_of(db: Database, tenant: Tenant) -> dict[str, Any]:
    (row,) = await rows_of(db, tenant.id, "tenants")
    return row


async def give_factor(db: Database, tenant: Tenant, who: Character) -> None:
    async with db.transaction() as tx:
        row = {"id": new_id(), "account_id": tenant.accounts[who], "kind": "authenticator", "name": "Phone"}
        await tx.execute(insert(factors).values(**row, secret="S", created_at=NOW, confirmed_at=NOW))


async def test_a_profile_is_changed_and_what_differs_is_told(db: Database, contoso: Tenant) -> None:
    before = profile_of(contoso)
    after = replace(before, city=" Aarhus ", country="NO", technical_contact="it@CONTOSO.example")
    done = await change_profile(db, contoso.viewer(ADELE), profile=after, seen=mark_of(before), now=NOW)
    assert set(done.fields) == {"city", "country", "technical_contact"}
    row = await row_of(db, contoso)
    assert (row["city"], row["country"], row["technical_contact"]) == ("Aarhus", "NO", "it@contoso.example")
    (told,) = await rows_of(db, contoso.id, "operations")
    assert told["facts"]["before"] == {"country": "DK", "city": "", "technical_contact": ""}


async def test_nothing_new_is_not_told(db: Database, contoso: Tenant) -> None:
    same = profile_of(contoso)
    done = await change_profile(db, contoso.viewer(ADELE), profile=same, seen=mark_of(same), now=NOW)
    assert done.fields == ()
    assert await rows_of(db, contoso.id, "operations") == []


async def test_what_somebody_else_saved_meanwhile_is_not_written_over(db: Database, contoso: Tenant) -> None:
    before, viewer = profile_of(contoso), contoso.viewer(ADELE)
    await change_profile(db, viewer, profile=replace(before, city="Aarhus"), seen=mark_of(before), now=NOW)
    with pytest.raises(Refused, match="organization_changed"):
        await change_profile(db, viewer, profile=replace(before, city="Odense"), seen=mark_of(before), now=NOW)
    assert (await row_of(db, contoso))["city"] == "Aarhus"


async def test_a_wrong_field_is_named(db: Database, contoso: Tenant) -> None:
    before = profile_of(contoso)
    wrong = replace(before, technical_contact="nobody")
    with pytest.raises(Refused) as refused:
        await change_profile(db, contoso.viewer(ADELE), profile=wrong, seen=mark_of(before), now=NOW)
    assert (refused.value.code, refused.value.field) == ("address_invalid", "technical_contact")


async def test_an_admin_without_a_second_step_does_not_demand_one(db: Database, contoso: Tenant) -> None:
    viewer, wanted, seen = contoso.viewer(ADELE), Policies(require_two_step=True), mark_of(Policies())
    with pytest.raises(Refused) as refused:
        await change_policies(db, viewer, policies=wanted, seen=seen, now=NOW)
    assert (refused.value.code, refused.value.field) == ("two_step_first", "require_two_step")
    await give_factor(db, contoso, BILL)
    with pytest.raises(Refused, match="two_step_first"):
        await change_policies(db, viewer, policies=wanted, seen=seen, now=NOW)
    await give_factor(db, contoso, ADELE)
    await change_policies(db, viewer, policies=wanted, seen=seen, now=NOW)
    assert (await row_of(db, contoso))["require_two_step"] is True


async def test_support_is_forbidden_without_any_second_step(db: Database, contoso: Tenant) -> None:
    wanted = Policies(allow_support=False)
    await change_policies(db, contoso.viewer(ADELE), policies=wanted, seen=mark_of(Policies()), now=NOW)
    assert (await row_of(db, contoso))["allow_support"] is False
    (told,) = await rows_of(db, contoso.id, "operations")
    assert told["facts"] == {"allow_support": False, "before": {"allow_support": True}}


async def test_only_global_admins_change_the_organization(db: Database, contoso: Tenant) -> None:
    before = profile_of(contoso)
    for who in CONTOSO:
        if who is not ADELE:
            with pytest.raises(Refused, match="permission_missing"):
                await change_profile(db, contoso.viewer(who), profile=before, seen=mark_of(before), now=NOW)
            with pytest.raises(Refused, match="permission_missing"):
                await change_policies(db, contoso.viewer(who), policies=Policies(), seen=mark_of(Policies()), now=NOW)
