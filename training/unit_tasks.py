"""Two ways to settled tickets for learning units: for a city with rules, and for a new one.

A city that is known reads class and place of each ticket with its own router; a new city gets its
classes and units from the very table, and a folder of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jiesu.classifier.artefact import Card, default_model_folder
from jiesu.classifier.scores import top_classes
from jiesu.router.decision import NO_PLACE, Decision, Place
from jiesu.router.route import Router
from jiesu.router.unit_history import FOLDER
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.training.corpus import LabelColumns
from jiesu.training.history import CLASS_COLUMNS, ConfirmedTicket, distinct, read_history
from jiesu.training.linear_run import check_folder, digest, fitted, labelled_task, write_linear
from jiesu.training.new_city import unit_id, write_city
from jiesu.training.unit_run import SettledTicket, UnitTask, held_out, train_units

CITY_FOLDER = "city"
_CLASSES = 10
_SURE_PLACE = 0.5
_BATCH = 256


@dataclass(frozen=True)
class Learned:
    """What was learned from a table.

    Attributes:
        units: card of the units.
        classes: card of the classes; None where the city has a model of its own.
        city: folder of the new city; None where there was one.
        skipped: rows without a unit that the city knows.
    """

    units: Card
    classes: Card | None = None
    city: Path | None = None
    skipped: int = 0


def learn_units(
    path: Path, unit_column: str, city_folder: Path | None, out: Path, now: datetime
) -> Learned:
    """Learn the units of a city that is known.

    Args:
        path: table of settled tickets.
        unit_column: where the unit stands, by id, name, alias or role.
        city_folder: None for the city that comes with the package.
        out: folder to write.
        now: for tickets without a time.

    Raises:
        InputError: the table cannot be used.
        ArtefactError: the city's class model cannot be used.
    """
    check_folder(out, ("counts.json",))
    city = load_city(city_folder)
    router = Router.load(city, default_model_folder(city.id))
    if router.classifier is None:
        raise ArtefactError(router.problems["model"])
    history = [
        row for row in distinct(read_history(path, CLASS_COLUMNS, (unit_column,))) if row.units
    ]
    tickets = _settled(router, history, now)
    if not tickets:
        example = "、".join(history[0].units) if history else "（空）"
        raise InputError(
            f"{path}: {unit_column}: 各行的承办单位在城市里都找不到，如 {example}；"
            "请核对这一列，或用 --city 指明城市；新城市请加 --labels"
        )
    task = UnitTask(city, tickets, f"{city.id}-units", {path.name: digest(path)})
    return Learned(train_units(task, out), skipped=len(history) - len(tickets))


def _settled(
    router: Router, history: Sequence[ConfirmedTicket], now: datetime
) -> list[SettledTicket]:
    decisions: list[Decision] = []
    bare = Router(**{**vars(router), "history": None})
    for start in range(0, len(history), _BATCH):
        tickets = [row.ticket for row in history[start : start + _BATCH]]
        decisions += bare.route(tickets, now, _CLASSES)
    found = []
    for row, decision in zip(history, decisions, strict=True):
        place = decision.place if decision.place.p >= _SURE_PLACE else NO_PLACE
        unit = _unit_id(row, router.city, place)
        if unit:
            found.append(_ticket(row, decision, place, unit, router.city))
    return found


def _unit_id(row: ConfirmedTicket, city: City, place: Place) -> str:
    """Return the unit's id; a role becomes the unit that fills it at the place."""
    for name in row.units:
        if name in city.units_by_id:
            return name
        if len(named := city.units_by_name.get(name, ())) == 1:
            return named[0].id
        if name in city.roles and (unit := city.unit_for(name, place.code, row.ticket.text)):
            return unit.id
    return ""


def _ticket(
    row: ConfirmedTicket, decision: Decision, place: Place, unit: str, city: City
) -> SettledTicket:
    known = next((code for code in row.codes if code in city.tree.leaf_index), "")
    rules: dict[str, float] = {}
    for candidate in decision.candidates:
        if candidate.part == "lead" and candidate.unit_id:
            rules[candidate.unit_id] = rules.get(candidate.unit_id, 0.0) + candidate.p
    return SettledTicket(
        text=row.ticket.full_text(),
        unit_id=unit,
        code=known or (decision.classes[0].code if decision.classes else ""),
        classes=decision.classes,
        place=place,
        rules=rules,
    )


def learn_city(path: Path, labels: LabelColumns, unit_column: str, out: Path) -> Learned:
    """Learn classes and units of a new city from one table; its folder lies in `out`/city.

    Raises:
        InputError: the table cannot be used.
    """
    check_folder(out, (FOLDER, CITY_FOLDER))
    task = labelled_task(path, labels)
    history = read_history(path, labels.columns, (unit_column,))
    names = sorted({row.units[0] for row in history if row.units})
    ids = {name: unit_id(number) for number, name in enumerate(names, start=1)}
    if len(ids) < 2:
        raise InputError(f"{path}: {unit_column}: 只有 {len(ids)} 个承办单位；至少要两个才能学习")
    model = fitted(task)
    card = write_linear(task, model, out)
    tree = task.corpus.tree
    city = write_city(out / CITY_FOLDER, path.stem, tree, names)
    likely = top_classes(tree, held_out(model, task.corpus), min(_CLASSES, len(tree.leaves)))
    tickets = [
        SettledTicket(
            text=row.ticket.full_text(),
            unit_id=ids[row.units[0]],
            code=tree.leaves[int(label)],
            classes=classes,
            place=NO_PLACE,
            rules={},
        )
        for row, label, classes in zip(history, task.corpus.labels, likely, strict=True)
        if row.units
    ]
    units = UnitTask(city, tickets, f"{path.stem}-units", {path.name: digest(path)})
    learned = train_units(units, out / FOLDER)
    return Learned(learned, card, out / CITY_FOLDER, len(history) - len(tickets))
