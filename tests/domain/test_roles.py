"""Who may do what: the table of roles (reference: licensing, 6.3), as far as there is something to do."""

import pytest

from tenantry.domain.roles import EVERYBODY, MATRIX, Permission, Role, permissions_of, roles_with
from tenantry.domain.viewers import Viewer, operator
from tenantry.kit.errors import Kind, Refused
from tests.cast import ADELE, _id

COLUMNS = list(Role)
TABLE = """
                     global billing license user helpdesk password groups support reader
home.read            x      x       x       x    x        x        x      x       x
user.read            x      x       x       x    x        x        x      .       x
user.add             x      .       .       x    .        .        .      .       .
user.edit            x      .       .       x    .        .        .      .       .
user.block           x      .       .       x    .        .        .      .       .
user.delete          x      .       .       x    .        .        .      .       .
user.location        x      .       x       x    .        .        .      .       .
password.reset       x      .       .       x    x        x        .      .       .
sign_in.read         x      .       .       x    x        x        .      .       x
license.read         x      x       x       x    .        .        .      .       x
license.assign       x      .       x       x    .        .        .      .       .
subscription.read    x      x       x       x    .        .        .      .       x
subscription.change  x      x       .       .    .        .        .      .       .
billing.read         x      x       .       .    .        .        .      .       x
billing.change       x      x       .       .    .        .        .      .       .
role.read            x      .       .       x    x        x        .      .       x
role.assign          x      .       .       .    .        .        .      .       .
organization.read    x      x       .       .    .        .        .      .       x
organization.change  x      .       .       .    .        .        .      .       .
organization.export  x      .       .       .    .        .        .      .       .
organization.delete  x      .       .       .    .        .        .      .       .
audit.read           x      .       .       .    .        .        .      .       x
domain.read          x      x       .       .    .        .        .      .       x
domain.change        x      .       .       .    .        .        .      .       .
support.ask          x      x       x       x    x        .        .      x       .
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()[1:]]


@pytest.mark.parametrize(("permission", "marks"), [(row[0], row[1:]) for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_role_may_do_what_the_table_says(permission: str, marks: list[str]) -> None:
    allowed = {role for role, mark in zip(COLUMNS, marks, strict=True) if mark == "x"}
    assert set(roles_with(Permission(permission))) == allowed


def test_the_table_tells_of_every_permission_and_every_role() -> None:
    assert {row[0] for row in ROWS} == {permission.value for permission in set(Permission) - EVERYBODY}
    assert set(MATRIX) == set(Role)


def test_several_roles_allow_what_one_of_them_allows() -> None:
    both = permissions_of(frozenset([Role.BILLING, Role.LICENSE]))
    assert both == MATRIX[Role.BILLING] | MATRIX[Role.LICENSE] | EVERYBODY


def test_no_role_allows_nothing() -> None:
    assert permissions_of(frozenset()) == EVERYBODY


def test_a_viewer_without_the_right_is_told_who_has_it() -> None:
    viewer = Viewer(_id(1), _id(2), ADELE.name, MATRIX[Role.BILLING], "web")
    viewer.require(Permission.SUBSCRIPTION_CHANGE)
    with pytest.raises(Refused) as refused:
        viewer.require(Permission.LICENSE_ASSIGN)
    assert (refused.value.code, refused.value.kind) == ("permission_missing", Kind.DENIED)
    assert refused.value.params == {"roles": ("global_admin", "license_admin", "user_admin")}


def test_the_operator_of_the_machine_may_do_everything() -> None:
    assert operator(_id(1), "root").permissions == frozenset(Permission)
