"""Countries as files and commands know them: codes, and the English names that people write in their place."""

from collections.abc import Mapping
from functools import cache

from tenantry.words.speech import speech


@cache
def country_codes() -> Mapping[str, str]:
    """Case-folded English name -> ISO 3166-1 alpha-2 code."""
    return {name.casefold(): code for code, name in speech("en").countries}
