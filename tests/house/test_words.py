"""Every string is said in four languages, and every refusal has a sentence that its facts can fill."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from tenantry.commands.frame import CONSTRAINTS
from tenantry.queries import doctor
from tenantry.words import check, findings
from tenantry.words.refusals import SENTENCES, Phrase
from tenantry.words.speech import LANGUAGES, read_catalog
from tests.house.sources import HOUSE, ROOT, Source, calls, literals, parse, sources

_PLACE = re.compile(r"%\((\w+)\)")
# Where a code stands among the arguments of what carries it, and its facts after it.
CARRIERS = {"Refused": 0, "Refusal": 0, "Wrong": 1, "Fault": 2}
TEXT_CALLS = {"_", "gettext", "ngettext", "N_", "NN_", "say", "count"}


@cache
def texts() -> frozenset[check.Text]:
    return check.texts()


# Refusals


def codes(rooms: Iterable[Source]) -> Iterator[tuple[str, str, set[str] | None]]:
    """(path, code, names of its facts) of every refusal; None where the facts are not written out."""
    for source in rooms:
        for name, call in calls(source.tree):
            place = CARRIERS.get(name, len(call.args))
            for code in _codes(call.args[place]) if place < len(call.args) else ():
                yield source.path, code, _facts(call) if name == "Refused" else _listed(call.args[place + 1 :])


def _codes(node: ast.expr) -> Iterator[str]:
    """A code that is written out, or both of a choice."""
    if isinstance(node, ast.IfExp):
        yield from [*_codes(node.body), *_codes(node.orelse)]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _facts(call: ast.Call) -> set[str] | None:
    names = {keyword.arg for keyword in call.keywords}
    return None if None in names else {name for name in names if name}


def _listed(rest: list[ast.expr]) -> set[str] | None:
    if not rest or not isinstance(rest[0], ast.Dict):
        return None
    keys = {key.value if isinstance(key, ast.Constant) else None for key in rest[0].keys}
    return None if None in keys else {str(key) for key in keys}


def places(phrase: Phrase) -> set[str]:
    return set(_PLACE.findall(phrase.text + (phrase.plural or ""))) | ({phrase.count} if phrase.plural else set())


def unsaid(rooms: Iterable[Source], sentences: dict[str, Phrase]) -> list[str]:
    """Refusals without a sentence, and those whose facts leave a place of it empty."""
    found = []
    for path, code, facts in codes(rooms):
        if code not in sentences:
            found.append(f"{path}: {code} has no sentence")
        elif facts is not None and (empty := places(sentences[code]) - facts):
            found.append(f"{path}: {code} leaves {sorted(empty)} empty")
    return found


def test_every_refusal_has_a_sentence_and_the_facts_for_it() -> None:
    assert unsaid(sources(), SENTENCES) == []
    assert [code for code, *_ in CONSTRAINTS.values() if code not in SENTENCES] == []


def test_a_refusal_without_a_sentence_or_a_fact_is_seen() -> None:
    spoiled = parse(
        "x.py",
        """
