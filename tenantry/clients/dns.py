"""The DNS: what a domain's own servers say of it, each asked directly, so that no cache stands in between.

A resolver is asked only for where these servers are. Whoever adds a domain chooses whom we ask: so addresses that
are not of the Internet are refused, aliases are not followed, and everything has an end: tries, depth, size and time.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdatatype
import dns.resolver

from tenantry.domain.domains import PREFIX, Answer, Look, Outcome, Said

PORT = 53
MOST_SERVERS = 6  # of a domain
DEEPEST = 4  # referrals
MOST_VALUES, LONGEST = 20, 200  # of what a server says; characters
PAYLOAD = 1232  # bytes by UDP; what is longer is asked for by TCP
_TXT, _MX = dns.rdatatype.TXT, dns.rdatatype.MX
_EMBEDDED = IPv6Network("64:ff9b::/96")  # an IPv4 address in other clothes
log = logging.getLogger("tenantry.jobs")

type_endpoint = tuple[str, int]  # address, port


@dataclass(frozen=True)
class Ways:
    """How the DNS is asked. resolvers: none: the machine's own. validating: one that checks DNSSEC.

    patience: seconds for one try with one server.
    """

    resolvers: tuple[type_endpoint, ...] = ()
    validating: type_endpoint | None = None
    allow_private: bool = False
    patience: float = 3.0


@dataclass(frozen=True)
class _Zone:
    """Servers that may know of a domain. glue: addresses that came with their names."""

    name: dns.name.Name
    servers: tuple[dns.name.Name, ...]
    glue: tuple[tuple[dns.name.Name, str], ...] = field(default=())


async def look(name: str, ways: Ways) -> Look:
    """What is found of a domain now. Never raises for what the network, or whoever runs the domain, does."""
    try:
        async with asyncio.timeout(10 * ways.patience):
            return await _look(dns.name.from_text(name), ways)
    except (TimeoutError, dns.exception.DNSException, OSError) as error:
        log.warning("a domain could not be looked up", extra={"domain": name, "said": repr(error)[:200]})
        return Look(failure=Outcome.UNREACHABLE)


async def _look(name: dns.name.Name, ways: Ways) -> Look:
    if ways.validating and not await _validates(name, ways.validating, ways):
        return Look(failure=Outcome.INSECURE)
    zone = await _zone_of(name, _resolver(ways))
    for _ in range(DEEPEST):
        if zone is None:
            break
        said, deeper = await _ask_all(name, zone, ways)
        if deeper is None:
            return Look(said)
        zone = deeper
    return Look(failure=Outcome.UNREACHABLE)


# Where the servers are


def _resolver(ways: Ways) -> dns.asyncresolver.Resolver:
    """Without a cache: a resolver of dnspython has none unless it is given one."""
    resolver = dns.asyncresolver.Resolver(configure=not ways.resolvers)
    if ways.resolvers:
        resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in ways.resolvers]
    resolver.timeout, resolver.lifetime = ways.patience, 1.5 * ways.patience
    return resolver


async def _zone_of(name: dns.name.Name, resolver: dns.asyncresolver.Resolver) -> _Zone | None:
    """The nearest zone around `name` whose servers can be found; a name that is too new is found by its parent's."""
    while len(name) > 1:
        servers = await _names(resolver, name)
        if servers:
            return _Zone(name, servers)
        name = name.parent()
    return None


async def _names(resolver: dns.asyncresolver.Resolver, zone: dns.name.Name) -> tuple[dns.name.Name, ...]:
    try:
        found = await resolver.resolve(zone, "NS", raise_on_no_answer=False, search=False)
    except (dns.exception.DNSException, OSError):
        return ()
    return tuple(sorted(data.target for data in found.rrset or ()))


async def _addresses(
    resolver: dns.asyncresolver.Resolver, server: dns.name.Name, zone: _Zone
) -> tuple[dns.name.Name, list[str]]:
    """One address of each family."""
    found = await asyncio.gather(*(_address(resolver, server, kind) for kind in ("A", "AAAA")))
    known = [address for address in found if address]
    return server, known or [address for named, address in zone.glue if named == server][:2]


async def _address(resolver: dns.asyncresolver.Resolver, server: dns.name.Name, kind: str) -> str | None:
    try:
        found = await resolver.resolve(server, kind, raise_on_no_answer=False, search=False)
    except (dns.exception.DNSException, OSError):
        return None
    return min((data.address for data in found.rrset or ()), default=None)


def is_public(text: str) -> bool:
    """Whether an address is one of the Internet: not of this machine, a private network, a link, or many at once."""
    address = ip_address(text)
    inner = [address]
    if isinstance(address, IPv6Address):
        inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        inner += [one for one in inside if one is not None]
        inner += [ip_address(int(address) & 0xFFFFFFFF)] if address in _EMBEDDED else []
    return all(one.is_global and not one.is_multicast for one in inner)


# What they say


