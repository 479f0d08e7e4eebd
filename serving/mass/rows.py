"""Findings of `router.mass` as JSON objects: the same for command line and HTTP."""

from dataclasses import asdict
from typing import Any

from jiesu.router.mass.care import Subdistrict
from jiesu.router.mass.outlook import ForecastRow, ThemeRow, path_name, verdict_of
from jiesu.router.mass.parties import PartyLine
from jiesu.router.mass.sensitive import SensitiveWord
from jiesu.router.mass.words import HotWord
from jiesu.taxonomy.tree import LabelTree

Json = dict[str, Any]  # Any: JSON values


def theme_json(row: ThemeRow) -> Json:
    """Return one class of the month's themes."""
    theme = asdict(row.theme)
    return {
        "rank": row.rank,
        "code": theme.pop("code"),
        "name": row.name,
        **theme,
        "units": list(row.units),
        "evidence": row.evidence,
    }


def care_json(row: Subdistrict) -> Json:
    """Return one subdistrict of the list."""
    return asdict(row)


def forecast_json(row: ForecastRow) -> Json:
    """Return the forecast of one class."""
    return {**asdict(row), "verdict": verdict_of(row)}


def word_json(row: HotWord) -> Json:
    """Return one hot word."""
    return asdict(row)


def party_json(row: PartyLine, tree: LabelTree) -> Json:
    """Return one party with the names of its commonest classes."""
    return {**asdict(row), "classes": [path_name(tree, code) for code in row.codes]}


def sensitive_json(row: SensitiveWord) -> Json:
    """Return one sensitive word."""
    return asdict(row)
