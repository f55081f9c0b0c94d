"""Who asks, where proxies stand between."""

import pytest

from tenantry.kit.networks import client_of, is_loopback, is_within, read_networks

TRUSTED = read_networks("10.0.0.0/8, 127.0.0.1, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
    ],
)
def test_only_what_a_trusted_machine_wrote_is_believed(peer: str, forwarded: str, client: str) -> None:
    trusted_peer = is_within(peer, TRUSTED)
    assert (client_of(peer, forwarded, TRUSTED) if trusted_peer else peer) == client


def test_without_proxies_nobody_is_believed() -> None:
    assert client_of("127.0.0.1", "203.0.113.9", read_networks("")) == "127.0.0.1"


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="the balancer"):
        read_networks("10.0.0.1, the balancer")


def test_this_machine_is_known_by_each_of_its_names() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1")))
    assert not any(map(is_loopback, ("10.0.0.1", "::2", "", "testclient", "localhost")))
