"""What `jiesu train` and `jiesu evaluate` refuse."""

from pathlib import Path

import pytest

from jiesu.taxonomy.errors import InputError
from jiesu.training.commands import ModelKind, evaluate, train

TABLE = Path("工单.csv")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"kind": ModelKind.ENCODER}, "用不上 --kind；"),
        ({"segmenter": "jieba"}, "用不上 --segmenter；"),
        ({"minutes": 5.0}, "用不上 --minutes；"),
        ({"backbone": "某模型", "begin": Path("m")}, "用不上 --backbone、--from；"),
        ({"unlabelled": Path("u.csv")}, "用不上 --unlabelled；"),
    ],
)
def test_learning_units_refuses_options_that_it_would_not_heed(
    options: dict[str, object], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        train(TABLE, unit="承办单位", **options)  # type: ignore[arg-type]  # a table of options


def test_learning_units_without_such_options_goes_on_to_its_table() -> None:
    with pytest.raises(InputError, match="--unit 要配已办结工单的文件"):
        train(None, unit="承办单位")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"unlabelled": Path("u.csv")}, "--unlabelled 只用于编码器"),
        ({"begin": Path("m")}, "--from 只用于编码器"),
        ({"minutes": 5.0, "backbone": "某模型"}, "--minutes、--backbone 只用于编码器"),
    ],
)
def test_fast_model_refuses_options_of_encoders(options: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        train(**options)  # type: ignore[arg-type]  # a table of options


def test_separator_without_a_label_column_is_refused() -> None:
    with pytest.raises(InputError, match=r"--separator .*要和 --labels 一起写"):
        train(separator="/")
    with pytest.raises(InputError, match=r"--separator .*要和 --labels 一起写"):
        evaluate(TABLE, separator="/")
