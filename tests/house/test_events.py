"""What is told to the vendor's app: every kind has its subject, its words and its line in the operator's paper."""

import re
from collections.abc import Iterable

from tenantry.domain.events import SUBJECTS
from tenantry.words.events import EVENTS
from tests.house.sources import ROOT, Source, literals, parse, sources

PAPER = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
_TOLD = re.compile(r"INSERT INTO outbox\b.*?'([a-z_]+\.[a-z_]+)'", re.DOTALL)


def told(some: Iterable[Source]) -> set[str]:
    """The kinds that statements write."""
    return {kind for source in some for text in literals(source.tree) for kind in _TOLD.findall(text)}


def test_every_kind_of_event_is_known_has_words_and_stands_in_the_paper() -> None:
    kinds = told(sources("store", "commands"))
    assert kinds == SUBJECTS.keys() == EVENTS.keys()
    assert {kind for kind in kinds if f"| `{kind}` |" not in PAPER} == set()


def test_a_kind_that_nobody_knows_is_seen() -> None:
    spoiled = parse("x.py", "text(\"INSERT INTO outbox (tenant_id, kind) SELECT tenant_id, 'seat.lost' FROM gone\")")
    assert told([spoiled]) - SUBJECTS.keys() == {"seat.lost"}
