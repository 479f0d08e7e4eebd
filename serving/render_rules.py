"""The chain of rules for one ticket, as a person reads it on a terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jiesu.router.explain import OUTCOME_NAMES
from jiesu.router.jurisdiction import Tried
from jiesu.serving.rule_runs import Explanation


def print_explanation(explained: Explanation, console: Console | None = None) -> None:
    """Print what was read, each rule tried, and what came out."""
    console = console or Console(highlight=False)
    found = explained.found
    console.print(f"事项  {' › '.join(explained.path)}  [dim]{explained.case.code}[/dim]")
    console.print(f"地点  {explained.place or '文中没有说明'}")
    console.print(f"事实  {_facts(explained)}")
    console.print(_chain(explained.chain, found.rule))
    console.print(Text.assemble("主办  ", (found.unit or found.lead, "bold"), f"  {found.lead}"))
    for name, roles in (("协办", found.assist), ("抄送", found.copy)):
        if roles:
            console.print(f"{name}  {'、'.join(roles)}")
    console.print(f"结果  {_outcome(found.outcome)}，时限 {found.limit}")


def _outcome(outcome: str) -> str:
    return next((name for key, name in OUTCOME_NAMES.items() if key == outcome), outcome)


def _facts(explained: Explanation) -> str:
    said = [
        f"{name}＝{fact.value}（“{explained.case.text[slice(*fact.span)]}”）"
        for name, fact in explained.facts.items()
    ]
    return "、".join(said) or "没有读出"


def _chain(chain: tuple[Tried, ...], decided: str) -> Table:
    table = Table.grid(padding=(0, 1))
    for _ in range(3):
        table.add_column(overflow="fold")
    for tried in chain:
        rule = tried.rule
        if rule.id == decided:
            mark, why, style = "✓", "由它决定", "bold green"
        else:
            mark, why, style = "·", tried.failed or "成立，但有更具体的规则", "dim"
        table.add_row("规则", Text(f"{mark} {rule.id}", style=style), Text(why, style=style))
        table.add_row("", Text(f"  {rule.source}", style="dim"), Text(rule.file, style="dim"))
    if not any(tried.rule.id == decided for tried in chain):
        table.add_row("规则", Text("✓ 默认", style="bold green"), "分类体系给这个事项定的承办单位")
    return table
