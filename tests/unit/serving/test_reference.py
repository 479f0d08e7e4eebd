"""Every command and every setting is documented, in the words of the code."""

from pathlib import Path

import pytest

from jiesu.serving.api import problem
from jiesu.serving.reference import cli_reference, problems_reference, settings_reference
from jiesu.serving.settings import ENV_PREFIX, Settings

DOCS = Path(__file__).parents[3] / "docs"
RENEW = "run: python -m jiesu.serving.reference docs"


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("reference-cli.md", cli_reference),
        ("settings.md", settings_reference),
        ("reference-http-errors.md", problems_reference),
    ],
)
def test_page_says_what_the_code_says(page: str, made: object) -> None:
    assert callable(made)
    assert (DOCS / page).read_text(encoding="utf-8") == made(), RENEW


def test_every_setting_has_words_of_its_own() -> None:
    page = settings_reference()
    for name, field in Settings.model_fields.items():
        assert f"`{ENV_PREFIX}{name.upper()}`" in page
        assert field.description


def test_every_problem_is_listed() -> None:
    kinds = [it for it in vars(problem).values() if isinstance(it, problem.ProblemKind)]
    assert set(kinds) == set(problem.PROBLEMS)


@pytest.mark.parametrize(
    "command", ["route", "relabel", "serve", "city check", "rules explain", "train", "evaluate"]
)
def test_every_command_has_a_chapter(command: str) -> None:
    assert f"\n## jiesu {command}\n" in cli_reference()


def test_every_option_is_explained() -> None:
    rows = [line for line in cli_reference().splitlines() if line.startswith("| `")]
    unexplained = [row for row in rows if row.split(" | ")[-1].strip(" |") == ""]
    assert not unexplained
