"""Mail domains that nobody signs up with: looked for, added, removed."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.manage_doors import block_mail_domain, unblock_mail_domain
from tenantry.domain.mail_domains import MailDomain, parse_kind
from tenantry.kit.errors import Kind, Refused
from tenantry.queries.operator_doors import list_mail_domains
from tenantry.web.answers import address
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/mail-domains"


@get("/mail-domains")
async def mail_domains(visit: Visit, q: str = "", after: str = "") -> Response[Any]:
    return await _show(visit, q[:100], after[:300])


async def _show(
    visit: Visit, q: str = "", after: str = "", typed: dict[str, str] | None = None, refused: Refused | None = None
) -> Response[Any]:
    """typed, refused: of a form that did not go through."""
    limit = visit.own.page_rows
    page = await list_mail_domains(
        visit.house, operator(visit), q=q.replace("\0", ""), after=after.replace("\0", ""), limit=limit
    )
    say = visit.speech.say
    kinds = {MailDomain.CONSUMER: say("Private mail"), MailDomain.DISPOSABLE: say("Throwaway mail")}
    return operator_page(
        visit,
        "operator/mail_domains.html",
        title=say("Mail domains"),
        status=STATUS[refused.kind] if refused else 200,
        rows=[(row.name, kinds[MailDomain(row.kind)]) for row in page.rows],
        kinds=[(kind.value, label) for kind, label in kinds.items()],
        typed={"name": "", "kind": MailDomain.CONSUMER.value, **(typed or {})},
        errors={refused.field or "": visit.speech.refused(refused)} if refused else {},
        q=q,
        first=address(PLACE, q=q) if after else None,
        next=address(PLACE, q=q, after=page.next) if page.next else None,
        place=PLACE,
    )


@post("/mail-domains")
async def block(visit: Visit, data: type_form) -> Response[Any]:
    name, kind = data.get("name", "").strip().lower()[:300], parse_kind(data.get("kind", ""))
    try:
        if kind is None:
            raise Refused("form_stale", Kind.INVALID)
        await block_mail_domain(visit.house.db, operator(visit), name=name, kind=kind, now=visit.now)
    except Refused as refused:
        return await _show(visit, typed={"name": name}, refused=refused)
    said = visit.speech.say("Nobody signs up with %(domain)s any more.", domain=name)
    return go(address(PLACE, q=name), toast={"kind": "ok", "text": said})


@post("/mail-domains/remove")
async def unblock(visit: Visit, data: type_form) -> Response[Any]:
    name = data.get("name", "")[:300].replace("\0", "")
    await unblock_mail_domain(visit.house.db, operator(visit), name=name, now=visit.now)
    said = visit.speech.say("People may sign up with %(domain)s again.", domain=name)
    return go(PLACE, toast={"kind": "ok", "text": said})


HANDLERS = [mail_domains, block, unblock]
