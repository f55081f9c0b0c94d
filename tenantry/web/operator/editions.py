"""Editions: what is on where, terms, the community, and numbers to call."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from tenantry.commands.manage_editions import add_support_phone, choose_edition, remove_support_phone, save_edition
from tenantry.domain.editions import Edition, Feature
from tenantry.kit.errors import Kind, Refused
from tenantry.kit.ids import parse_id
from tenantry.queries.operator_editions import PhoneRow, list_editions, read_edition
from tenantry.web.errors import STATUS
from tenantry.web.operator.frame import HOME, operator, operator_page
from tenantry.web.pages import go
from tenantry.web.visit import Visit
from tenantry.words.editions import FEATURES

type_form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PLACE = f"{HOME}/editions"
NEW = Edition("", "")


@get("/editions")
async def editions(visit: Visit) -> Response[Any]:
    rows, speech = await list_editions(visit.house, operator(visit)), visit.speech
    return operator_page(
        visit,
        "operator/editions.html",
        title=speech.say("Editions"),
        rows=[
            (
                one.edition,
                f"{PLACE}/{one.edition.code}",
                speech.all_of(speech.say(FEATURES[word][0]) for word in Feature if word in one.edition.features) or "–",
                speech.number(one.tenants),
                speech.number(one.phones),
            )
            for one in rows
        ],
        place=PLACE,
    )


@get("/editions/add")
async def new(visit: Visit) -> Response[Any]:
    return _form(visit, NEW, is_new=True)


@post("/editions/add")
async def add(visit: Visit, data: type_form) -> Response[Any]:
    wish = _typed(data.get("code", "").strip().lower()[:100], data)
    try:
        await save_edition(visit.house.db, operator(visit), edition=wish, is_new=True, now=visit.now)
    except Refused as refused:
        return _form(visit, wish, is_new=True, refused=refused)
    return go(f"{PLACE}/{wish.code}", toast={"kind": "ok", "text": visit.speech.say("The edition is saved.")})


def _typed(code: str, data: dict[str, str]) -> Edition:
    on = frozenset(one for one in Feature if one.value in data)
    return Edition(
        code, data.get("name", "")[:300], on, data.get("community", "")[:1000], data.get("terms", "")[:40_000]
    )


@get("/editions/{code:str}")
async def edition(visit: Visit, code: str) -> Response[Any]:
    return await _show(visit, code)


async def _show(
    visit: Visit,
    code: str,
    wish: Edition | None = None,
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    """One edition. wish, typed: of the form that did not go through, the edition's or a number's."""
    kept, phones = await read_edition(visit.house, operator(visit), code=code)
    return _form(visit, wish or kept, is_new=False, name=kept.name, phones=phones, refused=refused, typed=typed)


def _form(
    visit: Visit,
    wish: Edition,
    *,
    is_new: bool,
    name: str = "",
    phones: tuple[PhoneRow, ...] = (),
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
) -> Response[Any]:
    speech = visit.speech
    say = speech.say
    return operator_page(
        visit,
        "operator/edition.html",
        title=say("New edition") if is_new else name,
        crumbs=[(say("Editions"), PLACE)],
        status=STATUS[refused.kind] if refused else 200,
        wish=wish,
        is_new=is_new,
        features=[(one.value, *(say(text) for text in FEATURES[one]), one in wish.features) for one in Feature],
        phones=[(one.id, speech.country(one.country), one.phone, one.hours or say("Day and night")) for one in phones],
        typed={"country": "", "phone": "", "hours": "", **(typed or {})},
        countries=speech.countries,
        errors={refused.field or "": speech.refused(refused)} if refused else {},
        place=f"{PLACE}/add" if is_new else f"{PLACE}/{wish.code}",
    )


@post("/editions/{code:str}")
async def save(visit: Visit, code: str, data: type_form) -> Response[Any]:
    wish = _typed(code, data)
    try:
        await save_edition(visit.house.db, operator(visit), edition=wish, is_new=False, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.MISSING or refused.field == "code":
            raise Refused("edition_missing", Kind.MISSING) from refused
        return await _show(visit, code, wish, refused)
    return go(f"{PLACE}/{code}", toast={"kind": "ok", "text": visit.speech.say("The edition is saved.")})


@post("/editions/{code:str}/phones")
async def add_phone(visit: Visit, code: str, data: type_form) -> Response[Any]:
    """A number more; with `remove`, one less."""
    typed = {name: data.get(name, "")[:200] for name in ("country", "phone", "hours")}
    gone = parse_id(data.get("remove", ""))
    try:
        if gone is not None:
            await remove_support_phone(visit.house.db, operator(visit), edition=code, phone_id=gone, now=visit.now)
        else:
            await add_support_phone(visit.house.db, operator(visit), edition=code, **typed, now=visit.now)
    except Refused as refused:
        if refused.kind is Kind.MISSING:
            raise
        return await _show(visit, code, refused=refused, typed=typed)
    say = visit.speech.say
    said = say("The number is removed.") if gone is not None else say("The number is added.")
    return go(f"{PLACE}/{code}", toast={"kind": "ok", "text": said})


@post("/tenants/{tenant_id:uuid}/edition")
async def choose(visit: Visit, tenant_id: UUID, data: type_form) -> Response[Any]:
    """The edition of an organization."""
    code = data.get("edition", "")[:100]
    await choose_edition(visit.house.db, operator(visit), tenant_id=tenant_id, edition=code, now=visit.now)
    said = visit.speech.say("The edition is chosen.")
    return go(f"{HOME}/tenants/{tenant_id}", toast={"kind": "ok", "text": said})


HANDLERS = [editions, new, add, edition, save, add_phone, choose]
