"""Who may do what: roles as data (reference/licensing.md 6.3)."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that can be allowed. Commands and queries name theirs."""

    HOME_READ = "home.read"
    USER_READ = "user.read"
    USER_ADD = "user.add"
    USER_LOCATION = "user.location"
    LICENSE_READ = "license.read"
    LICENSE_ASSIGN = "license.assign"
    SUBSCRIPTION_READ = "subscription.read"
    SUBSCRIPTION_CHANGE = "subscription.change"
    ROLE_ASSIGN = "role.assign"
    AUDIT_READ = "audit.read"


class Role(StrEnum):
    """What an admin can be made."""

    GLOBAL = "global_admin"
    BILLING = "billing_admin"
    LICENSE = "license_admin"
    USER = "user_admin"
    HELPDESK = "helpdesk_admin"
    PASSWORD = "password_admin"  # noqa: S105
    GROUPS = "groups_admin"
    SUPPORT = "support_admin"
    READER = "global_reader"


_LOOKS = {Permission.HOME_READ, Permission.USER_READ}
_READS = _LOOKS | {Permission.LICENSE_READ, Permission.SUBSCRIPTION_READ}

MATRIX: dict[Role, frozenset[Permission]] = {
    Role.GLOBAL: frozenset(Permission),
    Role.BILLING: frozenset(_READS | {Permission.SUBSCRIPTION_CHANGE}),
    Role.LICENSE: frozenset(_READS | {Permission.LICENSE_ASSIGN, Permission.USER_LOCATION}),
    Role.USER: frozenset(_READS | {Permission.USER_ADD, Permission.USER_LOCATION, Permission.LICENSE_ASSIGN}),
    Role.HELPDESK: frozenset(_LOOKS),
    Role.PASSWORD: frozenset(_LOOKS),
    Role.GROUPS: frozenset(_LOOKS),
    Role.SUPPORT: frozenset({Permission.HOME_READ}),
    Role.READER: frozenset(_READS | {Permission.AUDIT_READ}),
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Everything that at least one of `roles` allows."""
    return frozenset().union(*(MATRIX[role] for role in roles))


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that allow `permission`, so that a refusal can name who to ask."""
    return tuple(role for role in Role if permission in MATRIX[role])
