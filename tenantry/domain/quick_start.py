"""The quick-start page of an organization: a few texts, and what to install, written by its admin for its people."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from tenantry.domain.people import Wrong
from tenantry.domain.text import control_character

SECTIONS, LINKS = 5, 3  # at most; links for each kind of device
TITLE, TEXT, ADDRESS = 100, 2000, 500


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, as plain text in paragraphs."""

    title: str
    text: str


@dataclass(frozen=True)
class Install:
    """An app to install and where it is had."""

    name: str
    address: str


@dataclass(frozen=True)
class QuickStart:
    """The page: its texts, and what to install on a computer and on a phone."""

    sections: tuple[Section, ...] = ()
    computer: tuple[Install, ...] = ()
    phone: tuple[Install, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.sections or self.computer or self.phone)


def normal(page: QuickStart) -> QuickStart:
    """The page without blanks around anything, and without what is empty altogether."""
    sections = tuple(Section(one.title.strip(), one.text.strip().replace("\r\n", "\n")) for one in page.sections)
    return QuickStart(
        tuple(one for one in sections if one.title or one.text),
        *(
            tuple(
                Install(one.name.strip(), one.address.strip())
                for one in some
                if one.name.strip() or one.address.strip()
            )
            for some in (page.computer, page.phone)
        ),
    )


def check(page: QuickStart) -> list[Wrong]:
    """Everything that is wrong with a page, each at its field of the form: "section-0-title", "phone-1-address"."""
    wrong = [found for name, (text, most) in _texts(page).items() if (found := _check_text(name, text, most))]
    for kind in ("computer", "phone"):
        for place, one in enumerate(getattr(page, kind)):
            if one.name and not is_safe(one.address):
                wrong.append(Wrong(f"{kind}-{place}-address", "link_unsafe", {}))
            if one.address and not one.name:
                wrong.append(Wrong(f"{kind}-{place}-name", "text_missing", {}))
    return wrong


def _texts(page: QuickStart) -> Mapping[str, tuple[str, int]]:
    """Field -> its text, and how long it may be."""
    most = {"title": TITLE, "text": TEXT, "name": TITLE, "address": ADDRESS}
    kinds: tuple[tuple[str, tuple[Section | Install, ...]], ...] = (
        ("section", page.sections),
        ("computer", page.computer),
        ("phone", page.phone),
    )
    return {
        f"{kind}-{place}-{field.name}": (getattr(one, field.name), most[field.name])
        for kind, some in kinds
        for place, one in enumerate(some)
        for field in fields(one)
    }


def _check_text(name: str, text: str, most: int) -> Wrong | None:
    if position := control_character(text.replace("\n", " ") if name.endswith("-text") else text):
        return Wrong(name, "text_control", {"position": position})
    if len(text) > most:
        return Wrong(name, "text_long", {"length": len(text), "limit": most})
    return None


def is_safe(address: str) -> bool:
    """Whether an address may be a link on a page of ours: of the web, encrypted, and of who it seems to be."""
    if not address.isascii() or any(sign.isspace() or sign in "\\\"'<>`" for sign in address):
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "https" and "@" not in parts.netloc and "." in host.strip(".") and port in (None, 443)
