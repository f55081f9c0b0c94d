"""Every command and every query names a permission; what comes before any tenant is on a short list."""

import ast
import importlib
from collections.abc import Iterable

from tenantry.commands.frame import COMMANDS
from tenantry.commands.operator_frame import OPERATOR_COMMANDS
from tenantry.domain.roles import Permission
from tenantry.queries.frame import QUERIES
from tenantry.words import deeds
from tests.house.sources import Source, parse, sources

# What a door may call without a viewer, and why.
OPEN = {
    "find_account": "who is signed in, before any tenant",
    "enter": "makes the viewer",
    "list_tenants": "the tenants of one's own account",
    "find_tenant": "the operator's way in",
    "sign_in": "makes the session",
    "sign_out": "ends one's own session",
    "choose_language": "one's own account",
    "choose_theme": "one's own account",
    "change_settings": "one's own account",
    "change_password": "one's own account",
    "ask_reset": "whoever forgot a password, before any tenant",
    "send_reset_link": "a letter to whoever asked, before any tenant",
    "reset_password": "whoever has the letter's link",
    "find_reset": "whoever has the letter's link",
    "begin_sign_up": "whoever wants to sign up, before any tenant",
    "send_new_code": "whoever has the browser's token of a sign-up",
    "prove_address": "whoever has the browser's token of a sign-up, and the mailed code",
    "finish_sign_up": "whoever has proven an address; makes the user and the session",
    "find_sign_up": "whoever has the browser's token of a sign-up",
    "foresee_sign_up": "whoever has proven an address",
    "list_sessions": "one's own account",
    "list_sign_ins": "one's own account",
    "end_session": "one's own account",
    "end_other_sessions": "one's own account",
    "sweep_sessions": "what is over, of all accounts",
    "run_many": "what fell due in many tenants at once, in nobody's name",
    "see_two_step": "one's own account",
    "find_half": "a sign-in that waits for its second step",
    "find_started": "one's own account",
    "prove_code": "makes a half session whole",
    "prove_recovery_code": "makes a half session whole",
    "ask_passkey": "for a half session",
    "prove_passkey": "makes a half session whole",
    "ask_any_passkey": "before anybody is known",
    "sign_in_by_passkey": "makes the session",
    "start_authenticator": "one's own account",
    "confirm_authenticator": "one's own account",
    "ask_new_passkey": "one's own account",
    "add_passkey": "one's own account",
    "remove_factor": "one's own account",
    "renew_recovery_codes": "one's own account",
    "catalog_is_empty": "the catalog is everybody's",
    "operator_exists": "asked before there is one",
    "find_my_access": "the operator's own way into a tenant",
    "read_house_request": "what was asked of the operator",
    "read_house_file": "a file of what was asked of the operator",
    "rate_help": "whoever reads a help page, signed in or not",
    "make_operator_link": "the machine's terminal, before there is an operator",
    "welcome_is_good": "before anybody is known: who has the link's token",
    "become_operator": "whoever has the link's token",
    "owner": "the owner of the database",
    "migrate_schema": "the owner of the database",
    "examine": "the operator's proofs, as the jobs role",
    "tenants_to_purge": "what has fallen due, as the jobs role",
    "tenant_there": "what has fallen due, as the jobs role",
    "each": "what has fallen due, as the jobs role",
    "tenants_in_conflict": "what has fallen due, as the jobs role",
    "living_tenants": "what has fallen due, as the jobs role",
    "tenants_to_sweep": "what has fallen due, as the jobs role",
    "tenants_to_end": "what has fallen due, as the jobs role",
    "tenants_to_run": "what has fallen due, as the jobs role",
    "require_safe_roles": "before anything is served",
    "require_schema": "before anything is served",
    "ask": "asks with the right of the command that it asks for",
    "start": "a job, of what was asked for with a right",
    "note_progress": "a job, of what was asked for with a right",
    "finish": "a job, of what was asked for with a right",
    "fail": "a job, of what was asked for with a right",
    "find_actor": "makes the viewer of a job",
    "take_up": "a job, of what was asked for with a right",
    "try_again": "what one asked for oneself, with a right",
    "take_secret": "what one asked for oneself, with a right",
    "fill_cart": "asks for the right itself; one's own cart, and nothing of the tenant is changed",
    "begin_draft": "asks for the right itself; one's own draft, and nothing of the tenant is changed",
    "change_draft": "asks for the right itself; one's own draft",
    "sweep_long_operations": "time itself: what is past its days",
    "take_letter": "letters belong to no tenant",
    "letter_sent": "letters belong to no tenant",
    "letter_kept": "letters belong to no tenant",
    "letter_failed": "letters belong to no tenant",
    "take_up_letters": "letters belong to no tenant",
    "tenants_to_tell": "what has fallen due, as the jobs role",
    "tenants_given_up": "what the operator has sent again, as the jobs role",
    "take_events": "a job, of what was done with a right",
    "note_answers": "a job, of what was done with a right",
    "retry_all_events": "calls an operator's command for each tenant",
    "open_quick_start": "whoever has the link",
    "read_app_entitlements": "a vendor's app, known by its key",
    "quick_entitlements_of": "for whoever let the asker in by the key of an app",
    "list_mailbox": "the demo's letters, open to everybody",
    "read_kept_letter": "the demo's letters, open to everybody",
    "back_up": "the operator, for everybody",
    "restore_backup": "the operator, into an empty database",
    "unready": "asked by machines, before anything is served",
    "mark_seen": "how far one has read oneself",
    "choose_mailed": "one's own choice",
    "mail_notices": "time itself: what is new",
    "find_meeting": "whoever has the meeting's link",
    "hear_meetings": "ids of meetings in which something changed, and nothing of them",
    "join_meeting": "whoever has the meeting's link",
    "look_in": "whoever has the meeting's link; who is in, only for who is in",
    "stay_in_meeting": "whoever has the meeting's link",
    "leave_meeting": "whoever has the meeting's link",
    "mute_self": "whoever has the meeting's link, themselves",
    "let_in": "asks for the meeting's organizer itself",
    "turn_away": "asks for the meeting's organizer itself",
    "end_meeting": "asks for the meeting's organizer itself",
    "plan_meeting": "asks for the right itself; one's own meeting, and nothing of the tenant is changed",
    "change_habits": "asks for the right itself; one's own choice",
    "sweep_meetings": "time itself: of whom nothing is heard",
    "remind_of_meetings": "time itself: what begins soon",
    "tenants_with_lost_attendees": "what has fallen due, as the jobs role",
    "tenants_to_remind": "what has fallen due, as the jobs role",
    "tenants_to_chase": "what has fallen due, as the jobs role",
    "tenants_to_mail": "what is new, as the jobs role",
    "domains_to_check": "what has fallen due, as the jobs role",
    "look_due": "a job, of what was asked for with a right",
    "list_zone": "only the demo has it",
    "look_into_zone": "only the demo has it",
    "add_zone_record": "only the demo has it",
    "remove_zone_record": "only the demo has it",
    "count_backlog": "numbers without names, over the whole house",
    "take_stripe_event": "Stripe itself, known by its signature; a job asks it back",
    "forget_stripe_events": "time itself: ids of no tenant",
    "forget_events": "time itself: what was told long ago, as the jobs role",
    "mail_invoices": "time itself: what is new",
    "tenants_with_credit": "what has fallen due, as the jobs role",
    "tenants_with_unmailed_invoices": "what is new, as the jobs role",
}
OPERATORS = "OPERATORS"  # what only the operator may, who is no tenant's viewer
WAYS_IN = {"db", "house"}  # a first argument that opens transactions; `tx` is somebody's who was let in


