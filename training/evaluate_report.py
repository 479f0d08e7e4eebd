"""The report of an evaluation: one HTML file with two charts, readable without internet."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from jiesu.training.class_metrics import LevelAnswers
from jiesu.training.evaluate import Evaluation

Json = dict[str, Any]  # Any: JSON
Points = Sequence[tuple[float, float]]

_SIZE, _EDGE = 360, 44
_RIGHT = 20  # half of the last mark on the axis, 100%
_NAMES = ("一级", "二级", "三级")
_STYLES = ("a", "b", "c")
_BINS = 10
_PAGE = Template("""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>评测报告 · $model</title>
<style>
:root { --paper: #f6f7f9; --card: #fff; --ink: #1c2530; --soft: #5b6776; --rule: #dfe4ea;
  --a: #2457a6; --b: #3d9a8b; --c: #d0782c; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --card: #1a2029; --ink: #e4e9f0;
  --soft: #a3aebc; --rule: #2b333e; --a: #6ea3f0; --b: #5cc4b2; --c: #eda35f; } }
body { margin: 0 auto; max-width: 900px; padding: 28px; background: var(--paper); color: var(--ink);
  font: 15px/1.7 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 17px; margin: 0; } p { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
  padding: 16px 20px; margin-top: 16px; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 16px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 4px 10px; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--soft); }
svg .rule { stroke: var(--rule); } svg .even { stroke: var(--soft); stroke-dasharray: 4 4; }
svg .line { fill: none; stroke-width: 2; }
.a { stroke: var(--a); } .b { stroke: var(--b); } .c { stroke: var(--c); }
.key.a { color: var(--a); } .key.b { color: var(--b); } .key.c { color: var(--c); }
</style>
</head>
<body>
<h1>评测报告</h1>
<p>模型 $model · 分类体系 $taxonomy · $n 条 · 每秒 $speed 条</p>
<section><h2>事项</h2>$classes</section>
<section><h2>其他部分</h2>$parts</section>
<div class="two">
<section><h2>概率是否可信</h2>
<p>横轴是给出的概率，纵轴是实际正确的比例；越靠近虚线越可信。</p>$reliability$keys</section>
<section><h2>正确率与覆盖率</h2>
<p>只自动处理最有把握的一部分时，首选事项的正确率。</p>$coverage</section>
</div>
</body>
</html>
""")
_PARTS = {
    "unit": ("承办单位", {"top1": "首选", "top3": "前三"}),
    "kind": ("诉求类型", {"top1": "首选"}),
    "place": (
        "地点",
        {
            "district": "区",
            "subdistrict": "街道乡镇",
            "community": "社区村",
            "false_place": "无地点而误给",
        },
    ),
    "danger": ("险情", {"recall": "识别率", "false_alarm": "误报率"}),
}


def write_report(evaluation: Evaluation, file: Path) -> None:
    """Write the report of an evaluation."""
    numbers, leaf = evaluation.numbers, evaluation.answers[-1]
    page = _PAGE.substitute(
        model=escape(numbers["model"]),
        taxonomy=escape(numbers["taxonomy"]),
        n=numbers["n"],
        speed=numbers["docs_per_second"],
        classes=_class_table(numbers),
        parts=_part_table(numbers),
        reliability=reliability_chart(evaluation.answers),
        keys=_keys(),
        coverage=coverage_chart(leaf),
    )
    file.write_text(page, encoding="utf-8")


def reliability_chart(answers: Sequence[LevelAnswers]) -> str:
    """Draw how often answers are right against the probability given, level by level."""
    lines = [
        _line(reliability(level), style) for level, style in zip(answers, _STYLES, strict=True)
    ]
    even = f'<line class="even" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    return _chart(even + "".join(lines), "给出的概率", "实际正确的比例")


def reliability(answers: LevelAnswers) -> list[tuple[float, float]]:
    """Return mean probability and share right of ten bins of equal size."""
    order = np.argsort(answers.confidence, kind="stable")
    bins = np.array_split(order, min(_BINS, len(order)))
    right = answers.accept[:, 0]
    return [(float(answers.confidence[b].mean()), float(right[b].mean())) for b in bins]


def coverage_chart(leaf: LevelAnswers) -> str:
    """Draw the accuracy of the first leaf class among the surest texts."""
    right = leaf.accept[np.argsort(-leaf.confidence, kind="stable"), 0]
    counts = np.arange(1, len(right) + 1)
    accuracy = np.cumsum(right) / counts
    # The first few texts say little and would draw a wild line.
    shown = counts >= min(10, len(right))
    points = list(zip((counts / len(right))[shown].tolist(), accuracy[shown].tolist(), strict=True))
    return _chart(_line(points, "c"), "覆盖率", "正确率")


def _chart(inside: str, x_name: str, y_name: str) -> str:
    marks = "".join(
        f'<line class="rule" x1="{_x(0)}" y1="{_y(v)}" x2="{_x(1)}" y2="{_y(v)}"/>'
        f'<text x="{_x(0) - 6}" y="{_y(v) + 4}" text-anchor="end">{v:.0%}</text>'
        f'<text x="{_x(v)}" y="{_y(0) + 16}" text-anchor="middle">{v:.0%}</text>'
        for v in (0, 0.2, 0.4, 0.6, 0.8, 1)
    )
    names = (
        f'<text x="{_x(0.5)}" y="{_SIZE - 6}" text-anchor="middle">{x_name}</text>'
        f'<text x="{_x(0)}" y="12">{y_name}</text>'
    )
    return (
        f'<svg viewBox="0 0 {_SIZE} {_SIZE}" role="img" aria-label="{y_name}随{x_name}的变化">'
        f"{marks}{names}{inside}</svg>"
    )


def _line(points: Points, style: str) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline class="line {style}" points="{path}"/>'


def _x(value: float) -> float:
    return _EDGE + value * (_SIZE - _EDGE - _RIGHT)


def _y(value: float) -> float:
    return 20 + (1 - value) * (_SIZE - _EDGE - 20)


def _keys() -> str:
    pairs = zip(_NAMES, _STYLES, strict=True)
    return "<p>" + "　".join(f'<span class="key {s}">━ {n}</span>' for n, s in pairs) + "</p>"


def _class_table(numbers: Json) -> str:
    accept = (numbers["accept"]["l1"], numbers["accept"]["l2"], numbers["accept"]["top1"])
    rows = [
        (
            name,
            _percent(numbers[f"level{n}"]["top1"]),
            _percent(accept[n - 1]),
            f"{numbers[f'level{n}']['macro_f1']:.3f}",
            f"{numbers['calibration'][f'ece_l{n}']:.3f}",
        )
        for n, name in enumerate(_NAMES, 1)
    ]
    for k in (3, 5):
        best, acceptable = numbers["level3"][f"top{k}"], numbers["accept"][f"top{k}"]
        rows.append((f"三级前{k}", _percent(best), _percent(acceptable), "", ""))
    return _table(("级别", "与最佳事项一致", "可接受", "宏平均 F1", "校准误差"), rows)


def _part_table(numbers: Json) -> str:
    rows = [
        (f"{title} · {name}", _percent(numbers[part].get(key)))
        for part, (title, keys) in _PARTS.items()
        if numbers[part]
        for key, name in keys.items()
    ]
    return _table(("指标", "比例"), rows) if rows else "<p>评测数据没有标注这些部分。</p>"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
