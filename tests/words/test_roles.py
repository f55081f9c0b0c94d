"""Every role and everything that can be allowed has its words."""

from tenantry.domain.roles import EVERYBODY, Permission, Role
from tenantry.words.roles import PURPOSES, SIGHTS, TASKS
from tenantry.words.speech import ROLE_NAMES


def test_every_role_has_a_name_and_a_purpose() -> None:
    assert set(PURPOSES) == set(Role)
    assert set(ROLE_NAMES) == {role.value for role in Role}


def test_everything_that_can_be_allowed_is_a_task_once() -> None:
    told = [right for _, tasks in TASKS for right, _ in tasks]
    assert len(told) == len(set(told))
    assert set(told) == set(Permission) - EVERYBODY - {Permission.HOME_READ}
    assert {right for right, _ in SIGHTS} <= set(told)
