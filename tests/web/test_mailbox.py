"""The demo’s mailbox: there in the demo and nowhere else, and what is in a letter stays text."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from sqlalchemy import insert

from tenantry.kit.ids import new_id
from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.tables import letters
from tenantry.web import create_app
from tests.cast import NOW
from tests.conftest import Base
from tests.web.conftest import words

type_open = Callable[..., AbstractAsyncContextManager[AsyncTestClient[Litestar]]]


@pytest.fixture
def house(own: Base, make_house: Callable[[Base], House]) -> House:
    return make_house(own)


@pytest.fixture
def opened(house: House) -> type_open:
    @asynccontextmanager
    async def open_(*, demo: bool) -> AsyncIterator[AsyncTestClient[Litestar]]:
        shown = replace(house, settings=replace(house.settings, demo_mailbox=demo))
        async with AsyncTestClient(create_app(shown)) as client:
            yield client

    return open_


async def make_letter(db: Database, subject: str, body: str) -> str:
    letter_id = new_id()
    row = {"id": letter_id, "kind": "password_reset", "recipient": "peter@contoso.example", "language": "da"}
    async with db.transaction() as tx:
        told = {"params": {}, "made_at": NOW, "sent_at": NOW, "subject": subject, "body": body}
        await tx.execute(insert(letters).values(row | told))
    return f"/mailbox/{letter_id}"


async def test_letters_are_listed_and_their_links_lead_on(house: House, opened: type_open) -> None:
    place = await make_letter(house.db, "Vælg en ny adgangskode", "Here: http://localhost/reset/abc?x=1&y=2\n\nBye")
    async with opened(demo=True) as client:
        box, letter, sign_in = [await client.get(path) for path in ("/mailbox", place, "/sign-in")]
    assert "Vælg en ny adgangskode peter@contoso.example" in words(box)
    assert f'href="{place}"' in box.text
    assert 'href="http://localhost/reset/abc?x=1&amp;y=2"' in letter.text
    assert 'lang="da"' in letter.text
    assert 'href="/mailbox"' in sign_in.text


async def test_nothing_in_a_letter_becomes_markup(house: House, opened: type_open) -> None:
    place = await make_letter(
        house.db, "<b>x</b>", '<script>alert(1)</script> http://a.example/"onclick="x javascript:y'
    )
    async with opened(demo=True) as client:
        pages = [(await client.get(path)).text for path in ("/mailbox", place)]
    assert all("<b>x" not in page and "<script>alert" not in page for page in pages)
    assert '"onclick=' not in pages[1]
    assert 'href="javascript' not in pages[1]


async def test_an_empty_mailbox_says_how_a_letter_comes(opened: type_open) -> None:
    async with opened(demo=True) as client:
        assert "No letters yet" in words(await client.get("/mailbox"))
        assert (await client.get(f"/mailbox/{new_id()}")).status_code == 404


async def test_without_the_demo_there_is_no_mailbox(house: House, opened: type_open) -> None:
    place = await make_letter(house.db, "x", "y")
    async with opened(demo=False) as client:
        box, letter, sign_in = [await client.get(path) for path in ("/mailbox", place, "/sign-in")]
    assert [box.status_code, letter.status_code] == [404, 404]
    assert "/mailbox" not in sign_in.text
