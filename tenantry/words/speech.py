"""One language's voice: sentences, money, dates, countries and lists as its readers write them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta, get_timezone
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from tenantry.kit.collation import alphabet_of, sort_key_da_nb, sort_key_en_nl
from tenantry.kit.errors import Refused
from tenantry.kit.money import Money, exponent
from tenantry.words.refusals import SENTENCES

LANGUAGES = {"en": "English", "da": "Dansk", "nb": "Norsk", "nl": "Nederlands"}


def read_catalog(language: str) -> Any:
    """The `.po` file of `language` as Babel reads it."""
    path = files("tenantry.words") / "locales" / language / "LC_MESSAGES" / "tenantry.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: str) -> NullTranslations:
    """gettext's catalog, compiled in memory: there is no compiled file that could be stale."""
    if language == "en":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


class Speech:
    """What is said in one language. Made by `speech`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse("en_GB" if language == "en" else language)
        self.catalog = translations(language)

    def say(self, text: str, /, **params: Any) -> str:
        """A sentence; `params` fill its named places."""
        translated = self.catalog.gettext(text)
        return translated % params if params else translated

    def count(self, singular: str, plural: str, number: int, /, **params: Any) -> str:
        """A sentence about `number` things, shown in it as %(num)s."""
        shown = {"num": self.number(number), **params}
        return self.catalog.ngettext(singular, plural, number) % shown

    def refusal(self, code: str, params: Mapping[str, Any]) -> str:
        """The sentence of a refusal or fault."""
        phrase = SENTENCES[code]
        shown = {name: self._shown(name, value) for name, value in params.items()}
        if phrase.plural is None:
            return self.catalog.gettext(phrase.text) % shown
        number = int(params[phrase.count])
        return self.catalog.ngettext(phrase.text, phrase.plural, number) % shown

    def refused(self, error: Refused) -> str:
        """The sentence of a caught refusal."""
        return self.refusal(error.code, error.params)

    def _shown(self, name: str, value: Any) -> str:
        if name == "roles":
            return self.either(self.role(role) for role in value)
        if name == "needs":
            return self.either(value)
        if name == "country":
            return self.country(value) if value else ""
        if isinstance(value, datetime):
            return self.date(value)
        if isinstance(value, bool | str):
            return str(value)
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, Iterable):
            return self.all_of(str(part) for part in value)
        return str(value)

    def role(self, role: str) -> str:
        return self.catalog.gettext(ROLE_NAMES[role])

    def all_of(self, parts: Iterable[str]) -> str:
        """A, B and C."""
        return str(format_list(list(parts), locale=self.locale))

    def either(self, parts: Iterable[str]) -> str:
        """A, B or C."""
        return str(format_list(list(parts), style="or", locale=self.locale))

    def number(self, value: int) -> str:
        return str(format_decimal(value, locale=self.locale))

    def decimal(self, value: Decimal) -> str:
        """A number with as many decimals as it needs: 25, 8.1."""
        return str(format_decimal(value.normalize(), locale=self.locale))

    def money(self, amount: Money) -> str:
        whole = amount.minor / 10 ** exponent(amount.currency)
        return str(format_currency(whole, amount.currency, "¤¤ #,##0.00", locale=self.locale, currency_digits=True))

    def date(self, moment: datetime, *, form: str = "medium") -> str:
        return str(format_date(moment, form, locale=self.locale))

    def time(self, moment: datetime, zone: str = "UTC") -> str:
        return str(format_datetime(moment, "medium", tzinfo=get_timezone(zone), locale=self.locale))

    def hour(self, since_midnight: timedelta) -> str:
        """A time of the day: 02:20."""
        moment = datetime.fromtimestamp(since_midnight.total_seconds(), UTC)
        return str(format_time(moment, "short", locale=self.locale))

    def span(self, lasts: timedelta) -> str:
        """Roughly how long: 3 minutes."""
        return str(format_timedelta(lasts, threshold=1.5, locale=self.locale))

    def size(self, size: int) -> str:
        """So many bytes, in the largest unit that says something: 2.9 MB."""
        units = ("byte", "kilobyte", "megabyte", "gigabyte")
        power = min(len(str(size)) - 1, 9) // 3
        return str(format_unit(round(size / 1000**power, 1), f"digital-{units[power]}", "short", locale=self.locale))

    def country(self, code: str) -> str:
        return str(self.locale.territories.get(code, code))

    @cached_property
    def countries(self) -> list[tuple[str, str]]:
        """Every country as (code, name), in the reader's order of names."""
        return self.sorted((code, name) for code, name in self.locale.territories.items() if _is_country(code))

    def sorted(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Codes with their words, in the reader's order of words."""
        sort_key = sort_key_da_nb if alphabet_of(self.language) == "sort_da_nb" else sort_key_en_nl
        return sorted(pairs, key=lambda pair: sort_key(pair[1]))


_NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES


@cache
def speech(language: str) -> Speech:
    """The voice of `language`; English for a language that is not among `LANGUAGES`."""
    return Speech(language if language in LANGUAGES else "en")


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for a string that is translated later
    return text


ROLE_NAMES = {
    "global_admin": N_("Global admin"),
    "billing_admin": N_("Billing admin"),
    "license_admin": N_("License admin"),
    "user_admin": N_("User admin"),
    "helpdesk_admin": N_("Helpdesk admin"),
    "password_admin": N_("Password admin"),
    "groups_admin": N_("Groups admin"),
    "support_admin": N_("Service support admin"),
    "global_reader": N_("Global reader"),
}
