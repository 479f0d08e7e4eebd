"""The list of packages in pyproject.toml is written by hand; it must name every folder of code."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("taxonomy", "classifier", "router", "training", "serving", "data")


def test_every_folder_of_code_is_packaged() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = {
        "jiesu." + path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
    }

    assert set(project["tool"]["setuptools"]["packages"]) == found


def test_type_checkers_see_every_package() -> None:
    for folder in FOLDERS:
        assert (ROOT / ".typing" / "jiesu" / folder).resolve() == ROOT / folder
