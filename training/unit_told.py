"""What `jiesu train --unit` tells of what it learned."""

from pathlib import Path
from typing import Any

from jiesu.training.unit_tasks import Learned

Json = dict[str, Any]  # Any: JSON

_VIEWS = {
    "words": "只看文字",
    "counts": "只看事项和地点",
    "history": "历史（两者合用）",
    "rules": "只看规则",
    "all": "规则与历史合用",
}


def told(learned: Learned, out: Path) -> str:
    """Return the lines for a person: what was written, how good it is, how to use it."""
    card = learned.units
    metrics, n = card.facts["metrics"], card.facts["data"]["texts"]
    lines = [
        f"承办单位模型 {card.name}：{n} 件工单，{card.facts['units']} 个单位",
        *(
            [f"{learned.skipped} 行的承办单位为空或在城市里找不到，没有用"]
            if learned.skipped
            else []
        ),
        f"留出的 {metrics['n']} 件上，首选与前三的正确率：",
        *(
            f"  {name}：{metrics[view]['top1']:.3f}，{metrics[view]['top3']:.3f}"
            for view, name in _VIEWS.items()
            if view in metrics
        ),
    ]
    if learned.classes is None:
        return "\n".join([*lines, f"已写到 {out}；用法：jiesu route --history {out} 诉求"])
    return "\n".join(
        [
            *lines,
            f"事项模型 {learned.classes.name} 已写到 {out}，新城市已写到 {learned.city}",
            f"用法：jiesu route --model {out} --city {learned.city} 诉求",
        ]
    )


def told_json(learned: Learned, out: Path) -> Json:
    """Return the same for a program."""
    return {
        "folder": str(out),
        "units": {"name": learned.units.name, **learned.units.facts},
        "classes": learned.classes and {"name": learned.classes.name, **learned.classes.facts},
        "city": learned.city and str(learned.city),
        "skipped": learned.skipped,
    }
