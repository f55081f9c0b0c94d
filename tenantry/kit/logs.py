"""The log: lines for a person at a terminal, JSON objects for a program, and the facts that every line carries.

Modules write to `logging.getLogger(name)`, facts by `extra={...}`; structlog only puts the lines in form.
"""

import logging.config
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

FORMATS = ("auto", "json", "text")

# A mapping that is shared and filled, not replaced: what a task of the request notes, the request's line tells.
_facts: ContextVar[dict[str, Any] | None] = ContextVar("facts", default=None)


@contextmanager
def telling(**facts: Any) -> Iterator[dict[str, Any]]:
    """Inside the block every line carries `facts`, and what `note` adds to them."""
    token = _facts.set(facts)
    try:
        yield facts
    finally:
        _facts.reset(token)


def note(**facts: Any) -> None:
    """Adds to what the lines of the block around carry; outside of any block it does nothing."""
    told = _facts.get()
    if told is not None:
        told.update(facts)


def noted() -> Mapping[str, Any]:
    """What the lines carry here."""
    return _facts.get() or {}


def log_config(form: str, level: str) -> dict[str, Any]:
    """The configuration of `logging`, for `logging.config.dictConfig`. Every line goes to standard error.

    form: one of FORMATS; "auto" is text where that is a terminal, else json.
    """
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    time = structlog.processors.TimeStamper(fmt="%H:%M:%S" if text else "iso", utc=not text)
    finish = [_readable()] if text else [_exceptions, structlog.processors.JSONRenderer()]
    formatter = {
        "()": ProcessorFormatter,
        "foreign_pre_chain": [add_log_level, add_logger_name, ExtraAdder(), time, _carry],
        "processors": [ProcessorFormatter.remove_processors_meta, *finish],
    }
    handler = {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": handler},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"tenantry": {"level": level}, "_granian": {"level": level}},
    }


def set_up(form: str, level: str) -> None:
    """The log of this process from now on."""
    logging.config.dictConfig(log_config(form, level))


_exceptions = structlog.processors.format_exc_info


def _readable() -> structlog.dev.ConsoleRenderer:
    """Traces without the values of variables: those may be passwords."""
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)


def _carry(_logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**noted(), **line}