raise Refused("no_such_code", Kind.INVALID)
raise Refused("country_barred" if x else "never_heard", Kind.INVALID, product=1, country=2)
raise Refused("country_barred", Kind.INVALID, product=1)
Fault(1, "", "csv_cells", {"wanted": 1})
Refusal("seats_short", {"products": 1})
Refused("country_barred", Kind.INVALID, **facts)
""",
    )
    assert unsaid([spoiled], SENTENCES) == [
        "x.py: no_such_code has no sentence",
        "x.py: never_heard has no sentence",
        "x.py: country_barred leaves ['country'] empty",
        "x.py: csv_cells leaves ['found'] empty",
        "x.py: seats_short leaves ['short'] empty",
    ]


def test_every_sentence_is_said_somewhere() -> None:
    said = {
        text
        for source in sources()
        if not source.path.startswith("tenantry/words/refusals")
        for text in literals(source.tree)
    }
    assert sorted(SENTENCES.keys() - said) == []


def test_every_finding_of_the_doctor_has_words() -> None:
    told = {f"{proof}_{end}" for proof in doctor._PROOFS for end in ("right", "wrong")}
    checks = set(doctor._PROOFS)
    for source in sources("queries"):
        for name, call in calls(source.tree):
            if name == "Finding" and len(call.args) >= 3:
                checks |= set(_codes(call.args[0]))
                told |= set(_codes(call.args[2]))
    assert sorted(told - findings.FINDINGS.keys()) == []
    assert sorted(checks ^ findings.CHECKS.keys()) == []


# Strings


def test_every_string_is_translated_into_every_language() -> None:
    wanted = texts()
    catalogs = {language: read_catalog(language) for language in LANGUAGES if language != "en"}
    assert check.examine(wanted, catalogs) == []


def test_every_sentence_is_among_the_strings() -> None:
    known = {text.forms for text in texts()}
    phrases = [*SENTENCES.values(), *findings.CHECKS.values(), *findings.FINDINGS.values()]
    forms = [(phrase.text,) if phrase.plural is None else (phrase.text, phrase.plural) for phrase in phrases]
    assert [form for form in forms if form not in known] == []


def test_make_words_collects_the_same_strings() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (extract,) = re.findall(r"pybabel .*?extract(?:.*\\\n)*.*", makefile)
    shown = {name: f"{name}:{','.join(map(str, spec))}" if spec else name for name, spec in check.KEYWORDS.items()}
    assert [word for word in shown.values() if f"-k {word}" not in extract] == []


FAULTY = {
    "": "not translated",
    "A %(num)s": "the same as in English",
    "En ting": "other places than in English",
    "En %(number)s": "other places than in English",
}


@pytest.mark.parametrize("said", FAULTY)
def test_a_faulty_translation_is_seen(said: str) -> None:
    told = list(
        check.faults("da", _catalog(f'msgid "A %(num)s"\nmsgstr "{said}"'), [check.Text("A %(num)s")], frozenset())
    )
    assert [line.split(": ")[0] for line in told] == [FAULTY[said]]


def test_missing_fuzzy_left_over_and_half_translated_strings_are_seen() -> None:
    catalog = _catalog(
        '#, fuzzy\nmsgid "Unsure"\nmsgstr "Usikker"\n\nmsgid "Gone"\nmsgstr "Væk"\n\n'
        'msgid "%(num)s seat"\nmsgid_plural "%(num)s seats"\nmsgstr[0] "%(num)s plads"\nmsgstr[1] ""'
    )
    wanted = [check.Text("New"), check.Text("Unsure"), check.Text("%(num)s seat", "%(num)s seats")]
    assert list(check.faults("da", catalog, wanted, frozenset())) == [
        "not translated: '%(num)s seat'",
        "not translated: 'New'",
        "not translated: 'Unsure'",
        "no longer in the program: 'Gone'",
    ]


def test_what_may_read_as_in_english_may() -> None:
    catalog = _catalog('msgid "Status"\nmsgstr "Status"\n\nmsgid "%(a)s: %(b)s"\nmsgstr "%(a)s: %(b)s"')
    wanted = [check.Text("Status"), check.Text("%(a)s: %(b)s")]
    assert list(check.faults("da", catalog, wanted, frozenset([("da", "Status")]))) == []
    assert list(check.faults("nl", catalog, wanted, frozenset([("da", "Status")]))) != []


def _catalog(entries: str) -> object:
    head = 'msgid ""\nmsgstr ""\n"Language: da\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    return read_po(BytesIO((head + entries).encode()), locale="da")


def test_what_may_read_as_in_english_is_used_and_short() -> None:
    known = {text.singular for text in texts()}
    allowed = {text for _, text in check.same()}
    assert sorted(allowed - known) == []
    assert len(allowed) <= 60


# How strings are written


def pieced(source: Source) -> list[str]:
    """Strings to translate that are put together before they are translated."""
    return [
        f"{source.path}:{call.lineno}"
        for name, call in calls(source.tree)
        if name in TEXT_CALLS
        for argument in call.args[:2]
        if isinstance(argument, ast.JoinedStr)
        or (isinstance(argument, ast.BinOp) and any(literals(argument)))
        or (isinstance(argument, ast.Call) and getattr(argument.func, "attr", "") == "format")
    ]


_PIECED = re.compile(r"""\b_\(\s*("[^"]*"|'[^']*')\s*([~%+|]|\.format)""")


def test_no_string_is_put_together_before_it_is_translated() -> None:
    assert [place for source in sources() for place in pieced(source)] == []
    templates = sorted(HOUSE.rglob("*.html"))
    assert templates
    assert [str(path) for path in templates if _PIECED.search(path.read_text(encoding="utf-8"))] == []


def test_a_string_that_is_put_together_is_seen() -> None:
    spoiled = 'say(f"a {x}")\nspeech.say("a %s" % x)\n_("a {}".format(x))\nN_("fine")\nsay("fine %(x)s", x=f"{y}")'
    assert pieced(parse("x.py", spoiled)) == ["x.py:1", "x.py:2", "x.py:3"]
    assert _PIECED.search('{{ _("a %s" % x) }}')
    assert not _PIECED.search('{{ _("a %(x)s", x=x) }}')
