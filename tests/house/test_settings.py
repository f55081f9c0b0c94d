"""The settings and their page."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tenantry.kit.errors import Refused
from tenantry.kit.settings import Settings, given, read_settings, shown
from tenantry.words.settings import MEANINGS
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def told(page: str) -> dict[str, tuple[str, str]]:
    """variable -> (default, meaning), from the table of the page."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    return {name: ("" if default == "*empty*" else default.strip("`"), meaning) for name, default, meaning in rows}


def real() -> dict[str, tuple[str, str]]:
    def shown(value: object) -> str:
        return ("yes" if value else "no") if isinstance(value, bool) else str(value)

    return {knob.name.upper(): (shown(knob.default), knob.metadata["help"]) for knob in fields(Settings)}


def test_the_page_lists_every_setting_with_its_default_and_meaning() -> None:
    assert told(PAGE) == real()


def test_a_page_that_lags_behind_would_be_seen() -> None:
    assert told(PAGE.replace("| `8000` |", "| `80` |")) != real()
    assert told(PAGE.replace("| `PORT`", "| `PORTS`")) != real()


def test_a_default_said_aloud_is_the_default() -> None:
    spoken = {name: default for name, (default, _) in real().items()}
    assert read_settings(spoken) == read_settings({}) == Settings()


def test_values_are_of_their_kind() -> None:
    given = {"PORT": "81", "SECURE_COOKIES": "yes", "DATA": "elsewhere", "HOME": "ignored"}
    assert read_settings(given) == Settings(port=81, secure_cookies=True, data=Path("elsewhere"))


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eighty"), ("PORT", "-1"), ("PORT", "٣"), ("SECURE_COOKIES", "si")]
)
def test_nonsense_is_refused_with_the_variables_name(name: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        read_settings({name: value})
    assert (refused.value.code, refused.value.params["name"], refused.value.params["value"]) == (
        "setting_invalid",
        name,
        value,
    )


def test_the_operators_page_says_of_every_setting_what_the_paper_says() -> None:
    assert {name.upper(): meaning for name, meaning in MEANINGS.items()} == {n: help for n, (_, help) in real().items()}


def test_passwords_and_tokens_are_not_shown() -> None:
    secret = "s3cret"
    settings = Settings(
        database_url=f"postgresql://app:{secret}@db.example/tenantry",
        database_owner_url=f"postgresql://db.example/tenantry?user=owner&password={secret}&sslmode=require",
        smtp_url=f"smtps://mail:{secret}@mail.example",
        metrics_token=secret,
        events_secret=secret,
    )
    values = {one.name: one.value for one in shown(settings)}
    assert not [name for name, value in values.items() if secret in value]
    assert values["database_url"] == "postgresql://app:•••@db.example/tenantry"
    assert values["database_owner_url"].endswith("password=•••&sslmode=require")


def test_a_setting_is_given_by_the_environment_only_if_its_value_is_in_force() -> None:
    environ = {"PORT": "8001", "WORKERS": "2", "HOST": ""}
    assert given(Settings(port=8001, workers=2), environ) == {"port", "workers"}
    assert given(Settings(port=9000, workers=2), environ) == {"workers"}
