"""Domains in words: how one stands, what a look found, and what is usually the matter."""

from dataclasses import dataclass

from tenantry.domain.domains import Answer, Method, Outcome
from tenantry.words.speech import N_


@dataclass(frozen=True)
class Finding:
    """What a look came to. tone: of its message; hints: what is usually the matter. Places: %(domain)s."""

    tone: str
    title: str
    text: str
    hints: tuple[str, ...] = ()


_NOT_SAVED = N_("Not saved: many hosts have a second button that saves or publishes all changes of the domain.")
_NOT_SPREAD = N_("Not yet spread: it mostly takes 15 minutes, sometimes some hours, until all servers show a change.")
_NOT_THERE = N_("In another place: it belongs to the domain itself. Hosts write @ for that, or leave the field empty.")

FINDINGS: dict[Outcome, Finding] = {
    Outcome.PROVEN: Finding("ok", N_("The record is there"), N_("All servers that answered show it.")),
    Outcome.TAKEOVER: Finding(
        "info",
        N_("The record is there, and people signed up with %(domain)s"),
        N_("They are in a group of their own, which has no admin. Nothing has moved: look first at what would."),
    ),
    Outcome.ELSEWHERE: Finding(
        "broken",
        N_("Another organization has %(domain)s"),
        N_("It was verified there first. It can be verified here as soon as it is removed there."),
    ),
    Outcome.MISSING: Finding(
        "soon",
        N_("The value is not there yet"),
        N_("The servers of %(domain)s answer, but they do not show it. This is usually why:"),
        (_NOT_SAVED, _NOT_SPREAD, _NOT_THERE),
    ),
    Outcome.WITHOUT_PREFIX: Finding(
        "broken",
        N_("The beginning of the value is missing"),
        N_("Only what stands behind the equals sign was put in. Put in all of it, tenantry-verification= included."),
    ),
    Outcome.OTHER_VALUE: Finding(
        "broken",
        N_("Another value is there"),
        N_("It is of an earlier try or of somebody else, or not all of it was copied. Put in the one of this page."),
    ),
    Outcome.DISAGREE: Finding(
        "soon",
        N_("Not all servers show the value yet"),
        N_("Some of the servers of %(domain)s have it, and others do not. They have to agree."),
        (_NOT_SPREAD,),
    ),
    Outcome.NO_DOMAIN: Finding(
        "broken",
        N_("There is no domain %(domain)s"),
        N_("The servers that would know it say so. Look at how it is spelled, and whether it is registered."),
    ),
    Outcome.ALIAS: Finding(
        "broken",
        N_("%(domain)s is another name of something else"),
        N_("Beside its CNAME record there can be no other. Verify the domain above it."),
    ),
    Outcome.UNREACHABLE: Finding(
        "soon",
        N_("Too few servers of %(domain)s answered"),
        N_("Maybe it is nothing of yours: they are asked again by themselves."),
    ),
    Outcome.INSECURE: Finding(
        "broken",
        N_("The DNS of %(domain)s is signed wrongly"),
        N_("Its DNSSEC signatures do not fit, so nothing in it can be believed. Its host has to mend that."),
    ),
    Outcome.PRIVATE: Finding(
        "broken",
        N_("The servers of %(domain)s are in a private network"),
        N_("They are not asked. The domain needs servers that can be reached on the Internet."),
    ),
}

# What one server did: a sign and words.
ANSWERS: dict[Answer, tuple[str, str]] = {
    Answer.RECORDS: ("ok", N_("Answered")),
    Answer.NO_DOMAIN: ("broken", N_("No such domain")),
    Answer.ALIAS: ("broken", N_("Another name of something else")),
    Answer.LAME: ("broken", N_("Knows nothing of it")),
    Answer.SILENT: ("quiet", N_("No answer")),
    Answer.PRIVATE: ("quiet", N_("Not asked: a private address")),
}

METHODS: dict[Method, str] = {
    Method.INITIAL: N_("With the organization"),
    Method.EMAIL: N_("By the people who signed up"),
    Method.TXT: N_("TXT record"),
    Method.MX: N_("MX record"),
    Method.INHERITED: N_("With the domain above"),
}
