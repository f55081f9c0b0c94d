"""Notices in words: what is the matter, what comes of it, and where it can be dealt with.

A kind is one entry of `NOTICES`. The places of its sentences are the `params` that `store.notices` is given. A name
that ends in `_at` is a moment, told as a day; `amount` is money.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tenantry.domain.notices import NoticeKind
from tenantry.kit.money import Money
from tenantry.words.speech import N_, Speech

_PLACE = re.compile(r"%\((\w+)\)")
_SUBSCRIPTION = "/products/{subject}"
_REVIEW = N_("Review")


@dataclass(frozen=True)
class Draft:
    """A notice before it is said. tone: of its icon; place: where its link leads, below the tenant's home."""

    tone: str
    label: str
    title: str
    text: str
    link: str
    place: str

    @property
    def places(self) -> frozenset[str]:
        """The names of the params it needs."""
        return frozenset(_PLACE.findall(f"{self.title} {self.text}"))


@dataclass(frozen=True)
class Told:
    """A notice in one language."""

    tone: str
    title: str
    text: str
    link: str
    place: str


NOTICES: dict[str, Draft] = {
    NoticeKind.WINDOW_SHUTS: Draft(
        "soon",
        N_("The days to cancel end"),
        N_("%(product)s can be canceled until %(shuts_at)s"),
        N_("After that day it is paid until the end of its term. Fewer seats have to wait for the renewal too."),
        _REVIEW,
        _SUBSCRIPTION,
    ),
    NoticeKind.RENEWAL_AHEAD: Draft(
        "info",
        N_("A renewal comes"),
        N_("%(product)s renews on %(renews_at)s"),
        N_("%(amount)s will be charged for %(seats)s seats. Until then seats and term can be changed."),
        _REVIEW,
        _SUBSCRIPTION,
    ),
    NoticeKind.TRIAL_ENDS: Draft(
        "soon",
        N_("A trial ends"),
        N_("The trial of %(product)s ends on %(ends_at)s"),
        N_("Buy it before that day, and nobody notices."),
        N_("Buy subscription"),
        _SUBSCRIPTION,
    ),
    NoticeKind.TRIAL_CONVERTS: Draft(
        "info",
        N_("A trial becomes a purchase"),
        N_("The trial of %(product)s becomes a purchase on %(ends_at)s"),
        N_("%(amount)s will be charged for %(seats)s seats. Turn recurring billing off if you do not want that."),
        _REVIEW,
        _SUBSCRIPTION,
    ),
    NoticeKind.EXPIRED: Draft(
        "soon",
        N_("A subscription expired"),
        N_("%(product)s expired"),
        N_("People keep their apps until %(disabled_at)s. Renew it before that day."),
        N_("Renew"),
        _SUBSCRIPTION,
    ),
    NoticeKind.DISABLED: Draft(
        "broken",
        N_("A subscription is disabled"),
        N_("%(product)s is disabled"),
        N_("People cannot use it any more. Its data is kept until %(deletes_at)s."),
        N_("Renew"),
        _SUBSCRIPTION,
    ),
    NoticeKind.DELETED_SOON: Draft(
        "broken",
        N_("Data is about to be deleted"),
        N_("The data of %(product)s is deleted on %(deletes_at)s"),
        N_("After that day nothing brings it back."),
        N_("Renew"),
        _SUBSCRIPTION,
    ),
    NoticeKind.CONFLICT: Draft(
        "broken",
        N_("There are more licenses than seats"),
        N_("One or more users need a valid license of %(product)s"),
        N_(
            "More licenses are assigned than paid for; seats that are missing: %(short)s. Buy seats or remove licenses."
        ),
        _REVIEW,
        "/licenses/{subject}/conflict",
    ),
    NoticeKind.CONFLICT_DEADLINE: Draft(
        "broken",
        N_("People are about to lose service"),
        N_("People lose %(product)s on %(deadline_at)s"),
        N_("Seats that are missing: %(short)s. Who was assigned it last loses it first, unless somebody is pinned."),
        _REVIEW,
        "/licenses/{subject}/conflict",
    ),
    NoticeKind.SERVICE_CUT: Draft(
        "broken",
        N_("People lost service"),
        N_("People lost %(product)s because seats are missing"),
        N_("Licenses without service: %(cut)s. It comes back by itself as soon as there are seats."),
        _REVIEW,
        "/licenses/{subject}/conflict",
    ),
    NoticeKind.PAYMENT_FAILED: Draft(
        "broken",
        N_("A payment failed"),
        N_("The payment of %(amount)s failed"),
        N_("Nothing is lost. Pay again, or with another payment method."),
        N_("Pay now"),
        "/billing/methods",
    ),
    NoticeKind.CARD_EXPIRES: Draft(
        "soon",
        N_("A card expires"),
        N_("%(label)s expires on %(expires_at)s"),
        N_("Put another payment method in its place, so that no payment fails."),
        _REVIEW,
        "/billing/methods",
    ),
    NoticeKind.SUPPORT_OPENED: Draft(
        "info",
        N_("Support access was opened"),
        N_("%(name)s has support access until %(ends_at)s"),
        N_("The reason they gave: %(reason)s. You can end it at any time."),
        _REVIEW,
        "/settings/organization",
    ),
    NoticeKind.DOMAIN_LAPSED: Draft(
        "soon",
        N_("The proof of a domain is gone"),
        N_("The record that proves %(domain)s has not been seen since %(lapsed_at)s"),
        N_("Everybody keeps working. Put the record back, so that it stays clear whose the domain is."),
        _REVIEW,
        "/settings/domains",
    ),
}


def tell(voice: Speech, kind: str, subject_id: UUID, params: Mapping[str, Any]) -> Told:
    """The notice of `kind` in the language of `voice`. Raises ValueError if `params` lack one of its places."""
    draft = NOTICES[kind]
    if missing := draft.places - params.keys():
        raise ValueError(f"{kind} needs {sorted(missing)}")
    shown = {name: _shown(voice, name, params[name]) for name in draft.places}
    title, sentence = voice.say(draft.title, **shown), voice.say(draft.text, **shown)
    return Told(draft.tone, title, sentence, voice.say(draft.link), draft.place.format(subject=subject_id))


def _shown(voice: Speech, name: str, value: Any) -> str:
    if name.endswith("_at"):
        return voice.date(datetime.fromisoformat(str(value)))
    if name == "amount":
        return voice.money(msgspec.convert(value, Money))
    return voice.number(value) if isinstance(value, int) else str(value)
