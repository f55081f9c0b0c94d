import unicodedata
from itertools import accumulate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenantry.kit.words_index import MAX_WORD, MAX_WORDS, search_tokens, search_words


def found(query: str, *texts: str) -> bool:
    """Whether the search finds one who is stored with `texts`."""
    tokens = search_tokens(*texts)
    return all(any(token.startswith(word) for token in tokens) for word in search_words(query))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("aagaard", "Mikkel Ågård"), ("agard", "Mikkel Ågård"), ("ÅGÅRD", "Mikkel Ågård"), ("mik åg", "Mikkel Ågård"),
        ("ågård", "Mikkel Aagaard"), ("Aag", "Mikkel Aagaard"),
        ("sorensen", "Sørensen"), ("Sør", "Sørensen"), ("aero", "Ærø"), ("ærø", "Ærø"),
        ("rene", "René"), ("RENÉ", "René"), ("muller", "Müller"), ("zolc", "Żółć"), ("dorde", "Đorđe"),
        ("thor", "Þór"), ("strauss", "Strauß"), ("STRAUSS", "Strauß"), ("o'br", "Siobhán O’Brien"),
        ("obrien", "Siobhán O’Brien"), ("marie", "Anne-Marie"), ("anne-m", "Anne-Marie"), ("ijs", "Ĳsbrand"),
        ("isil", "IŞIL"), ("ole", "Ｏｌｅ"), ("a\u030age", "Åge"),
        ("מש", "משה כהן"), ("محم", "محمد علي"), ("शिव", "शिवानी देशपांडे"), ("देशपां", "शिवानी देशपांडे"), ("李", "李小龍"),
    ],
)  # fmt: skip
def test_people_are_found_however_they_are_typed(query: str, name: str) -> None:
    assert search_words(query) != ()
    assert found(query, name)


@pytest.mark.parametrize("query", ["é", "rené", "ø", "x", "ene", "rene x", "@contoso.com"])
def test_others_are_not_found(query: str) -> None:
    assert not found(query, "Rene Olsen", "rene.olsen@fabrikam.com")


@pytest.mark.parametrize(
    "query",
    ["freja.lund@contoso.com", "freja.lund@con", "FREJA.LUND@", "freja.lund", "lund freja", "contoso", "@contoso.com"],
)
def test_an_address_is_found_whole_and_by_its_parts(query: str) -> None:
    assert found(query, "Somebody Else", "Freja.Lund@contoso.com")


def test_the_tokens_of_a_plain_person_are_few() -> None:
    assert search_tokens("Freja Lund", "freja.lund@contoso.com") == {
        "freja", "lund", "contoso", "com", "freja.lund@contoso.com"
    }  # fmt: skip
    assert search_tokens() == search_tokens("", " .-") == frozenset()


def test_words_of_a_query_are_limited_in_number_and_length_and_not_repeated() -> None:
    assert search_words("a b c d e f g h") == ("a", "b", "c", "d", "e", "f")
    assert search_words("x" * 100) == ("x" * 64,)
    assert search_words("Anna anna ANNA berg") == ("anna", "berg")
    assert search_words(" \t.,- @ ") == ()


def test_a_word_that_is_cut_still_finds_itself() -> None:
    assert found("x" * 300, "x" * 300)
    assert found("x" * 70 + "@contoso.com", "x" * 70 + "@contoso.com")


@pytest.mark.parametrize(
    "hostile",
    ["\0", "a\0b", "\ud800", "a\udfffb", "x" * 10_000, "\ufdfa" * 10_000, "a@" * 5_000, "\u0301" * 10_000, "' " * 999],
)
def test_hostile_text_is_safe_to_store_and_to_ask_for(hostile: str) -> None:
    tokens, words = search_tokens(hostile), search_words(hostile)
    assert len(words) <= MAX_WORDS
    for word in (*tokens, *words):
        assert 0 < len(word) <= MAX_WORD
        assert "\0" not in word
        assert word.encode()


WRITTEN = st.characters(exclude_categories=["C"], exclude_characters="\u1100")
NAMES = st.lists(st.text(WRITTEN, min_size=1, max_size=12), min_size=1, max_size=4).map(" ".join)


@given(NAMES)
@example("Søren Ågård-Æbelø anna.berg@contoso.com")
@example("Ελένη Ὀδυσσεύς")
@example("Straße ﬁnn İpek ǰ")
def test_any_beginning_of_any_word_finds_the_name(name: str) -> None:
    for word in unicodedata.normalize("NFKC", name).split():
        for beginning in accumulate(word):
            assert found(beginning, name), (beginning, search_words(beginning), search_tokens(name))


@given(st.text(st.characters(), max_size=60))
def test_any_text_finds_itself(text: str) -> None:
    assert found(text, text)
