"""The README.txt of an export, in the language of who asked for it."""

from collections.abc import Iterable
from datetime import datetime

from tenantry.words.speech import Speech

LINE = "\r\n"  # read on any machine


def readme(speech: Speech, *, name: str, made_at: datetime, parts: Iterable[tuple[str, str]]) -> str:
    """parts: the name of each part's files, and what is in it."""
    say, listed = speech.say, list(parts)
    wide = max(len(part) for part, _ in listed)
    intro = [
        say("Everything that Tenantry keeps of %(name)s", name=name),
        say("as it was on %(at)s (UTC), all of it of one moment.", at=speech.time(made_at)),
    ]
    folders = [
        say("csv/ is for people: tables for a spreadsheet, in your language. UTF-8, commas; times are UTC."),
        say("A cell that a spreadsheet would take for a formula begins with an apostrophe."),
        say("json/ is for programs: the same rows with their ids, under names that stay, one row per line."),
        say("manifest.json: the rows, size and SHA-256 of each file."),
    ]
    without = [
        say("Not in it: passwords, second steps and sessions, which nobody can read, and guests’ accounts elsewhere."),
        say(
            "It names people. Keep it where only those who may see them can, and delete it when it is no longer needed."
        ),
    ]
    tables = [f"  {part.ljust(wide)}  {about}" for part, about in listed]
    return LINE.join(_spaced([intro, folders, tables, without])) + LINE


def _spaced(blocks: list[list[str]]) -> list[str]:
    """The lines of all blocks, an empty one between two."""
    return [line for block in blocks for line in ("", *block)][1:]
