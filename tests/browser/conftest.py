"""A real browser before a real server: pages as people see them."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest
from anyio import create_task_group
from anyio.from_thread import BlockingPortal
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import insert

from tenantry.queries.house import House
from tenantry.store.database import Database
from tenantry.store.sessions import token_hash
from tenantry.store.tables import sessions
from tenantry.web import create_app
from tenantry.web.visit import LANGUAGE, SESSION, THEME
from tests.cast import Character
from tests.conftest import chromium
from tests.world import Tenant, make_tenant

# A color on its way from one theme to the other is none of either.
DARK = """() => {
    const still = new CSSStyleSheet();
    still.replaceSync("* { transition: none !important }");
    document.adoptedStyleSheets = [still];
    document.documentElement.dataset.bsTheme = "dark";
}"""
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
QUIET = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def site(house: House, portal: BlockingPortal, unused_port: int) -> Iterator[str]:
    """The address of a server on the shared database."""
    server = Server(create_app(house), address="127.0.0.1", port=unused_port, interface=Interfaces.ASGI)
    with portal.wrap_async_context_manager(_serving(server)):
        yield f"http://127.0.0.1:{unused_port}"


@asynccontextmanager
async def _serving(server: Server) -> AsyncIterator[None]:
    async with create_task_group() as group:
        group.start_soon(server.serve)
        yield
        server.stop()


@pytest.fixture(scope="session")
def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def module_tenant(db: Database, run: Callable[[Any], Any]) -> Tenant:
    """A Contoso for all tests of a module that only look."""
    tenant: Tenant = run(make_tenant(db))
    return tenant


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", *QUIET])
        yield browser
        browser.close()


type_visit = Callable[..., Page]


class Tabs:
    """Opens pages of a site as somebody, and hears what goes wrong on them: a script error, or something that the
    page's own policy blocked."""

    def __init__(self, site: str, browser: Browser, session: Callable[[Tenant, Character], str]) -> None:
        self.site, self.browser, self.session = site, browser, session
        self.contexts: list[BrowserContext] = []
        self.wrong: list[str] = []

    def new(
        self,
        tenant: Tenant,
        who: Character | None,
        *,
        language: str = "en",
        theme: str = "light",
        size: dict[str, int] = WIDE,
        scripts: bool = True,
    ) -> Page:
        context = self.browser.new_context(
            base_url=self.site,
            viewport=size,
            locale=language,
            color_scheme=theme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        context.set_default_timeout(8000)
        cookies = {LANGUAGE: language, THEME: theme}
        if who is not None:
            cookies[SESSION] = self.session(tenant, who)
        context.add_cookies([{"name": name, "value": value, "url": self.site} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on(
            "console", lambda said: self.wrong.append(said.text) if "Content Security Policy" in said.text else None
        )
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def place_of(tenant: Tenant, who: Character | None, path: str) -> str:
    """The address of a page of a tenant; "//account" is one beside the tenant's."""
    return path.replace("//", "/", 1) if who is None or path.startswith("//") else f"/t/{tenant.slug}{path}"


@pytest.fixture
def visit(site: str, browser: Browser, db: Database, run: Callable[[Any], Any]) -> Iterator[type_visit]:
    """Opens a page as somebody: `visit(contoso, ADELE, "/licenses", language="da", size=PHONE)`, each in a browser of
    its own."""
    tabs = Tabs(site, browser, lambda tenant, who: run(sign_in(db, tenant, who)))

    def open_(tenant: Tenant, who: Character | None, path: str, **wishes: Any) -> Page:
        page = tabs.new(tenant, who, **wishes)
        page.goto(place_of(tenant, who, path))
        return page

    yield open_
    tabs.close()
    assert tabs.wrong == []


@pytest.fixture(scope="module")
def tabs(site: str, browser: Browser, db: Database, run: Callable[[Any], Any]) -> Iterator[Tabs]:
    tabs = Tabs(site, browser, lambda tenant, who: run(sign_in(db, tenant, who)))
    yield tabs
    tabs.close()


@pytest.fixture(scope="module")
def open_tabs() -> dict[Any, Page]:
    return {}


@pytest.fixture
def look(tabs: Tabs, open_tabs: dict[Any, Page]) -> Iterator[type_visit]:
    """The same for tests that only look: each as somebody in one language and size goes on in the same tab."""

    def open_(tenant: Tenant, who: Character | None, path: str, *, language: str = "en", size: Any = WIDE) -> Page:
        key = (tenant.slug, who, language, size["width"])
        if key not in open_tabs:
            open_tabs[key] = tabs.new(tenant, who, language=language, size=size)
        open_tabs[key].goto(place_of(tenant, who, path))
        return open_tabs[key]

    tabs.wrong.clear()
    yield open_
    assert tabs.wrong == []


async def sign_in(db: Database, tenant: Tenant, who: Character) -> str:
    """A session of `who`, without the work of a password."""
    token, now = token_urlsafe(32), datetime.now(UTC)
    row = {"token_hash": token_hash(token), "account_id": tenant.accounts[who], "created_at": now, "seen_at": now}
    async with db.transaction() as tx:
        await tx.execute(insert(sessions).values(**row, expires_at=now + timedelta(days=1)))
    return token


def violations(page: Page) -> list[str]:
    """What axe has against a page, by the rules of WCAG 2.2 AA: the rule and the first place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})).violations"
    )
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def violations_in_both_themes(page: Page) -> list[str]:
    """The same of a page in light, then in dark."""
    light = violations(page)
    page.evaluate(DARK)
    return light + [f"dark: {one}" for one in violations(page)]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
