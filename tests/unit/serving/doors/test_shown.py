from datetime import UTC, datetime

import pytest

from jiesu.serving.doors.callers import LOCAL, person
from jiesu.serving.doors.shown import check_seen, may_see, shown_ticket
from jiesu.serving.store.errors import UnknownTicket
from jiesu.serving.store.people import User
from jiesu.serving.store.records import Standing, StoredTicket
from jiesu.taxonomy.ticket import Ticket

AT = datetime(2026, 11, 28, tzinfo=UTC)
TICKET = Ticket("T1", "我叫张三，电话13800138000，路灯不亮", caller="张三")
OPERATOR = person(User("wang", "王一", "operator"))
ADMIN = person(User("root", "管理员", "admin"))
UNIT = person(User("u1", "城管科", "unit", "U-1"))


def stored(unit_id: str) -> StoredTicket:
    return StoredTicket(1, 1, "dispatched", TICKET, AT, Standing("confirm", unit_id=unit_id))


def test_unit_sees_its_own_tickets_only() -> None:
    assert may_see(stored("U-1"), UNIT)
    assert not may_see(stored("U-2"), UNIT)
    assert not may_see(stored(""), UNIT)
    assert may_see(stored("U-2"), OPERATOR)
    with pytest.raises(UnknownTicket, match="没有编号为 'T1' 的工单"):
        check_seen(stored("U-2"), UNIT)


@pytest.mark.parametrize("caller", [OPERATOR, UNIT, LOCAL])
def test_who_needs_it_sees_everything(caller: object) -> None:
    assert shown_ticket(TICKET, caller) is TICKET  # type: ignore[arg-type]  # parametrized


def test_others_see_no_person() -> None:
    shown = shown_ticket(TICKET, ADMIN)
    assert shown.text == "我叫〔姓名〕，电话〔电话〕，路灯不亮"
    assert shown.caller == "〔来电人〕"
