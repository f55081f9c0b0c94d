"""Real name servers on the loopback: Knot with a zone that is signed well and one badly, and unbound that checks."""

import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer, ThreadingUDPServer
from threading import Event, Thread
from typing import Any

import dns.dnssec
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from tenantry.domain.domains import records

TOKEN = "mfrggzdfmztwq2lknnwg23tpobyxe43u"
VALUE, MAIL = (record.value for record in records(TOKEN))
ONE, TWO, EVIL, SIX = "127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"
SBIN = "/usr/sbin:/usr/local/sbin"  # where Debian keeps servers, for those who are not root

_HEAD = "$ORIGIN {zone}.\n$TTL 300\n@ SOA ns1 admin 1 3600 600 86400 300\n"
_SERVERS = f"@ NS ns1\n@ NS ns2\nns1 A {ONE}\nns1 AAAA {SIX}\nns2 A {TWO}\n"
_BAD = f"@ NS ns1\nns1 A {EVIL}\n"
_TXT = f'@ TXT "v=spf1 -all"\n@ TXT "{VALUE}"\n'
# What is asked of EVIL is made up by `Evil`.
ZONES = {
    "example": f"@ NS ns1\nns1 A {ONE}\n",
    "plain.example": _SERVERS + _TXT + 'www CNAME @\nsub TXT "other"\n',
    "none.example": _SERVERS + '@ TXT "v=spf1 -all"\n',
    "mail.example": _SERVERS + f"@ MX 10 mx.plain.example.\n@ MX 32767 {MAIL}.\n",
    "big.example": _SERVERS + _TXT + "".join(f'@ TXT "{number:0>200}"\n' for number in range(60)),
    "split.example": f"@ NS ns1\n@ NS ns2\nns1 A {ONE}\nns2 A {EVIL}\n" + _TXT,
    "signed.example": _SERVERS + _TXT,
    "broken.example": _SERVERS + _TXT,
    **{f"{name}.example": _BAD for name in ("silent", "lame", "liar", "loop", "huge", "drip", "up")},
}
SIGNED = ("signed.example", "broken.example")


def missing() -> list[str]:
    """The programs that are not on this machine."""
    return [name for name in ("knotd", "unbound") if _program(name) is None]


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=SBIN)


def free_port() -> int:
    """A port that nobody has, by UDP and by TCP, on any address that is used here."""
    while True:
        with suppress(OSError), socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            udp.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True)
class Knot:
    """The servers of every zone, all on one port, and the keys of the signed ones."""

    port: int
    anchors: tuple[str, ...]
    six: bool


@contextmanager
def knot(folder: Path) -> Iterator[Knot]:
    port, anchors, six = free_port(), [], _has_six()
    lists = [
        f"server:\n  rundir: {folder}\n  listen: [{', '.join(f'{one}@{port}' for one in (ONE, TWO, *[SIX] * six))}]"
    ]
    lists += [f"database:\n  storage: {folder}", "log:\n  - target: stderr\n    any: error", "zone:"]
    for zone, body in ZONES.items():
        text = _HEAD.format(zone=zone) + body
        if zone in SIGNED:
            text, anchor = _signed(zone, text)
            anchors.append(anchor)
        if zone == "broken.example":
            text = text.replace("v=spf1 -all", "v=spf1 +all")
        (folder / f"{zone}.zone").write_text(text)
        lists.append(f"  - domain: {zone}\n    file: {folder}/{zone}.zone\n    zonefile-load: whole")
    (folder / "knot.conf").write_text("\n".join(lists) + "\n")
    with _running([_program("knotd"), "-c", f"{folder}/knot.conf"], folder, port):
        yield Knot(port, tuple(anchors), six)


def _has_six() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6) as six:
        six.bind((SIX, 0))
        return True
    return False


