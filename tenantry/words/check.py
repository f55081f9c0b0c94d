"""`python -m tenantry.words.check`: every string of the program, in every language, with the same places.

It reads the strings from the sources of this checkout, as `make words` does, so a string that nobody has
collected yet is missed as much as one that nobody has translated.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from tenantry.words.speech import LANGUAGES, read_catalog

ROOT = Path(__file__).resolve().parents[2]
# Beside Babel's own: our marks, and `Speech`'s two ways to say something. `make words` names the same.
KEYWORDS: dict[str, Any] = {"NN_": (1, 2), "say": None, "count": (1, 2)}

_PLACE = re.compile(r"%\((\w+)\)[a-z]")
_SAME = Path(__file__).parent / "locales" / "same.txt"


@dataclass(frozen=True)
class Text:
    """A string of the program; `plural` if it comes in two forms."""

    singular: str
    plural: str | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        return (self.singular,) if self.plural is None else (self.singular, self.plural)


def texts(root: Path = ROOT) -> frozenset[Text]:
    """Every string under `root` that is marked to be translated."""
    with (root / "scripts" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = DEFAULT_KEYWORDS | KEYWORDS
    found = extract_from_dir(root, methods, options, keywords, directory_filter=_has_sources)
    return frozenset(Text(m[0], m[1]) if isinstance(m, tuple) else Text(m) for _, _, m, _, _ in found)


def _has_sources(folder: str) -> bool:
    name = Path(folder).name
    return not name.startswith((".", "_")) and name not in {"frontend", "tests", "var", "static"}


def same(path: Path = _SAME) -> frozenset[tuple[str, str]]:
    """What may read as in English: (language, text). A line of the file is `nl: Product`; `*` is every language."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    pairs = [line.split(": ", 1) for line in lines]
    return frozenset((one, text) for named, text in pairs for one in (LANGUAGES if named == "*" else [named]))


def faults(language: str, catalog: Any, wanted: Iterable[Text], allowed: frozenset[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the translations of one language, a line each. catalog: as Babel reads a `.po` file."""
    told = {_first(message.id): message for message in catalog if message.id}
    by_text = {text.singular: text for text in wanted}
    for singular, text in sorted(by_text.items()):
        message = told.get(singular)
        said = _forms(message.string) if message is not None else ()
        if message is None or message.fuzzy or len(said) < len(text.forms) or not all(said):
            yield f"not translated: {singular!r}"
        elif _reads(said, text) and (language, singular) not in allowed:
            yield f"the same as in English: {singular!r}"
        elif not _same_places(text, said):
            yield f"other places than in English: {singular!r} is {said!r}"
    for singular in sorted(told.keys() - by_text.keys()):
        yield f"no longer in the program: {singular!r}"


def _first(message_id: str | tuple[str, ...]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _forms(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def _reads(said: tuple[str, ...], text: Text) -> bool:
    """Whether it reads as in English, and has a word in it at all."""
    return said[: len(text.forms)] == text.forms and any(char.isalpha() for char in _PLACE.sub("", text.singular))


def _same_places(text: Text, said: tuple[str, ...]) -> bool:
    """The first form may name the number or not; every other one has the places of the English plural."""
    singular, plural = (set(_PLACE.findall(form)) for form in (text.forms[0], text.forms[-1]))
    first, *others = (set(_PLACE.findall(form)) for form in said)
    return first in (singular, plural) and all(form == plural for form in others)


def examine(wanted: frozenset[Text], catalogs: Mapping[str, Any]) -> list[str]:
    """Every fault of every language, each with its language in front."""
    allowed = same()
    return [f"{one}: {fault}" for one, catalog in catalogs.items() for fault in faults(one, catalog, wanted, allowed)]


def main() -> int:
    """Tells what is wrong; 1 if anything is."""
    wanted = texts()
    catalogs = {language: read_catalog(language) for language in LANGUAGES if language != "en"}
    found = examine(wanted, catalogs)
    for line in found:
        sys.stdout.write(f"{line}\n")
    says = f"{len(found)} faults." if found else "nothing is missing."
    sys.stdout.write(f"{len(wanted)} strings in {', '.join(catalogs)}: {says}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
