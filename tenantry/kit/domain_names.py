"""Names of domains: whose they can be, and whether they pose as another's.

Names are in their normal form (`kit.mailbox`): ASCII, lower case. The list of public suffixes comes with its library
and is never fetched.
"""

import unicodedata
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.mailbox import domain_of

# Scripts that are written together in one word.
_EAST_ASIAN = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})


def normal_domain(text: str) -> str:
    """The name that somebody typed, in its normal form: also with https:// or an @ before it, a path or a dot behind.

    Raises Refused("domain_invalid", domain): also for names that the Internet does not route (corp.local), for
    addresses of machines, and for what has no dot.
    """
    name = text.strip().partition("://")[2] or text.strip()
    name = name.partition("/")[0].removeprefix("@").rstrip(".")
    wrong = Refused("domain_invalid", Kind.INVALID, field="domain", domain=text.strip()[:100])
    if "@" in name:
        raise wrong
    try:
        return domain_of(f"postmaster@{name}")
    except Refused as refused:
        raise wrong from refused


@cache
def _suffixes() -> tuple[PublicSuffixList, PublicSuffixList]:
    """The registries' suffixes, and those with the ones below which companies let others have names."""
    return PublicSuffixList(only_icann=True), PublicSuffixList()


def registrable(name: str) -> str | None:
    """What somebody registered for `name`: contoso.co.uk for mail.contoso.co.uk. None for a suffix: co.uk."""
    return _suffixes()[0].privatesuffix(name)


def is_shared(name: str) -> bool:
    """Whether names right below `name` belong to different people: co.uk, and what a company lets: github.io."""
    return any(suffixes.privatesuffix(name) is None for suffixes in _suffixes())


def above(name: str) -> tuple[str, ...]:
    """`name` and the names above it, as far as the registrable one: that is the last. Empty for a suffix."""
    top = registrable(name)
    if top is None:
        return ()
    labels, least = name.split("."), top.count(".") + 1
    return tuple(".".join(labels[start:]) for start in range(len(labels) - least + 1))


def brand(name: str) -> str:
    """The label before the suffix, that a company has under many of them: yahoo for mail.yahoo.co.uk."""
    return (registrable(name) or "").partition(".")[0]


def as_read(name: str) -> str:
    """`name` as people read it: xn--strae-oqa.de is straße.de. What cannot be read stays as it is."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def mixes_scripts(text: str) -> bool:
    """Whether some word of `text` mixes alphabets whose letters are taken for each other: аdele, with a Cyrillic а."""
    return any(_mixes(word) for word in text.replace("@", ".").split("."))


def _mixes(word: str) -> bool:
    scripts = {unicodedata.name(letter, "?").split(" ", 1)[0] for letter in word if letter.isalpha()}
    return len(scripts) > 1 and not scripts <= _EAST_ASIAN
