"""Fit the model that hears improper demands: `python -m jiesu.training.fit_improper`; ten seconds.

It is the danger model's recipe on other texts: demands that article 11 keeps from dispatch, the
justified ones that were written beside them, and ordinary texts of all classes. What it says of
a text is the share of ordinary texts that sound at least as improper.
"""

from collections.abc import Iterator
from pathlib import Path

import orjson
import typer

from jiesu.classifier.artefact import Card
from jiesu.taxonomy.city import City, load_city
from jiesu.training.encoder_rows import corpus_rows, tree_rows
from jiesu.training.fit_danger import fit_danger_model, write_model
from jiesu.training.small_texts import DangerText, model_and_corpora

_ORDINARY = ("example", "text", "letter")
_OTHER = "其他"
"""Name of the level-1 class of what is no ordinary matter; its texts are neither."""
_FIGURES = {"asked": "danger_written", "justified": "near_misses", "ordinary": "harmless"}


def improper_texts(city: City, corpora: Path) -> Iterator[DangerText]:
    """Yield improper demands (as "danger"), justified ones and ordinary texts."""
    for name, is_improper in (("asked", True), ("justified", False)):
        for line in (corpora / "improper" / f"{name}.jsonl").read_bytes().splitlines():
            yield DangerText(orjson.loads(line)["text"], is_improper, is_written=True)
    tree = city.tree
    others = {code for code in tree.labels if tree.path(code)[0].name == _OTHER}
    for row in (*tree_rows(tree), *corpus_rows(corpora)):
        if row.source in _ORDINARY and row.code not in others:
            yield DangerText(row.text, False)


def main(out: Path = Path(), corpora: Path = Path(), city: Path = Path()) -> None:
    """Fit on the packaged city and corpora; write to data/models/improper."""
    loaded = load_city(city if city != Path() else None)
    out, corpora = model_and_corpora("improper", out, corpora, loaded)
    texts = list(improper_texts(loaded, corpora))
    model, held_out = fit_danger_model(texts)
    figures = {name: held_out[part] for name, part in _FIGURES.items()}
    write_model(out, Card("improper", "danger", loaded.tree.version), model, texts, figures)


if __name__ == "__main__":
    typer.run(main)
