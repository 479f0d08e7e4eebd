"""The tree of errors that jiesu raises on purpose.

    JiesuError
    ├── InputError          a file, row or value that the caller gave is wrong (exit 2, HTTP 4xx)
    │   ├── TaxonomyError   a class code, level or boundary note is wrong or unknown
    │   └── CityError       a file of a city folder is wrong; names file and key
    ├── ArtefactError       a model folder is missing, broken or of another taxonomy version
    └── RunInterrupted      the user stopped a run that can be resumed (exit 130)

A message says what is wrong, with which value, where, and what to do. It is read by
operators, so it is written in Chinese.
"""


class JiesuError(Exception):
    """Any error that jiesu raises on purpose; its text is fit for an operator."""


class InputError(JiesuError):
    """The caller gave something that cannot be used; nothing was changed."""


class TaxonomyError(InputError):
    """A class code, level or boundary note is wrong or unknown."""


class CityError(InputError):
    """A city folder is wrong; `problems` lists every fault as "file: key: what is wrong"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ArtefactError(JiesuError):
    """A model folder is missing, broken, or made for another taxonomy version."""


class RunInterrupted(JiesuError):
    """The user stopped a long run; what is done is kept and the run can be resumed."""
