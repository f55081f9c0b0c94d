"""The sort keys against `Intl.Collator` of Node, which the project needs anyway."""

import json
import subprocess
from collections.abc import Callable
from functools import lru_cache
from itertools import chain, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.kit.collation import MAX_KEY, MAX_LENGTH, alphabet_of, sort_key_da_nb, sort_key_en_nl

WORDS = """
Aa aa AA aA Å å Aaa aaa aaaa Åa åå Aab Aabenraa Åbenrå Aage Åge Aagaard Ågaard Ågård Aagård Abel Ábel Àbel abel
Aarhus Århus Aaron Aalborg Ålborg Azure Zaal Zåland Zebra zebra Zz Æ æ Ä ä Ǽ Ærø Ärö Aerø Æble Äble Aeble aeble
Ø ø Ö ö Ő ő Ǿ ø̂ Øst Öst Ost Oest Østergaard Østergård Östergård Øster Söder Sørensen Sörensen Sorensen Soerensen
É é È è Ê e E Eva Éva Ève Evå Isaac Isåc Baal Bål René Rene Renée Renee Ren Renæ
ß ss ſ Strauß Strauss Straus Straußmann IJ ij ĳ Ĳ IJsbrand Ijsbrand ijsbrand Iyer Ijzer Izaak Dijk Dyk Dijkstra
Ü ü U u Y y Ű ű Ý ÿ Müller Muller Mueller Myller Mýller Mvller Müllér Yde Üde Ude
Đ đ Ð ð D d Đorđe Dorde Djorde Eiður Eidur Th th TH Thor Þór Tor Þ þ Thyra Þyra Tia
Ł Łukasz Lukas Lukász Ñ Nuñez Nunez Nuñes Š Šimek Simek Ç Çelik Celik Żółć Zolc ḷ Ngũgĩ Ngugi
Anne-Marie Anne-marie AnneMarie Annemarie Anne Anne. O'Brien O’Brien OBrien Obrien O'brien D'Artagnan Dartagnan
0 1 10 2 02 2a a2 a10 A1 _a -a .a (a) a- a' a_b a.b a+b & @ # 1% £ $ € ½ ² 日本 中村 Ж жук Жук Ελένη Ωμέγα שרה محمد กา
"""
NAMES = [
    *WORDS.split(),
    "Anne Marie", "Anne  Marie", "Anne marie", "van Dijk", "Van Dijk", "Vandijk", "van den Berg", "van der Berg",
    "Vander Berg", "De Vries", "de Vries", "Devries", "Lars Åberg", "Lars Aaberg", "Lars Zorn", "Lars Ærø",
    "Jens Ø", "Jens Ö", "Jens O", "Jens P", "Åse Ä", "", " ", " a", "a ", "A\u030age", "O\u0308st", "ạ̈",
    "a\u0301\u030a", "a\u0328\u0308", "A B", "AB", "a\u00adb", "ab",
]  # fmt: skip

# What CLDR orders otherwise in Danish than in Norwegian, or the keys otherwise than Danish.
LETTERS_APART = [["Oeuvre", "œuvre", "Ofte", "Ørsted"], ["Węgrzyn", "Wehner", "Wæver"], ["aase Æ", "Åse Ä"]]
CASE_APART = ["ole", "Ole", "øst", "Øst"]
EVERY_NAME = list(dict.fromkeys([*NAMES, *chain(*LETTERS_APART), *CASE_APART]))

SCRIPT = """
const [names, collators] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const signs = ([locale, caseFirst]) => {
  const {compare} = new Intl.Collator(locale, {caseFirst});
  return names.map(a => names.map(b => Math.sign(compare(a, b))));
};
process.stdout.write(JSON.stringify(collators.map(signs)));
"""
COLLATORS = [("en", "false"), ("nl", "false"), ("da", "false"), ("nb", "false"), ("da", "upper")]

Key = Callable[[str], bytes]


