"""Time zones as people choose them: by the names of the zone database, with the place that a language has for each."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location

from tenantry.words.speech import speech


@cache
def time_zones() -> Mapping[str, str]:
    """Case-folded name -> name, of every place's zone; not the zones' other and former names."""
    places = get_global("zone_territories").keys() & available_timezones() - get_global("zone_aliases").keys()
    return {name.casefold(): name for name in sorted({"UTC", *(place for place in places if "/" in place)})}


def zone_named(text: str) -> str | None:
    """The zone that somebody typed, whatever its case; None if there is no such zone."""
    return time_zones().get(text.strip().replace(" ", "_").casefold())


@cache
def zone_places(language: str) -> tuple[tuple[str, str], ...]:
    """Every zone as (name, place), like ("Europe/Copenhagen", "Denmark (København)")."""
    locale = speech(language).locale
    return tuple((name, str(get_timezone_location(name, locale=locale))) for name in time_zones().values())
