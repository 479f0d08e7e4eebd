from jiesu.serving.doors.callers import LOCAL, person, program
from jiesu.serving.doors.rights import (
    PERSONS_ONLY,
    RIGHT_NAMES,
    RIGHTS,
    ROLE_NAMES,
    ROLE_RIGHTS,
    ROLES,
)
from jiesu.serving.store.door_tables import USER_ROLES
from jiesu.serving.store.people import User


def test_every_role_and_right_has_a_name_and_a_holder() -> None:
    assert set(ROLE_NAMES) == set(ROLE_RIGHTS) == set(ROLES) == set(USER_ROLES)
    assert set(RIGHT_NAMES) == set(RIGHTS) == set().union(*ROLE_RIGHTS.values())


def test_who_manages_users_sees_no_personal_data() -> None:
    for role, rights in ROLE_RIGHTS.items():
        assert not {"manage_users", "see_personal"} <= rights, role


def test_no_program_makes_users_or_keys_whatever_its_scopes() -> None:
    greedy = program("网关", frozenset(RIGHTS))
    assert not any(greedy.may(right) for right in PERSONS_ONLY)
    assert greedy.may("take_in")


def test_person_acts_under_the_own_name_and_a_program_for_whom_it_states() -> None:
    wang = person(User("wang", "王一", "operator"))
    assert wang.acts_as("李二") == "王一"
    assert program("网关").acts_as("李二") == "李二"
    assert LOCAL.acts_as("李二") == "李二"
