"""Networks of machines that are trusted, and whom they speak for."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

type_networks = Sequence[IPv4Network | IPv6Network]


def read_networks(text: str) -> type_networks:
    """Addresses and networks, with commas between. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def read_endpoints(text: str, port: int) -> tuple[tuple[str, int], ...]:
    """Addresses with commas between, each with a port if it is not `port`: 192.0.2.1:5353, [2001:db8::1]:5353.

    Raises ValueError.
    """
    return tuple(_endpoint(part.strip(), port) for part in text.split(",") if part.strip())


def _endpoint(text: str, port: int) -> tuple[str, int]:
    if text.startswith("["):
        address, _, after = text[1:].partition("]")
        number = after.removeprefix(":")
    elif text.count(":") > 1:
        address, number = text, ""
    else:
        address, _, number = text.partition(":")
    return str(ip_address(address)), int(number) if number else port


def is_within(address: str, networks: type_networks) -> bool:
    """Whether `address` is one of theirs; what is no address is not."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known in network for network in networks)


def is_loopback(address: str) -> bool:
    return is_within(address, _LOOPBACK)


def client_of(peer: str, forwarded: str, trusted: type_networks) -> str:
    """Who asks: the peer, or behind trusted proxies the last of `forwarded` (X-Forwarded-For) that is none of them.

    Only what a trusted machine wrote is believed; all before that may be invented.
    """
    chain = [*(part.strip() for part in forwarded.split(",") if part.strip()), peer]
    while len(chain) > 1 and is_within(chain[-1], trusted):
        chain.pop()
    return chain[-1]


_LOOPBACK = read_networks("127.0.0.0/8, ::1")
