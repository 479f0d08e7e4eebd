"""What `jiesu train` refuses."""

from pathlib import Path

import pytest

from jiesu.taxonomy.errors import InputError
from jiesu.training.commands import ModelKind, train

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


def test_texts_without_labels_are_for_encoders() -> None:
    with pytest.raises(InputError, match="只用于编码器"):
        train(unlabelled=Path("u.csv"))
