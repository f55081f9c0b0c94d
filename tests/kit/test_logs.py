"""Lines of the log: their facts, and their two forms."""

import json
import logging
import logging.config
from collections.abc import Iterator

import pytest

from tenantry.kit.logs import log_config, note, noted, set_up, telling

log = logging.getLogger("tenantry.tests")


@pytest.fixture
def restored() -> Iterator[None]:
    """Afterwards the log is pytest's again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("tenantry").setLevel(logging.NOTSET)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_carries_what_was_noted_around_it(capsys: pytest.CaptureFixture[str], restored: None) -> None:
    set_up("auto", "INFO")
    with telling(request_id="r-1"):
        note(account="a-1")
        log.info("request", extra={"status": 200})
        log.debug("too much")
    log.warning("outside of %s", "it")
    inside, outside = lines(capsys)
    assert (
        inside.items()
        >= {"event": "request", "request_id": "r-1", "account": "a-1", "status": 200, "level": "info"}.items()
    )
    assert str(inside["timestamp"]).endswith("Z")
    assert (outside["event"], "request_id" in outside) == ("outside of it", False)


def test_a_bug_is_one_line_with_its_trace(capsys: pytest.CaptureFixture[str], restored: None) -> None:
    set_up("json", "INFO")
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        log.exception("failed")
    (line,) = lines(capsys)
    assert "ZeroDivisionError: division by zero" in str(line["exception"])


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_trace_tells_no_values(form: str, capsys: pytest.CaptureFixture[str], restored: None) -> None:
    set_up(form, "INFO")

    def sign_in(password: str) -> None:
        raise ZeroDivisionError

    try:
        sign_in("-".join(["seats", "for", "nobody"]))
    except ZeroDivisionError:
        log.exception("failed")
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "seats-for-nobody" not in said


def test_text_is_for_people(capsys: pytest.CaptureFixture[str], restored: None) -> None:
    set_up("text", "INFO")
    log.info("request", extra={"status": 200})
    said = capsys.readouterr().err
    assert "request" in said
    assert "status" in said
    assert not said.startswith("{")


def test_outside_of_a_block_a_note_is_nothing() -> None:
    note(account="a-1")
    assert noted() == {}


def test_other_libraries_say_only_what_matters() -> None:
    assert log_config("json", "DEBUG")["root"]["level"] == "WARNING"
