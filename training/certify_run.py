"""From confirmed history to a policy file: route it again, see what was right, prove thresholds.

The history goes through the very router that will serve, with every threshold on the unit taken
away; what its gate would then let a person confirm is what thresholds are proved on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from jiesu.classifier.artefact import Card, default_model_folder, read_card
from jiesu.router.decision import Decision
from jiesu.router.dispatch_policy import DispatchPolicy, Promised, Stage, with_version
from jiesu.router.drift import Band, drift_test
from jiesu.router.gate import is_never_auto
from jiesu.router.route import Router
from jiesu.router.unit_history import FOLDER as UNITS
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import ArtefactError, InputError
from jiesu.training.certify import Bools, Floats, Promise, certify_groups, fewest_needed
from jiesu.training.history import (
    ConfirmedTicket,
    distinct,
    read_history,
    unit_names,
    unknown_units,
)

_BATCH = 256
_BAND_TICKETS, _BANDS = 150, 8
_BAND_CONFIDENCE = 0.6
"""Error rates of the drift test are taken from above, so that chance does not look like drift."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Wish:
    """What is to be promised, and from when until when."""

    auto: Promise
    confirm_precision: float
    stage: Stage
    now: datetime
    days: int


@dataclass(frozen=True)
class Proof:
    """A policy with what an operator should know of how it came about.

    Attributes:
        rows: tickets of the history, copies left out.
        copies: tickets left out because their text came before.
        unknown: tickets whose unit the city does not know; they count as wrong.
    """

    policy: DispatchPolicy
    rows: int
    copies: int
    unknown: Sequence[ConfirmedTicket]


@dataclass(frozen=True)
class Trial:
    """What the router said of the history.

    Attributes:
        p: probability of the first unit, (n,).
        right: whether that unit was right, (n,).
        groups: level-1 class of the first class, (n,).
        may_confirm, may_auto: whether the gate lets a threshold decide, (n,).
    """

    p: Floats
    right: Bools
    groups: NDArray[np.str_]
    may_confirm: Bools
    may_auto: Bools


def ready_router(
    model: Path | None, history: Path | None, city_folder: Path | None
) -> tuple[Router, frozenset[str]]:
    """Load the router that will serve, with the digests of what its models were trained on.

    Args:
        model: the class model; None for the city's default.
        history: learned units; None for those inside the model folder, if any.
        city_folder: None for the city that comes with the package.

    Raises:
        ArtefactError: a part of it does not work.
    """
    city = load_city(city_folder)
    folder = model or default_model_folder(city.id)
    router = Router.load(city, folder, history=history)
    if router.problems:
        told = "；".join(f"{part}：{why}" for part, why in router.problems.items())
        raise ArtefactError(f"有部件不能用，不能认证：{told}")
    units = history or folder / UNITS
    cards = [read_card(part) for part in (folder, units) if part.is_dir()]
    return router, frozenset().union(*map(trained_on, cards))


def trained_on(card: Card) -> frozenset[str]:
    """Return the digests of what a model was trained on, and the models before it.

    >>> data = {"texts": 9, "2025.csv": "ab12", "before": ["cd34"]}
    >>> sorted(trained_on(Card("own", "encoder", "t", facts={"data": data})))
    ['ab12', 'cd34']
    """
    data = card.facts.get("data", {})
    own = (value for value in data.values() if isinstance(value, str))
    return frozenset(own) | frozenset(data.get("before", ()))


def certify_file(
    path: Path,
    wish: Wish,
    router: Router,
    known: frozenset[str] = frozenset(),
    progress: Progress = lambda done, total: None,
) -> Proof:
    """Certify a history file for a router.

    Args:
        known: digests of the files that the model has seen; it knows their answers by heart.

    Raises:
        InputError: the history cannot be used or is too short to prove anything.
    """
    found = read_history(path)
    digest = sha256(path.read_bytes()).hexdigest()
    if digest in known:
        raise InputError(
            f"{path}: 模型就是用这份文件训练的，不能再用它认证；请换训练之后的历史工单"
        )
    history = distinct(found)
    unknown = unknown_units(history, router.city)
    _check_enough(path, history, unknown, wish.auto)
    trial = try_router(router, history, wish.now, progress)
    data = {"file": path.name, "sha256": digest, "rows": len(history), **_days(history)}
    return Proof(
        make_policy(router, trial, wish, data), len(history), len(found) - len(history), unknown
    )


def _check_enough(
    path: Path,
    history: Sequence[ConfirmedTicket],
    unknown: Sequence[ConfirmedTicket],
    promise: Promise,
) -> None:
    fewest = fewest_needed(promise)
    if len(history) < fewest:
        raise InputError(
            f"{path}: 只有 {len(history)} 件不重复的工单，要证明正确率 {promise.precision:.1%}"
            f"（置信度 {promise.confidence:.0%}）至少要 {fewest} 件；请给更长的历史，或降低要求"
        )
    if len(unknown) == len(history):
        raise InputError(
            f"{unknown[0].where}: 承办单位 {'、'.join(unknown[0].units)} 在城市里找不到，"
            "其余各行也一样；请核对承办单位列，或用 --city 指明城市"
        )


