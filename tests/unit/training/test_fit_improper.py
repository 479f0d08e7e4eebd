"""The texts that the model of improper demands is fitted on."""

from collections import Counter
from pathlib import Path

import yaml

import jiesu.data
from jiesu.taxonomy.city import load_city
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
