"""The embedded server: made, shared, stopped, killed, and kept out of private folders."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tenantry.kit.errors import Refused
from tenantry.store.embedded import APP, JOBS, OWNER, Embedded, places, start

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root moves data and runs it as another user")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder that a server's own user can reach (pytest's own is closed), the state folder in it."""
    path = Path(tempfile.mkdtemp(prefix="tenantry-", dir="/tmp"))
    path.chmod(0o755)
    monkeypatch.setattr(places, "STATE", path / "state")
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder that the tests start and stop in turn: making one costs a second."""
    path = Path(tempfile.mkdtemp(prefix="tenantry-", dir="/tmp"))
    path.chmod(0o755)
    start(path / "data", durable=False).stop()
    yield path / "data"
    shutil.rmtree(path)


@pytest.fixture
def copied(folder: Path, data: Path) -> Path:
    """A copy of it, for a test that moves or spoils it."""
    subprocess.run(["cp", "-a", str(data), str(folder / "data")], check=True)
    return folder / "data"


def server_pid(server: Embedded) -> int:
    return int((server.place.cluster / "postmaster.pid").read_text().splitlines()[0])


def ask(server: Embedded, query: str, role: str = APP) -> object:
    with psycopg.connect(server.url(role)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_the_roles_can_sign_in_and_none_is_a_superuser(data: Path) -> None:
    with start(data, durable=False) as server:
        for role in (OWNER, APP, JOBS):
            query = "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
            assert ask(server, query, role) is False
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert ask(server, owner) == OWNER


def test_text_folds_by_unicode_rules_and_time_is_utc(data: Path) -> None:
    with start(data, durable=False) as server:
        assert ask(server, "SELECT casefold('STRAẞE ÅØ' COLLATE pg_unicode_fast)") == "strasse åø"
        assert ask(server, "SELECT current_setting('timezone')") == "UTC"
        assert ask(server, "SELECT current_setting('server_encoding')") == "UTF8"


def test_it_is_durable_unless_told_otherwise(data: Path) -> None:
    with start(data) as server:
        assert ask(server, "SELECT current_setting('fsync') || current_setting('synchronous_commit')") == "onon"
    with start(data, durable=False) as server:
        assert ask(server, "SELECT current_setting('fsync') || current_setting('synchronous_commit')") == "offoff"


def test_a_second_start_keeps_the_data(data: Path) -> None:
    with start(data, durable=False) as server, psycopg.connect(server.url(OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with start(data, durable=False) as server:
        assert ask(server, "SELECT number FROM kept", OWNER) == 7


def test_settings_of_your_own_are_kept(data: Path) -> None:
    (data / "postgresql" / "local.conf").write_text("work_mem = 9MB\n")
    with start(data, durable=False) as server:
        assert ask(server, "SELECT current_setting('work_mem')") == "9MB"
    (data / "postgresql" / "local.conf").unlink()


def test_the_last_user_stops_the_server_and_nobody_before(data: Path) -> None:
    first, second = start(data, durable=False), start(data, durable=False)
    pid = server_pid(first)
    assert server_pid(second) == pid
    first.stop()
    assert ask(second, "SELECT 1") == 1
    second.stop()
    second.stop()
    assert not psutil.pid_exists(pid)


def test_another_process_shares_the_server_without_stopping_it(data: Path) -> None:
    visit = f"from pathlib import Path; from tenantry.store.embedded import start; start(Path({str(data)!r})).stop()"
    with start(data, durable=False) as server:
        pid = server_pid(server)
        subprocess.run([sys.executable, "-c", visit], check=True)
        assert server_pid(server) == pid
        assert ask(server, "SELECT 1") == 1


def test_a_server_whose_starter_was_killed_is_adopted_and_stopped(data: Path) -> None:
    die = (
        "import os, signal; from pathlib import Path; from tenantry.store.embedded import start;"
        f"start(Path({str(data)!r}), durable=False); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", die], check=False)
    with start(data, durable=False) as server:
        pid = server_pid(server)
        assert ask(server, "SELECT current_setting('fsync')") == "off"
    assert not psutil.pid_exists(pid)


def test_a_killed_server_is_started_again_and_lost_nothing(data: Path) -> None:
    killed = start(data)
    with psycopg.connect(killed.url(OWNER)) as connection:
        connection.execute("CREATE TABLE survived AS SELECT 7 AS number")
    os.kill(server_pid(killed), signal.SIGKILL)
    with start(data) as server:
        assert ask(server, "SELECT number FROM survived", OWNER) == 7
    killed.stop()


def test_a_stale_number_that_is_another_process_by_now_does_not_bar_the_start(data: Path) -> None:
    cluster = data / "postgresql" / "cluster"
    owner = cluster.stat()
    bystander = subprocess.Popen(["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None)
    try:
        pid_file = cluster / "postmaster.pid"
        pid_file.write_text(f"{bystander.pid}\n{cluster}\n1\n5432\n{cluster.parent}\n\n\nready\n")
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        with start(data, durable=False) as server:
            assert ask(server, "SELECT 1") == 1
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_half_made_database_is_made_anew(folder: Path) -> None:
    half = folder / "data" / "postgresql" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with start(folder / "data", durable=False) as server:
        assert ask(server, "SELECT 1") == 1


def test_two_copies_run_side_by_side(copied: Path, folder: Path) -> None:
    subprocess.run(["cp", "-a", str(copied), str(folder / "beside")], check=True)
    with start(copied, durable=False) as one, start(folder / "beside", durable=False) as two:
        assert server_pid(one) != server_pid(two)
        for server in (one, two):
            assert ask(server, "SELECT current_setting('data_directory')", "postgres") == str(server.place.cluster)


def test_a_long_path_moves_the_socket_alone(copied: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    far = folder.joinpath(*["a-long-name-of-a-folder"] * 5)
    far.mkdir(parents=True)
    copied.rename(far / "data")
    with start(far / "data", durable=False) as server:
        assert server.place.home == far / "data" / "postgresql"
        assert len(str(server.socket)) < 90
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert ask(server, "SELECT 1") == 1


def test_a_path_with_odd_characters_works(copied: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    odd = copied.rename(folder / "a, b 'c' $d &x=y")
    with start(odd, durable=False) as server:
        assert ask(server, "SELECT 1") == 1


def test_nobody_else_reaches_the_socket_and_nothing_listens_on_the_network(data: Path) -> None:
    with start(data, durable=False) as server:
        facts = server.socket.stat()
        assert stat.S_IMODE(facts.st_mode) == 0o700
        assert pwd.getpwuid(facts.st_uid).pw_name == (
            places.SYSTEM_USER if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        )
        assert ask(server, "SELECT current_setting('listen_addresses')") == ""


@as_root
def test_even_with_the_folder_open_another_user_is_not_let_in(data: Path) -> None:
    with start(data, durable=False) as server:
        server.socket.chmod(0o755)
        stranger = pwd.getpwnam("nobody")
        tried = subprocess.run(
            [str(server.bin_dir / "psql"), server.url(OWNER), "-c", "SELECT 1"],
            user=stranger.pw_uid,
            group=stranger.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    assert tried.returncode == 2
    assert "Peer authentication failed" in tried.stderr


def test_the_terminal_does_not_reach_the_server(data: Path) -> None:
    with start(data, durable=False) as server:
        assert os.getsid(server_pid(server)) != os.getsid(0)


def test_a_server_that_cannot_start_says_why(data: Path) -> None:
    (data / "postgresql" / "local.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(Refused, match="embedded_failed") as refused:
        start(data, durable=False)
    assert "no_such_setting" in refused.value.params["log"]
    (data / "postgresql" / "local.conf").unlink()
    start(data, durable=False).stop()


@as_root
def test_under_a_private_parent_the_data_moves_and_the_parent_stays_closed(folder: Path) -> None:
    private = folder / "home"
    private.mkdir(mode=0o700)
    with start(private / "checkout" / "var", durable=False) as server:
        assert server.place.moved == "private_parent"
        assert server.place.home.is_relative_to(folder / "state")
        assert ask(server, "SELECT 1") == 1
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert not (private / "checkout" / "var" / "postgresql").exists()
    private.chmod(0o755)
    with start(private / "checkout" / "var", durable=False) as server:
        assert server.place.moved == "private_parent", "data once moved stays where it is"


@as_root
def test_data_in_a_folder_that_was_closed_later_is_refused_and_not_begun_anew(copied: Path, folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir()
    copied.rename(closed / "data")
    closed.chmod(0o700)
    with pytest.raises(Refused) as refused:
        start(closed / "data", durable=False)
    assert refused.value.params["hint"] == "folder_closed"


@as_root
def test_programs_in_a_private_environment_are_copied_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = places.server_user(folder)
    monkeypatch.setattr(places, "_can_use", lambda user, path: False)
    copied = places.programs(user)
    assert copied.is_relative_to(folder / "state")
    assert places.Runner(user, copied).run("initdb", "--version")[1].startswith("initdb (PostgreSQL) 18")
    before = copied.stat()
    assert places.programs(user).stat() == before
    assert len(list((folder / "state").iterdir())) == 1


@as_root
def test_root_runs_a_users_own_data_as_that_user(copied: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", str(copied)], check=True)
    with start(copied, durable=False) as server:
        assert psutil.Process(server_pid(server)).username() == "nobody"
