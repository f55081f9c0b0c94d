"""Notices: what people with a right should know of, before it costs them something."""

from enum import StrEnum


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
