"""How events reach the vendor's app: some at a time, posted at once, and what was answered is written down."""

import asyncio
import logging
import time
from datetime import datetime, timedelta

import httpx

from tenantry.clients.webhooks import NotTaken, open_post, post
from tenantry.commands.send_events import Answer, note_answers, take_events
from tenantry.domain.events import Event, Target, envelope, target_of
from tenantry.kit.errors import Refused
from tenantry.queries.events import tenants_to_tell
from tenantry.queries.house import House

AT_ONCE = 16  # events under way
log = logging.getLogger("tenantry.jobs")


async def tell_apps(house: House, *, now: datetime) -> None:
    """Posts every event that is due. Where so many in a row are not taken, the app is away, and the others wait.

    Without a target events are kept; with one that makes no sense too, and the doctor says so.
    """
    settings, begun = house.settings, time.monotonic()
    if not settings.events_url:
        return
    try:
        target = target_of(settings.events_url, settings.events_secret)
    except Refused as refused:
        log.error("events are not sent: %s is wrong", refused.params["name"])
        return
    lost, due = 0, await tenants_to_tell(house, now=now)
    if not due:
        return
    async with open_post() as client:
        for tenant_id in due:
            while events := await take_events(house.db, tenant_id=tenant_id, most=AT_ONCE, now=_after(now, begun)):
                at = _after(now, begun)  # what is signed is good for some minutes
                tries = (_try(client, target, event, settings.address, at) for event in events)
                answers = await asyncio.gather(*tries)
                await note_answers(house.db, tenant_id=tenant_id, answers=answers, now=at)
                lost = 0 if any(answer.taken for answer in answers) else lost + len(answers)
                if lost >= AT_ONCE:
                    return


def _after(now: datetime, begun: float) -> datetime:
    return now + timedelta(seconds=time.monotonic() - begun)


async def _try(client: httpx.AsyncClient, target: Target, event: Event, source: str, now: datetime) -> Answer:
    try:
        return Answer(event.id, await post(client, target, envelope(event, source), now=now), taken=True)
    except NotTaken as error:
        log.warning("an event was not taken", extra={"event": str(event.id), "said": str(error), "last": event.last})
        return Answer(event.id, str(error), taken=False)
