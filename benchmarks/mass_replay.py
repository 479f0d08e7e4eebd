"""Replay of a file in time order: how early is the alarm, and how many are false?

    python benchmarks/mass_replay.py MESSAGES STORIES

STORIES is a JSON object, name → ids of its members; names that start with "?" are true stories
that nobody asks for: an alarm for one is neither a find nor false. Prints the curve: for each
bar, at which message of each story the alarm came, and the false alarms a month.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jiesu.router.mass.describe import Describer, by_the_clock
from jiesu.router.mass.echoes import Echoes
from jiesu.router.mass.event import Event
from jiesu.router.mass.features import FeatureMaker
from jiesu.router.mass.grams import Rarity
from jiesu.router.mass.message import Message
from jiesu.router.mass.rules import MassRules, load_rules
from jiesu.router.mass.tracker import Tracker
from jiesu.serving.mass.classes import classified, quick_classifier
from jiesu.serving.mass.messages import read_messages
from jiesu.serving.mass.watching import background_of, embed_of
from jiesu.taxonomy.city import load_city

BARS = [(m, c, f) for m in (3, 4, 5, 6, 8) for c in (3, 4, 5) for f in (0.5, 0.65, 0.8) if c <= m]


@dataclass(frozen=True, slots=True)
class Alarm:
    """The first time an event passed a bar."""

    event: str
    at: int
    members: tuple[str, ...]
    lead: str


def first_alarms(
    messages: Sequence[Message], rules: MassRules, tracker: Tracker, maker: FeatureMaker
) -> dict[tuple[int, int, float], list[Alarm]]:
    """Run the stream once and note when each event first passes each bar."""
    echoes = Echoes(rules.echo)
    describers = {bar: Describer(_with_bar(rules, bar), str, by_the_clock) for bar in BARS}
    raised: dict[tuple[int, int, float], dict[str, Alarm]] = {bar: {} for bar in BARS}
    for count, message in enumerate(messages):
        features = maker.make(message)
        change = tracker.add(features, echoes.group_of(features))
        for bar, describer in describers.items():
            known = raised[bar]
            if any(gone in known for gone in change.gone):
                known.setdefault(change.event.id, known[next(g for g in change.gone if g in known)])
            for event in (change.event, *change.parts):
                if event.id not in known and describer.is_alarm(event, message.at):
                    known[event.id] = _alarm(event, count)
    return {
        bar: list({a.event: a for a in known.values()}.values()) for bar, known in raised.items()
    }


def _with_bar(rules: MassRules, bar: tuple[int, int, float]) -> MassRules:
    messages, callers, focus = bar
    alarm = replace(rules.alarm, messages=messages, callers=callers, focus=focus)
    return replace(rules, alarm=alarm)


def _alarm(event: Event, count: int) -> Alarm:
    known = [member.features.message for member in event]
    return Alarm(event.id, count, tuple(m.id for m in known), known[-1].lead)


def judge(
    alarms: Sequence[Alarm], stories: Mapping[str, set[str]], order: Mapping[str, int]
) -> tuple[dict[str, int], list[Alarm]]:
    """Return story → number of its messages when the alarm came, and the false alarms."""
    found: dict[str, int] = {}
    false = []
    for alarm in sorted(alarms, key=lambda a: a.at):
        shares = Counter(name for i in alarm.members for name, ids in stories.items() if i in ids)
        name, inside = shares.most_common(1)[0] if shares else ("", 0)
        if inside * 2 < len(alarm.members):
            false.append(alarm)
        elif name not in found:
            found[name] = sum(order[i] <= alarm.at for i in stories[name])
    return found, false


def main(path: Path, stories_path: Path) -> None:
    """Print the curve of earliness against false alarms."""
    city = load_city()
    rules, read = load_rules(city), read_messages(path, 100_000).messages
    messages = classified(read, quick_classifier(city)[0], city.tree.leaves)
    maker = FeatureMaker(rules, embed_of(city), Rarity(background_of(city)))
    alarms = first_alarms(messages, rules, Tracker(rules, maker.rarity), maker)
    stories = {name: set(ids) for name, ids in json.loads(stories_path.read_text()).items()}
    order = {message.id: i for i, message in enumerate(messages)}
    months = max(1.0, len({(m.at.year, m.at.month) for m in messages if m.at.year >= 2019}))
    asked = [name for name in stories if not name.startswith("?")]
    for bar in BARS:
        found, false = judge(alarms[bar], stories, order)
        at = {name: found.get(name) for name in asked}
        early = sum(1 for n in at.values() if n is not None and n <= 5)
        name = f"条数≥{bar[0]} 来电人≥{bar[1]} 像一件事≥{bar[2]:.2f}"
        print(f"{name}：第五条前报出 {early}/{len(asked)}，报警 {len(alarms[bar])}，"
              f"误报每月 {len(false) / months:.2f}；{at}")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
