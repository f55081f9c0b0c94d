"""What a new admin does next: writing to the others, and a quick-start page that is shared by mail or by link."""

import re
from collections.abc import Iterable
from html import unescape

import pytest

from tenantry.commands.assign_licenses import assign_licenses
from tenantry.domain.licenses import Wish
from tenantry.domain.quick_start import is_safe
from tenantry.domain.selections import Selection
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.words.letters import write
from tests.cast import ADELE, BASIC, CONTOSO, LIDIA, NORA, NOW, PETER
from tests.web.conftest import Desk, type_browse, words
from tests.world import Tenant, make_pool, rows_of

PAGE = {
    "section-0-title": "Sign in",
    "section-0-text": "As before.\r\n\r\nAsk <b>Adele</b>.",
    "computer-0-name": "Meetings",
    "computer-0-address": "https://apps.example/desktop",
    "phone-1-name": "Meetings to go",
    "phone-1-address": "https://apps.example/phone",
}


def hidden(text: str, name: str) -> str:
    return unescape(re.findall(rf'name="{name}" value="([^"]*)"', text)[-1])


async def letters(db: Database, tenant: Tenant, kind: str) -> list[dict[str, object]]:
    """Those to the people of this tenant: letters belong to none."""
    own = {tenant.email(who) for who in CONTOSO}
    return [row for row in await rows_of(db, tenant.id, "letters") if row["kind"] == kind and row["recipient"] in own]


async def save(desk: Desk, **more: str) -> None:
    page = await desk.get("/quick-start")
    saved = await desk.post("/quick-start", PAGE | more | {"seen": hidden(page.text, "seen")})
    assert saved.status_code == 303, words(saved)


async def test_a_letter_is_seen_before_it_goes_and_each_of_the_others_gets_one(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get("/next/contact")
        assert contoso.email(PETER) in page.text
        assert contoso.email(ADELE) not in re.findall(r'data-copy="([^"]*)"', page.text)[0]
        form = {"subject": "Hello", "text": "First.\r\n\r\nSecond <b>."}
        preview = await desk.post("/next/contact", form)
        assert f"{len(CONTOSO) - 1} people get it" in words(preview)
        assert await letters(db, contoso, "from_admin") == []
        sent = form | {name: hidden(preview.text, name) for name in ("key", "expected")} | {"send": "1"}
        assert (await desk.post("/next/contact", sent)).status_code == 303
        assert (await desk.post("/next/contact", sent)).status_code == 303  # twice clicked
        few = await desk.post("/next/contact", sent | {"key": "other", "expected": "1"})
        assert few.status_code == 409
    kept = await letters(db, contoso, "from_admin")
    assert len(kept) == len(CONTOSO) - 1
    letter = write("from_admin", "en", kept[0]["params"])  # type: ignore[arg-type]
    assert letter.subject == "Hello"
    assert "First.\n\nSecond <b>." in letter.text
    assert "Second &lt;b&gt;." in letter.html
    assert contoso.email(ADELE) in letter.text


async def test_an_empty_letter_and_one_too_many_are_not_sent(
    db: Database, contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, ADELE) as desk:
        assert (await desk.post("/next/contact", {"subject": " ", "text": "x"})).status_code == 422
        form = {"subject": "Hello", "text": "x", "send": "1", "expected": str(len(CONTOSO) - 1)}
        answers = [(await desk.post("/next/contact", form)).status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]
    assert len(await letters(db, contoso, "from_admin")) == 10 * (len(CONTOSO) - 1)


async def test_the_quick_start_page_is_read_by_who_has_its_link_and_by_nobody_once_there_is_another(
    contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, ADELE) as desk:
        await save(desk)
        edit = await desk.get("/quick-start")
        link = re.findall(r'data-copy="[^"]*(/start/[^"]*)"', edit.text)[0]
        desk.client.cookies.clear()
        page = await desk.client.get(link)
        assert page.status_code == 200
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "As before." in words(page)
        assert "Ask &lt;b&gt;Adele&lt;/b&gt;." in page.text
        assert 'href="https://apps.example/desktop"' in page.text
        assert (await desk.client.get(link[:-1])).status_code == 404
    async with browse(contoso, ADELE) as desk:
        await desk.post("/quick-start", {"renew": "1"})
        assert (await desk.client.get(link)).status_code == 404


async def test_a_page_that_somebody_else_changed_and_a_bad_link_are_not_saved(
    contoso: Tenant, browse: type_browse
) -> None:
    async with browse(contoso, ADELE) as desk:
        bad = await desk.post("/quick-start", PAGE | {"seen": "", "computer-0-address": "javascript:alert(1)"})
        assert bad.status_code == 422
        assert "A link has to begin with https://" in words(bad)
        assert 'value="javascript:alert(1)"' in bad.text
        await save(desk)
        assert (await desk.post("/quick-start", PAGE | {"seen": ""})).status_code == 409


async def test_the_page_is_shared_with_those_whom_an_assignment_gave_licenses(
    db: Database, house: House, contoso: Tenant, browse: type_browse
) -> None:
    await make_pool(db, contoso.id, BASIC, 5)
    given = await assign_licenses(
        db,
        contoso.viewer(LIDIA),
        selection=Selection(ids=contoso.ids(PETER, ADELE)),
        wish=Wish(assign={BASIC.sku_id: frozenset()}),
        all_or_none=True,
        now=NOW,
    )
    place = f"/quick-start/share?operation={given.operation_id}"
    async with browse(contoso, LIDIA) as desk:
        assert place in unescape((await desk.get(f"/operations/{given.operation_id}")).text)
        assert "There is no quick-start page yet" in words(await desk.get(place))
    async with browse(contoso, ADELE) as desk:
        await save(desk)
    async with browse(contoso, LIDIA) as desk:
        page = await desk.get(place)
        assert "2 people get the link by mail" in words(page)
        form = {name: hidden(page.text, name) for name in ("key", "expected", "operation")}
        assert (await desk.post("/quick-start/share", form)).status_code == 303
        assert (await desk.get("/quick-start/share")).status_code == 403  # everybody: only an admin of everything
    sent = await letters(db, contoso, "quick_start")
    assert sorted(str(row["recipient"]) for row in sent) == sorted(contoso.email(who) for who in (PETER, ADELE))
    assert str(sent[0]["params"]["link"]).startswith(f"{house.settings.address}/start/")  # type: ignore[index]
    assert contoso.email(NORA) not in [row["recipient"] for row in sent]


SAFE = ("https://apps.example", "https://apps.example/a?b=c#d", "https://apps.example:443/x")
UNSAFE = (
    "http://apps.example",
    "https://localhost/x",
    "https://good.example@evil.example",
    "https://apps.example:8443",
    'https://apps.example/"><script>',
    "//apps.example",
    "javascript:alert(1)",
    "https://аpps.example",
    "https:/apps",
    "https://apps.example:x",
    "",
)


@pytest.mark.parametrize(("addresses", "safe"), [(SAFE, True), (UNSAFE, False)])
def test_only_addresses_of_the_web_are_links(addresses: Iterable[str], safe: bool) -> None:
    assert [one for one in addresses if is_safe(one) is not safe] == []
