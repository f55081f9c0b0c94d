"""The settings, one typed structure, read once from the environment.

`docs/settings.md` lists them; a test compares the two.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.networks import read_endpoints

_PASSWORD = re.compile(r"(://[^:/@\s]*:|[?&]password=)[^@&\s]*(@|&|$)")


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
    public_url: str = field(
        default="", metadata={"help": "the address people use, like https://tenantry.example; empty: as a request says"}
    )
    contact: str = field(
        default="",
        metadata={"help": "whom people are told to ask who are kept out, like support@tenantry.example"},
    )
    direct_limit: int = field(default=20, metadata={"help": "people per action on the Licenses page"})
    import_limit: int = field(default=250, metadata={"help": "people per CSV file"})
    jobs: str = field(
        default="inside",
        metadata={
            "help": "inside: `serve` starts the worker; apart: `tenantry worker` runs elsewhere",
            "choices": ("inside", "apart"),
        },
    )
    smtp_url: str = field(
        default="", metadata={"help": "the mail server, like smtp://user:password@host:587; empty: letters wait"}
    )
    mail_from: str = field(default="tenantry@localhost", metadata={"help": "the address that letters come from"})
    demo_mailbox: bool = field(
        default=False, metadata={"help": "keep letters for the page /mailbox, open to everybody; `serve --demo` does"}
    )
    log_level: str = field(default="INFO", metadata={"help": "DEBUG, INFO, WARNING or ERROR"})
    log_format: str = field(default="auto", metadata={"help": "json, text, or auto: text at a terminal, else json"})
    stop_seconds: int = field(default=20, metadata={"help": "how long a stop waits for running requests"})
    trusted_proxies: str = field(
        default="", metadata={"help": "addresses and networks whose X-Forwarded-For is believed, with commas between"}
    )
    metrics_token: str = field(
        default="", metadata={"help": "who asks for `/metrics` must send it; empty: this machine alone may ask"}
    )
    otel_endpoint: str = field(
        default="", metadata={"help": "where spans are sent (OTLP over HTTP, the path included); empty: there are none"}
    )
    database_backup_url: str = field(
        default="", metadata={"help": "a role that may read past the row policies, for `backup` and `restore`"}
    )
    seller_name: str = field(default="Tenantry", metadata={"help": "whose name stands on invoices"})
    seller_address: str = field(default="", metadata={"help": "its address on invoices, with ; between the lines"})
    seller_country: str = field(default="DK", metadata={"help": "its country, two letters: whose tax is taken"})
    seller_vat: str = field(default="", metadata={"help": "its VAT number, on invoices"})
    seller_account: str = field(default="", metadata={"help": "the bank account that invoices are paid to"})
    invoice_days: int = field(default=30, metadata={"help": "days until an invoice is due"})
    events_url: str = field(
        default="",
        metadata={"help": "where the vendor’s app gets events, like https://app.example/events; empty: they are kept"},
    )
    events_secret: str = field(
        default="", metadata={"help": "what events are signed with: whsec_ and 24 to 64 bytes in base64"}
    )
    payment_provider: str = field(
        default="invoice",
        metadata={
            "help": (
                "invoice: nothing is paid by card; sandbox: test cards, no money moves (`serve --demo` takes it); "
                "stripe: real cards"
            ),
            "choices": ("invoice", "sandbox", "stripe"),
        },
    )
    stripe_secret_key: str = field(default="", metadata={"help": "Stripe's secret or restricted key, sk_… or rk_…"})
    stripe_webhook_secret: str = field(
        default="", metadata={"help": "the signing secret of Stripe's webhook to `/webhooks/stripe`, whsec_…"}
    )
    dns_resolvers: str = field(
        default="",
        metadata={"help": "resolvers that say where a domain's servers are, with commas between; empty: the machine's"},
    )
    dns_validating_resolver: str = field(
        default="", metadata={"help": "a resolver that checks DNSSEC: what it refuses proves nothing; empty: unchecked"}
    )
    dns_allow_private: bool = field(
        default=False, metadata={"help": "ask DNS servers on private addresses too, as in a network without Internet"}
    )
    dns_timeout: int = field(default=3, metadata={"help": "seconds that one DNS server is waited for"})
    demo_zone: bool = field(
        default=False,
        metadata={"help": "look into the page /zone, open to everybody, instead of the DNS; `serve --demo` does"},
    )
    admin_without_purchase: bool = field(
        default=False,
        metadata={"help": "whoever proves the domain of a group becomes its admin, without buying licenses"},
    )
    stripe_url: str = field(default="https://api.stripe.com", metadata={"help": "where Stripe's API answers"})

    @property
    def address(self) -> str:
        """Where people find the pages, for what is written without a request: letters. Never what a request says of
        its host, which anybody may say."""
        host = "localhost" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104 - asked, not served
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `environ`; an unset or empty variable keeps its default.

    Raises Refused("setting_invalid") that names the variable, the value and what is wanted.
    """
    values: dict[str, object] = {}
    for knob in fields(Settings):
        text = environ.get(knob.name.upper(), "")
        choices = knob.metadata.get("choices", ())
        if text and choices and text not in choices:
            wanted = " / ".join(choices)
            raise Refused("setting_invalid", Kind.INVALID, name=knob.name.upper(), value=text, wanted=wanted)
        if text:
            values[knob.name] = _parse(knob.name.upper(), text, type(knob.default))
    settings = Settings(**values)  # type: ignore[arg-type]
    _require_stripe(settings)
    _require_endpoints(settings)
    return settings


def _require_stripe(settings: Settings) -> None:
    """Cards without a key would fail one by one, and later."""
    wanted = {"stripe_secret_key": "sk_… / rk_…", "stripe_webhook_secret": "whsec_…"}
    for name, form in wanted.items() if settings.payment_provider == "stripe" else ():
        if not getattr(settings, name):
            raise Refused("setting_invalid", Kind.INVALID, name=name.upper(), value="", wanted=form)


def _require_endpoints(settings: Settings) -> None:
    """A resolver that is misspelled would prove nothing, and nobody would know why."""
    for name in ("dns_resolvers", "dns_validating_resolver"):
        value = getattr(settings, name)
        try:
            read_endpoints(value, 53)
        except ValueError as error:
            wanted = "192.0.2.53, [2001:db8::53]:5353"
            raise Refused("setting_invalid", Kind.INVALID, name=name.upper(), value=value, wanted=wanted) from error


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


def given(settings: Settings, environ: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The settings that have their value from `environ`, not by default or from how the program was called."""
    there = read_settings(environ)
    named = (knob.name for knob in fields(Settings) if environ.get(knob.name.upper()))
    return frozenset(name for name in named if getattr(there, name) == getattr(settings, name))


@dataclass(frozen=True)
class Shown:
    """A setting to look at: its value as text without secrets, and whether that is the default."""

    name: str
    value: str
    default: bool


def shown(settings: Settings) -> list[Shown]:
    """Every setting, in the order of the structure."""
    return [
        Shown(knob.name, _shown(knob.name, getattr(settings, knob.name)), getattr(settings, knob.name) == knob.default)
        for knob in fields(Settings)
    ]


def _shown(name: str, value: object) -> str:
    """A password inside an address, and a token, secret or key whole, become dots."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return "•••" if text and name.endswith(("_token", "_secret", "_key")) else _PASSWORD.sub(r"\1•••\2", text)
