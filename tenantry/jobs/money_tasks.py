"""What can be put off of payments, cards and credits; the names are of one list with those of `jobs.tasks`."""

from datetime import timedelta
from uuid import UUID

from tenantry.commands.mail_invoices import mail_invoices as write_invoices
from tenantry.commands.take_stripe_event import forget_stripe_events as forget
from tenantry.commands.use_credits import use_credits as use
from tenantry.domain.viewers import janitor
from tenantry.jobs import cards, money
from tenantry.jobs.frame import Job, task
from tenantry.queries.billing_due import tenants_with_credit, tenants_with_unmailed_invoices

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PATIENCE = (MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, 18 * HOUR)  # with a payment provider that does not answer
WAITED_FOR = (timedelta(seconds=5), timedelta(seconds=30), MINUTE)  # somebody looks at a page


@task(*PATIENCE)
async def look_at_payment(job: Job, *, tenant_id: str, payment_id: str, give_up: int = 0) -> None:
    ids = {"tenant_id": UUID(tenant_id), "payment_id": UUID(payment_id)}
    await money.look(job.house, **ids, give_up=bool(give_up), now=job.now)


@task(*PATIENCE)
async def look_at_refund(job: Job, *, tenant_id: str, refund_id: str) -> None:
    await money.look_at_refund(job.house, tenant_id=UUID(tenant_id), refund_id=UUID(refund_id), now=job.now)


@task(*WAITED_FOR)
async def open_card_page(job: Job, *, tenant_id: str, setup_id: str) -> None:
    ids = {"tenant_id": UUID(tenant_id), "setup_id": UUID(setup_id)}
    await cards.open_page(job.house, **ids, give_up=job.attempt > len(WAITED_FOR), now=job.now)


@task(*PATIENCE)
async def look_at_card(job: Job, *, tenant_id: str, setup_id: str) -> None:
    await cards.look(job.house, tenant_id=UUID(tenant_id), setup_id=UUID(setup_id), now=job.now)


@task(*PATIENCE)
async def forget_card(job: Job, *, tenant_id: str, method_id: str) -> None:
    await cards.forget(job.house, tenant_id=UUID(tenant_id), method_id=UUID(method_id))


@task(MINUTE, 10 * MINUTE)
async def use_credit(job: Job, *, tenant_id: str) -> None:
    for tenant in await tenants_with_credit(job.house, now=job.now, only=UUID(tenant_id)):
        await use(job.house.db, janitor(tenant.id), now=tenant.now)


# On the timetable


@task()
async def use_credits(job: Job) -> None:
    for tenant in await tenants_with_credit(job.house, now=job.now):
        await use(job.house.db, janitor(tenant.id), now=tenant.now)


@task()
async def mail_invoices(job: Job) -> None:
    for tenant in await tenants_with_unmailed_invoices(job.house, now=job.now):
        await write_invoices(job.house.db, janitor(tenant.id), site=job.house.settings.address, now=job.now)


@task()
async def forget_stripe_events(job: Job) -> None:
    await forget(job.house.db, now=job.now)
