"""The texts that the model of improper demands is fitted on."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import yaml

import jiesu.data
from jiesu.taxonomy.city import load_city
from jiesu.taxonomy.tree import Label, tree_of
from jiesu.training.fit_improper import improper_texts

CASES = Path(__file__).parents[2] / "cases"


def test_improper_and_justified_texts_are_many_and_no_case_is_among_them() -> None:
    city = load_city()
    corpora = Path(next(iter(jiesu.data.__path__))) / "corpora" / city.id

    texts = list(improper_texts(city, corpora))

    written = Counter(text.is_danger for text in texts if text.is_written)
    assert min(written[True], written[False]) >= 120
    assert sum(not text.is_written for text in texts) >= 20_000
    cases = {
        case["text"]
        for file in CASES.glob("triage*.yaml")
        for group in yaml.safe_load(file.read_text(encoding="utf-8")).values()
        for case in group
    }
    assert cases.isdisjoint(text.text for text in texts if text.is_written)


def test_texts_of_the_class_of_all_else_are_no_ordinary_ones(tmp_path: Path) -> None:
    (tmp_path / "improper").mkdir()
    for name in ("asked", "justified"):
        (tmp_path / "improper" / f"{name}.jsonl").write_bytes(b"")
    labels = [
        Label("Z", "其他", 1),
        Label("Z1", "表扬", 2, "Z", examples=("谢谢师傅",)),
        Label("45", "市政", 1),
        Label("451", "路灯", 2, "45", examples=("路灯不亮",)),
    ]
    city = replace(load_city(), tree=tree_of("t", labels))
    assert [text.text for text in improper_texts(city, tmp_path)] == ["路灯不亮"]
