"""Bytes of any program become text, or the line that stands in the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.kit.encodings import ENCODINGS, Decoded, decode
from tenantry.kit.errors import Refused

HEADINGS = "User Name,First Name,Last Name,Display Name,City,Country\r\n"
DANISH = HEADINGS + "soren@contoso.com,Søren,Ågård,Søren Ågård,Århus,Danmark\r\n"
RUSSIAN = HEADINGS + "ivan@contoso.com,Иван,Иванов,Иван Иванов,Москва,Россия\r\n"


@pytest.mark.parametrize("saved_as", ["utf_8", "utf_8_sig", "utf_16"])
def test_unicode_is_read_as_what_it_is(saved_as: str) -> None:
    found = decode(DANISH.encode(saved_as))
    assert (found.text, found.guessed) == (DANISH, False)


@pytest.mark.parametrize(("text", "saved_as"), [(DANISH, "cp1252"), (RUSSIAN, "cp1251"), (DANISH * 12, "mac_roman")])
def test_an_older_encoding_is_guessed_and_called_a_guess(text: str, saved_as: str) -> None:
    assert decode(text.encode(saved_as)) == Decoded(text, saved_as, guessed=True)


def test_the_reader_may_know_better_than_the_guess() -> None:
    assert decode(DANISH.encode("cp850")).text != DANISH
    assert decode(DANISH.encode("cp850"), "cp850") == Decoded(DANISH, "cp850")


def test_what_is_not_in_the_named_encoding_is_refused_with_its_line() -> None:
    with pytest.raises(Refused) as refused:
        decode(b"a\nb\r\n\x81\n", "cp1252")
    assert (refused.value.code, refused.value.params) == ("csv_encoding", {"line": 3})


def test_a_binary_file_is_refused_with_its_line() -> None:
    with pytest.raises(Refused) as refused:
        decode(b"a\nb\0\xff\n")
    assert (refused.value.code, refused.value.params) == ("csv_binary", {"line": 2})


@given(st.binary(max_size=300), st.sampled_from(["", *ENCODINGS]))
def test_whatever_comes_is_text_or_refused(data: bytes, encoding: str) -> None:
    try:
        text = decode(data, encoding).text
    except Refused as refused:
        text = str(refused.params["line"])
    assert isinstance(text, str)