async def _ask_all(name: dns.name.Name, zone: _Zone, ways: Ways) -> tuple[tuple[Said, ...], _Zone | None]:
    """What the zone's servers say; or the zone below it, if they know only who knows."""
    resolver = _resolver(ways)
    places = await asyncio.gather(*(_addresses(resolver, one, zone) for one in zone.servers[:MOST_SERVERS]))
    asked = [_ask(name, zone, server, address, ways) for server, known in places for address in known]
    answers = await asyncio.gather(*asked)
    said = tuple(answer for answer in answers if isinstance(answer, Said))
    deeper = [answer for answer in answers if isinstance(answer, _Zone)]
    if deeper and not any(one.answer in (Answer.RECORDS, Answer.NO_DOMAIN, Answer.ALIAS) for one in said):
        return said, deeper[0]
    lost = (Said(_text(server), "", Answer.SILENT) for server, known in places if not known)
    return (*said, *lost), None


async def _ask(name: dns.name.Name, zone: _Zone, server: dns.name.Name, address: str, ways: Ways) -> Said | _Zone:
    said = Said(_text(server), address, Answer.SILENT)
    if not ways.allow_private and not is_public(address):
        return replace(said, answer=Answer.PRIVATE)
    texts = await _query(name, _TXT, (address, PORT), ways)
    if texts is None:
        return said
    if below := _referral(texts, name, zone):
        return below
    mails = await _query(name, _MX, (address, PORT), ways)
    return replace(said, answer=_answer(texts, name), txt=_texts(texts, name), mx=_mails(mails, name))


async def _query(
    name: dns.name.Name, kind: dns.rdatatype.RdataType, where: type_endpoint, ways: Ways, *, flags: int = 0
) -> dns.message.Message | None:
    """An answer, by UDP twice and then by TCP; None if there is none. What answers another question is not heard."""
    query = dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD, want_dnssec=bool(flags))
    query.flags = dns.flags.Flag(flags)
    address, port = where
    for _ in range(2):
        try:
            return await dns.asyncquery.udp(
                query,
                address,
                ways.patience / 2,
                port,
                ignore_unexpected=True,
                ignore_errors=True,
                raise_on_truncation=True,
            )
        except dns.message.Truncated:
            break
        except (dns.exception.DNSException, OSError):
            continue
    try:
        return await dns.asyncquery.tcp(query, address, ways.patience, port)
    except (dns.exception.DNSException, OSError, EOFError):
        return None


def _answer(message: dns.message.Message, name: dns.name.Name) -> Answer:
    if not message.flags & dns.flags.AA:
        return Answer.LAME
    if any(rrset.rdtype in (dns.rdatatype.CNAME, dns.rdatatype.DNAME) for rrset in message.answer):
        return Answer.ALIAS
    if message.rcode() == dns.rcode.NXDOMAIN:
        return Answer.NO_DOMAIN
    return Answer.RECORDS if message.rcode() == dns.rcode.NOERROR else Answer.LAME


def _referral(message: dns.message.Message, name: dns.name.Name, zone: _Zone) -> _Zone | None:
    """The zone below, where a server says no more than who knows."""
    if message.flags & dns.flags.AA or message.answer or message.rcode() != dns.rcode.NOERROR:
        return None
    for rrset in message.authority:
        below = rrset.name != zone.name and rrset.name.is_subdomain(zone.name) and name.is_subdomain(rrset.name)
        if rrset.rdtype == dns.rdatatype.NS and below:
            servers = tuple(sorted(data.target for data in rrset))
            return _Zone(rrset.name, servers, tuple(_glue(message, servers, zone)))
    return None


def _glue(
    message: dns.message.Message, servers: Sequence[dns.name.Name], zone: _Zone
) -> Iterable[tuple[dns.name.Name, str]]:
    """Addresses of servers inside the zone that tells them; of others it has nothing to say."""
    for rrset in message.additional:
        known = rrset.name in servers and rrset.name.is_subdomain(zone.name)
        if known and rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            yield rrset.name, min(data.address for data in rrset)


def _texts(message: dns.message.Message, name: dns.name.Name) -> tuple[str, ...]:
    """The values of TXT records: some of them, and those that may be ours first."""
    values = (b"".join(data.strings).decode(errors="replace") for data in _records(message, name, _TXT))
    clean = ["".join(char if char.isprintable() else "\ufffd" for char in value)[:LONGEST] for value in values]
    return tuple(sorted(clean, key=lambda value: (PREFIX not in value.casefold(), value))[:MOST_VALUES])


def _mails(message: dns.message.Message | None, name: dns.name.Name) -> tuple[tuple[int, str], ...]:
    if message is None or _answer(message, name) is not Answer.RECORDS:
        return ()
    named = ((data.preference, _text(data.exchange)[:LONGEST]) for data in _records(message, name, _MX))
    return tuple(sorted(named, reverse=True)[:MOST_VALUES])


def _records(message: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> list[Any]:
    return [data for rrset in message.answer if rrset.name == name and rrset.rdtype == kind for data in rrset]


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


# DNSSEC


async def _validates(name: dns.name.Name, validating: type_endpoint, ways: Ways) -> bool:
    """Whether no answer about the domain is one that fails DNSSEC: refused, but given where it is not checked.

    Raises TimeoutError where the resolver cannot be asked: then nothing is proven.
    """
    for kind in (_TXT, _MX):
        checked = await _query(name, kind, validating, ways, flags=dns.flags.RD)
        if checked is None:
            raise TimeoutError("the validating resolver does not answer")
        if checked.rcode() != dns.rcode.SERVFAIL:
            continue
        unchecked = await _query(name, kind, validating, ways, flags=dns.flags.RD | dns.flags.CD)
        if unchecked is not None and unchecked.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return False
    return True
