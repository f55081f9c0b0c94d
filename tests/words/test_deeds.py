"""Every command, and every reason to be left out, has its words."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

from tenantry import commands, domain, store
from tenantry.commands.frame import COMMANDS
from tenantry.commands.operator_frame import OPERATOR_COMMANDS
from tenantry.words.deeds import DEEDS, NAMES, deed, told
from tenantry.words.outcomes import REASONS
from tenantry.words.refusals import SENTENCES
from tenantry.words.speech import speech

ENGLISH = speech("en")
NOTHING = {"assigned": {}, "removed": {}, "switched_off": {}, "changed": 0, "unchanged": 0, "refused": 0}


def test_every_command_that_can_be_done_has_a_sentence_and_a_name() -> None:
    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{module.name}")
    known = {name for name in COMMANDS if COMMANDS[name] and not name.startswith("_")} | OPERATOR_COMMANDS
    assert known - DEEDS.keys() == set()
    assert DEEDS.keys() == NAMES.keys()


def _codes(folder: Path) -> set[str]:
    """The codes of every `Refusal("code", ...)` that is written below `folder`."""
    found = set()
    for path in folder.rglob("licenses*"):
        for file in [path] if path.suffix == ".py" else path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                    texts = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
                    found |= {text for text in texts if isinstance(text, str)}
    return found


def test_every_reason_that_the_rules_give_has_a_short_name_and_a_sentence() -> None:
    codes = _codes(Path(domain.__path__[0])) | _codes(Path(store.__path__[0]))
    assert {"plan_conflict", "seats_short"} <= codes
    assert codes - REASONS.keys() == set()
    assert REASONS.keys() <= SENTENCES.keys()


@pytest.mark.parametrize(
    ("subject", "facts", "sentence"),
    [
        ("Adele", {"assigned": {"E3": 1}, "changed": 1}, "Assigned E3 to Adele"),
        ("5", {"assigned": {"E3": 3, "Visio": 3}, "changed": 3, "refused": 2}, "Assigned E3 and Visio to 3 people"),
        ("5", {"removed": {"E3": 5}, "changed": 5}, "Removed E3 from 5 people"),
        (
            "1",
            {"assigned": {"E3": 1}, "removed": {"E1": 1}, "changed": 1},
            "Replaced licenses of 1 person: assigned E3, removed E1",
        ),
        ("Adele", {"changed": 1}, "Turned apps on or off for Adele"),
        ("4", {"refused": 4}, "Licenses could not be assigned to 4 people"),
    ],
)
def test_an_assignment_is_told_by_what_it_came_to(subject: str, facts: dict[str, object], sentence: str) -> None:
    assert deed(ENGLISH, "assign_licenses", subject, NOTHING | facts) == sentence


@pytest.mark.parametrize(
    ("command", "subject", "facts", "sentence"),
    [
        ("add_person", "Ida", {"kind": "member"}, "Added Ida"),
        ("add_person", "Gus", {"kind": "guest"}, "Added Gus as a guest"),
        ("add_person", "Ida", {"kind": "member", "assigned": {"E3": 1}}, "Added Ida and assigned E3"),
        ("import_people", "12", {"count": 12}, "Imported 12 people from a file"),
        ("add_people", "12", {"count": 12, "failed": 2}, "Added 12 people from a file"),
        ("add_people", "Ida", {"count": 1, "assigned": {"E3": 1}}, "Added Ida from a file and assigned E3"),
        (
            "set_usage_location",
            "Ida",
            {"usage_location": "NO", "changed": 1},
            "Set the usage location of Ida to Norway",
        ),
        ("edit_person", "Ida", {"fields": ["city"]}, "Edited Ida"),
        ("edit_person", "Ida", {"renamed": "i@x.example"}, "Edited Ida, whose username is i@x.example now"),
        ("block_people", "Ida", {"changed": 1, "blocked": True}, "Blocked the sign-in of Ida"),
        ("block_people", "12", {"changed": 12, "blocked": False}, "Unblocked the sign-in of 12 people"),
        ("open_subscription", "E3", {"seats": 1, "trial": False}, "Opened a subscription of E3 with 1 seat"),
        ("open_subscription", "E3", {"seats": 25, "trial": True}, "Started a trial of E3 with 25 seats"),
        ("create_tenant", "Contoso", {}, "Created the organization Contoso"),
        ("run_subscriptions", "E3", {"charged": 2, "renewed": 1, "asked": 0}, "Renewed and charged: E3"),
        (
            "run_subscriptions",
            "E3 +1",
            {"charged": 2, "renewed": 0, "asked": 0},
            "Charged the next billing period: E3 +1",
        ),
        (
            "run_subscriptions",
            "E3",
            {"charged": 0, "renewed": 0, "asked": 1},
            "Asked for the payment of the next term: E3",
        ),
        ("advance_clock", "Contoso", {"clock_at": "2027-03-01T09:00:00Z"}, "Moved the test clock to 1 Mar 2027"),
        (
            "open_support_access",
            "Contoso",
            {"level": "look", "hours": 2},
            "Opened support access to Contoso for 2 hours, to look",
        ),
        (
            "open_support_access",
            "Contoso",
            {"level": "change", "hours": 1},
            "Opened support access to Contoso for 1 hour, to change things",
        ),
        ("end_support_access", "Olga", {}, "Ended the support access of Olga"),
        ("leave_support_access", "Contoso", {}, "Left Contoso after support access"),
        ("a_verb_of_old", "Contoso", {}, "a_verb_of_old: Contoso"),
    ],
)
def test_other_commands_are_told_in_a_sentence(
    command: str, subject: str, facts: dict[str, object], sentence: str
) -> None:
    assert deed(ENGLISH, command, subject, facts) == sentence


def test_money_and_days_are_told_as_the_reader_writes_them() -> None:
    facts = {"amount": {"minor": 100_000, "currency": "DKK"}, "paid_on": "2026-03-02"}
    assert told(ENGLISH, facts) == [("Amount", "DKK 1,000.00"), ("Paid on", "2 Mar 2026")]


def test_facts_are_told_in_one_order_and_empty_ones_are_not() -> None:
    facts = {"trial": False, "roles": ["global_admin"], "assigned": {"E3": 1200}, "removed": {}, "mystery": "kept"}
    assert told(ENGLISH, facts) == [
        ("Assigned", "E3: 1,200"),
        ("Roles", "Global admin"),
        ("Trial", "No"),
        ("mystery", "kept"),
    ]
