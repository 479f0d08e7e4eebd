"""From settled tickets to learned units: a folder that the router mixes with its rules.

Every choice (weight of words against counts, how far counts borrow, temperature, weight against
the rules) is made on predictions for tickets that were held out from what predicts them.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from jiesu.classifier.artefact import Card, write_card, write_labels
from jiesu.classifier.calibrate import expected_error, fit_temperature, log_loss
from jiesu.classifier.linear_file import LINEAR_FILE, save_linear
from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Place
from jiesu.router.unit_counts import Settled
from jiesu.router.unit_history import (
    COUNTS_FILE,
    KIND,
    HistoryMix,
    counted_shares,
    counts_of,
    mixed,
)
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError
from jiesu.taxonomy.tree import Label, LabelTree, tree_of
from jiesu.training.corpus import Corpus
from jiesu.training.fit_linear import FOLDS, Ints, fold_numbers, folds
from jiesu.training.linear_run import Fitted, LinearTask, check_folder, digest, fitted, run_facts

Floats = NDArray[np.float64]
Json = dict[str, Any]  # Any: JSON

_WORDS = (0.0, 0.25, 0.5, 0.75, 1.0)
_PULLS = (0.5, 2.0, 8.0)
_SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
_PATIENCES = (5.0, 10.0, 30.0)
"""Never small: a history of few classes would else speak for those that it hardly knows."""
_LEAST_P = 1e-4


@dataclass(frozen=True)
class SettledTicket:
    """A ticket with the unit that settled it, and what the router sees of it.

    Attributes:
        code: its class; empty where none is known.
        classes: likely classes, by a model that did not learn from this ticket.
        rules: unit → probability by the rules; empty where no rule speaks.
    """

    text: str
    unit_id: str
    code: str
    classes: tuple[RankedClass, ...]
    place: Place
    rules: dict[str, float]


@dataclass(frozen=True)
class UnitTask:
    """What to learn units from.

    Attributes:
        name: start of the model's name.
        data: name → digest of each source of data.
    """

    city: City
    tickets: Sequence[SettledTicket]
    name: str
    data: dict[str, str]


def train_units(task: UnitTask, out: Path) -> Card:
    """Learn, choose the mixture on held-out predictions, and write the folder.

    Raises:
        InputError: there are too few tickets or units, or the folder holds something else.
    """
    check_folder(out, (COUNTS_FILE,))
    corpus = unit_corpus(task.tickets)
    _check_enough(corpus)
    linear = LinearTask(corpus, folds(corpus), (), task.name, None, task.data)
    model = fitted(linear)
    mix, metrics = choose_mix(task, corpus, held_out_words(model, corpus))
    out.mkdir(parents=True, exist_ok=True)
    save_linear(model.classifier, out / LINEAR_FILE)
    write_labels(out, corpus.tree)
    settled = settled_counts(task.tickets, corpus)
    (out / COUNTS_FILE).write_bytes(orjson.dumps(settled))
    print_of = (
        f"{digest(out / LINEAR_FILE)}{digest(out / COUNTS_FILE)}{sorted(asdict(mix).items())}"
    )
    card = Card(
        f"{task.name}-{sha256(print_of.encode()).hexdigest()[:8]}",
        KIND,
        task.city.tree.version,
        (),
        {
            "mix": asdict(mix),
            "data": {**task.data, "texts": len(task.tickets)},
            "units": len(corpus.tree.leaves),
            "metrics": metrics,
            "run": run_facts(model.seconds),
        },
    )
    write_card(out, card)
    return card


def unit_corpus(tickets: Sequence[SettledTicket]) -> Corpus:
    """Return the tickets as texts labelled with their units."""
    names = sorted({ticket.unit_id for ticket in tickets})
    version = sha256("\n".join(names).encode()).hexdigest()[:12]
    tree = tree_of(f"units-{version}", [Label(name, name, 1) for name in names])
    n = len(tickets)
    return Corpus(
        tree,
        tuple(ticket.text for ticket in tickets),
        np.array([tree.leaf_index[ticket.unit_id] for ticket in tickets], dtype=np.int64),
        np.ones(n),
        np.ones(n, dtype=np.bool_),
        ("",) * n,
    )


def _check_enough(corpus: Corpus) -> None:
    if len(corpus.tree.leaves) < 2 or len(corpus.texts) < 2 * FOLDS:
        raise InputError(
            f"只有 {len(corpus.texts)} 件已办结工单、{len(corpus.tree.leaves)} 个承办单位；"
            f"至少要 {2 * FOLDS} 件、两个单位才能学习"
        )


def held_out_words(model: Fitted, corpus: Corpus) -> Floats:
    """Return P(unit | words) of each ticket by a model that was not fitted on it, (n, n_units)."""
    return held_out(model, corpus).astype(np.float64)


def held_out(model: Fitted, corpus: Corpus) -> NDArray[np.float32]:
    """Bring the predictions of all trials back into the order of the corpus."""
    p = model.best.temperature.probabilities(model.best.logits.copy())
    number = fold_numbers(corpus)
    tested = np.concatenate([np.flatnonzero(number == k) for k in range(FOLDS)])
    ordered = np.empty_like(p)
    ordered[tested] = p
    return ordered


def settled_counts(
    tickets: Sequence[SettledTicket], corpus: Corpus, chosen: Ints | None = None
) -> list[Settled]:
    """Count the tickets by class, place and unit."""
    rows = range(len(tickets)) if chosen is None else chosen.tolist()
    counted = Counter((tickets[i].code, tickets[i].place.code, int(corpus.labels[i])) for i in rows)
    return [(code, region, unit, n) for (code, region, unit), n in sorted(counted.items())]


def choose_mix(task: UnitTask, corpus: Corpus, words: Floats) -> tuple[HistoryMix, Json]:
    """Choose how words, counts and rules are put together; return it with what it reaches."""
    counted = {pull: _held_out_counts(task, corpus, pull) for pull in _PULLS}
    labels = corpus.labels
    best = min(
        (HistoryMix(words=w, pull=pull) for pull, w in itertools.product(_PULLS, _WORDS)),
        key=lambda mix: log_loss(_float32(mixed(words, counted[mix.pull], mix)), labels),
    )
    rough = mixed(words, counted[best.pull], best)
    temperature = fit_temperature(np.log(_float32(np.maximum(rough, 1e-9))), labels).factor
    best = replace(best, temperature=temperature)
    history = mixed(words, counted[best.pull], best)
    rules = _by_rules(task.tickets, corpus.tree)
    seen = _seen(task, corpus)
    best = _against_rules(best, history, rules, seen, labels)
    both = _with_rules(history, rules, _weights(seen, best))
    return best, {
        "n": len(labels),
        "words": _metrics(words, labels),
        "counts": _metrics(counted[best.pull], labels),
        "history": _metrics(history, labels),
        **({"rules": _metrics(rules, labels)} if rules.any() else {}),
        "all": _metrics(both, labels),
    }


def _held_out_counts(task: UnitTask, corpus: Corpus, pull: float) -> Floats:
    """Return P(unit | class, place) by counts that leave out the ticket's own fold."""
    number, n_units = fold_numbers(corpus), len(corpus.tree.leaves)
    found = np.empty((len(task.tickets), n_units))
    for k in range(FOLDS):
        settled = settled_counts(task.tickets, corpus, np.flatnonzero(number != k))
        counts = counts_of(settled, n_units, task.city, HistoryMix(pull=pull))
        for i in np.flatnonzero(number == k).tolist():
            ticket = task.tickets[i]
            found[i] = counted_shares(counts, task.city, ticket.classes, ticket.place)
    return found


