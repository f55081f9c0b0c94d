"""The settings, one typed structure, read once from the environment.

`docs/settings.md` lists them; a test compares the two.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from tenantry.kit.errors import Kind, Refused


@dataclass(frozen=True)
class Settings:
    """Every knob, its default and its meaning. The variable is the name in capitals."""

    host: str = field(default="127.0.0.1", metadata={"help": "address to serve on"})
    port: int = field(default=8000, metadata={"help": "port to serve on"})
    workers: int = field(default=1, metadata={"help": "web worker processes"})
    data: Path = field(default=Path("var"), metadata={"help": "folder of the embedded database"})
    database_url: str = field(
        default="", metadata={"help": "the application role's database; empty: the embedded server"}
    )
    database_owner_url: str = field(
        default="", metadata={"help": "the owner's connection, for `migrate` and `catalog import`"}
    )
    database_jobs_url: str = field(default="", metadata={"help": "the jobs role's connection, for `doctor` and sweeps"})
    pool_size: int = field(default=8, metadata={"help": "database connections per web worker"})
    session_days: int = field(default=14, metadata={"help": "days an unused sign-in lasts"})
    secure_cookies: bool = field(default=False, metadata={"help": "set Secure on cookies: switch on behind HTTPS"})
    direct_limit: int = field(default=20, metadata={"help": "people per action on the Licenses page"})
    import_limit: int = field(default=250, metadata={"help": "people per CSV file"})
    log_level: str = field(default="INFO", metadata={"help": "DEBUG, INFO, WARNING or ERROR"})


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `environ`; an unset or empty variable keeps its default.

    Raises Refused("setting_invalid") that names the variable, the value and what is wanted.
    """
    values: dict[str, object] = {}
    for knob in fields(Settings):
        text = environ.get(knob.name.upper(), "")
        if text:
            values[knob.name] = _parse(knob.name.upper(), text, type(knob.default))
    return Settings(**values)  # type: ignore[arg-type]


def _parse(name: str, text: str, kind: type) -> object:
    if kind is bool:
        if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
            raise Refused("setting_invalid", Kind.INVALID, name=name, value=text, wanted="yes / no")
        return text.lower() in {"1", "true", "yes"}
    if kind is int:
        if not text.isascii() or not text.isdigit():
            raise Refused("setting_invalid", Kind.INVALID, name=name, value=text, wanted="0, 1, 2 …")
        return int(text)
    return kind(text)
