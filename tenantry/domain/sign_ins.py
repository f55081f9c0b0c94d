"""Where a sign-in comes from, as it is kept with sessions and in the history of sign-ins."""

from dataclasses import dataclass

AGENT_LENGTH = 200


@dataclass(frozen=True)
class Origin:
    """The network address of a request, and what its browser calls itself."""

    address: str
    agent: str


def origin_of(address: str, agent: str) -> Origin:
    """As it is kept: whatever a browser says of itself, so much of it and nothing that cannot be shown."""
    return Origin(address, "".join(letter for letter in agent if letter.isprintable())[:AGENT_LENGTH])
