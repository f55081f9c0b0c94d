"""Notices: what people with a right should know of, before it costs them something."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from tenantry.domain.roles import Permission, Role


class NoticeKind(StrEnum):
    """What a notice is about. Its sentences, and the params that they need, are in `words.notices`."""

    WINDOW_SHUTS = "window_shuts"
    RENEWAL_AHEAD = "renewal_ahead"
    TRIAL_ENDS = "trial_ends"
    TRIAL_CONVERTS = "trial_converts"
    EXPIRED = "expired"
    DISABLED = "disabled"
    DELETED_SOON = "deleted_soon"
    CONFLICT = "conflict"
    CONFLICT_DEADLINE = "conflict_deadline"
    SERVICE_CUT = "service_cut"
    PAYMENT_FAILED = "payment_failed"
    CARD_EXPIRES = "card_expires"
    SUPPORT_OPENED = "support_opened"
    DOMAIN_LAPSED = "domain_lapsed"


# Who is told of each kind: those who can do something about it. This is what raises a notice names as its permission.
AUDIENCE: dict[NoticeKind, Permission] = {
    NoticeKind.WINDOW_SHUTS: Permission.SUBSCRIPTION_CHANGE,
    NoticeKind.RENEWAL_AHEAD: Permission.SUBSCRIPTION_CHANGE,
    NoticeKind.TRIAL_ENDS: Permission.SUBSCRIPTION_CHANGE,
    NoticeKind.TRIAL_CONVERTS: Permission.SUBSCRIPTION_CHANGE,
    NoticeKind.EXPIRED: Permission.SUBSCRIPTION_CHANGE,
    NoticeKind.DISABLED: Permission.SUBSCRIPTION_CHANGE,
    NoticeKind.DELETED_SOON: Permission.SUBSCRIPTION_CHANGE,
    NoticeKind.CONFLICT: Permission.LICENSE_READ,
    NoticeKind.CONFLICT_DEADLINE: Permission.LICENSE_READ,
    NoticeKind.SERVICE_CUT: Permission.LICENSE_READ,
    NoticeKind.PAYMENT_FAILED: Permission.BILLING_CHANGE,
    NoticeKind.CARD_EXPIRES: Permission.BILLING_CHANGE,
    NoticeKind.SUPPORT_OPENED: Permission.ORGANIZATION_CHANGE,
    NoticeKind.DOMAIN_LAPSED: Permission.DOMAIN_CHANGE,
}

# What the organization's technical contact gets a letter of: something breaks or runs out, and no word of money.
TECHNICAL = frozenset(
    {
        NoticeKind.EXPIRED,
        NoticeKind.DISABLED,
        NoticeKind.DELETED_SOON,
        NoticeKind.CONFLICT,
        NoticeKind.CONFLICT_DEADLINE,
        NoticeKind.SERVICE_CUT,
    }
)

# What costs service or money if it waits for tomorrow.
URGENT = TECHNICAL | {NoticeKind.PAYMENT_FAILED}
REST = timedelta(hours=20)  # after an organization's letters, until there are others
URGENT_REST = timedelta(hours=1)  # the same, if something urgent is new


def is_mailed_now(kinds: Iterable[str], last_at: datetime | None, now: datetime) -> bool:
    """Whether letters go out of what is new, all of it together. kinds: of the new; last_at: of the last letters."""
    new = set(kinds)
    if not new or last_at is None:
        return bool(new)
    return now - last_at >= (URGENT_REST if new & URGENT else REST)


def is_mailed_to(roles: frozenset[Role]) -> bool:
    """Whether somebody with `roles` gets letters at all: who only reads cannot do anything about it."""
    return bool(roles - {Role.READER})
