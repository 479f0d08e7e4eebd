"""What a batch run is asked to do, and what came of it."""

import shlex
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

EngineName = Literal["local", "ray"]

_NOT_FLAGS = frozenset({"input", "output", "resume", "overwrite", "max_text_chars"})
"""Options that the resuming command line names otherwise, or takes from the settings."""

EXIT_DONE = 0
EXIT_SOME_ROWS_FAILED = 3


@dataclass(frozen=True, slots=True)
class RelabelOptions:
    """A batch run as the caller wants it.

    Attributes:
        input, output: files; the suffix tells the format (.csv .tsv .xlsx .parquet .jsonl).
        resume: go on with a run that was interrupted.
        overwrite: begin anew although the output is there.
        encoding, output_encoding: None finds out, and keeps what the input has.
        delimiter: of a CSV input; None finds out.
        sheet: name of the worksheet; None takes the first that is not empty.
        text_column … channel_column: names of columns; None takes the usual names.
        city, model, gazetteer: folders; None takes the defaults.
        workers: processes; None means one a core.
        max_text_chars: rows with a longer text are not labelled.
    """

    input: Path
    output: Path
    engine: EngineName = "local"
    resume: bool = False
    overwrite: bool = False
    encoding: str | None = None
    output_encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    text_column: str | None = None
    title_column: str | None = None
    id_column: str | None = None
    time_column: str | None = None
    address_column: str | None = None
    caller_column: str | None = None
    channel_column: str | None = None
    city: Path | None = None
    model: Path | None = None
    gazetteer: Path | None = None
    workers: int | None = None
    ray_address: str | None = None
    max_text_chars: int = 100_000

    def columns(self) -> dict[str, str]:
        """Return the columns that were named, by field."""
        suffix = "_column"
        return {
            f.name.removesuffix(suffix): getattr(self, f.name)
            for f in fields(self)
            if f.name.endswith(suffix) and getattr(self, f.name) is not None
        }

    def resume_command(self) -> str:
        """Write the command line that goes on with this run.

        >>> options = RelabelOptions(Path("历年 工单.csv"), Path("b.csv"), text_column="诉求")
        >>> options.resume_command()
        "jiesu relabel '历年 工单.csv' b.csv --resume --text-column '诉求'"
        """
        flags = [
            (f"--{f.name.replace('_', '-')}", getattr(self, f.name))
            for f in fields(self)
            if f.name not in _NOT_FLAGS and getattr(self, f.name) != f.default
        ]
        words = ["jiesu", "relabel", self.input, self.output, "--resume"]
        return shlex.join(str(word) for word in [*words, *(w for flag in flags for w in flag)])


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """The output and the files beside it."""

    output: Path

    @property
    def part(self) -> Path:
        """Where rows gather until the output is complete."""
        return self._beside(".part")

    @property
    def journal(self) -> Path:
        """The record that makes the run resumable."""
        return self._beside(".journal")

    @property
    def errors(self) -> Path:
        """The rows with a problem."""
        return self._beside(".errors.csv")

    @property
    def report(self) -> Path:
        """The report."""
        return self._beside(".report.html")

    def _beside(self, suffix: str) -> Path:
        return self.output.with_name(self.output.name + suffix)


@dataclass(frozen=True, slots=True)
class RelabelResult:
    """What came of a run.

    Attributes:
        rows: rows in input and output; `bad_rows` of them have no labels.
        noted_rows: rows with labels and a note (unreadable time, cut cell).
        errors: the list of rows with a problem; None when there is none.
        notes: sentences that the operator should read.
        seconds: time of this call; rows of an earlier, interrupted call do not count in
            `rows_per_second`.
    """

    output: Path
    report: Path
    journal: Path
    errors: Path | None
    rows: int
    bad_rows: int
    noted_rows: int
    seconds: float
    rows_per_second: float
    notes: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """Exit code of the command: 3 when rows are listed in `errors`."""
        return EXIT_SOME_ROWS_FAILED if self.errors else EXIT_DONE

    def summary(self) -> str:
        """Say in Chinese what was done.

        >>> paths = [Path(f"a.csv{s}") for s in ("", ".report.html", ".journal")]
        >>> print(RelabelResult(*paths, None, 1200, 0, 0, 0.4, 3000.0).summary())
        已标注 1,200 行，用时 0.4 秒，每秒 3,000 行
        结果：a.csv
        报告：a.csv.report.html
        """
        lines = [
            f"已标注 {self.rows - self.bad_rows:,} 行，用时 {self.seconds:.1f} 秒，"
            f"每秒 {self.rows_per_second:,.0f} 行",
            f"结果：{self.output}",
            f"报告：{self.report}",
        ]
        if self.errors:
            lines.append(
                f"有问题的行：{self.bad_rows:,} 行没有标注，{self.noted_rows:,} 行有提示，"
                f"逐行列在 {self.errors}"
            )
        return "\n".join([*lines, *self.notes])
