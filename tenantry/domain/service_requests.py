"""What the people of a tenant ask of the operator: the states of a request, and what may be attached to it."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from tenantry.domain.text import checked_text, is_control
from tenantry.kit.errors import Kind, Refused

TITLE, BODY = 150, 10_000  # characters
FILES, FILE_BYTES = 5, 5 * 1024 * 1024  # of one message; of one file
MESSAGES = 500  # of one request
A_DAY, WORDS_A_DAY = 50, 100  # new requests of one tenant; messages of its people, each of which is mailed
NAME = 120  # characters of a file's name
UNKNOWN = "application/octet-stream"
_TYPES = {
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eml": "message/rfc822",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "log": "text/plain",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
_NOT_IN_NAMES = frozenset('"\\/<>|:*?;%')


class Category(StrEnum):
    """What a request is about."""

    BEFORE_BUYING = "before_buying"
    ACCOUNT = "account"
    BILLING = "billing"
    TECHNICAL = "technical"


class Severity(StrEnum):
    """How bad it is, as whoever asks sees it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class State(StrEnum):
    """How far a request is. WAITING: for an answer of the tenant's."""

    NEW = "new"
    WORKING = "working"
    WAITING = "waiting"
    CLOSED = "closed"


class Deed(StrEnum):
    """What somebody does with a request. The first three are the tenant's, the others the operator's."""

    WRITE = "write"
    CLOSE = "close"
    REOPEN = "reopen"
    TAKE = "take"
    ANSWER = "answer"
    ASK_BACK = "ask_back"
    FINISH = "finish"

    @property
    def needs_words(self) -> bool:
        """Whether there is nothing to it without a message."""
        return self in (Deed.WRITE, Deed.REOPEN, Deed.ANSWER, Deed.ASK_BACK)


OF_TENANT = frozenset({Deed.WRITE, Deed.CLOSE, Deed.REOPEN})
OF_OPERATOR = frozenset(Deed) - OF_TENANT
_ENDS = {
    Deed.CLOSE: State.CLOSED,
    Deed.REOPEN: State.NEW,
    Deed.TAKE: State.WORKING,
    Deed.ANSWER: State.WORKING,
    Deed.ASK_BACK: State.WAITING,
    Deed.FINISH: State.CLOSED,
}


def parse_deed(text: str, known: frozenset[Deed]) -> Deed:
    """The deed of a form. Raises Refused("request_deed_unknown") for what is none, or another side's."""
    deed = next((one for one in known if one.value == text), None)
    if deed is None:
        raise Refused("request_deed_unknown", Kind.INVALID)
    return deed


def move(state: State, deed: Deed) -> State:
    """Where a request stands after a deed; what waited for the tenant goes on once they write.

    Raises Refused: "request_closed" (it has to be opened again first), "request_open".
    """
    if deed is Deed.REOPEN and state is not State.CLOSED:
        raise Refused("request_open", Kind.CONFLICT)
    if deed is not Deed.REOPEN and state is State.CLOSED:
        raise Refused("request_closed", Kind.CONFLICT)
    if deed is Deed.WRITE:
        return State.WORKING if state is State.WAITING else state
    return _ENDS[deed]


def is_unanswered(deed: Deed, before: bool) -> bool:
    """Whether the last word is the tenant's after a deed: to take a request is no answer."""
    if deed is Deed.TAKE:
        return before
    return deed in (Deed.WRITE, Deed.REOPEN)


@dataclass(frozen=True)
class Asked:
    """A new request as it was typed. Raises Refused where it is `checked`."""

    category: str
    severity: str
    title: str
    body: str


def checked(asked: Asked) -> Asked:
    """The request without blanks around its texts.

    Raises Refused with `field`: "category_unknown", "severity_unknown", and what is said of texts.
    """
    if asked.category not in set(Category):
        raise Refused("category_unknown", Kind.INVALID, field="category")
    if asked.severity not in set(Severity):
        raise Refused("severity_unknown", Kind.INVALID, field="severity")
    title = checked_text(asked.title, field="title", limit=TITLE)
    return Asked(asked.category, asked.severity, title, checked_body(asked.body))


def checked_body(text: str) -> str:
    """What is written in a message: lines. Raises Refused with the field "body", as `checked_text`."""
    return checked_text(text, field="body", limit=BODY, lines=True)


@dataclass(frozen=True)
class Attachment:
    """A file of a message: a name that is safe to offer, and a type that is told by it, not by whoever sent it."""

    name: str
    media_type: str
    content: bytes


def said(deed: Deed, body: str, files: tuple[Attachment, ...], *, before: int) -> str:
    """What a deed says: checked, or nothing where it may say nothing and does. Files are of a message.

    before: messages that there are. Raises Refused: "request_long" (limit); with the field "body" as `checked_text`.
    """
    if not (deed.needs_words or body.strip() or files):
        return ""
    if before >= MESSAGES:
        raise Refused("request_long", Kind.CONFLICT, limit=MESSAGES)
    return checked_body(body)


def attach(files: list[tuple[str, bytes]]) -> tuple[Attachment, ...]:
    """The files of a form, (name, content), as they are kept; empty ones are passed over.

    Raises Refused with the field "files": "files_too_many" (limit), "file_too_large" (name, megabytes).
    """
    some = [(file_name(name), content) for name, content in files if content]
    if len(some) > FILES:
        raise Refused("files_too_many", Kind.INVALID, field="files", limit=FILES)
    for name, content in some:
        if len(content) > FILE_BYTES:
            raise Refused(
                "file_too_large", Kind.INVALID, field="files", name=name, megabytes=FILE_BYTES // 1024 // 1024
            )
    return tuple(Attachment(name, _TYPES.get(_ending(name), UNKNOWN), content) for name, content in some)


def file_name(sent: str) -> str:
    """A name of one file, whatever was sent: no folder, nothing that steers, and its ending is kept."""
    last = unicodedata.normalize("NFC", sent).replace("\\", "/").rpartition("/")[2]
    plain = "".join(one for one in last if not is_control(one) and one not in _NOT_IN_NAMES and one.isprintable())
    plain = plain.strip(" .")
    ending = PurePosixPath(plain).suffix[:12]
    return (plain.removesuffix(ending)[: NAME - len(ending)] + ending) or "file"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].casefold() if "." in name else ""