def _days(history: Sequence[ConfirmedTicket]) -> Mapping[str, str]:
    days = [row.ticket.received_at.date() for row in history if row.ticket.received_at]
    return {"first": str(min(days)), "last": str(max(days))} if days else {}


def try_router(
    router: Router, history: Sequence[ConfirmedTicket], now: datetime, progress: Progress
) -> Trial:
    """Route the history, each ticket at its own time, and compare with what was right."""
    open_gate = replace(router, dispatch=None, policy=replace(router.policy, confirm_p_unit=0.0))
    decisions: list[Decision] = []
    for start in range(0, len(history), _BATCH):
        tickets = [row.ticket for row in history[start : start + _BATCH]]
        decisions += open_gate.route(tickets, now)
        progress(len(decisions), len(history))
    may_confirm = [decision.outcome == "confirm" for decision in decisions]
    return Trial(
        p=np.array([d.candidates[0].p if d.candidates else 0.0 for d in decisions]),
        right=np.array(_right(decisions, history, router.city), dtype=np.bool_),
        groups=np.array([_group(router.city, d) for d in decisions], dtype=np.str_),
        may_confirm=np.array(may_confirm, dtype=np.bool_),
        may_auto=np.array(
            [
                may and not is_never_auto(d.classes[0].code, router.policy)
                for may, d in zip(may_confirm, decisions, strict=True)
            ],
            dtype=np.bool_,
        ),
    )


def _right(
    decisions: Sequence[Decision], history: Sequence[ConfirmedTicket], city: City
) -> list[bool]:
    names = unit_names(city)
    return [
        bool(d.candidates)
        and not names.get(d.candidates[0].unit_id, frozenset()).isdisjoint(row.units)
        for d, row in zip(decisions, history, strict=True)
    ]


def _group(city: City, decision: Decision) -> str:
    return city.tree.path(decision.classes[0].code)[0].code if decision.classes else ""


def make_policy(
    router: Router,
    trial: Trial,
    wish: Wish,
    data: Mapping[str, Any],  # Any: JSON
) -> DispatchPolicy:
    """Prove both promises and put the policy together."""
    auto = promised(trial, trial.may_auto, wish.auto)
    confirm = promised(
        trial, trial.may_confirm, Promise(wish.confirm_precision, wish.auto.confidence)
    )
    return with_version(
        DispatchPolicy(
            version="",
            stage=wish.stage,
            confidence=wish.auto.confidence,
            made_for=router.own_versions,
            made_at=wish.now,
            expires_at=wish.now + timedelta(days=wish.days),
            auto=auto,
            confirm=confirm,
            drift=drift_test(bands_of(*_passing(trial, auto))),
            data=data,
        )
    )


def promised(trial: Trial, may: Bools, promise: Promise) -> Promised:
    """Prove thresholds on the tickets that the gate leaves to one; coverage is of the whole."""
    if not may.any():
        return Promised(promise.precision, {}, 0.0)
    found = certify_groups(trial.p[may], trial.right[may], trial.groups[may], promise)
    passing = sum(certificate.n for certificate in found.values())
    return Promised(promise.precision, dict(found), passing / len(may))


def _passing(trial: Trial, auto: Promised) -> tuple[Floats, Bools]:
    """Return probabilities and truth of the tickets that `auto` would dispatch."""
    lines = {group: auto.of(group) for group in np.unique(trial.groups)}
    least = [
        found.threshold if (found := lines[group]) and found.threshold is not None else np.inf
        for group in trial.groups
    ]
    passing = trial.may_auto & (trial.p >= np.array(least))
    return trial.p[passing], trial.right[passing]


def bands_of(p: Floats, right: Bools) -> list[Band]:
    """Return how often the dispatched would have been wrong, in bands of probability.

    The rate falls as the probability rises: a band never claims more mistakes than the one below.
    """
    if not len(p):
        return [Band(0.0, 0.05, 1.0)]
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, min(_BANDS, max(1, len(p) // _BAND_TICKETS)))
    wrong = np.array([np.sum(~right[part]) for part in parts])
    sizes = np.array([len(part) for part in parts])
    upper = beta.ppf(_BAND_CONFIDENCE, wrong + 1, np.maximum(sizes - wrong, 1))
    falling = np.maximum.accumulate(upper[::-1])[::-1]
    return [
        Band(float(p[part].min()), float(min(error, 0.5)), len(part) / len(p))
        for part, error in zip(parts, falling, strict=True)
    ]