def named(source: Source) -> dict[str, str | None]:
    """Function that opens a transaction or is decorated as one -> the permission it names, or None."""
    found: dict[str, str | None] = {}
    for node in source.tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
            rights = [_permission(decorator) for decorator in node.decorator_list]
            right = next((right for right in rights if right), None)
            first = node.args.args[0].arg if node.args.args else ""
            if right or first in WAYS_IN:
                found[node.name] = right
    return found


def _permission(decorator: ast.expr) -> str | None:
    if isinstance(decorator, ast.Name) and decorator.id in ("operator_command", "operator_query"):
        return OPERATORS
    if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") in ("command", "query"):
        argument = decorator.args[0]
        return argument.attr if isinstance(argument, ast.Attribute) else "?"
    return None


def without_right(rooms: Iterable[Source]) -> list[str]:
    """Ways in that name no permission and are not on the short list."""
    ways = ((source.path, name, right) for source in rooms for name, right in named(source).items())
    known = {*Permission.__members__, OPERATORS}
    return [f"{path}: {name}" for path, name, right in ways if right not in known and name not in OPEN]


def test_every_command_and_query_names_a_permission() -> None:
    assert without_right(sources("commands", "queries")) == []


def test_one_without_a_permission_is_seen() -> None:
    spoiled = """
async def list_secrets(db, *, now): ...
@query(Permission.NO_SUCH)
async def read_secrets(tx, viewer): ...
@command(Permission.USER_ADD)
async def add_secret(tx, viewer): ...
async def part_of_something(tx): ...
"""
    told = without_right([parse("tenantry/queries/x.py", spoiled)])
    assert told == ["tenantry/queries/x.py: list_secrets", "tenantry/queries/x.py: read_secrets"]


def test_the_short_list_names_nothing_that_is_gone() -> None:
    ways = {name: right for source in sources("commands", "queries") for name, right in named(source).items()}
    assert sorted(OPEN) == sorted(name for name, right in ways.items() if right is None)


def _import(source: Source) -> None:
    importlib.import_module(source.path.removesuffix(".py").replace("/", "."))


def test_the_registers_hold_what_the_sources_say() -> None:
    commands, queries = {}, {}
    for register, room in ((commands, "commands"), (queries, "queries")):
        for source in sources(room):
            _import(source)
            register |= {name: right for name, right in named(source).items() if right and right != OPERATORS}
    assert {name: right.name for name, right in COMMANDS.items()} == commands
    assert {name.rpartition(".")[2]: right.name for name, right in QUERIES.items()} == queries


def test_the_audit_log_has_words_for_every_command() -> None:
    for source in sources("commands"):
        _import(source)
    known = COMMANDS.keys() | OPERATOR_COMMANDS
    assert sorted(known - deeds.NAMES.keys()) == []
    assert sorted(known - deeds.DEEDS.keys()) == []
