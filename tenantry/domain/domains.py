"""Domains: what proves that one is somebody's, what a look into the DNS says about it, and when to look again.

A proof is a value that only who runs the domain's DNS can put there: in a TXT record at the domain itself or, where
the host has none, as the name of a mail server that nobody will ever use. It is asked of the domain's own servers.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import NAMESPACE_DNS, UUID, uuid5

from tenantry.domain.people import ALIAS_LENGTH

MOST = 900  # of one tenant
PREFIX = "tenantry-verification="
MAIL_SUFFIX = ".verify.invalid"  # a name that can never be looked up
PRIORITY = 32767  # the last of all mail servers, so that mail never goes there
TTL = 3600  # seconds
FORCED = 1000  # people whom a removal by force may rename
QUORUM = 2  # servers that have to answer, where a domain has as many

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
WAITS = (2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, *[DAY] * 13)
LAPSE = 3  # looks in a row that do not find the proof of a proven domain
PATIENCE = timedelta(seconds=10)  # between two looks that somebody asks for
ASKED_AT_ONCE = 30  # looks in a minute that one tenant may ask for


class Method(StrEnum):
    """How a domain came to be verified. INITIAL: with the tenant; EMAIL: its people signed up with it."""

    INITIAL = "initial"
    EMAIL = "email"
    TXT = "txt"
    MX = "mx"
    INHERITED = "inherited"


class Outcome(StrEnum):
    """What a look came to. TAKEOVER: proven, but a group of people signed up with it. ELSEWHERE: another tenant's."""

    PROVEN = "proven"
    TAKEOVER = "takeover"
    ELSEWHERE = "used_elsewhere"
    MISSING = "missing"
    WITHOUT_PREFIX = "without_prefix"
    OTHER_VALUE = "other_value"
    DISAGREE = "servers_disagree"
    NO_DOMAIN = "no_such_domain"
    ALIAS = "alias"
    UNREACHABLE = "unreachable"
    INSECURE = "insecure"
    PRIVATE = "refused_private"


class Answer(StrEnum):
    """What one server did. LAME: it answers and knows nothing of the domain."""

    RECORDS = "records"
    NO_DOMAIN = "no_such_domain"
    ALIAS = "alias"
    LAME = "lame"
    SILENT = "silent"
    PRIVATE = "private"


@dataclass(frozen=True)
class Said:
    """What one of a domain's servers said at one of its addresses. mx: names, with their priority before them."""

    server: str
    address: str
    answer: Answer
    txt: tuple[str, ...] = ()
    mx: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Look:
    """What was found. failure: where it came to no answers at all, why."""

    said: tuple[Said, ...] = ()
    failure: Outcome | None = None


@dataclass(frozen=True)
class Record:
    """What has to be put into the DNS, as its forms ask for it. priority: of a mail server."""

    kind: str
    host: str
    value: str
    ttl: int = TTL
    priority: int | None = None


def records(token: str) -> tuple[Record, Record]:
    """The two ways to prove a domain by its token."""
    return Record("TXT", "@", PREFIX + token), Record("MX", "@", token + MAIL_SUFFIX, priority=PRIORITY)


@dataclass(frozen=True)
class Verdict:
    """What a look says of a token. method: how it is proven, if it is."""

    outcome: Outcome
    method: Method | None = None


def judge(look: Look, token: str) -> Verdict:
    """Proven only where every server that answers shows the value, and enough of them answer."""
    if look.failure is not None:
        return Verdict(look.failure)
    answers = [said for said in look.said if said.answer in (Answer.RECORDS, Answer.NO_DOMAIN, Answer.ALIAS)]
    for method, shows in _SHOWS.items():
        showing = [said for said in answers if shows(said, token)]
        if showing and len(showing) < len(answers):
            return Verdict(Outcome.DISAGREE)
        if showing:
            enough = len({said.server for said in showing}) >= min(QUORUM, len({said.server for said in look.said}))
            return Verdict(Outcome.PROVEN, method) if enough else Verdict(Outcome.UNREACHABLE)
    return Verdict(_why_not(look, answers, token))


def _why_not(look: Look, answers: Sequence[Said], token: str) -> Outcome:
    if not answers:
        private = any(said.answer is Answer.PRIVATE for said in look.said)
        return Outcome.PRIVATE if private else Outcome.UNREACHABLE
    if all(said.answer is Answer.NO_DOMAIN for said in answers):
        return Outcome.NO_DOMAIN
    if all(said.answer is Answer.ALIAS for said in answers):
        return Outcome.ALIAS
    texts = {_bare(text) for said in answers for text in said.txt}
    mails = {name.casefold().rstrip(".") for said in answers for _, name in said.mx}
    if token in texts:
        return Outcome.WITHOUT_PREFIX
    ours = any(text.startswith(PREFIX) for text in texts) or any(MAIL_SUFFIX in name for name in mails)
    return Outcome.OTHER_VALUE if ours else Outcome.MISSING


