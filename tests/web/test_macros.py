"""Macros where the edges are: nothing of something, or no call block."""

import re

from markupsafe import Markup

from tenantry.web.pages import environment


def shown(file: str, macro: str) -> Markup:
    """What `macro`, a call of a macro of `file`, draws in English."""
    name = macro.partition("(")[0]
    line = f'{{% from "macros/{file}.html" import {name} with context %}}{{{{ {macro} }}}}'
    return Markup(environment("en").from_string(line).render(icon_url="/icons.svg"))


def widths(svg: str) -> list[tuple[str, str]]:
    return re.findall(r'<rect class="tn-seats-(\w+)".*? width="([\d.]+)%"', svg)


def test_a_seats_bar_without_a_seat_is_empty() -> None:
    assert re.fullmatch(
        r'<svg class="tn-seats" role="img" aria-label="None"></svg>', shown("tables", 'seats_bar(0, 0, 0, "None")')
    )


def test_a_seats_bar_is_full_of_what_there_is() -> None:
    assert widths(shown("tables", "seats_bar(3, 0)")) == [("assigned", "100")]
    assert widths(shown("tables", "seats_bar(0, 7)")) == [("free", "100.0")]
    assert widths(shown("tables", "seats_bar(1, 3)")) == [("assigned", "25.0"), ("free", "75.0")]


def test_an_inherited_license_puts_only_its_link_at_the_end() -> None:
    assert "tn-end" not in shown("apps", 'inherited("Sales")')
    line = '{% from "macros/apps.html" import inherited with context %}{% call inherited("Sales") %}Change{% endcall %}'
    assert '<span class="tn-end">Change</span>' in environment("en").from_string(line).render(icon_url="/icons.svg")
