"""Notices by mail: one letter for each who can do something, of what they see and want, in their language."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from tenantry.commands.mail_notices import mail_notices
from tenantry.commands.own_notices import choose_mailed
from tenantry.domain.notices import AUDIENCE, NoticeKind
from tenantry.domain.viewers import janitor
from tenantry.kit.ids import new_id
from tenantry.kit.money import Money
from tenantry.store.database import Database
from tenantry.store.notices import Notice, end_notice, raise_notices
from tenantry.store.tables import accounts, letters, tenants
from tenantry.words.letters import write
from tests.cast import ADELE, BILL, DAY, LIDIA, NOW, ULLA
from tests.world import Tenant, make_tenant, rows_of

SITE = "https://tenantry.example"
EXPIRED = (NoticeKind.EXPIRED, {"product": "Basic", "disabled_at": NOW + 30 * DAY})
UNPAID = (NoticeKind.PAYMENT_FAILED, {"amount": Money(120000, "DKK")})
AHEAD = (
    NoticeKind.RENEWAL_AHEAD,
    {"product": "Basic", "renews_at": NOW + 30 * DAY, "amount": Money(120000, "DKK"), "seats": 5},
)
SHORT = (NoticeKind.CONFLICT, {"product": "Basic", "short": 2})


async def tell(db: Database, tenant: Tenant, *news: tuple[NoticeKind, dict[str, object]]) -> list[UUID]:
    raised = [Notice(tenant.id, kind, AUDIENCE[kind], new_id(), params) for kind, params in news]
    async with db.transaction(tenant.id) as tx:
        await raise_notices(tx, raised, NOW)
    return [one.subject_id for one in raised]


async def mailed(db: Database, tenant: Tenant) -> dict[str, list[str]]:
    """Who of the tenant was written to, and of what kinds."""
    mine = select(letters.c.recipient, letters.c.params).where(letters.c.recipient.endswith(tenant.domain))
    async with db.transaction() as tx:
        return {to: [one["kind"] for one in params["notices"]] for to, params in await tx.execute(mine)}


async def mail(db: Database, tenant: Tenant, later: timedelta = timedelta()) -> int:
    return await mail_notices(db, janitor(tenant.id), site=SITE, now=NOW + later)


async def test_each_gets_one_letter_of_what_their_roles_can_do_something_about(db: Database) -> None:
    tenant = await make_tenant(db)
    await tell(db, tenant, EXPIRED, UNPAID, SHORT)
    assert await mail(db, tenant) == 4
    everything = ["expired", "payment_failed", "conflict"]
    assert await mailed(db, tenant) == {
        tenant.email(ADELE): everything,
        tenant.email(BILL): everything,
        tenant.email(LIDIA): ["conflict"],
        tenant.email(ULLA): ["conflict"],
    }


async def test_nothing_is_mailed_twice_and_what_comes_later_waits_unless_it_is_urgent(db: Database) -> None:
    tenant = await make_tenant(db, who=(ADELE,))
    await tell(db, tenant, EXPIRED)
    assert await mail(db, tenant) == 1
    await tell(db, tenant, AHEAD)
    assert await mail(db, tenant, timedelta(hours=19)) == 0
    assert await mail(db, tenant, timedelta(hours=20)) == 1
    await tell(db, tenant, UNPAID)
    assert await mail(db, tenant, timedelta(hours=20, minutes=59)) == 0
    assert await mail(db, tenant, timedelta(hours=21)) == 1
    assert await mail(db, tenant, 3 * DAY) == 0


async def test_what_is_over_before_the_letter_is_mailed_to_nobody(db: Database) -> None:
    tenant = await make_tenant(db, who=(ADELE,))
    (subject,) = await tell(db, tenant, EXPIRED)
    async with db.transaction(tenant.id) as tx:
        await end_notice(tx, NoticeKind.EXPIRED, subject, NOW)
    assert await mail(db, tenant) == 0


async def test_who_does_not_want_a_kind_by_mail_gets_the_others(db: Database) -> None:
    tenant = await make_tenant(db, who=(ADELE, BILL))
    offered = (NoticeKind.EXPIRED, NoticeKind.CONFLICT)
    await choose_mailed(db, tenant.viewer(ADELE), offered=offered, mailed=[NoticeKind.CONFLICT])
    await choose_mailed(db, tenant.viewer(BILL), offered=tuple(NoticeKind), mailed=[])
    await tell(db, tenant, EXPIRED, UNPAID)
    assert await mail(db, tenant) == 1
    assert await mailed(db, tenant) == {tenant.email(ADELE): ["payment_failed"]}


async def test_the_technical_contact_is_told_what_breaks_in_the_language_of_the_organization(db: Database) -> None:
    tenant = await make_tenant(db, who=(ADELE,))
    contact = f"alarm@{tenant.domain}"
    async with db.transaction(tenant.id) as tx:
        await tx.execute(update(tenants).values(technical_contact=contact, language="da"))
    await tell(db, tenant, UNPAID, SHORT)
    assert await mail(db, tenant) == 2
    assert (await mailed(db, tenant))[contact] == ["conflict"]


async def test_the_letter_is_in_the_language_of_its_reader_and_leads_to_the_place(db: Database) -> None:
    tenant = await make_tenant(db, who=(ADELE,))
    async with db.transaction() as tx:
        await tx.execute(update(accounts).where(accounts.c.id == tenant.accounts[ADELE]).values(language="nb"))
    (subject,) = await tell(db, tenant, UNPAID)
    await mail(db, tenant)
    async with db.transaction() as tx:
        mine = select(letters.c.language, letters.c.params).where(letters.c.recipient == tenant.email(ADELE))
        language, params = (await tx.execute(mine)).one()
    assert language == "nb"
    letter = write("notices", "en", params)
    assert f"{SITE}/t/{tenant.slug}/billing/methods" in letter.text
    assert "DKK 1,200.00" in letter.text.replace("\xa0", " ")
    assert str(subject) not in letter.text


async def test_a_notice_of_a_support_access_that_ran_out_is_over(db: Database) -> None:
    tenant = await make_tenant(db, who=(ADELE,))
    about = {"name": "Olga", "reason": "help", "ends_at": NOW + timedelta(hours=1)}
    await tell(db, tenant, (NoticeKind.SUPPORT_OPENED, about))
    assert await mail(db, tenant, timedelta(hours=2)) == 0
    (row,) = await rows_of(db, tenant.id, "notices")
    assert row["ended_at"] == NOW + timedelta(hours=2)
