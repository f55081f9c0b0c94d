"""Subscriptions in words: status, terms, prices and dates, the same on every page that speaks of one."""

from datetime import datetime, timedelta

from tenantry.domain.charges import Price
from tenantry.domain.subscriptions import Status
from tenantry.words.speech import Speech

KINDS = {
    Status.ACTIVE: "ok",
    Status.TRIAL: "brand",
    Status.SCHEDULED: "",
    Status.EXPIRED: "soon",
    Status.DISABLED: "broken",
    Status.DELETED: "",
}


def status_word(speech: Speech, status: Status) -> str:
    say = speech.say
    return {
        Status.ACTIVE: say("Active"),
        Status.TRIAL: say("Trial"),
        Status.SCHEDULED: say("Scheduled"),
        Status.EXPIRED: say("Expired"),
        Status.DISABLED: say("Disabled"),
        Status.DELETED: say("Deleted"),
    }[status]


def stage_text(speech: Speech, status: Status) -> str:
    """What a status means for people and data."""
    say = speech.say
    return {
        Status.SCHEDULED: say("Nothing can be assigned yet, and nothing is charged."),
        Status.TRIAL: say("Everybody with a license uses it. It costs nothing."),
        Status.ACTIVE: say("Everybody with a license uses it."),
        Status.EXPIRED: say("Everybody with a license keeps using it. No seat can be assigned anew."),
        Status.DISABLED: say("Nobody can use it. Admins still get at the data."),
        Status.DELETED: say("The data is gone and cannot be had back."),
    }[status]


def term_words(speech: Speech, months: int) -> str:
    """How long a term is: 1 month, 3 years."""
    years, rest = divmod(months, 12)
    if rest:
        return speech.count("%(num)s month", "%(num)s months", months)
    return speech.count("%(num)s year", "%(num)s years", years)


def billed_words(speech: Speech, frequency: str) -> str:
    return speech.say("Billed yearly") if frequency == "yearly" else speech.say("Billed monthly")


def terms_words(speech: Speech, months: int, frequency: str) -> str:
    """Term and billing in one line."""
    return f"{term_words(speech, months)} · {billed_words(speech, frequency)}"


def price_words(speech: Speech, price: Price) -> str:
    """What a seat costs for how long."""
    amount = speech.money(price.unit)
    if price.frequency == "yearly":
        return speech.say("%(price)s per seat and year", price=amount)
    return speech.say("%(price)s per seat and month", price=amount)


def seats_words(speech: Speech, seats: int) -> str:
    return speech.count("%(num)s seat", "%(num)s seats", seats)


NO_END = timedelta(days=365 * 50)  # what ends later costs nothing, and was never bought for a time


def date_words(
    speech: Speech, status: Status, *, starts_at: datetime, ends_at: datetime, renews: bool, now: datetime
) -> str:
    """What the next date of a subscription means; nothing for one that renewed by itself meanwhile."""
    say, date = speech.say, speech.date
    if status is Status.SCHEDULED:
        return say("Starts on %(date)s", date=date(starts_at))
    if status in {Status.EXPIRED, Status.DISABLED, Status.DELETED}:
        return say("Ended on %(date)s", date=date(ends_at))
    if ends_at <= now or ends_at > now + NO_END:
        return ""
    if renews and status is not Status.TRIAL:
        return say("Renews on %(date)s", date=date(ends_at))
    if renews:
        return say("Paid from %(date)s on", date=date(ends_at))
    return say("Ends on %(date)s", date=date(ends_at))
