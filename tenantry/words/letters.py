"""What is mailed: each kind of letter as subject and paragraphs, said in its reader's language.

A kind is one entry of `LETTERS`. The places of its sentences are the `params` that `store.letters.write_letter` is
given: no more, no fewer (held by tests/words/test_letters.py). A name that ends in `_at` is a moment, told in the
reader's zone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec
from jinja2 import Environment, StrictUndefined, Template

from tenantry.kit.money import Money
from tenantry.words.notices import Told, tell
from tenantry.words.speech import N_, Speech, speech

_PLACE = re.compile(r"%\((\w+)\)")


@dataclass(frozen=True)
class Draft:
    """A letter before it is said. link: the words on what leads to the param `link`, if there is such an address.

    lists: after its first paragraph it tells the param `notices`, whose links begin with the param `home`.
    """

    subject: str
    paragraphs: tuple[str, ...]
    link: str = ""
    lists: bool = False

    @property
    def places(self) -> frozenset[str]:
        """The names of the params it needs."""
        named = _PLACE.findall(" ".join((self.subject, *self.paragraphs)))
        return frozenset(named) | ({"link"} if self.link else set()) | ({"notices", "home"} if self.lists else set())


@dataclass(frozen=True)
class Letter:
    """What is mailed: one line, plain text, and the same as HTML."""

    subject: str
    text: str
    html: str


LETTERS: dict[str, Draft] = {
    "sign_up_code": Draft(
        N_("%(code)s is your code"),
        (
            N_("Somebody, probably you, wants to sign up with %(email)s. The code is %(code)s."),
            N_("Type it where you began, within %(minutes)s minutes. Tell it to nobody."),
            N_("If it was not you, you need not do anything: without the code nothing is opened in your name."),
        ),
    ),
    "sign_up_known": Draft(
        N_("You have an account already"),
        (
            N_(
                "Somebody, probably you, wants to sign up with %(email)s. There is an account for this address already."
            ),
            N_("Sign in with it, and you get what you wanted to sign up for."),
            N_("Where you began, the code %(code)s says within %(minutes)s minutes that the address is yours."),
            N_("If it was not you, you need not do anything. Tell the code to nobody."),
        ),
        link=N_("Sign in"),
    ),
    "password_reset": Draft(
        N_("Choose a new password"),
        (
            N_("Somebody, probably you, asked for a new password for %(email)s."),
            N_("The link can be used once, until %(expires_at)s."),
            N_("If it was not you, you need not do anything: your password stays as it is."),
        ),
        link=N_("Choose a new password"),
    ),
    "password_changed": Draft(
        N_("Your password was changed"),
        (
            N_("The password of %(email)s was changed at %(changed_at)s, and all other sessions were ended."),
            N_("If it was not you, choose a new password with “Forgot your password?” and tell your admin."),
        ),
    ),
    "two_step_on": Draft(
        N_("Two-step sign-in is on"),
        (
            N_("Two-step sign-in was switched on for %(email)s at %(changed_at)s. All other sessions were ended."),
            N_("If it was not you, tell your admin at once: they can remove the second step."),
        ),
    ),
    "two_step_off": Draft(
        N_("Two-step sign-in is off"),
        (
            N_("The last second step of %(email)s was removed at %(changed_at)s. The password alone signs you in now."),
            N_("If it was not you, choose a new password at once and tell your admin."),
        ),
    ),
    "two_step_reset": Draft(
        N_("Your second steps were removed"),
        (
            N_("%(admin)s removed the second steps of %(email)s at %(changed_at)s. You were signed out everywhere."),
            N_("Sign in with your password and set up two-step sign-in anew. If you did not ask for this, tell them."),
        ),
    ),
    "recovery_code_used": Draft(
        N_("A recovery code was used"),
        (
            N_("Somebody, probably you, signed in as %(email)s with a recovery code at %(used_at)s."),
            N_("Recovery codes that are left: %(left)s."),
            N_("If it was not you, choose a new password and make new recovery codes at once."),
        ),
    ),
    "service_lost": Draft(
        N_("%(product)s does not work for now"),
        (
            N_("%(organization)s has too few seats of %(product)s, and your license has no service for now."),
            N_("Nothing of yours is deleted. It works again by itself as soon as there is a seat; ask your admin."),
        ),
    ),
    "service_back": Draft(
        N_("%(product)s works again"),
        (N_("There is a seat for you again: your license of %(product)s at %(organization)s has its service back."),),
    ),
    "invoice": Draft(
        N_("Invoice %(number)s for %(name)s"),
        (
            N_("%(amount)s is to be paid until %(due_date)s."),
            N_(
                "The invoice has every line, a PDF to keep, and ways to pay. Whoever may see bills signs in to open it."
            ),
        ),
        link=N_("Open the invoice"),
    ),
    "invoice_paid": Draft(
        N_("Invoice %(number)s for %(name)s is paid"),
        (
            N_("%(amount)s was paid. There is nothing left to do."),
            N_("The invoice has every line and a PDF to keep. Whoever may see bills signs in to open it."),
        ),
        link=N_("Open the invoice"),
    ),
    "credit_note": Draft(
        N_("Credit note %(number)s for %(name)s"),
        (
            N_("%(amount)s is credited: first against open invoices, then back to the card that paid, if one did."),
            N_("What is left is shown under Bills & payments. Whoever may see bills signs in to open the credit note."),
        ),
        link=N_("Open the credit note"),
    ),
    "upgraded": Draft(
        N_("%(organization)s now has %(product)s, and you have a license"),
        (
            N_("%(admin)s bought %(product)s for everybody at %(organization)s and is the admin now."),
            N_("You need not do anything: your password, your meetings and your own settings are as they were."),
            N_("If something is missing, ask %(admin)s."),
        ),
    ),
    "taken_over": Draft(
        N_("You belong to %(organization)s now"),
        (
            N_("%(admin)s proved that %(domain)s is theirs, and took over everybody who signed up with it."),
            N_("You sign in as before. %(organization)s looks after your account from now on."),
        ),
    ),
    "taken_over_by_force": Draft(
        N_("You belong to %(organization)s now"),
        (
            N_("%(admin)s proved that %(domain)s is theirs, and took over everybody who signed up with it."),
            N_("You sign in as before. %(organization)s looks after your account from now on."),
            N_("%(products)s could not move. What you kept there goes on %(end_date)s; ask %(admin)s until then."),
        ),
    ),
    "meeting_reminder": Draft(
        N_("“%(title)s” begins soon"),
        (
            N_("Your meeting “%(title)s” begins at %(starts_at)s."),
            N_("Whoever has the link can come. How long before a meeting this letter is sent is yours to choose."),
        ),
        link=N_("Open the meeting"),
    ),
    "request_asked": Draft(
        N_("%(number)s from %(organization)s: %(title)s"),
        (N_("%(organization)s wrote to you about the service request %(number)s:"), N_("%(text)s")),
        link=N_("Open the service request"),
    ),
    "request_answered": Draft(
        N_("Answer to your service request %(number)s: %(title)s"),
        (N_("There is an answer to your service request %(number)s:"), N_("%(text)s")),
        link=N_("Open the service request"),
    ),
    "request_asked_back": Draft(
        N_("We need your answer about %(number)s: %(title)s"),
        (N_("To go on with your service request %(number)s we need to know more from you:"), N_("%(text)s")),
        link=N_("Open the service request"),
    ),
    "request_finished": Draft(
        N_("Your service request %(number)s is closed: %(title)s"),
        (
            N_("Your service request %(number)s was closed. The last word on it:"),
            N_("%(text)s"),
            N_("If it is not solved, open it again on its page."),
        ),
        link=N_("Open the service request"),
    ),
    "from_admin": Draft(
        N_("%(subject)s"),
        (
            N_("%(text)s"),
            N_("%(admin)s, admin of %(organization)s, wrote this. Answer to %(address)s."),
        ),
    ),
    "quick_start": Draft(
        N_("Get started at %(organization)s"),
        (N_("%(admin)s made a page for you: how to begin, and what to install on your computer and your phone."),),
        link=N_("Get started"),
    ),
    "notices": Draft(
        N_("%(name)s: what you should know"),
        (
            N_("This is new about the subscriptions and licenses of %(name)s."),
            N_("Under Settings > Notifications you choose which of these come by mail."),
        ),
        link=N_("Open the notices"),
        lists=True,
    ),
}


def write(kind: str, language: str, params: Mapping[str, Any], zone: str | None = None) -> Letter:
    """The letter of `kind` in `language`. zone: the reader's, if they chose one; moments are told in it, else in UTC.

    Raises ValueError if `params` are not its places.
    """
    draft, voice = LETTERS[kind], speech(language)
    if draft.places != params.keys():
        raise ValueError(f"{kind} needs {sorted(draft.places)}, not {sorted(params)}")
    told = [_told(voice, one, str(params["home"])) for one in params["notices"]] if draft.lists else []
    shown = {name: _shown(voice, name, value, zone) for name, value in params.items() if name != "notices"}
    subject = " ".join(voice.say(draft.subject, **shown).split())  # one line, whatever a name holds
    paragraphs = [voice.say(text, **shown) for text in draft.paragraphs]
    link, words = str(params.get("link", "")), voice.say(draft.link) if draft.link else ""
    foot = voice.say("Tenantry sent you this. Nobody reads answers to it.")
    first, *others = paragraphs
    listed = [f"{one.title}\n{one.text}\n{one.place}" for one in told]
    text = "\n\n".join([first, *listed, *([f"{words}:\n{link}"] if link else []), *others, f"-- \n{foot}"]) + "\n"
    said = {"subject": subject, "first": first, "told": told, "others": others, "link": link, "words": words}
    return Letter(subject, text, _template().render(said, language=voice.language, foot=foot))


def _told(voice: Speech, notice: Mapping[str, Any], home: str) -> Told:
    """A notice as it is kept -> in words, its place an address."""
    told = tell(voice, notice["kind"], UUID(str(notice["subject_id"])), notice["params"])
    return replace(told, place=home + told.place)


def _shown(voice: Speech, name: str, value: Any, zone: str | None) -> str:
    if name.endswith("_at"):
        at = datetime.fromisoformat(str(value))
        return f"{voice.time(at, zone)} ({zone})" if zone else f"{voice.time(at)} UTC"
    if name.endswith("_date"):
        return voice.date(datetime.fromisoformat(str(value)))
    if isinstance(value, Mapping):
        return voice.money(msgspec.convert(value, Money))
    return voice.number(value) if isinstance(value, int) else str(value)


@cache
def _template() -> Template:
    source = (files("tenantry.words") / "letter.html").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
