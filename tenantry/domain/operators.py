"""Who runs the house."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Operator:
    """Made by a gate from an operator's session, or for whoever is at the command line of the machine.

    They may do everything to the house and see nothing of a tenant's people: for that they open a support access.
    account_id: None at the command line. name: a person's real name, for the logs. via: the door, "operator" or "cli".
    """

    account_id: UUID | None
    name: str
    via: str
