"""How somebody comes to run the house, from the terminal."""

import re

from tests.cli.conftest import calling

WELCOME = re.compile(r"http://127\.0\.0\.1:\d+/operator/welcome/[\w-]{43}$", re.MULTILINE)


def test_a_link_is_printed_whenever_it_is_asked_for_and_each_is_another(blank):
    tenantry = calling(blank)
    first, second = (tenantry("operator", "link", "--json").answer["link"] for _ in range(2))
    assert WELCOME.match(first)
    assert first != second


def test_a_first_start_says_how_to_become_the_operator_and_a_demo_has_one(blank):
    served = []
    tenantry = calling(blank, serve=lambda settings, house: served.append(settings))
    assert WELCOME.search(tenantry("serve", "--port", "18126").out)
    said = tenantry("serve", "--demo", "--port", "18126").out
    assert WELCOME.search(said) is None
    assert "operator@tenantry.example" in said
    assert WELCOME.search(tenantry("serve", "--port", "18126").out) is None
    assert [settings.port for settings in served] == [18126] * 3
