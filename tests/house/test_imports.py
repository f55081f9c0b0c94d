"""The walls between the rooms (.importlinter), and the proof that each of them can fail."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.sources import HOUSE, ROOT, Source, parse, sources

CONTRACTS = (
    "Imports only go down",
    "Doors never import the store",
    "No circles among siblings",
    "Only jobs speak to the outside world",
)


def lint(folder: Path) -> str:
    """What import-linter says of the `tenantry` in `folder`."""
    lint_imports = Path(sys.executable).parent / "lint-imports"
    order = [str(lint_imports), "--no-cache", "--config", str(ROOT / ".importlinter")]
    return subprocess.run(order, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_every_wall_stands() -> None:
    said = lint(ROOT)
    assert [contract for contract in CONTRACTS if f"{contract} KEPT" not in said] == [], said


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the program that may be spoiled."""
    shutil.copytree(HOUSE, tmp_path / "tenantry", ignore=shutil.ignore_patterns("__pycache__", "static", "locales"))
    return tmp_path / "tenantry"


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("kit/ids.py", "import tenantry.domain.roles", CONTRACTS[0]),
        ("domain/roles.py", "import tenantry.store.tables", CONTRACTS[0]),
        ("store/handles.py", "import tenantry.words.speech", CONTRACTS[0]),
        ("queries/home.py", "import tenantry.commands.frame", CONTRACTS[0]),
        ("web/home.py", "import tenantry.cli", CONTRACTS[0]),
        ("attic/__init__.py", "", CONTRACTS[0]),
        ("web/home.py", "import tenantry.store.tables", CONTRACTS[1]),
        ("api/entitlements.py", "import tenantry.store.tables", CONTRACTS[1]),
        ("cli/__init__.py", "from tenantry.store import database", CONTRACTS[1]),
        ("jobs/post.py", "from tenantry.store import letters", CONTRACTS[1]),
        ("domain/roles.py", "import tenantry.domain.viewers", CONTRACTS[2]),
        ("web/home.py", "import tenantry.clients.mail", CONTRACTS[3]),
    ],
)
def test_a_hole_in_a_wall_is_seen(file: str, line: str, contract: str, copied: Path) -> None:
    path = copied / file
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    said = lint(copied.parent)
    assert f"{contract} BROKEN" in said or (file.startswith("attic") and "attic" in said), said


def strange(pure: Iterable[Source]) -> list[str]:
    """Imports of anything but the standard library, the kit and the domain itself."""
    found = []
    for source in pure:
        for node in ast.walk(source.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name.startswith(("tenantry.kit", "tenantry.domain"))
                if not own and name.split(".")[0] not in sys.stdlib_module_names:
                    found.append(f"{source.path}: {name}")
    return found


def test_the_domain_is_plain_python() -> None:
    assert strange(sources("domain")) == []


def test_a_library_in_the_domain_would_be_seen() -> None:
    spoiled = "import re\nimport sqlalchemy.orm\nfrom tenantry.kit import ids\nfrom tenantry.store import x\n"
    assert strange([parse("tenantry/domain/x.py", spoiled)]) == [
        "tenantry/domain/x.py: sqlalchemy.orm",
        "tenantry/domain/x.py: tenantry.store",
    ]
