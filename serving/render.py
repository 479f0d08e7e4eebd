"""A decision as an operator reads it on a terminal."""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jiesu.classifier.scores import RankedClass
from jiesu.router.decision import Candidate, Decision, Place
from jiesu.router.explain import (
    OUTCOME_NAMES,
    PART_NAMES,
    deadline_text,
    place_text,
    reason_text,
)
from jiesu.serving.engine import Engine
from jiesu.serving.times import CHINA_TIME
from jiesu.taxonomy.ticket import Ticket
from jiesu.taxonomy.tree import LabelTree

_LEVEL_NAMES = "一二三四五六七八九"
_BAR_CELLS = 10
_LEAST_SHOWN = 0.005
_LEADS_SHOWN = 3
_TEXT_SHOWN = 400
"""Characters of the ticket that are repeated; an operator has the rest before their eyes."""


def print_decision(
    ticket: Ticket,
    decision: Decision,
    engine: Engine,
    console: Console | None = None,
    policy_problem: str = "",
) -> None:
    """Print the decision as a table of what, where, who, what next and until when."""
    console = console or Console(highlight=False)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for heading, content in _rows(ticket, decision, engine):
        table.add_row(heading, content)
    if policy_problem:
        table.add_row("注意", Text(policy_problem, style="red"))
    console.print(Padding(table, (1, 0)))


def _rows(
    ticket: Ticket, decision: Decision, engine: Engine
) -> Iterator[tuple[str, RenderableType]]:
    yield "诉求", marked_text(ticket.full_text(), decision)
    yield "事项", _classes(decision.classes, engine.city.tree)
    yield "性质", Text(f"{decision.kind or '未判断'}，{decision.urgency}")
    yield "地点", Text.from_markup(_place(decision.place))
    yield "承办", _candidates(decision.candidates)
    yield "结果", _outcome(decision)
    yield "时限", Text(deadline_text(decision, CHINA_TIME))
    for part, reason in engine.problems.items():
        yield "注意", Text(f"{part} 不能用：{reason}", style="red")
    versions = decision.versions
    names = (versions.model or "无模型", versions.taxonomy, versions.rules, versions.policy)
    yield "版本", Text(" · ".join(filter(None, names)), style="dim")


def marked_text(text: str, decision: Decision) -> Text:
    """Return the text with the words marked from which place and class were read."""
    marked = Text(text[:_TEXT_SHOWN] + ("…" if len(text) > _TEXT_SHOWN else ""))
    for evidence in decision.evidence:
        if evidence.weight > 0:
            marked.stylize("bold yellow", evidence.start, evidence.end)
    if decision.place.span:
        marked.stylize("underline cyan", *decision.place.span)
    return marked


def _classes(classes: tuple[RankedClass, ...], tree: LabelTree) -> RenderableType:
    if not classes:
        return Text("未判断（没有可用的模型）", style="red")
    table = _grid()
    for rank, ranked in enumerate(classes, 1):
        names = Text(" › ".join(label.name for label in tree.path(ranked.code)))
        names.stylize("bold" if rank == 1 else "")
        names.append(f"  {ranked.code}", style="dim")
        table.add_row(f"{rank}", names, _bar(ranked.p[-1]))
    levels = "  ".join(f"{_LEVEL_NAMES[level]}级 {p:.0%}" for level, p in enumerate(classes[0].p))
    table.add_row("", Text(f"第 1 项各级把握：{levels}", style="dim"), "")
    return table


def _grid() -> Table:
    """Return a table of three columns; the wide one folds, for Chinese has no spaces to wrap at."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    return table


def _bar(p: float) -> Text:
    filled = round(p * _BAR_CELLS)
    bar = Text("█" * filled, style="green")
    bar.append("░" * (_BAR_CELLS - filled), style="dim")
    bar.append(f" {p:4.0%}" if p >= _LEAST_SHOWN else " <1%", style="default")
    return bar


def _place(place: Place) -> str:
    others = [place_text(other) for other in place.alternatives[:2]] if place.district else []
    return place_text(place) + (f"\n[dim]也可能是：{'；'.join(others)}[/dim]" if others else "")


def _candidates(candidates: tuple[Candidate, ...]) -> RenderableType:
    if not candidates:
        return Text("没有找到对应的单位，请人工判断")
    table = _grid()
    leads = [candidate for candidate in candidates if candidate.part == "lead"]
    others = [candidate for candidate in candidates if candidate.part != "lead"]
    for rank, candidate in enumerate([*leads[:_LEADS_SHOWN], *others]):
        lead = candidate.part == "lead"
        name = Text(candidate.unit, style="bold" if lead else "")
        if candidate.unit_role != candidate.unit:
            name.append(f"  {candidate.unit_role}", style="dim")
        part = "备选" if lead and rank else PART_NAMES[candidate.part]
        table.add_row(part, name, _bar(candidate.p) if lead else "")
        for reason in candidate.reasons[: None if rank == 0 else 1]:
            table.add_row("", Text(reason_text(reason), style="dim"), "")
    return table


def _outcome(decision: Decision) -> Text:
    text = Text(OUTCOME_NAMES[decision.outcome], style="bold")
    text.append(f"  {decision.outcome}", style="dim")
    for reason in decision.reasons:
        text.append(f"\n{reason}")
    return text
