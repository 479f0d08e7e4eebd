"""What `jiesu rules` does: run the cases, explain one ticket, compare two city folders.

Classes come with the cases or tickets, or from the model when there is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jiesu.classifier.artefact import default_model_folder, load_classifier
from jiesu.classifier.scores import Classifier, top_classes
from jiesu.router.facts import Facts
from jiesu.router.jurisdiction import Tried
from jiesu.router.rule_cases import (
    Expectation,
    Found,
    RuleCase,
    RulesAlone,
    failures,
    found_by_router,
    read_cases,
)
from jiesu.serving.engine import load_engine
from jiesu.serving.relabel.columns import map_columns
from jiesu.serving.relabel.options import RelabelOptions
from jiesu.serving.relabel.readers import open_reader
from jiesu.serving.relabel.rows import Fields, cell_text
from jiesu.serving.settings import Settings
from jiesu.serving.times import parse_time
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.taxonomy.ticket import Ticket

CODE_COLUMNS = ("code", "事项代码", "事项编码", "jiesu_code")
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class CaseRun:
    """What came of a run of cases: how many ran, what failed, how many needed a model."""

    ran: int
    failed: tuple[tuple[RuleCase, tuple[str, ...]], ...]
    skipped: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One ticket under the rules: what was read, which rules were tried, what came out."""

    case: RuleCase
    path: tuple[str, ...]
    place: str
    facts: Facts
    chain: tuple[Tried, ...]
    found: Found


def run_cases(folder: Path, settings: Settings, now: datetime) -> CaseRun:
    """Run every case of a folder; those without a class go through the whole router.

    Raises:
        InputError: there are no cases, or one is not as it should be.
        CityError: a file of the city folder is wrong.
    """
    cases = read_cases(folder)
    rules = RulesAlone.of_city(load_city(settings.city), settings.extra_gazetteer)
    with_class = [case for case in cases if case.code]
    results = [(case, failures(case.expect, rules.find(case, now.date()))) for case in with_class]
    free = [case for case in cases if not case.code]
    through = _through_router(free, settings, now) if free else []
    results += [
        (case, failures(replace(case.expect, rule=""), found))
        for case, found in zip(free, through, strict=False)
    ]
    failed = tuple((case, tuple(wrong)) for case, wrong in results if wrong)
    return CaseRun(len(results), failed, len(cases) - len(results))


def _through_router(cases: Sequence[RuleCase], settings: Settings, now: datetime) -> list[Found]:
    engine = load_engine(settings)
    if engine.problems:
        return []
    tickets = [Ticket(case.where, case.text, address=case.address or case.place) for case in cases]
    return [found_by_router(decision) for decision in engine.route(tickets, now, top_k=5)]


def explain(case: RuleCase, settings: Settings, today: date) -> Explanation:
    """Show which rules were tried for a ticket and which decided.

    Raises:
        InputError: no class is given and there is no model to find it.
    """
    city = load_city(settings.city)
    if not case.code:
        case = replace(case, code=_codes([case.text], _model(city, settings), city)[0])
    rules = RulesAlone.of_city(city, settings.extra_gazetteer)
    label, place = city.tree.get(case.code), rules.place_of(case)
    facts = rules.jurisdiction.facts.read(case.text)
    names = (place.district, place.subdistrict, place.community)
    return Explanation(
        case=case,
        path=tuple(part.name for part in city.tree.path(case.code)),
        place="".join(name for name in names if name),
        facts=facts,
        chain=tuple(rules.jurisdiction.chain(label, place, facts, case.day or today)),
        found=rules.find(case, today),
    )


def ticket_cases(file: Path, settings: Settings) -> Iterator[RuleCase]:
    """Read tickets; their class comes from a column of the file, else from the model.

    Raises:
        InputError: the file cannot be read, or there is neither column nor model.
    """
    reader = open_reader(RelabelOptions(file, file))
    columns = map_columns(reader.header, {}, settings.max_text_chars, place=file.name)
    place = next((reader.header.index(n) for n in CODE_COLUMNS if n in reader.header), None)
    city = load_city(settings.city)
    model = None if place is not None else _model(city, settings)
    for chunk in reader.chunks(_CHUNK, columns):
        cells = chunk.body.values() if place is not None else []
        codes = {
            number: cell_text(row[place])
            for number, row in zip(chunk.numbers, cells, strict=False)
            if place is not None
        }
        yield from _with_codes(
            [
                (number, entry)
                for number, entry in zip(chunk.numbers, chunk.entries, strict=True)
                if isinstance(entry, Fields)
            ],
            codes, model, city,
        )  # fmt: skip


def _with_codes(
    rows: Sequence[tuple[int, Fields]],
    codes: Mapping[int, str],
    model: Classifier | None,
    city: City,
) -> Iterator[RuleCase]:
    cases = [_ticket_case(number, fields, codes.get(number, "")) for number, fields in rows]
    if model is not None and cases:
        found = _codes([case.text for case in cases], model, city)
        cases = [replace(case, code=code) for case, code in zip(cases, found, strict=True)]
    for case in cases:
        if case.code not in city.tree.leaf_index:
            raise InputError(
                f"{case.where}：事项代码 {case.code!r} 不是分类体系 {city.tree.version} 的"
                "末级事项；请改正代码，或删去这一列由模型判断"
            )
        yield case


def _ticket_case(number: int, fields: Fields, code: str) -> RuleCase:
    ticket = Ticket(fields.id or f"第 {number} 行", fields.text, fields.title)
    day = parse_time(fields.time).date() if fields.time else None
    return RuleCase(
        ticket.id, ticket.full_text(), Expectation(), code, address=fields.address, day=day
    )


def _model(city: City, settings: Settings) -> Classifier:
    try:
        return load_classifier(settings.model or default_model_folder(city.id), city.tree)
    except ArtefactError as error:
        raise InputError(f"没有事项代码，也没有可用的模型（{error}）；请给出事项代码") from None


def _codes(texts: Sequence[str], model: Classifier, city: City) -> list[str]:
    return [top[0].code for top in top_classes(city.tree, model.score(texts), 1)]


def explanation_json(explained: Explanation) -> dict[str, Any]:  # Any: JSON
    """Return an explanation for a program."""
    found = explained.found
    return {
        "class": {"code": explained.case.code, "path": list(explained.path)},
        "place": explained.place or None,
        "facts": {
            name: {"value": fact.value, "span": list(fact.span)}
            for name, fact in explained.facts.items()
        },
        "chain": [
            {"rule": tried.rule.id, "file": tried.rule.file, "source": tried.rule.source,
             "failed": tried.failed or None}
            for tried in explained.chain
        ],
        "decided_by": found.rule,
        "lead": found.lead,
        "unit": found.unit or None,
        "assist": list(found.assist),
        "copy": list(found.copy),
        "outcome": found.outcome,
    }  # fmt: skip
