import hashlib

import pytest

from jiesu.serving.retention import caller_hashes_to, caller_is
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.ticket import Ticket

FOUND = [
    ("13800138000", Ticket("1", "请回电138-0013 8000")),
    ("138 0013 8000", Ticket("1", "灯", caller="１３８００１３８０００")),
    ("李春花", Ticket("1", "灯", caller=" 李春花")),
    ("01062345678", Ticket("1", "灯", address="座机 010-62345678")),
]
NOT_FOUND = [
    ("13800138000", Ticket("1", "单号213800138000")),
    ("3800138000", Ticket("1", "电话13800138000")),
    ("李春花", Ticket("1", "李春花店铺噪音大", caller="王一")),
]


@pytest.mark.parametrize(("wanted", "ticket"), FOUND)
def test_caller_is_found_however_written(wanted: str, ticket: Ticket) -> None:
    assert caller_is(wanted)(ticket)


@pytest.mark.parametrize(("wanted", "ticket"), NOT_FOUND)
def test_others_are_left_alone(wanted: str, ticket: Ticket) -> None:
    assert not caller_is(wanted)(ticket)


@pytest.mark.parametrize("wanted", ["", "李", "123456", "1 2 3"])
def test_what_fits_many_is_refused(wanted: str) -> None:
    with pytest.raises(InputError, match=r"误删|至少写两个字"):
        caller_is(wanted)


def test_caller_is_found_by_hash() -> None:
    matches = caller_hashes_to(hashlib.sha256(b"13800138000").hexdigest())
    assert matches(Ticket("1", "电话是138 0013 8000，路灯不亮"))
    assert matches(Ticket("1", "灯", caller="13800138000"))
    assert not matches(Ticket("1", "电话13900139000"))
    with pytest.raises(InputError, match="应为 SHA-256"):
        caller_hashes_to("13800138000")
