"""How well places are read from texts, and how fast; and the chances that `Place.p` is made of.

    python benchmarks/address.py [CASES …] [--gazetteer FOLDER] [--wrong] [--fit] [--texts FILE]

Prints JSON with the figures for each file of cases (default tests/cases/address.yaml). --wrong
lists the cases that are read wrong; --fit prints, as YAML for the city's address.yaml, how
often each kind of clue is right on the cases and, with --gazetteer, on the names of places in
that folder whose subdistrict is known. --texts takes JSON lines with a "text" in which
no place of the city is expected, and prints the share in which one is found.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jiesu.router.address import AddressReader
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.files import read_table
from jiesu.training.place_figures import PlaceCase, read_place_cases, score_cases, wrong_cases

CASES = Path(__file__).parents[1] / "tests" / "cases" / "address.yaml"
LEVELS = ("district", "subdistrict", "community")
# Cases of its form that a kind of clue counts besides its own.
PRIOR_CASES = 4.0
# Two places of equal standing that contradict each other: little better than a toss.
CONTESTED = 0.55
# No phrase of the samples is as tangled as real texts are.
MOST_SURE = 0.99
# How the subdistrict of a name was stated, not inferred (see the folder's own description).
SURE = ("risk", "nbs_community", "name")
FRAMES = (
    "{name}的路灯坏了一直没人修",
    "{short}{name}的路灯坏了一直没人修",
    "我是{district}居民，小区物业不作为。{name}的路灯坏了",
)


def main() -> None:
    """Measure what the arguments ask for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", type=Path, default=[CASES])
    parser.add_argument("--gazetteer", type=Path)
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--texts", type=Path)
    args = parser.parse_args()
    city = load_city()
    started = time.process_time()
    reader = AddressReader(city, args.gazetteer)
    figures: dict[str, object] = {"build_seconds": round(time.process_time() - started, 3)}
    for path in args.cases:
        cases = read_place_cases(path)
        figures[path.name] = score_cases(cases, reader).as_dict() | speed(cases, reader)
        if args.wrong:
            show_wrong(cases, reader)
    if args.texts:
        figures[args.texts.name] = found_in(args.texts, reader)
    print(json.dumps(figures, ensure_ascii=False, indent=2))
    if args.fit:
        samples = [[case for path in args.cases for case in read_place_cases(path)]]
        if args.gazetteer:
            samples.append(name_cases(args.gazetteer, city))
            reader = AddressReader(city)  # or it would know the names that it is tried on
        print(render(fit_chances(samples, reader, city)))


def speed(cases: Sequence[PlaceCase], reader: AddressReader) -> dict[str, float]:
    """Return CPU time per case, the best of five rounds."""
    rounds = []
    for _ in range(5):
        started = time.process_time()
        for case in cases:
            reader.read(case.text, case.address)
        rounds.append(time.process_time() - started)
    return {"microseconds_per_case": round(min(rounds) / len(cases) * 1e6, 1)}


def show_wrong(cases: Sequence[PlaceCase], reader: AddressReader) -> None:
    """Print each case that is read wrong, with what was expected and what was read."""
    for case, got in wrong_cases(cases, reader):
        read = (got.district, got.subdistrict, got.community)
        print(f"{case.group}: {case.text} [{case.address}] {case.names} -> {read} {got.p}")


def found_in(path: Path, reader: AddressReader) -> dict[str, float]:
    """Return the share of texts in which a place is found."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [f"{row['title']}。{row['text']}" if row.get("title") else row["text"] for row in rows]
    places = [reader.read(text) for text in texts]
    return {
        "texts": len(texts),
        "district": round(sum(p.district is not None for p in places) / len(texts), 4),
        "subdistrict": round(sum(p.subdistrict is not None for p in places) / len(texts), 4),
    }


def name_cases(folder: Path, city: City) -> list[PlaceCase]:
    """Make cases of names whose subdistrict is known: alone, with district, and in two clauses."""
    cases = []
    for row in read_table(folder, "places.tsv", ("name", "district", "street_code", "street_how")):
        street = city.regions.get(row["street_code"])
        if street is not None and row["district"] and row["street_how"].startswith(SURE):
            district, name = row["district"], row["name"]
            short = city.regions[street.parent].aliases[0]
            cases += [
                PlaceCase(text.format(district=district, short=short, name=name),
                          district=district, subdistrict=street.name)
                for text in FRAMES
            ]  # fmt: skip
    return cases


def fit_chances(
    samples: Sequence[Sequence[PlaceCase]], reader: AddressReader, city: City
) -> dict[str, float]:
    """Return kind of clue → its chance of being right: the mean over the samples that have it.

    In one sample, a kind with n cases of which k are right gets (k + m·q) / (n + m) with
    m = PRIOR_CASES, where q is the same of its form over all states. The prior of a form is
    that of its level. Contested clues are too few to count: they get CONTESTED.
    """
    fits = [fit_sample(cases, reader, city) for cases in samples]
    forms = {key for fit in fits for key in fit if key.count("/") == 1}
    contested = {f"{form}/contested": CONTESTED for form in forms}
    keys = {key for fit in fits for key in fit if "/" in key} - contested.keys()
    means = {key: float(np.mean([fit[key] for fit in fits if key in fit])) for key in keys}
    chances = {key: min(p, MOST_SURE) for key, p in means.items()}
    return dict(sorted((chances | contested).items()))


def fit_sample(cases: Sequence[PlaceCase], reader: AddressReader, city: City) -> dict[str, float]:
    """Return kind of clue, form and level → smoothed share of right readings in one sample."""
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    for case in cases:
        reading = None if case.address else reader.resolve(case.text)
        for level, key in enumerate(reading.keys if reading else ()):
            true, read = case.names[level], city.regions[reading.codes[level]].name
            if true is not None or level == 0:
                for name in (key, key.rpartition("/")[0], LEVELS[level]):
                    hits[name].append(true == read)
    chances: dict[str, float] = {}
    for name in sorted(hits, key=lambda name: name.count("/")):
        above = name.rpartition("/")[0]
        prior, weight = (chances[above], PRIOR_CASES) if above else (0.5, 2.0)
        chances[name] = (sum(hits[name]) + weight * prior) / (len(hits[name]) + weight)
    return chances


def render(chances: dict[str, float]) -> str:
    """Write chances the way the city's address.yaml holds them."""
    return "chances:\n" + "".join(f"  {key}: {p:.3f}\n" for key, p in chances.items())


if __name__ == "__main__":
    main()
