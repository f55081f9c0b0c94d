"""What can be put off, by the names that `store.queue.defer` and the timetable know: each makes one call in."""

from datetime import timedelta
from uuid import UUID

from tenantry.commands import own_password
from tenantry.commands.delete_tenant import purge_tenant
from tenantry.commands.long_operations import sweep_long_operations, take_up
from tenantry.commands.mail_notices import mail_notices as write_notices
from tenantry.commands.pay_again import chase_payments as chase
from tenantry.commands.run_meetings import remind_of_meetings as remind
from tenantry.commands.run_meetings import sweep_meetings as take_lost_out
from tenantry.commands.send_events import forget_events as forget
from tenantry.commands.send_letters import take_up_letters
from tenantry.commands.sweep_sessions import sweep_sessions as sweep
from tenantry.commands.watch_conflicts import watch_conflicts as watch
from tenantry.domain.viewers import janitor
from tenantry.jobs import domains, dues, events, long, money, post
from tenantry.jobs.due_subscriptions import run_due_subscriptions
from tenantry.jobs.frame import Job, task
from tenantry.queries.due import tenants_to_purge
from tenantry.queries.due_conflicts import living_tenants, tenants_in_conflict
from tenantry.queries.due_meetings import tenants_to_remind, tenants_with_lost_attendees
from tenantry.queries.due_tenants import tenants_to_end
from tenantry.queries.payments import tenants_to_chase
from tenantry.queries.unmailed import tenants_to_mail
from tenantry.queries.waiting import lost_operations, tenants_to_sweep

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PATIENCE = (MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, 18 * HOUR)  # with a payment provider that does not answer


@task(MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, 18 * HOUR)  # six tries in a day
async def send_letter(job: Job, *, letter_id: str) -> None:
    await post.deliver(job.house, letter_id=UUID(letter_id), now=job.now)


@task(MINUTE, MINUTE, 5 * MINUTE)
async def run_long_operation(job: Job, *, tenant_id: str, operation_id: str) -> None:
    await long.run(job, tenant_id=UUID(tenant_id), operation_id=UUID(operation_id))


@task(MINUTE, 10 * MINUTE)
async def send_reset_link(job: Job, *, email: str, language: str) -> None:
    site = job.house.settings.address
    await own_password.send_reset_link(job.house.db, email=email, language=language, site=site, now=job.now)


@task(*PATIENCE)
async def charge_payment(job: Job, *, tenant_id: str, payment_id: str) -> None:
    ids = {"tenant_id": UUID(tenant_id), "payment_id": UUID(payment_id)}
    await money.charge(job.house, **ids, last=job.attempt > len(PATIENCE), now=job.now)


@task(*PATIENCE)
async def refund_payment(job: Job, *, tenant_id: str, payment_id: str) -> None:
    await money.refund(job.house, tenant_id=UUID(tenant_id), payment_id=UUID(payment_id), now=job.now)


@task(MINUTE, 10 * MINUTE)
async def follow_clock(job: Job, *, tenant_id: str) -> None:
    await dues.follow_clock(job.house, UUID(tenant_id), now=job.now)


@task(MINUTE)
async def check_domain(job: Job, *, tenant_id: str, name: str) -> None:
    await domains.look_at(job.house, tenant_id=UUID(tenant_id), name=name, now=job.now)


# On the timetable


@task()
async def take_up_lost_letters(job: Job) -> None:
    if job.house.settings.smtp_url or job.house.settings.demo_mailbox:
        await take_up_letters(job.house.db, now=job.now)


@task()
async def take_up_lost_operations(job: Job) -> None:
    for tenant_id, operation_id in await lost_operations(job.house.jobs):
        await take_up(job.house.db, tenant_id=tenant_id, operation_id=operation_id)


@task()
async def send_events(job: Job) -> None:
    await events.tell_apps(job.house, now=job.now)


@task()
async def forget_events(job: Job) -> None:
    await forget(job.house.jobs, now=job.now)


@task()
async def sweep_meetings(job: Job) -> None:
    for tenant_id, now in await tenants_with_lost_attendees(job.house, now=job.now):
        await take_lost_out(job.house.db, tenant_id=tenant_id, now=now)


@task()
async def remind_of_meetings(job: Job) -> None:
    for tenant_id, now in await tenants_to_remind(job.house, now=job.now):
        await remind(job.house.db, tenant_id=tenant_id, site=job.house.settings.address, now=now)


@task()
async def sweep_files(job: Job) -> None:
    for tenant_id, now in await tenants_to_sweep(job.house, now=job.now):
        await sweep_long_operations(job.house.db, janitor(tenant_id), now=now)


@task()
async def purge_people(job: Job) -> None:
    for tenant_id, now in await tenants_to_purge(job.house, now=job.now):
        await dues.end_people(job.house, tenant_id, now=now)


@task()
async def purge_tenants(job: Job) -> None:
    for tenant_id, now in await tenants_to_end(job.house, now=job.now):
        await purge_tenant(job.house.db, janitor(tenant_id), now=now)


@task()
async def watch_conflicts(job: Job) -> None:
    for tenant_id, now in await tenants_in_conflict(job.house, now=job.now):
        await watch(job.house.db, janitor(tenant_id), now=now)


@task()
async def purge_data(job: Job) -> None:
    for tenant_id, now in await living_tenants(job.house, now=job.now):
        await dues.end_data(job.house, tenant_id, now=now)


@task()
async def mail_notices(job: Job) -> None:
    for tenant_id, now in await tenants_to_mail(job.house, now=job.now):
        await write_notices(job.house.db, janitor(tenant_id), site=job.house.settings.address, now=now)


@task()
async def run_subscriptions(job: Job) -> None:
    await run_due_subscriptions(job.house, now=job.now)


@task()
async def sweep_sessions(job: Job) -> None:
    await sweep(job.house.db, now=job.now)


@task()
async def chase_payments(job: Job) -> None:
    for tenant in await tenants_to_chase(job.house, now=job.now):
        await chase(job.house.db, janitor(tenant.id), now=tenant.now)


@task()
async def look_at_domains(job: Job) -> None:
    await domains.look_at_due(job.house, now=job.now)