def _bare(text: str) -> str:
    """A value as it is compared: blanks, and quotation marks that were typed into a form, do not count."""
    return text.strip().strip('"“”').strip().casefold()


def _shows_text(said: Said, token: str) -> bool:
    return PREFIX + token in {_bare(text) for text in said.txt}


def _shows_mail(said: Said, token: str) -> bool:
    return token + MAIL_SUFFIX in {name.casefold().rstrip(".") for _, name in said.mx}


type_shows = Callable[[Said, str], bool]
_SHOWS: dict[Method, type_shows] = {Method.TXT: _shows_text, Method.MX: _shows_mail}


# When to look again


@dataclass(frozen=True)
class Next:
    """After a look: how many in a row did not find the proof, when to look again by itself, and whether it lapsed."""

    tries: int
    check_at: datetime | None
    lapsed: bool = False


def after_look(*, proven: bool, outcome: Outcome, tries: int, now: datetime) -> Next:
    """proven: whether the domain was the tenant's before. tries: looks in a row before this one without the proof.

    What is proven is looked at every week. Otherwise it is soon, then ever more rarely, in the end only when asked.
    """
    if outcome is Outcome.PROVEN:
        return Next(0, now + WEEK)
    if proven:
        return Next(tries + 1, now + DAY, lapsed=tries + 1 >= LAPSE)
    if outcome is Outcome.TAKEOVER:
        return Next(0, now + DAY)
    wait = WAITS[tries] if tries < len(WAITS) else None
    return Next(tries + 1, now + wait if wait else None)


# Names


def parents(name: str) -> tuple[str, ...]:
    """The domains that `name` is a sub-domain of, the nearest first: b.c.dk, c.dk."""
    labels = name.split(".")
    return tuple(".".join(labels[at:]) for at in range(1, len(labels) - 1))


def is_below(name: str, root: str) -> bool:
    return name.endswith(f".{root}")


def domain_part(user_name: str) -> str:
    return user_name.rpartition("@")[2].casefold()


def subject_of(name: str) -> UUID:
    """The id under which notices speak of a domain: always the same for a name."""
    return uuid5(NAMESPACE_DNS, name)


# Removing


class Hindrance(StrEnum):
    """What keeps a domain from being removed. PEOPLE alone can be done away with by force."""

    INITIAL = "initial"
    DEFAULT = "default"
    OWN = "own"
    BELOW = "below"
    PEOPLE = "people"


@dataclass(frozen=True)
class Uses:
    """What names a domain. own: whoever asks signs in with it; below: sub-domains that are verified because it is."""

    is_initial: bool = False
    is_default: bool = False
    own: bool = False
    below: tuple[str, ...] = ()
    people: int = 0


def hindrances(uses: Uses) -> tuple[Hindrance, ...]:
    """What is in the way, the gravest first."""
    there = {
        Hindrance.INITIAL: uses.is_initial,
        Hindrance.DEFAULT: uses.is_default,
        Hindrance.OWN: uses.own,
        Hindrance.BELOW: bool(uses.below),
        Hindrance.PEOPLE: bool(uses.people),
    }
    return tuple(hindrance for hindrance, holds in there.items() if holds)


def can_force(uses: Uses) -> bool:
    """Whether only people are in the way, and few enough."""
    return hindrances(uses) == (Hindrance.PEOPLE,) and uses.people <= FORCED


def rename_all(names: Mapping[UUID, str], to: str, taken: Collection[str]) -> dict[UUID, str]:
    """User names at the domain `to`, with the part before the @ as it was.

    taken: what nobody may be called, case-folded. Who would clash gets the end of their id behind the name.
    """
    used, renamed = set(taken), dict[UUID, str]()
    for user_id, user_name in names.items():
        alias = user_name.rpartition("@")[0]
        wanted = f"{alias}@{to}"
        if wanted.casefold() in used:
            wanted = _with_tail(alias, user_id, to)
        used.add(wanted.casefold())
        renamed[user_id] = wanted
    return renamed


def _with_tail(alias: str, user_id: UUID, to: str) -> str:
    return f"{alias[: ALIAS_LENGTH - 9].rstrip('.')}.{user_id.hex[-8:]}@{to}"


def candidates(names: Mapping[UUID, str], to: str) -> frozenset[str]:
    """Every name that `rename_all` may choose, case-folded: what has to be asked for whether it is taken."""
    aliases = {user_id: user_name.rpartition("@")[0] for user_id, user_name in names.items()}
    plain: Iterable[str] = (f"{alias}@{to}" for alias in aliases.values())
    return frozenset(one.casefold() for one in (*plain, *(_with_tail(a, i, to) for i, a in aliases.items())))
