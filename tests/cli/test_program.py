import os
import socket
import subprocess
import sys

import pytest
import typer

from tenantry.cli.desk import language_of
from tests.cli.conftest import calling
from tests.conftest import Base

DEAD = "postgresql://tenantry_app@127.0.0.1:1/tenantry"


def test_help_names_every_command_and_each_has_help_with_an_example(tenantry):
    said = tenantry("--help")
    assert said.code == 0
    for command in ("migrate", "catalog", "tenant", "users", "licenses", "doctor", "demo"):
        assert command in said.out
    for words in (["catalog", "import"], ["tenant", "create"], ["users", "import"], ["licenses", "assign"]):
        said = tenantry(*words, "--help")
        assert said.code == 0
        assert " ".join(["tenantry", *words]) in said.out


def test_a_wrong_word_is_called_wrongly(tenantry):
    assert tenantry("licences").code == 2
    assert tenantry("catalog", "import").code == 2
    assert tenantry("catalog", "import", "x.csv", "--sample").code == 2


def test_more_commands_and_groups_can_be_hung_in_and_refusals_of_theirs_are_told(base):
    group = typer.Typer(name="bench")

    @group.command()
    def race() -> None:
        print("racing")

    @group.command()
    def pages() -> None:
        print("turning")

    def hello() -> None:
        print("hello")

    call = calling(base, extra=[group, hello])
    assert call("bench", "race").out == "racing\n"
    assert call("hello").out == "hello\n"


def test_serve_prepares_the_house_and_hands_it_over(base):
    served = []
    call = calling(base, serve=lambda settings, house: served.append((settings.port, house.owner_url)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = call("serve", "--port", port)
    assert said.code == 0
    assert f"http://127.0.0.1:{port}" in said.out
    assert served == [(port, base.owner_url)]


def test_a_port_that_somebody_else_has_is_one_sentence_and_nothing_is_served(base):
    call = calling(base, serve=lambda settings, house: pytest.fail("served"))
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        said = call("serve", "--port", port)
    assert said.code == 1
    assert said.err.startswith(f"Nothing can be served on 127.0.0.1, port {port}")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "da_DK.UTF-8"}, "da"),
        ({"LANG": "nn_NO.UTF-8"}, "nb"),
        ({"LANG": "no_NO"}, "nb"),
        ({"LANG": "da_DK", "LC_ALL": "nl_NL"}, "nl"),
        ({"LANG": "da_DK", "LANGUAGE": "fr:nl:en"}, "nl"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fi_FI.UTF-8"}, "en"),
    ],
)
def test_the_terminal_s_language_is_spoken_where_it_is_one_of_ours(environ, language):
    assert language_of(environ) == language


def test_a_wrong_setting_is_one_sentence(tenantry):
    said = tenantry("migrate", PORT="many")
    assert (said.code, said.err) == (1, "The setting PORT is “many”; wanted is 0, 1, 2 ….\n")


def test_a_database_that_was_never_set_up_is_told_with_the_way_out(server, tenantry):
    said = calling(Base(server, "postgres"))(
        "tenant", "create", "x-1", "--name", "X", "--domain", "x.com", "--country", "DK"
    )
    assert (said.code, said.err) == (1, "The database is not set up for this version. Run: tenantry migrate\n")


def test_migrating_twice_does_no_harm(tenantry):
    said = tenantry("migrate", "--json")
    assert said.code == 0
    assert said.answer["before"] == said.answer["after"] != ""


def test_a_bug_is_shown_and_not_dressed_up(base):
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        calling(base, extra=[broken])("broken")


@pytest.mark.parametrize("words", [["migrate"], ["users", "import", __file__, "--tenant", "contoso"], ["serve"]])
def test_a_dead_database_is_one_line_and_exit_code_one(words):
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": DEAD, "LANG": "C.UTF-8"}
    program = [sys.executable, "-c", "from tenantry.app import main; main()", *words]
    done = subprocess.run(program, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "The database does not answer. Start it, or check DATABASE_URL.\n"
    assert done.stdout == ""
