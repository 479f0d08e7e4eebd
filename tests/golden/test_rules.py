"""Rules name the right unit when the class is given; renewed by benchmarks/routing.py."""

import json
from datetime import date

from evaldata import eval_file

from jiesu.router.rule_cases import Expectation, RuleCase, RulesAlone
from jiesu.taxonomy.city import load_city

TODAY = date(2026, 11, 28)
TOP1, TOP3 = 0.98, 0.99


def test_rules_keep_the_right_unit_on_real_complaints() -> None:
    lines = eval_file("complaints_dev.jsonl").read_text(encoding="utf-8").splitlines()
    rules, ranks = RulesAlone.of_city(load_city()), []
    for row in map(json.loads, lines):
        text = f"{row['title']}。{row['text']}"
        case = RuleCase(row["id"], text, Expectation(), row["codes"][0], kind=row["kind"])
        found = rules.decide(case, TODAY).candidates
        roles = [c.unit_role for c in found if c.part == "lead"][:3]
        ranks.append(next((i for i, role in enumerate(roles) if role in row["units"]), 9))

    assert sum(rank < 1 for rank in ranks) / len(ranks) >= TOP1
    assert sum(rank < 3 for rank in ranks) / len(ranks) >= TOP3
