"""Name servers, once for the run."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantry.clients import dns as client
from tenantry.clients.dns import Ways
from tests.clients import nameservers
from tests.clients.nameservers import ONE, Knot


@pytest.fixture(scope="session")
def dns_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tenantry-dns-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def knot(dns_folder: Path) -> Iterator[Knot]:
    """Knot with its zones; TENANTRY_REQUIRE_BROWSER=1, as CI has it, makes a missing one a failure."""
    if nameservers.missing():
        say = "No name servers found. Install them (Debian, Ubuntu: apt-get install knot unbound)."
        (pytest.fail if os.environ.get("TENANTRY_REQUIRE_BROWSER") == "1" else pytest.skip)(say)
    with nameservers.knot(dns_folder) as knot, nameservers.evil(knot.port):
        yield knot


@pytest.fixture(scope="session")
def validating(dns_folder: Path, knot: Knot) -> Iterator[tuple[str, int]]:
    with nameservers.unbound(dns_folder, knot) as port:
        yield ONE, port


@pytest.fixture
def ways(knot: Knot, monkeypatch: pytest.MonkeyPatch) -> Ways:
    """Name servers are where Knot is, and nobody is waited for long."""
    monkeypatch.setattr(client, "PORT", knot.port)
    return Ways(resolvers=((ONE, knot.port),), allow_private=True, patience=0.3)
