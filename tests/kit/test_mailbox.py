import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.kit.errors import Kind, Refused
from tenantry.kit.mailbox import domain_of, normal_address


@pytest.mark.parametrize(
    ("text", "normal"),
    [("freja.lund@contoso.com", "freja.lund@contoso.com"), (" Freja.Lund@Contoso.COM\n", "Freja.Lund@contoso.com"),
     ("o'brien+seats@fabrikam.com", "o'brien+seats@fabrikam.com"), ("a@ｃontoso。com", "a@contoso.com"),
     ("a@RØDGRØD.dk", "a@xn--rdgrd-vuad.dk"), ("a@xn--rdgrd-vuad.dk", "a@xn--rdgrd-vuad.dk"),
     ("re\u0301ne@x.dk", "r\u00e9ne@x.dk"), ("x" * 64 + "@x.dk", "x" * 64 + "@x.dk")],
)  # fmt: skip
def test_an_address_has_one_spelling(text: str, normal: str) -> None:
    assert normal_address(text) == normal
    assert normal_address(normal) == normal


@pytest.mark.parametrize(
    "text",
    ["", " ", "freja", "@contoso.com", "freja@", "freja@contoso", "a@localhost", "a@corp.local", "a@x.test",
     "a@b@x.dk", "Freja <freja@contoso.com>", '"a b"@x.dk', "a@[127.0.0.1]", "a@x..dk", "a@x.dk.", "a\n@x.dk",
     "a@x.dk\0", "a@-x.dk", "\ud800@x.dk", "x" * 65 + "@x.dk", "a@" + "x." * 200 + "dk", "a" * 100_000, "a@xn--a.dk"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        normal_address(text)
    assert (caught.value.code, caught.value.kind) == ("address_invalid", Kind.INVALID)
    assert caught.value.params == {"address": text[:320]}


def test_the_domain_of_an_address_is_in_normal_form() -> None:
    assert domain_of("Freja@Contoso.COM") == "contoso.com"
    assert domain_of("a@Bücher.de") == domain_of("a@xn--bcher-kva.de") == "xn--bcher-kva.de"
    with pytest.raises(Refused):
        domain_of("contoso.com")


def test_domains_of_two_owners_stay_two_when_case_is_folded() -> None:
    assert normal_address("a@straße.de").casefold() != normal_address("a@strasse.de").casefold()


@given(st.from_regex(r"[a-zA-Z0-9æøåéÉ]{1,12}@[a-zA-ZæøåÆØÅßéÉ]{1,12}\.(dk|COM)", fullmatch=True))
def test_normal_addresses_are_normal_already(address: str) -> None:
    normal = normal_address(address)
    assert normal_address(normal) == normal
    assert normal.endswith(f"@{domain_of(address)}")
    assert domain_of(address) == domain_of(address).casefold()
