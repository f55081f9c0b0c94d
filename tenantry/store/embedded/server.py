"""Starting and stopping the embedded server. Callers hold the lock `starting`."""

import os
import pwd
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from tenantry.store.embedded.places import Place, Runner, failed, make_private, state_of

DATABASE = "tenantry"
PORT = 5432  # of the socket's name only; nothing listens on the network

_PATIENCE = 60.0  # seconds to start (after a crash it replays its log) or to stop
_SOCKET_LIMIT = 100  # bytes; Linux takes 107, macOS 103
_PLAIN_PATH = re.compile(r"[\w./-]+")  # what needs no quoting, here or in a connection string
_STILL_DYING = "pre-existing shared memory block"


def url(socket: Path, role: str, database: str) -> str:
    return f"postgresql://{role}@/{quote(database)}?host={quote(str(socket))}&port={PORT}"


def ensure(place: Place, runner: Runner, durable: bool) -> Path:
    """The socket's folder of a server that answers: the running one, else a new one."""
    socket = _running_socket(place.cluster)
    if socket is not None and _answers(place, socket, lambda: _server(place.cluster) is not None):
        return socket
    return _launch(place, runner, durable)


def halt(cluster: Path) -> None:
    """A fast shutdown, if it runs: clients are cut off, everything committed is kept."""
    server = _server(cluster)
    if server is None:
        return
    server.send_signal(signal.SIGINT)
    try:
        server.wait(_PATIENCE)
    except psutil.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)  # at once; the next start replays its log
        server.wait(_PATIENCE)


def _launch(place: Place, runner: Runner, durable: bool) -> Path:
    if not place.cluster.exists():
        _make_cluster(place, runner, durable)
    socket = _socket_folder(place, runner.user)
    (place.cluster / "postgresql.conf").write_text(_configuration(place, socket, durable))
    _disown(place.cluster, socket)
    if place.log.exists() and place.log.stat().st_size > 10_000_000:
        place.log.replace(place.home / "log.1")
    deadline = time.monotonic() + _PATIENCE
    while (said := _spawn(place, runner, socket)) is not None:
        if _STILL_DYING not in said or time.monotonic() > deadline:
            raise failed("start", said)
        time.sleep(0.1)  # the last helpers of a killed server are on their way out
    return socket


def _spawn(place: Place, runner: Runner, socket: Path) -> str | None:
    """Starts it and waits until it answers. What it said, if it gave up."""
    before = len(_said(place))
    with place.log.open("ab") as log:
        os.fchown(log.fileno(), runner.user.pw_uid, -1)
        process = runner.spawn("postgres", "-D", str(place.cluster), output=log)
    if _answers(place, socket, lambda: process.poll() is None):
        return None
    return _said(place)[before:]


def _make_cluster(place: Place, runner: Runner, durable: bool) -> None:
    half = place.home / "cluster.new"
    if half.exists():
        shutil.rmtree(half)
    locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    sync = [] if durable else ["--no-sync"]
    code, said = runner.run("initdb", "-D", str(half), "-U", "postgres", "--auth=peer", *locale, *sync)
    if code:
        raise failed("initdb", said)
    (half / "pg_hba.conf").write_text("local all all peer map=house\n")
    names = sorted({runner.user.pw_name, pwd.getpwuid(0).pw_name})
    (half / "pg_ident.conf").write_text("".join(f'house "{name}" all\n' for name in names))
    half.rename(place.cluster)


def _socket_folder(place: Place, user: pwd.struct_passwd) -> Path:
    """The home itself; a short private folder if its path is too long for a socket or needs quoting."""
    length = len(os.fsencode(place.home / f".s.PGSQL.{PORT}"))
    if length <= _SOCKET_LIMIT and _PLAIN_PATH.fullmatch(str(place.home)):
        return place.home
    short = state_of(place.home)
    if os.geteuid() != 0:
        base = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"  # noqa: S108 (make_private minds the rest)
        short = Path(base, f"tenantry-{user.pw_uid}-{short.name}")
    make_private(short, user)
    return short


def _configuration(place: Place, socket: Path, durable: bool) -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    settings = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{socket}'",
        "port": str(PORT),
        "max_connections": "100",
        "shared_buffers": f"{max(32, min(memory // 4, 1024))}MB",
        "effective_cache_size": f"{max(64, memory // 2)}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        "log_line_prefix": "'%m [%p] %u@%d '",
        "log_min_duration_statement": "1000",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    lines = [f"{name} = {value}" for name, value in settings.items()]
    if (place.home / "local.conf").exists():
        lines.append("include = '../local.conf'")
    return "\n".join(["# Written at each start. Your own settings: local.conf, one folder up.", *lines, ""])


def _answers(place: Place, socket: Path, lives: Callable[[], bool]) -> bool:
    """Waits until the server takes connections. False if it dies meanwhile."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            psycopg.connect(url(socket, "postgres", "postgres")).close()
            return True
        except psycopg.OperationalError as error:
            if not lives():
                return False
            if time.monotonic() > deadline:
                raise failed("connect", f"{_said(place)}\n{error}") from error
        time.sleep(0.02)


def _said(place: Place) -> str:
    return place.log.read_text(errors="replace") if place.log.exists() else ""


# What postmaster.pid says


def _server(cluster: Path) -> psutil.Process | None:
    """The live server of `cluster`. A number in a file proves little, its working folder much."""
    lines = _pid_lines(cluster)
    try:
        process = psutil.Process(int(lines[0]))
        return process if Path(process.cwd()) == cluster else None
    except (psutil.Error, ValueError, IndexError):
        return None


def _running_socket(cluster: Path) -> Path | None:
    deadline = time.monotonic() + _PATIENCE
    while _server(cluster) is not None and time.monotonic() < deadline:
        lines = _pid_lines(cluster)
        if len(lines) > 4 and lines[4]:
            return Path(lines[4])
        time.sleep(0.02)  # its starter was killed half-way: it writes the line in a moment
    return None


def _disown(cluster: Path, socket: Path) -> None:
    """Lets the new server take a dead one's place, even if another process has its number by now.

    A server takes its parent's number (ours) for a stale one, and still checks by the rest of the file
    that nobody uses the old shared memory; deleting the file would skip that check. The socket's lock
    guards nothing but the socket, in a folder that is ours alone.
    """
    (socket / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    lines = _pid_lines(cluster)
    if lines:
        (cluster / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:], ""]))


def _pid_lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
