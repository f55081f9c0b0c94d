"""Active users and guests: what the list shows to whom, and how it is narrowed, sorted, paged and exported."""

import re

from tenantry.store.database import Database
from tests import cast
from tests.cast import ADELE, BILL, GUSTAV, HENRIETTA, NORA, PETER, RASMUS
from tests.web.conftest import type_browse, words
from tests.world import Tenant, make_pool, make_users, query_count


async def test_the_list_shows_members_with_their_address_and_sign_in(browse: type_browse, contoso: Tenant) -> None:
    async with browse(contoso, ADELE) as desk:
        page = await desk.get("/users/active")
    assert page.status_code == 200
    assert contoso.email(PETER) in page.text
    assert "Unlicensed" in words(page)
    assert GUSTAV.name not in words(page)
