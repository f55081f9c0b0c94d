"""Who is asking, for which tenant, and with what rights."""

from dataclasses import dataclass
from uuid import UUID

from tenantry.domain.roles import Permission, Role, roles_with
from tenantry.kit.errors import Kind, Refused

JANITOR = "Tenantry"  # in whose name is done what falls due


@dataclass(frozen=True)
class Viewer:
    """Made by a gate from a session (or by the command line for its operator); nothing else can make one.

    user_id: the viewer's user in the tenant; None for the operator, who is none of its people.
    via: the door, for the audit log: "web", "cli", "job", or "support" for the operator's time-limited access.
    roles: what `permissions` come from; whose account they reach hangs on them.
    """

    tenant_id: UUID
    user_id: UUID | None
    name: str
    permissions: frozenset[Permission]
    via: str
    language: str = "en"
    roles: frozenset[Role] = frozenset()

    def can(self, permission: Permission) -> bool:
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raises Refused that names the roles which could."""
        if permission not in self.permissions:
            roles = tuple(role.value for role in roles_with(permission))
            raise Refused("permission_missing", Kind.DENIED, roles=roles)


def operator(tenant_id: UUID, name: str, language: str = "en") -> Viewer:
    """The one at the command line of the machine: whoever can read the database's key may do everything."""
    return Viewer(tenant_id, None, name, frozenset(Permission), "cli", language, frozenset({Role.GLOBAL}))


def janitor(tenant_id: UUID) -> Viewer:
    """Time itself: what falls due is done in nobody's name, by a job."""
    return Viewer(tenant_id, None, JANITOR, frozenset(Permission), "job", "en", frozenset({Role.GLOBAL}))
