"""What the dashboard counts: the same on both databases."""

from dataclasses import replace
from datetime import timedelta

from handclock import Clock

from jiesu.serving.choices import Choice
from jiesu.serving.desk import Desk
from jiesu.serving.figures import Figures
from jiesu.serving.reception import Reception
from jiesu.serving.store.database import Database
from jiesu.serving.store.records import CallBack
from jiesu.serving.suggestions import Suggester
from jiesu.taxonomy.ticket import Ticket

LAMP = Ticket("T-1", "河沿街道的路灯不亮三天了")


def test_board_counts_volumes_and_outcomes(
    reception: Reception, desk: Desk, database: Database, suggester: Suggester, clock: Clock
) -> None:
    figures = Figures(database, suggester.engine.city, clock)
    for name in ("T-1", "T-2", "T-3"):
        reception.receive(replace(LAMP, id=name), "网关")
    desk.claim("T-1", 1, "王一")
    clock.forward(seconds=20)
    kept = desk.decide("T-1", 2, "王一", Choice("dispatch"))
    desk.decide("T-2", 1, "王一", Choice("dispatch", code="010102"))
    call = CallBack(clock.now, "王一", True, True, False)
    desk.record_outcome("T-1", kept.stored.version, call)

    board = figures.board(7)
    assert (board.total, dict(board.classes), dict(board.districts)) == (3, {"01": 3}, {"东区": 3})
    assert sum(board.hours) == 3
    assert [(item.code, item.decided, item.kept) for item in board.by_class] == [("010101", 2, 1)]
    assert board.acceptance == 0.5
    assert board.seconds == 20
    assert (board.call_backs.contacted, board.call_backs.satisfied) == (1, 0)
    assert dict(figures.board(7, "0101").classes) == {"010101": 2, "010102": 1}


def test_map_counts_by_district_class_and_hour(
    reception: Reception, database: Database, suggester: Suggester, clock: Clock
) -> None:
    figures = Figures(database, suggester.engine.city, clock)
    reception.receive(LAMP, "网关")
    hour = clock.now.hour
    assert figures.map(1) == {"东区": 1}
    assert figures.map(1, "01", hour) == {"东区": 1}
    assert figures.map(1, "", (hour + 1) % 24) == {}
    clock.now += timedelta(days=2)
    assert figures.map(1) == {}


def test_units_that_send_back_are_counted(
    reception: Reception, desk: Desk, database: Database, suggester: Suggester, clock: Clock
) -> None:
    reception.receive(LAMP, "网关")
    version = desk.decide("T-1", 1, "王一", Choice("dispatch")).stored.version
    unit = desk.view("T-1").stored.standing.unit_id
    desk.send_back("T-1", version, "单位", "不归我们管")
    (line,) = Figures(database, suggester.engine.city, clock).board(7).by_unit
    assert (line.code, line.decided, line.kept, line.returned) == (unit, 1, 1, 1)