def _seen(task: UnitTask, corpus: Corpus) -> Floats:
    """Return how far history knows the class of each ticket without the ticket itself, (n,)."""
    number, n_units = fold_numbers(corpus), len(corpus.tree.leaves)
    seen = np.zeros(len(task.tickets))
    for k in range(FOLDS):
        settled = settled_counts(task.tickets, corpus, np.flatnonzero(number != k))
        counts = counts_of(settled, n_units, task.city, HistoryMix())
        for i in np.flatnonzero(number == k).tolist():
            classes = task.tickets[i].classes
            path = task.city.tree.path(classes[0].code) if classes else ()
            seen[i] = counts.seen([label.code for label in path])
    return seen


def _weights(seen: Floats, mix: HistoryMix) -> Floats:
    """Return the weight of history against the rules for each ticket, (n,)."""
    return np.array([mix.weight(n) for n in seen.tolist()])


def _by_rules(tickets: Sequence[SettledTicket], tree: LabelTree) -> Floats:
    p = np.zeros((len(tickets), len(tree.leaves)))
    for i, ticket in enumerate(tickets):
        for unit, share in ticket.rules.items():
            if unit in tree.leaf_index:
                p[i, tree.leaf_index[unit]] = share
    return p


def _with_rules(history: Floats, rules: Floats, weights: Floats) -> Floats:
    """Mix as the router does: where no rule speaks, history has all the say."""
    weight = np.where(rules.any(axis=1), weights, 1.0)[:, None]
    both: Floats = (1 - weight) * rules + weight * history
    return both


def _against_rules(
    mix: HistoryMix, history: Floats, rules: Floats, seen: Floats, labels: Ints
) -> HistoryMix:
    """Choose how much history counts beside the rules, by log loss."""
    if not rules.any():
        return replace(mix, share=1.0)

    def loss(tried: HistoryMix) -> float:
        both = _with_rules(history, rules, _weights(seen, tried))
        return log_loss(_float32(np.maximum(both, _LEAST_P)), labels)

    tries = itertools.product(_SHARES, _PATIENCES)
    return min((replace(mix, share=s, patience=p) for s, p in tries), key=loss)


def _float32(p: Floats) -> NDArray[np.float32]:
    return p.astype(np.float32)


def _metrics(p: Floats, labels: Ints) -> Json:
    order = np.argsort(-p, axis=1, kind="stable")
    right = order == labels[:, None]
    top = p.max(axis=1)
    return {
        "top1": round(float(right[:, 0].mean()), 4),
        "top3": round(float(right[:, :3].any(axis=1).mean()), 4),
        "ece": round(expected_error(top, right[:, 0]), 4),
    }
