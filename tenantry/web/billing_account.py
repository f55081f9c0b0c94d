"""The billing account: who pays, as the law knows them."""

from dataclasses import fields
from typing import Any

from litestar import Response, get, post

from tenantry.commands.manage_billing import save_billing_account
from tenantry.domain.billing_account import BillingAccount, mark_of
from tenantry.domain.roles import Permission
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.billing_account import read_billing_account
from tenantry.web.answers import onward
from tenantry.web.errors import STATUS
from tenantry.web.visit import Visit
from tenantry.words.speech import Speech

PLACE = "/billing/account"


@get(PLACE)
async def billing_account(visit: Visit) -> Response[Any]:
    return await _show(visit)


async def _show(visit: Visit, *, typed: BillingAccount | None = None, refused: Refused | None = None) -> Response[Any]:
    """The page; `typed`: what was refused, kept as it was typed."""
    seen = await read_billing_account(visit.house.db, visit.viewer)
    say, speech = visit.speech.say, visit.speech
    return visit.page(
        "billing/account.html",
        title=say("Billing account"),
        crumbs=[(say("Billing"), None), (say("Billing account"), None)],
        status=STATUS[refused.kind] if refused else 200,
        place=f"{visit.home}{PLACE}",
        stored=seen.stored,
        typed=typed or seen.start,
        known=mark_of(seen.stored),
        errors={refused.field: speech.refused(refused)} if refused and refused.field else {},
        stale=speech.refused(refused) if refused and not refused.field else "",
        facts=_facts(seen.stored, speech) if seen.stored else [],
        countries=speech.countries,
        currency=seen.currency,
        may_change=visit.viewer.can(Permission.BILLING_CHANGE),
    )


def _facts(account: BillingAccount, speech: Speech) -> list[tuple[str, str]]:
    """The account for those who only look."""
    say = speech.say
    named = [
        (say("Legal name"), account.legal_name),
        (say("Street"), account.street),
        (say("Postal code"), account.postal_code),
        (say("City"), account.city),
        (say("Country"), speech.country(account.country)),
        (say("VAT number"), account.vat_number),
        (say("E-mail for invoices"), account.email),
        (say("Purchase order number"), account.po_number),
    ]
    return [(label, value) for label, value in named if value]


@post(PLACE)
async def save_account(visit: Visit) -> Response[Any]:
    form = await visit.request.form()
    account = BillingAccount(**{one.name: str(form.get(one.name, "")).strip()[:2000] for one in fields(BillingAccount)})
    seen = str(form.get("seen", ""))[:40]
    try:
        await save_billing_account(visit.house.db, visit.viewer, account=account, seen=seen, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.DENIED:
            raise
        return await _show(visit, typed=account, refused=refused)
    return onward(visit, f"{visit.home}{PLACE}", toast=visit.speech.say("Billing account saved"))


HANDLERS = [billing_account, save_account]
