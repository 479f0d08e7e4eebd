"""How often the rules name the right unit, and how fast they are.

    python benchmarks/routing.py FOLDER [--model DIR] [--history DIR]

FOLDER holds complaints_dev.jsonl (texts with classes and acceptable units) and
beijing_letters/dev.jsonl (letters with the unit that answered). Prints, as JSON: top 1 and top 3
of the lead candidates with the gold class (rules alone), the same with the predicted class where
a model is given, for letters the bus company and the others apart, how honest the printed chance
of the first unit is (bins: number, mean chance, share right), and tickets a second of the rules
alone on one core. With a model also what the whole router adds to classification: triage,
place, facts, rules, candidates, clocks, and 2,000 recent tickets that units settled or sent back;
with --history the units learned by `jiesu train --unit` too.
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jiesu.classifier.scores import judge
from jiesu.router.decision import Candidate
from jiesu.router.experience import Experience, Settlement
from jiesu.router.route import Router
from jiesu.router.rule_cases import Expectation, RuleCase, RulesAlone
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.ticket import Ticket

TODAY = date(2026, 11, 28)
LONGEST_RUN_SECONDS = 10.0
Row = dict[str, Any]  # a line of JSON


def read_rows(path: Path) -> list[Row]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def ticket_of(row: Row) -> Ticket:
    """Join title and text as a ticket has them."""
    title = row.get("title") or ""
    return Ticket(row["id"], row["text"], "" if row["text"].startswith(title) else title)


def is_right(candidate: Candidate, wanted: Sequence[str], city: City) -> bool:
    """Say whether the candidate's role or one of its unit's names is acceptable.

    Letters name no unit below a district: its name stands for whoever acts there.
    """
    unit = city.units_by_id.get(candidate.unit_id)
    names = (unit.name, *unit.aliases) if unit else ()
    if unit and unit.region and (district := city.acting_district(unit.region)):
        names = (*names, district.name)
    return candidate.unit_role in wanted or any(name in wanted for name in names)


def hits(
    found: Iterable[tuple[Row, Sequence[Candidate]]], city: City
) -> dict[str, float | int | None]:
    """Count how often one of the first or first three leads is acceptable."""
    ranks = []
    for row, candidates in found:
        leads = [c for c in candidates if c.part == "lead"][:3]
        right = [is_right(lead, row["units"], city) for lead in leads]
        ranks.append(right.index(True) if any(right) else 9)
    n = len(ranks)
    return {
        "n": n,
        "top1": round(sum(r < 1 for r in ranks) / n, 4) if n else None,
        "top3": round(sum(r < 3 for r in ranks) / n, 4) if n else None,
    }


def by_gold(rows: Sequence[Row], rules: RulesAlone) -> list[tuple[Row, Sequence[Candidate]]]:
    """Route each row by its gold class and kind."""
    found: list[tuple[Row, Sequence[Candidate]]] = []
    for row in rows:
        text = ticket_of(row).full_text()
        case = RuleCase(row["id"], text, Expectation(), row["codes"][0], kind=row.get("kind", ""))
        found.append((row, rules.decide(case, TODAY).candidates))
    return found


def by_model(rows: Sequence[Row], router: Router) -> list[tuple[Row, Sequence[Candidate]]]:
    """Route each row as in service."""
    now = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    decisions = router.route([ticket_of(row) for row in rows], now)
    return [(row, d.candidates) for row, d in zip(rows, decisions, strict=True)]


def reliability(found: Iterable[tuple[Row, Sequence[Candidate]]], city: City) -> dict[str, Any]:
    """Compare the printed chance of the first lead with how often it is acceptable."""
    leads = [
        (lead.p, is_right(lead, row["units"], city))
        for row, candidates in found
        if (lead := next((c for c in candidates if c.part == "lead"), None))
    ]
    bins: dict[int, list[tuple[float, bool]]] = {}
    for p, right in leads:
        bins.setdefault(min(9, int(10 * p)), []).append((p, right))
    gaps = [abs(sum(p - right for p, right in part)) for part in bins.values()]
    return {
        "n": len(leads),
        "mean_p": round(sum(p for p, _ in leads) / len(leads), 4),
        "right": round(sum(right for _, right in leads) / len(leads), 4),
        "ece": round(sum(gaps) / len(leads), 4),
        "bins": {
            f"{n / 10:.1f}": [
                len(part),
                round(sum(p for p, _ in part) / len(part), 3),
                round(sum(right for _, right in part) / len(part), 3),
            ]
            for n, part in sorted(bins.items())
        },
    }


def letters_apart(
    found: Sequence[tuple[Row, Sequence[Candidate]]], city: City, commonest: str
) -> dict[str, Any]:
    """Report the unit that answers most letters apart from the others."""
    return {
        commonest: hits((f for f in found if f[0]["unit"] == commonest), city),
        "others": hits((f for f in found if f[0]["unit"] != commonest), city),
        "all": hits(found, city),
    }


def speed(rows: Sequence[Row], rules: RulesAlone) -> dict[str, float]:
    """Measure CPU time: facts, rules and candidates alone, and with the place read."""
    cases = [
        RuleCase(row["id"], ticket_of(row).full_text(), Expectation(), row["codes"][0])
        for row in rows
    ]
    with_place = _per_second(lambda case: rules.decide(case, TODAY), cases)
    places = {case.where: rules.place_of(case) for case in cases}
    alone = _per_second(lambda case: rules.decide_at(case, places[case.where], TODAY), cases)
    facts = _per_second(lambda case: rules.jurisdiction.facts.read(case.text), cases)
    return {
        "rules_alone_per_second": round(alone),
        "with_place_per_second": round(with_place),
        "facts_per_second": round(facts),
        "added_ms_per_ticket": round(1000 / with_place, 3),
        "chars_per_text": round(sum(len(case.text) for case in cases) / len(cases)),
    }


def added(rows: Sequence[Row], router: Router) -> dict[str, float]:
    """Measure the CPU time that routing adds to classification, in milliseconds a ticket."""
    classifier = router.classifier
    assert classifier is not None
    tickets = [ticket_of(row) for row in rows]
    now = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    texts = [ticket.full_text() for ticket in tickets]
    scores = _milliseconds(lambda: judge(classifier, texts), len(texts))
    known = experience_of(rows, router, now)
    whole = _milliseconds(lambda: router.route(tickets, now), len(texts))
    recalling = _milliseconds(lambda: router.route(tickets, now, 5, known), len(texts))
    return {
        "classification_ms": round(scores, 3),
        "added_ms": round(whole - scores, 3),
        "added_with_experience_ms": round(recalling - scores, 3),
    }


def experience_of(rows: Sequence[Row], router: Router, now: datetime) -> Experience:
    """Make up 2,000 recent tickets from the rows, every tenth of them sent back."""
    decisions = router.route([ticket_of(row) for row in rows], now)
    found = [
        Settlement(
            f"{n}", row["text"], d.classes[0].code, d.place.code, d.candidates[0].unit_id, now,
            was_returned=n % 10 == 0,
        )
        for n in range(6)
        for row, d in zip(rows, decisions, strict=True)
        if d.candidates
    ]  # fmt: skip
    return Experience().with_new(found[:2000])


def _milliseconds(run: Any, n: int) -> float:  # Any: returns differ
    run()
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return 1000 * best / n


def _per_second(run: Any, cases: Sequence[RuleCase]) -> float:  # Any: returns differ
    for case in cases:
        run(case)
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < LONGEST_RUN_SECONDS / 5:
        for case in cases:
            run(case)
        done += len(cases)
    return done / spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--history", type=Path)
    parser.add_argument("--skip-speed", action="store_true")
    given = parser.parse_args()
    city = load_city()
    rules = RulesAlone.of_city(city)
    complaints = read_rows(given.folder / "complaints_dev.jsonl")
    letters = read_rows(given.folder / "beijing_letters" / "dev.jsonl")
    answered = {row["id"]: row for row in letters}
    labelled = [{**row, **answered[row["id"]]} for row in complaints if row["id"] in answered]
    commonest = max({row["unit"] for row in letters}, key=[r["unit"] for r in letters].count)
    report: dict[str, Any] = {
        "complaints_gold_class": hits(by_gold(complaints, rules), city),
        "letters_gold_class": letters_apart(by_gold(labelled, rules), city, commonest),
    }
    if given.model:
        router = Router.load(city, given.model, history=given.history)
        of_complaints, of_letters = by_model(complaints, router), by_model(letters, router)
        report["complaints_predicted"] = hits(of_complaints, city)
        report["complaints_reliability"] = reliability(of_complaints, city)
        report["letters_predicted"] = letters_apart(of_letters, city, commonest)
        report["letters_reliability"] = reliability(of_letters, city)
        if not given.skip_speed:
            report["router_speed"] = added(complaints, router)
    if not given.skip_speed:
        report["speed"] = speed(complaints, rules)
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