def _signed(zone: str, text: str) -> tuple[str, str]:
    """A zone with its signatures, and the key by which a resolver trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = dns.dnssec.make_dnskey(key.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, flags=257)
    made = dns.zone.from_text(text, zone, relativize=False)
    now = datetime.now(UTC)
    times = {"inception": now - timedelta(days=1), "expiration": now + timedelta(days=1)}
    dns.dnssec.sign_zone(made, keys=[(key, public)], add_dnskey=True, dnskey_ttl=300, **times)
    return made.to_text(relativize=False), f"{zone}. DNSKEY {public.to_text()}"


@contextmanager
def unbound(folder: Path, knot: Knot) -> Iterator[int]:
    """The port of a resolver that finds Knot's zones and checks what they are signed with."""
    port = free_port()
    lines = [
        "server:",
        f'  directory: "{folder}"\n  chroot: ""\n  username: ""\n  pidfile: ""\n  use-syslog: no',
        f"  interface: {ONE}@{port}\n  do-ip6: no\n  do-daemonize: no\n  do-not-query-localhost: no\n  num-threads: 1",
        *(f'  trust-anchor: "{anchor}"' for anchor in knot.anchors),
        *(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {ONE}@{knot.port}' for zone in ZONES),
        "remote-control:\n  control-enable: no",
    ]
    (folder / "unbound.conf").write_text("\n".join(lines) + "\n")
    with _running([_program("unbound"), "-c", f"{folder}/unbound.conf"], folder, port):
        yield port


@contextmanager
def _running(order: list[Any], folder: Path, port: int) -> Iterator[None]:
    """A server, from when it answers; ended by its own id."""
    log = folder / "log"
    with log.open("wb") as out, subprocess.Popen(order, stdout=out, stderr=out, cwd=folder) as process:
        try:
            _wait(port, process, log)
            yield
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    query, end = dns.message.make_query("plain.example", "SOA"), time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        with suppress(dns.exception.DNSException, OSError):
            if dns.query.udp(query, ONE, 0.1, port).rcode() == dns.rcode.NOERROR:
                return
        Event().wait(0.02)
    raise RuntimeError(f"{process.args} does not answer: {log.read_text()[-2000:]}")


# A server that means no good


@contextmanager
def evil(port: int) -> Iterator[None]:
    """At EVIL, by UDP and TCP: it is silent, lies, loops, or answers huge, by the zone that it is asked about."""
    over = Event()

    class ByDatagram(BaseRequestHandler):
        def handle(self) -> None:
            data, sock = self.request
            for answer in _answers(data, stream=False):
                sock.sendto(answer, self.client_address)

    class ByStream(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                (length,) = struct.unpack("!H", self.request.recv(2))
                for answer in _answers(self.request.recv(length), stream=True):
                    self.request.sendall(struct.pack("!H", len(answer)))
                    self.request.sendall(answer if b"drip" not in answer else answer[:1])
                over.wait(2)

    servers = [_Udp((EVIL, port), ByDatagram), _Tcp((EVIL, port), ByStream)]
    threads = [Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}) for one in servers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for one, thread in zip(servers, threads, strict=True):
            one.shutdown()
            one.server_close()
            thread.join()


class _Udp(ThreadingUDPServer):
    daemon_threads = True


class _Tcp(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _answers(data: bytes, *, stream: bool) -> list[bytes]:
    query = dns.message.from_wire(data)
    zone = str(query.question[0].name).rstrip(".").split(".")[-2]
    return [one.to_wire(max_size=65535) for one in _TRICKS.get(zone, lambda *_: [])(query, stream)]


type_trick = Callable[[dns.message.Message, bool], list[dns.message.Message]]


def _reply(query: dns.message.Message, *texts: str, name: str = "") -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    if texts and query.question[0].rdtype == dns.rdatatype.TXT:
        owner = name or query.question[0].name
        reply.answer.append(dns.rrset.from_text_list(owner, 300, "IN", "TXT", [f'"{text}"' for text in texts]))
    return reply


def _split(query: dns.message.Message, stream: bool) -> list[dns.message.Message]:
    return [_reply(query)]


def _lame(query: dns.message.Message, stream: bool) -> list[dns.message.Message]:
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.REFUSED)
    return [reply]


def _liar(query: dns.message.Message, stream: bool) -> list[dns.message.Message]:
    """Answers with the value: of another number, to another question, and to this one about another name."""
    other, third = (dns.message.make_query(name, "TXT") for name in ("liar.example.", "elsewhere.example."))
    other.id, third.id = query.id ^ 1, query.id
    return [_reply(other, VALUE), _reply(third, VALUE), _reply(query, VALUE, name="elsewhere.example.")]


def _loop(query: dns.message.Message, stream: bool) -> list[dns.message.Message]:
    """An alias of itself, or a way down that has no end: every answer leads one label further."""
    name = query.question[0].name
    if name.labels[0] == b"alias":
        reply = _reply(query)
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "CNAME", name.to_text()))
        return [reply]
    reply = dns.message.make_response(query)
    _LOOPS.append(name)
    labels = name.labels[-min(4 + len(_LOOPS), len(name.labels)) :]
    below = dns.name.Name(labels)
    reply.authority.append(dns.rrset.from_text(below, 300, "IN", "NS", "ns1.loop.example."))
    return [reply]


_LOOPS: list[Any] = []


def _up(query: dns.message.Message, stream: bool) -> list[dns.message.Message]:
    """A way down to Knot, for a name that the resolver does not know yet."""
    name = query.question[0].name
    reply = dns.message.make_response(query)
    reply.authority.append(dns.rrset.from_text(name, 300, "IN", "NS", f"ns.{name}"))
    reply.additional.append(dns.rrset.from_text(f"ns.{name}", 300, "IN", "A", ONE))
    return [reply]


def _huge(query: dns.message.Message, stream: bool) -> list[dns.message.Message]:
    if not stream:
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.TC
        return [reply]
    return [_reply(query, VALUE, *(f"{number:0>250}" for number in range(240)))]


def _drip(query: dns.message.Message, stream: bool) -> list[dns.message.Message]:
    return _huge(query, False) if not stream else [_reply(query, VALUE)]


_TRICKS: dict[str, type_trick] = {
    "split": _split,
    "lame": _lame,
    "liar": _liar,
    "loop": _loop,
    "huge": _huge,
    "drip": _drip,
    "up": _up,
}
