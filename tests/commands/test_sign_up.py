"""Signing up: into a new group, into one that is there, into a managed tenant, by somebody known; and at once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tenantry.commands.sign_up import (
    Newcomer,
    SignedUp,
    begin_sign_up,
    finish_sign_up,
    prove_address,
    send_new_code,
)
from tenantry.domain.sign_ins import Origin
from tenantry.domain.sign_ups import CODE_LASTS, LASTS, LETTERS, TRIES
from tenantry.kit.errors import Refused
from tenantry.queries.gate import Account, Entrance, enter, find_account
from tenantry.queries.sign_up import find_sign_up, foresee_sign_up
from tenantry.store import tables
from tenantry.store.database import Database
from tests.cast import ADELE, CONTOSO, MEETINGS, NOW, PASSWORD, PETER, SECOND
from tests.conftest import Base, type_run
from tests.world import Tenant, make_tenant, rows_of

ORIGIN = Origin("192.0.2.7", "a browser")
_numbers = count(1)


@pytest.fixture
def domain() -> str:
    """Of nobody so far."""
    return f"adatum-{next(_numbers)}.example"


async def letter(db: Database, email: str) -> Any:
    mine = func.lower(tables.letters.c.recipient) == email.lower()
    wanted = select(tables.letters).where(mine).order_by(tables.letters.c.id.desc())
    async with db.transaction() as tx:
        return (await tx.execute(wanted.limit(1))).one()


async def begin(db: Database, email: str, *, address: str = "") -> str:
    address = address or f"192.0.2.{next(_numbers) % 250}-{next(_numbers)}"
    where = {"language": "da", "site": "https://tenantry.example"}
    return await begin_sign_up(db, email=email, address=address, **where, now=NOW)


async def prove(db: Database, email: str) -> str:
    """The token of a sign-up whose address is proven."""
    token = await begin(db, email)
    await prove_address(db, token=token, code=(await letter(db, email)).params["code"], now=NOW)
    return token


async def finish(db: Database, token: str, *, account: Account | None = None, **more: Any) -> SignedUp:
    facts = {"name": "Rob Young", "country": "DK", "password": PASSWORD, "accepted": False, **more}
    how = {"origin": ORIGIN, "language": "da", "lasts": timedelta(days=1)}
    return await finish_sign_up(db, token=token, newcomer=Newcomer(**facts), account=account, **how, now=NOW)


async def sign_up(db: Database, email: str, **more: Any) -> Entrance:
    """All of it; what the gate makes of the new session."""
    done = await finish(db, await prove(db, email), **more)
    entrance = await enter(db, token=done.token or "", slug=done.slug, language="en", now=NOW)
    assert entrance is not None
    return entrance


async def refused(work: Any) -> str:
    with pytest.raises(Refused) as found:
        await work
    return found.value.code


async def change(db: Database, tenant_id: Any, **facts: Any) -> None:
    async with db.transaction(tenant_id) as tx:
        await tx.execute(update(tables.tenants).values(facts))


async def account_of(db: Database, session: str) -> Account:
    found = await find_account(db, token=session, now=NOW)
    assert found is not None
    return found


async def test_the_first_of_a_domain_founds_its_group(db: Database, domain: str) -> None:
    entrance = await sign_up(db, f"Rob@{domain.upper()}")
    tenant, viewer = entrance.tenant, entrance.viewer
    assert (tenant.name, tenant.country, tenant.currency, tenant.language) == (domain, "DK", "DKK", "da")
    assert viewer.roles == frozenset()
    (row,) = await rows_of(db, tenant.id, "tenants")
    assert (row["kind"], row["managed_at"]) == ("unmanaged", None)
    (person,) = await rows_of(db, tenant.id, "users")
    assert (person["user_name"], person["origin"], person["created_at"]) == (f"Rob@{domain}", "email_verified", NOW)
    (own,) = await rows_of(db, tenant.id, "domains")
    assert (own["name"], own["method"], own["verified_at"], own["is_default"]) == (domain, "email", NOW, True)
    (license,) = await rows_of(db, tenant.id, "licenses")
    assert (license["sku_id"], license["user_id"]) == (MEETINGS.sku_id, viewer.user_id)
    (bought,) = await rows_of(db, tenant.id, "subscriptions")
    assert (bought["channel"], bought["seats"], bought["unit_price"]) == ("free", 1_000_000, 0)
    (told,) = await rows_of(db, tenant.id, "operations")
    assert (told["command"], told["actor_id"], told["actor_name"]) == ("sign_up", viewer.user_id, "Rob Young")
    async with db.transaction() as tx:
        known = select(tables.domain_registry.c.proven_at).where(tables.domain_registry.c.name == domain)
        assert (await tx.execute(known)).scalar_one() is None


async def test_the_second_joins_the_group_and_a_sub_domain_has_its_own(db: Database, domain: str) -> None:
    first, second = await sign_up(db, f"rob@{domain}"), await sign_up(db, f"sara@{domain}")
    third = await sign_up(db, f"rob@mail.{domain}")
    assert first.tenant.id == second.tenant.id != third.tenant.id
    assert len(await rows_of(db, first.tenant.id, "subscriptions")) == 1
    assert [row["consumed"] for row in await rows_of(db, first.tenant.id, "seat_pools")] == [2]


async def test_somebody_joins_a_managed_tenant_as_a_plain_member(db: Database, contoso: Tenant) -> None:
    entrance = await sign_up(db, f"new@{contoso.domain}")
    assert entrance.tenant.id == contoso.id
    assert entrance.viewer.roles == frozenset()


@pytest.mark.parametrize(
    ("switches", "code"),
    [
        ({"join_by_email": False}, "sign_up_not_joined"),
        ({"self_licensing": False}, "sign_up_not_licensed"),
        ({"federated": True}, "sign_up_federated"),
        ({"suspended_at": NOW}, "sign_up_closed"),
        ({"deleted_at": NOW}, "sign_up_closed"),
    ],
)
async def test_a_tenant_that_wants_nobody_gets_nobody(
    db: Database, contoso: Tenant, switches: dict[str, Any], code: str
) -> None:
    token = await prove(db, f"new@{contoso.domain}")
    await change(db, contoso.id, **switches)
    before = await rows_of(db, contoso.id, "users")
    assert await refused(finish(db, token)) == code
    assert await rows_of(db, contoso.id, "users") == before


async def test_who_has_an_account_is_told_by_mail_alone_and_gets_the_product_signed_in(
    db: Database, contoso: Tenant
) -> None:
    email = contoso.email(PETER)
    token = await prove(db, email)
    assert (await letter(db, email)).kind == "sign_up_known"
    assert await refused(finish(db, token)) == "sign_up_known"
    account = Account(contoso.accounts[PETER], email, "en", "auto", None, 50, False, None, False, contoso.id, False)
    done = await finish(db, token, account=account, name="")
    assert (done.slug, done.token) == (contoso.slug, None)
    (license,) = await rows_of(db, contoso.id, "licenses")
    assert license["user_id"] == contoso.people[PETER]
    other = Account(contoso.accounts[ADELE], email, "en", "auto", None, 50, False, None, False, contoso.id, False)
    assert await refused(finish(db, await prove(db, email), account=other)) == "sign_up_known"


async def test_who_was_added_without_a_sign_in_gets_it(db: Database, contoso: Tenant) -> None:
    async with db.transaction(contoso.id) as tx:
        theirs = update(tables.users).where(tables.users.c.id == contoso.people[PETER])
        await tx.execute(theirs.values(account_id=None, usage_location=None))
        closed = update(tables.accounts).where(tables.accounts.c.id == contoso.accounts[PETER])
        await tx.execute(closed.values(closed_at=NOW))
    entrance = await sign_up(db, contoso.email(PETER), country="NO")
    assert entrance.viewer.user_id == contoso.people[PETER]
    (person,) = [row for row in await rows_of(db, contoso.id, "users") if row["id"] == contoso.people[PETER]]
    assert (person["display_name"], person["usage_location"]) == (PETER.name, "NO")


async def test_who_is_blocked_stays_so(db: Database, contoso: Tenant) -> None:
    async with db.transaction(contoso.id) as tx:
        theirs = update(tables.users).where(tables.users.c.id == contoso.people[PETER])
        await tx.execute(theirs.values(blocked_at=NOW, account_id=None))
    async with db.transaction() as tx:
        closed = update(tables.accounts).where(tables.accounts.c.id == contoso.accounts[PETER])
        await tx.execute(closed.values(closed_at=NOW))
    assert await refused(finish(db, await prove(db, contoso.email(PETER)))) == "sign_up_blocked"


async def test_a_guest_of_elsewhere_founds_the_group_of_their_own_domain_with_the_account_they_have(
    db: Database, domain: str
) -> None:
    session = (await finish(db, await prove(db, f"rob@{domain}"))).token or ""
    account = await account_of(db, session)
    async with db.transaction() as tx:  # as if that account had come by an invitation to another tenant
        moved = update(tables.accounts).where(tables.accounts.c.id == account.id)
        await tx.execute(moved.values(email=f"rob@guest.{domain}"))
    account = await account_of(db, session)
    token = await prove(db, account.email)
    sign_up_ = await find_sign_up(db, token=token, now=NOW)
    assert sign_up_ is not None
    assert (await foresee_sign_up(db, sign_up=sign_up_, account=account)).has_account
    done = await finish(db, token, account=account)
    assert await enter(db, token=session, slug=done.slug, language="en", now=NOW) is not None


async def test_terms_have_to_be_accepted(db: Database, contoso: Tenant) -> None:
    await change(db, contoso.id, terms="Be kind.")
    token = await prove(db, f"new@{contoso.domain}")
    assert await refused(finish(db, token)) == "terms_not_accepted"
    await finish(db, token, accepted=True)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", " ", "text_missing"),
        ("name", "\u202eRob", "text_control"),
        ("country", "XX", "country_unknown"),
        ("password", "short", "password_weak"),
    ],
)
async def test_a_wrong_field_leaves_the_sign_up_as_it_was(
    db: Database, domain: str, field: str, value: str, code: str
) -> None:
    token = await prove(db, f"rob@{domain}")
    assert await refused(finish(db, token, **{field: value})) == code
    await finish(db, token)


# The code


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("rob@gmail.com", "sign_up_consumer"),
        ("rob@mail.yahoo.co.uk", "sign_up_consumer"),
        ("rob@mailinator.com", "sign_up_disposable"),
        ("rob@co.uk", "sign_up_shared"),
        ("rob", "address_invalid"),
    ],
)
async def test_some_addresses_are_refused_before_anything_is_mailed(db: Database, address: str, code: str) -> None:
    assert await refused(begin(db, address)) == code


async def test_five_wrong_codes_and_then_even_the_right_one_is_refused(db: Database, domain: str) -> None:
    email = f"rob@{domain}"
    token = await begin(db, email)
    code = (await letter(db, email)).params["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    told = [await refused(prove_address(db, token=token, code=wrong, now=NOW)) for _ in range(TRIES)]
    assert told == ["sign_up_code_wrong"] * (TRIES - 1) + ["sign_up_code_spent"]
    assert await refused(prove_address(db, token=token, code=code, now=NOW)) == "sign_up_code_spent"
    await send_new_code(db, token=token, site="", now=NOW)
    assert await refused(prove_address(db, token=token, code=code, now=NOW)) == "sign_up_code_wrong"
    newest = (await letter(db, email)).params["code"]
    await prove_address(db, token=token, code=f" {newest[:3]} {newest[3:]} ", now=NOW)


async def test_a_code_is_good_for_ten_minutes_and_for_its_own_browser(db: Database, domain: str) -> None:
    email = f"rob@{domain}"
    first, second = await begin(db, email), await begin(db, email)
    code = (await letter(db, email)).params["code"]
    assert await refused(prove_address(db, token=first, code=code, now=NOW)) == "sign_up_code_wrong"
    late = NOW + CODE_LASTS
    assert await refused(prove_address(db, token=second, code=code, now=late)) == "sign_up_code_old"
    await prove_address(db, token=second, code=code, now=late - SECOND)
    await prove_address(db, token=second, code="", now=late)  # another window of the same browser goes on
    assert await refused(prove_address(db, token="nobody's", code=code, now=NOW)) == "sign_up_over"


async def test_a_sign_up_is_done_once_and_over_after_an_hour(db: Database, domain: str) -> None:
    token, late = await prove(db, f"rob@{domain}"), await prove(db, f"sara@{domain}")
    await finish(db, token)
    assert await refused(finish(db, token)) == "sign_up_over"
    assert await refused(prove_address(db, token=token, code="1", now=NOW)) == "sign_up_over"
    assert await find_sign_up(db, token=late, now=NOW + LASTS) is None
    unproven = await begin(db, f"tim@{domain}")
    assert await refused(finish(db, unproven)) == "sign_up_over"


async def test_letters_are_counted_per_sign_up_and_per_address(db: Database, domain: str) -> None:
    token = await begin(db, f"rob@{domain}")
    for _ in range(LETTERS - 1):
        await send_new_code(db, token=token, site="", now=NOW)
    assert await refused(send_new_code(db, token=token, site="", now=NOW)) == "sign_up_letters"
    assert await refused(begin(db, f"ROB@{domain}")) == "sign_in_limited"


# At once


async def test_two_first_people_of_one_domain_make_one_group(
    base: Base, domain: str, open_db: Callable[..., Any]
) -> None:
    crowd = open_db(base.app_url, pool_size=8)
    tokens = [await prove(crowd, f"person{number}@{domain}") for number in range(6)]
    done = await asyncio.gather(*(finish(crowd, token) for token in tokens))
    assert len({one.slug for one in done}) == 1
    entrance = await enter(crowd, token=done[0].token or "", slug=done[0].slug, language="en", now=NOW)
    assert entrance is not None
    assert [row["consumed"] for row in await rows_of(crowd, entrance.tenant.id, "seat_pools")] == [6]
    assert len(await rows_of(crowd, entrance.tenant.id, "subscriptions")) == 1


async def test_one_address_at_once_in_two_browsers_makes_one_account(
    base: Base, domain: str, open_db: Callable[..., Any]
) -> None:
    crowd = open_db(base.app_url, pool_size=8)
    tokens = [await prove(crowd, f"rob@{domain}") for _ in range(2)]
    answers = await asyncio.gather(*(finish(crowd, token) for token in tokens), return_exceptions=True)
    refusals = [one for one in answers if isinstance(one, Refused)]
    assert [one.code for one in refusals] in (["sign_up_known"], ["user_name_taken"])
    assert len(answers) == 2


def test_a_slug_that_is_taken_gets_letters_more(db: Database, run: type_run, domain: str) -> None:
    slug = run(make_tenant(db, domain.replace(".", "-"), CONTOSO[:1], number=False)).slug
    assert run(sign_up(db, f"rob@{domain}")).tenant.slug.startswith(f"{slug}-")
