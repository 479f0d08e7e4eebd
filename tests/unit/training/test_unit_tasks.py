"""Units are learned from settled tickets; a city of which nothing else is known can be routed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jiesu.classifier.artefact import read_card
from jiesu.router.route import Router
from jiesu.router.unit_history import load_history
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.taxonomy.ticket import Ticket
from jiesu.training.corpus import LabelColumns
from jiesu.training.unit_tasks import Learned, learn_city, learn_units
from jiesu.training.unit_told import told

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SAID = {
    ("照明", "路灯队"): ["路灯不亮", "灯杆倒了", "路灯白天亮着", "路灯闪个不停", "巷子没有路灯"],
    ("供水", "自来水公司"): ["家里停水", "水管漏水", "水压太低", "自来水发黄", "水表转得快"],
    ("供水", "节水办"): [
        "用水定额怎么定",
        "节水器具补贴",
        "中水怎么接",
        "节水改造申请",
        "雨水收集",
    ],
}
WHERE = ["东街", "西街", "南门", "北门", "老城"]


def table(folder: Path, header: str = "内容,事项,承办单位", places: Sequence[str] = WHERE) -> Path:
    rows = [
        f"{where}{said}请处理,{label},{unit}"
        for (label, unit), texts in SAID.items()
        for said in texts
        for where in places
    ]
    path = folder / "小县.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Learned, Path]:
    folder = tmp_path_factory.mktemp("new")
    out = folder / "model"
    return learn_city(table(folder), LabelColumns(("事项",)), "承办单位", out), out


@pytest.fixture(scope="module")
def router(learned: tuple[Learned, Path]) -> Router:
    city, model = load_city(learned[1] / "city"), learned[1]
    return Router.load(city, model)


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("新村口的路灯坏了不亮", "路灯队", "照明"),
        ("我家水管漏水没人管", "自来水公司", "供水"),
        ("想申请节水器具的补贴", "节水办", "供水"),
    ],
)
def test_history_alone_routes_a_city_without_rules(
    router: Router, text: str, unit: str, code: str
) -> None:
    (decision,) = router.route([Ticket("1", text)], NOW)

    assert (decision.candidates[0].unit, decision.classes[0].code) == (unit, code)
    assert decision.outcome == "confirm"
    assert "件同类由其办结" in decision.candidates[0].reasons[0].text
    assert "-units-" in decision.versions.model


def test_nothing_of_the_new_city_is_broken(router: Router) -> None:
    assert router.problems == {}


def test_danger_is_seen_in_the_new_city_too(router: Router) -> None:
    (decision,) = router.route([Ticket("1", "楼里着火了，冒着浓烟，有人被困在里面快来人")], NOW)

    assert decision.outcome == "emergency"


def test_the_card_tells_how_good_each_view_is(learned: tuple[Learned, Path]) -> None:
    metrics = learned[0].units.facts["metrics"]

    assert metrics["history"]["top1"] >= max(metrics["words"]["top1"], 0.9)
    assert "rules" not in metrics
    assert "历史（两者合用）" in told(*learned)


def test_the_same_table_gives_the_same_model(tmp_path: Path) -> None:
    path, labels = table(tmp_path, places=WHERE[:1]), LabelColumns(("事项",))

    one, other = (learn_city(path, labels, "承办单位", tmp_path / name) for name in "ab")

    assert one.units.name == other.units.name
    assert one.units.facts["mix"] == other.units.facts["mix"]


def test_a_folder_of_another_city_is_refused(learned: tuple[Learned, Path]) -> None:
    with pytest.raises(ArtefactError, match="不是分类体系"):
        load_history(learned[1] / "units", load_city())


def test_a_folder_that_holds_something_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "letter.txt").write_text("x")

    with pytest.raises(InputError, match="换一个 --out"):
        learn_city(table(tmp_path), LabelColumns(("事项",)), "承办单位", tmp_path / "m")


def test_units_that_a_city_does_not_know_are_told(tmp_path: Path) -> None:
    path = table(tmp_path, "内容,说明,承办单位")
    path.write_text(path.read_text("utf-8").replace("自来水公司", "水厂"), "utf-8")

    with pytest.raises(InputError, match="承办单位: 各行的承办单位在城市里都找不到，如 路灯队"):
        learn_units(path, "承办单位", None, tmp_path / "m", NOW)


def test_a_city_with_rules_learns_what_they_do_not_know(tmp_path: Path) -> None:
    """Tickets that the rules would give to one unit were always settled by another."""
    city = load_city()
    unit = next(u for u in city.units if u.level == "city" and u.name.endswith("局"))
    other = next(u for u in city.units if u.level == "city" and u.name.endswith("委员会"))
    lines = [f"{w}路灯不亮请处理,{(unit, other)[i % 2].name}" for i, w in enumerate(WHERE * 8)]
    lines = [
        line.replace("路灯不亮", "水压太低") if i % 2 else line for i, line in enumerate(lines)
    ]
    path = tmp_path / "h.csv"
    path.write_text(
        "内容,单位\n" + "\n".join(f"{i}号{line}" for i, line in enumerate(lines)), "utf-8"
    )

    learned = learn_units(path, "单位", None, tmp_path / "m", NOW)
    history = load_history(tmp_path / "m", city)

    assert read_card(tmp_path / "m").kind == "units"
    assert learned.units.facts["metrics"]["all"]["top1"] > 0.9
    assert history.mix.share > 0.5
