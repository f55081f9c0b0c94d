"""Who may do what: roles as data (reference/licensing.md 6.3)."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that can be allowed. Commands and queries name theirs."""

    HOME_READ = "home.read"
    USER_READ = "user.read"
    USER_ADD = "user.add"
    USER_EDIT = "user.edit"
    USER_BLOCK = "user.block"
    USER_DELETE = "user.delete"
    PASSWORD_RESET = "password.reset"  # noqa: S105
    SIGN_IN_READ = "sign_in.read"
    USER_LOCATION = "user.location"
    LICENSE_READ = "license.read"
    LICENSE_ASSIGN = "license.assign"
    SUBSCRIPTION_READ = "subscription.read"
    SUBSCRIPTION_CHANGE = "subscription.change"
    BILLING_READ = "billing.read"
    BILLING_CHANGE = "billing.change"
    ROLE_READ = "role.read"
    ROLE_ASSIGN = "role.assign"
    ORGANIZATION_READ = "organization.read"
    ORGANIZATION_CHANGE = "organization.change"
    ORGANIZATION_EXPORT = "organization.export"
    ORGANIZATION_DELETE = "organization.delete"
    AUDIT_READ = "audit.read"
    DOMAIN_READ = "domain.read"
    DOMAIN_CHANGE = "domain.change"
    SUPPORT_ASK = "support.ask"
    OWN_USE = "own.use"


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


def parse_role(text: str) -> Role | None:
    """The role that `text` names, or None if it names none."""
    return next((role for role in Role if role.value == text), None)


_P = Permission
_LOOKS = {_P.HOME_READ, _P.USER_READ}
_READS = _LOOKS | {_P.LICENSE_READ, _P.SUBSCRIPTION_READ}
_HELPS = _LOOKS | {_P.PASSWORD_RESET, _P.SIGN_IN_READ, _P.ROLE_READ}
_CARES = {_P.USER_ADD, _P.USER_EDIT, _P.USER_BLOCK, _P.USER_DELETE, _P.USER_LOCATION, _P.LICENSE_ASSIGN}

# What everybody in a tenant may do: use the apps, see to their own, become the admin of a group that has none.
EVERYBODY = frozenset({_P.OWN_USE})

MATRIX: dict[Role, frozenset[Permission]] = {
    Role.GLOBAL: frozenset(Permission),
    Role.BILLING: frozenset(
        _READS
        | {_P.SUBSCRIPTION_CHANGE, _P.BILLING_READ, _P.BILLING_CHANGE, _P.ORGANIZATION_READ}
        | {_P.DOMAIN_READ, _P.SUPPORT_ASK}
    ),
    Role.LICENSE: frozenset(_READS | {_P.LICENSE_ASSIGN, _P.USER_LOCATION, _P.SUPPORT_ASK}),
    Role.USER: frozenset(_READS | _HELPS | _CARES | {_P.SUPPORT_ASK}),
    Role.HELPDESK: frozenset(_HELPS | {_P.SUPPORT_ASK}),
    Role.PASSWORD: frozenset(_HELPS),
    Role.GROUPS: frozenset(_LOOKS),
    Role.SUPPORT: frozenset({_P.HOME_READ, _P.SUPPORT_ASK}),
    Role.READER: frozenset(
        _READS | {_P.BILLING_READ, _P.SIGN_IN_READ, _P.ROLE_READ, _P.ORGANIZATION_READ, _P.AUDIT_READ, _P.DOMAIN_READ}
    ),
}

# Whose account somebody may change, block, delete or give a new password: people who hold nothing beyond these
# (reference: licensing, 6.3 [3]). A global admin may do it to everybody.
REACH: dict[Role, frozenset[Role]] = {
    Role.GLOBAL: frozenset(Role),
    Role.USER: frozenset({Role.HELPDESK}),
    Role.HELPDESK: frozenset({Role.HELPDESK}),
    Role.PASSWORD: frozenset({Role.PASSWORD}),
}


def reaches(mine: frozenset[Role], theirs: frozenset[Role]) -> bool:
    """Whether somebody with the roles `mine` may manage the account of somebody with the roles `theirs`."""
    return any(theirs <= REACH[role] for role in mine if role in REACH)


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Everything that everybody may do, and what at least one of `roles` allows."""
    return EVERYBODY.union(*(MATRIX[role] for role in roles))


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that allow `permission`, so that a refusal can name who to ask."""
    return tuple(role for role in Role if permission in MATRIX[role])
