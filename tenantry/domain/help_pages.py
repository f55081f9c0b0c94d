"""Help pages: which there are, and which one speaks of a page."""

from dataclasses import dataclass
from enum import StrEnum

from tenantry.domain.text import checked_text

COMMENT = 2000  # characters


class Topic(StrEnum):
    """A help page, as its address spells it."""

    SIGN_UP = "sign-up"
    BECOME_ADMIN = "become-the-admin"
    DOMAINS = "prove-a-domain"
    LICENSES = "licenses-and-conflicts"
    REQUESTS = "service-requests"


# Where each is asked for: how addresses begin, below a tenant's own or, for the last, beside it.
_ABOUT = {
    "/become-admin": Topic.BECOME_ADMIN,
    "/next": Topic.BECOME_ADMIN,
    "/settings/domains": Topic.DOMAINS,
    "/settings/self-service": Topic.SIGN_UP,
    "/apps": Topic.SIGN_UP,
    "/colleagues": Topic.SIGN_UP,
    "/licenses": Topic.LICENSES,
    "/users": Topic.LICENSES,
    "/products": Topic.LICENSES,
    "/support": Topic.REQUESTS,
}


def parse_topic(text: str) -> Topic | None:
    return next((topic for topic in Topic if topic.value == text), None)


def topic_of(path: str) -> Topic | None:
    """The help page about a page, by its path below the tenant's address; None where none speaks of it."""
    if path == "/sign-up" or path.startswith("/sign-up/"):
        return Topic.SIGN_UP
    return next((one for place, one in _ABOUT.items() if path == place or path.startswith(f"{place}/")), None)


@dataclass(frozen=True)
class Rating:
    """What a reader says of a help page."""

    topic: Topic
    language: str
    helpful: bool
    comment: str


def checked_rating(rating: Rating) -> Rating:
    """The rating with its comment as it is kept. Raises Refused with the field "comment", as `checked_text`."""
    text = rating.comment
    comment = checked_text(text, field="comment", limit=COMMENT, lines=True) if text.strip() else ""
    return Rating(rating.topic, rating.language, rating.helpful, comment)