@lru_cache(maxsize=1)
def reference() -> dict[tuple[str, str], list[list[int]]]:
    """What Node says of every pair of `EVERY_NAME`, by locale and first case: -1, 0 or 1."""
    answer = subprocess.run(
        ["node", "-e", SCRIPT],
        input=json.dumps([EVERY_NAME, COLLATORS]),
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return dict(zip(COLLATORS, json.loads(answer.stdout), strict=True))


def differences(names: list[str], key: Key, locale: str, case_first: str = "false") -> list[tuple[str, str, int]]:
    """The pairs that Node orders, and our keys do not order so."""
    matrix, places = reference()[locale, case_first], {name: EVERY_NAME.index(name) for name in names}
    keys = {name: key(name) for name in names}
    return [
        (a, b, sign)
        for a, b in product(names, repeat=2)
        if (sign := matrix[places[a]][places[b]]) and (keys[a] > keys[b]) - (keys[a] < keys[b]) != sign
    ]


@pytest.mark.parametrize(
    ("locale", "key"),
    [("en", sort_key_en_nl), ("nl", sort_key_en_nl), ("da", sort_key_da_nb), ("nb", sort_key_da_nb)],
)
def test_every_pair_of_tricky_names_is_ordered_as_by_the_reference(locale: str, key: Key) -> None:
    assert len(set(NAMES)) > 250
    assert differences(NAMES, key, locale) == []


def test_lower_case_comes_before_upper_in_danish_too() -> None:
    """Node's Danish has upper case first; one key serves Danish and Norwegian, so that one thing differs."""
    assert sorted(CASE_APART, key=sort_key_da_nb) == CASE_APART
    assert differences(CASE_APART, sort_key_da_nb, "da", "upper") == [
        ("ole", "Ole", 1), ("Ole", "ole", -1), ("øst", "Øst", 1), ("Øst", "øst", -1)
    ]  # fmt: skip


@pytest.mark.parametrize("names", LETTERS_APART)
def test_letters_on_which_danish_and_norwegian_differ_follow_the_danish(names: list[str]) -> None:
    assert sorted(names, key=sort_key_da_nb) == names
    assert differences(names, sort_key_da_nb, "da") == []
    assert differences(names, sort_key_da_nb, "nb") != []


def test_the_alphabet_ends_with_ash_slash_and_ring() -> None:
    names = ["Zorn", "Ærø", "Ödlund", "Ørsted", "Aaberg", "Åse"]
    assert sorted(names, key=sort_key_da_nb) == names
    assert sorted(names, key=sort_key_en_nl) == ["Aaberg", "Ærø", "Åse", "Ödlund", "Ørsted", "Zorn"]


@pytest.mark.parametrize(
    ("language", "column"),
    [("da", "sort_da_nb"), ("nb", "sort_da_nb"), ("nb-NO", "sort_da_nb"), ("da_DK", "sort_da_nb"),
     ("en", "sort_en_nl"), ("nl", "sort_en_nl"), ("dan", "sort_en_nl"), ("", "sort_en_nl")],
)  # fmt: skip
def test_each_language_has_its_key_column(language: str, column: str) -> None:
    assert alphabet_of(language) == column


def test_a_usual_name_has_a_short_key() -> None:
    assert len(sort_key_en_nl("anna")) == 8
    assert len(sort_key_da_nb("Freja Aagaard")) < 40


@pytest.mark.parametrize("key", [sort_key_en_nl, sort_key_da_nb])
def test_only_the_first_characters_count_and_no_key_outgrows_an_index(key: Key) -> None:
    assert key("x" * MAX_LENGTH) == key("x" * 10_000)
    assert key("x" * (MAX_LENGTH - 1)) < key("x" * MAX_LENGTH)
    assert len(key("\ufdfa" * MAX_LENGTH)) == MAX_KEY


@pytest.mark.parametrize("key", [sort_key_en_nl, sort_key_da_nb])
@given(text=st.text(st.characters(), max_size=40))
def test_any_text_has_a_key(key: Key, text: str) -> None:
    assert len(key(text)) <= MAX_KEY
    assert key(text) <= key(text + "z")


@pytest.mark.parametrize(
    "hostile", ["\0", "\ud800", "a\ud800b", "\u0301", "\u030a\u0308", "aa\u030a\u0308", "\U0010ffff"]
)
def test_hostile_text_has_a_key(hostile: str) -> None:
    assert sort_key_da_nb(f"A {hostile}") < sort_key_da_nb(f"B {hostile}")
    assert sort_key_en_nl(f"A {hostile}") < sort_key_en_nl(f"B {hostile}")
