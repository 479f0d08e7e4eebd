"""The whole flow on the real city, with a classifier whose answer the test chooses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from jiesu.classifier.scores import Matrix
from jiesu.router.route import Router
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import LabelTree

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Certain:
    """A classifier that is sure of one class whatever the text says."""

    tree: LabelTree
    code: str
    p: float = 0.9
    name: str = "certain-1"

    def score(self, texts: Sequence[str]) -> Matrix:
        n = len(self.tree.leaves)
        row = np.full(n, (1 - self.p) / (n - 1), dtype=np.float32)
        row[self.tree.leaf_index[self.code]] = self.p
        return np.tile(row, (len(texts), 1))


@pytest.fixture(scope="module")
def city() -> City:
    return load_city()


@pytest.fixture(scope="module")
def router(city: City, tmp_path_factory: pytest.TempPathFactory) -> Router:
    return Router.load(city, tmp_path_factory.mktemp("no-model"))


def first_leaf_of(city: City, role: str) -> str:
    return next(code for code in city.tree.leaves if city.tree.get(code).unit_role == role)


def with_model(router: Router, role: str, p: float = 0.9) -> Router:
    code = first_leaf_of(router.city, role)
    return replace(router, classifier=Certain(router.city.tree, code, p), problems={})


def test_a_sure_class_at_a_known_place_is_ready_to_confirm(router: Router) -> None:
    ticket = Ticket("1", "朝阳区望京西园四区楼道里堆满了旧家具，说了几回没人管")

    (decision,) = with_model(router, "街乡镇").route([ticket], NOW)

    assert decision.outcome == "confirm"
    assert decision.candidates[0].unit == "朝阳区望京街道办事处"
    assert decision.candidates[0].reasons[0].source
    assert decision.versions.model == "certain-1"


def test_an_unsure_class_goes_to_a_person(router: Router) -> None:
    ticket = Ticket("1", "朝阳区望京西园四区楼道里堆满了旧家具")

    (decision,) = with_model(router, "街乡镇", p=0.3).route([ticket], NOW)

    assert decision.outcome == "human"
    assert any("低于" in reason for reason in decision.reasons)


def test_without_a_place_no_unit_is_named(router: Router) -> None:
    (decision,) = with_model(router, "街乡镇").route([Ticket("1", "楼道里堆满了旧家具")], NOW)

    assert decision.outcome == "human"
    assert decision.candidates[0].unit_id == ""


def test_the_address_field_tells_the_place(router: Router) -> None:
    ticket = Ticket("1", "楼道里堆满了旧家具", address="海淀区八里庄街道")

    (decision,) = with_model(router, "街乡镇").route([ticket], NOW)

    assert (decision.place.district, decision.place.subdistrict) == ("海淀区", "八里庄街道")


def test_without_a_model_a_person_decides_and_the_place_is_still_read(router: Router) -> None:
    (decision,) = router.route([Ticket("1", "朝阳区望京西园四区停水了")], NOW)

    assert decision.outcome == "human"
    assert decision.degraded == ("model",)
    assert decision.place.district == "朝阳区"


def test_danger_goes_to_the_emergency_line_and_says_which(router: Router) -> None:
    ticket = Ticket("1", "石景山八角北里楼道里一股很浓的煤气味，已经有人头晕了")

    (decision,) = with_model(router, "街乡镇").route([ticket], NOW)

    assert decision.outcome == "emergency"
    assert (decision.urgency, decision.limit) == ("特急", "2h")
    assert any("119" in reason for reason in decision.reasons)


def test_the_deadline_counts_from_when_the_ticket_came_in(router: Router) -> None:
    received_at = NOW - timedelta(days=3)
    ticket = Ticket("1", "朝阳区望京西园四区楼道里堆满了旧家具", received_at=received_at)

    (decision,) = with_model(router, "街乡镇").route([ticket], NOW)

    assert decision.deadline is not None
    assert received_at < decision.deadline
    assert decision.limit in ("24h", "7d", "15d")


def test_spans_count_from_the_start_of_the_text(router: Router) -> None:
    ticket = Ticket("1", "家住丰台区方庄，电梯老停", title="电梯故障")

    (decision,) = router.route([ticket], NOW)

    assert decision.place.span is not None
    assert ticket.text[slice(*decision.place.span)] in ("丰台区方庄", "方庄")


def test_a_place_in_the_title_has_no_span_in_the_text(router: Router) -> None:
    ticket = Ticket("1", "电梯老停，没人修", title="丰台区方庄电梯故障")

    (decision,) = router.route([ticket], NOW)

    assert (decision.place.district, decision.place.span) == ("丰台区", None)


def test_the_same_ticket_gives_the_same_decision(router: Router) -> None:
    sure = with_model(router, "区教委")
    ticket = Ticket("1", "孩子在丰台区上小学，入学材料交给谁")

    assert sure.route([ticket], NOW) == sure.route([ticket], NOW)


def test_tickets_keep_their_order(router: Router) -> None:
    tickets = [Ticket(str(n), f"第{n}件：路灯不亮") for n in range(20)]

    decisions = with_model(router, "街乡镇").route(tickets, NOW)

    assert [decision.ticket_id for decision in decisions] == [ticket.id for ticket in tickets]


def test_no_tickets_give_no_decisions(router: Router) -> None:
    assert router.route([], NOW) == []
    assert with_model(router, "街乡镇").route([], NOW) == []


def test_a_missing_model_names_folder_and_remedy(city: City, tmp_path: Path) -> None:
    assert "jiesu train" in Router.load(city, tmp_path / "nothing").problems["model"]


def test_without_the_kind_model_the_usual_kind_of_the_class_is_taken(router: Router) -> None:
    sure = replace(with_model(router, "街乡镇"), kinds=None)
    code = first_leaf_of(router.city, "街乡镇")

    (decision,) = sure.route([Ticket("1", "楼道里堆满了旧家具")], NOW)

    assert decision.kind == router.city.tree.get(code).kinds[0]


def test_what_sounds_improper_is_left_to_a_person_and_says_so(router: Router) -> None:
    place = "，朝阳区望京西园四区"
    plain = Ticket("1", "楼道里堆满了旧家具" + place)
    improper = Ticket("2", "我有健康证问题，能不能先给我出一张假的，你们内部给点个通过" + place)
    sure = with_model(router, "街乡镇")

    first, second = sure.route([plain, improper], NOW)

    assert first.outcome == "confirm"
    assert second.outcome in ("human", "out_of_scope")
    assert any("第十一条第三款" in reason for reason in second.reasons)
