"""Service requests: their states, what may be written, and files with names that are not to be trusted."""

import pytest

from tenantry.domain.service_requests import (
    FILE_BYTES,
    MESSAGES,
    UNKNOWN,
    Asked,
    Attachment,
    Deed,
    State,
    attach,
    checked,
    file_name,
    is_unanswered,
    move,
    said,
)
from tenantry.kit.errors import Refused

N, WO, WA, C = State.NEW, State.WORKING, State.WAITING, State.CLOSED
NO = None  # refused
MOVES = {
    Deed.WRITE: (N, WO, WO, NO),
    Deed.CLOSE: (C, C, C, NO),
    Deed.REOPEN: (NO, NO, NO, N),
    Deed.TAKE: (WO, WO, WO, NO),
    Deed.ANSWER: (WO, WO, WO, NO),
    Deed.ASK_BACK: (WA, WA, WA, NO),
    Deed.FINISH: (C, C, C, NO),
}


@pytest.mark.parametrize("deed", Deed)
def test_every_deed_from_every_state(deed: Deed) -> None:
    def end(state: State) -> State | None:
        try:
            return move(state, deed)
        except Refused:
            return None

    assert tuple(end(state) for state in (N, WO, WA, C)) == MOVES[deed]


def test_only_what_the_tenant_writes_waits_for_the_operator() -> None:
    assert [deed for deed in Deed if is_unanswered(deed, before=False)] == [Deed.WRITE, Deed.REOPEN]
    assert is_unanswered(Deed.TAKE, before=True)


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        (Asked("weather", "low", "T", "B"), "category_unknown", "category"),
        (Asked("billing", "dire", "T", "B"), "severity_unknown", "severity"),
        (Asked("billing", "low", " ", "B"), "text_missing", "title"),
        (Asked("billing", "low", "T\nwo", "B"), "text_control", "title"),
        (Asked("billing", "low", "T", "\r\n "), "text_missing", "body"),
        (Asked("billing", "low", "T", "x" * 10_001), "text_long", "body"),
        (Asked("billing", "low", "T", "a\x00b"), "text_control", "body"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_at_its_field(asked: Asked, code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(asked)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_long_request_can_still_be_closed_without_a_word() -> None:
    assert said(Deed.CLOSE, " ", (), before=MESSAGES) == ""
    assert said(Deed.CLOSE, "Bye", (), before=MESSAGES - 1) == "Bye"
    with pytest.raises(Refused, match="request_long"):
        said(Deed.CLOSE, "Bye", (), before=MESSAGES)
    with pytest.raises(Refused, match="text_missing"):
        said(Deed.WRITE, " ", (), before=0)


def test_a_message_keeps_its_lines() -> None:
    assert checked(Asked("billing", "low", " Bill ", "One\r\n\r\n\tTwo\n")).body == "One\n\n\tTwo"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("bill.pdf", "bill.pdf"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\eve\screen.png", "screen.png"),
        ('x"; filename="evil.exe', "x filename=evil.exe"),
        ("gnp\u202eexe.png\r\n", "gnpexe.png"),
        ("Skærmbillede 1.png", "Skærmbillede 1.png"),
        ("...", "file"),
        ("", "file"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
    ],
)
def test_a_name_is_made_one_that_is_safe(sent: str, kept: str) -> None:
    assert file_name(sent) == kept


def test_the_type_of_a_file_is_told_by_its_ending_and_never_one_that_a_browser_runs() -> None:
    kept = attach([("a.PNG", b"1"), ("page.html", b"<script>"), ("drawing.svg", b"<svg>"), ("empty.txt", b"")])
    assert kept == (
        Attachment("a.PNG", "image/png", b"1"),
        Attachment("page.html", UNKNOWN, b"<script>"),
        Attachment("drawing.svg", UNKNOWN, b"<svg>"),
    )


def test_too_many_and_too_large_files_are_refused() -> None:
    with pytest.raises(Refused, match="files_too_many"):
        attach([(f"{n}.txt", b"x") for n in range(6)])
    assert attach([("full.zip", b"x" * FILE_BYTES)])
    with pytest.raises(Refused, match="file_too_large"):
        attach([("more.zip", b"x" * (FILE_BYTES + 1))])
