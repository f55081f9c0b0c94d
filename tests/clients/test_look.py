"""From the asking to the proof with nothing played: the job, the settings, Knot and unbound."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from tenantry.clients import dns as client
from tenantry.commands.manage_domains import add_domain
from tenantry.commands.prove_domains import check_domain
from tenantry.domain.domains import Outcome
from tenantry.jobs.domains import look_at
from tenantry.queries.domains import Domain, read_domain
from tenantry.queries.house import House
from tenantry.store import tables
from tests.cast import ADELE
from tests.clients.nameservers import ONE, TOKEN, Knot
from tests.world import Tenant


async def looked_at(house: House, tenant: Tenant, name: str) -> Domain:
    adele, now = tenant.viewer(ADELE), datetime.now(UTC)
    await add_domain(house.db, adele, name=name, now=now)
    async with house.db.transaction(tenant.id) as tx:
        await tx.execute(update(tables.domains).where(tables.domains.c.name == name).values(token=TOKEN))
    await check_domain(house.db, adele, name=name, now=now)
    await look_at(house, tenant_id=tenant.id, name=name, now=now)
    return await read_domain(house.db, adele, name=name)


async def test_a_domain_is_proven_by_its_own_servers_and_not_where_dnssec_fails(
    house: House, contoso: Tenant, knot: Knot, validating: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PORT", knot.port)
    asked = {"dns_resolvers": f"{ONE}:{knot.port}", "dns_validating_resolver": f"{ONE}:{validating[1]}"}
    private = replace(house, settings=replace(house.settings, **asked))
    refused = await looked_at(private, contoso, "plain.example")
    assert (refused.outcome, refused.is_verified) == (Outcome.PRIVATE, False)
    real = replace(private, settings=replace(private.settings, dns_allow_private=True))
    signed, broken = [await looked_at(real, contoso, name) for name in ("signed.example", "broken.example")]
    assert (signed.outcome, signed.is_verified, signed.method) == (Outcome.PROVEN, True, "txt")
    assert (broken.outcome, broken.is_verified) == (Outcome.INSECURE, False)
