"""Routing cases that a dispatcher can read and write, and how one is judged.

A case is a text, perhaps with a class and a place, and who must lead. With a class it tests the
rules alone; without one the whole router has to find it, so it needs a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from jiesu.classifier.scores import RankedClass
from jiesu.router import gate
from jiesu.router.address import AddressReader
from jiesu.router.candidates import CandidateRanker
from jiesu.router.decision import Candidate, Decision, Place
from jiesu.router.jurisdiction import Jurisdiction
from jiesu.router.matter import Matter, UnitFinder
from jiesu.router.policy import Policy, load_policy
from jiesu.taxonomy.city import City
from jiesu.taxonomy.errors import InputError

DEFAULT_RULE = "默认"
"""What a case writes for "no rule, the taxonomy's own unit"."""
_KEYS = frozenset("id text class place address day kind article note expect".split())
_EXPECTED = frozenset("lead unit outcome assist copy limit rule".split())


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come out; empty fields are not looked at.

    Attributes:
        assist, copy: roles that must be among those that assist or get a copy.
        rule: id of the rule that must decide; "默认" where none may.
    """

    lead: str = ""
    unit: str = ""
    outcome: str = ""
    limit: str = ""
    rule: str = ""
    assist: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleCase:
    """One case.

    Attributes:
        where: file and number, for messages.
        code: class; empty when the model must find it.
        place: name of a region, when the place is given; empty when it is read from the words.
        day: day of the ticket; None for the day of the run.
        kind: request kind; a question without a place is the city's.
    """

    where: str
    text: str
    expect: Expectation
    code: str = ""
    place: str = ""
    address: str = ""
    day: date | None = None
    article: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules or the router said of a case."""

    lead: str
    unit: str = ""
    outcome: str = ""
    limit: str = ""
    rule: str = ""
    assist: tuple[str, ...] = field(default=())
    copy: tuple[str, ...] = field(default=())


def read_cases(folder: Path) -> tuple[RuleCase, ...]:
    """Read all case files of a folder, in the order of their names.

    Raises:
        InputError: there is none, or a case is not as it should be; names file and case.
    """
    paths = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not paths:
        raise InputError(f"用例文件夹 {folder} 不存在或没有 .yaml 文件；请检查路径")
    return tuple(case for path in paths for case in _read_file(path))


def _read_file(path: Path) -> list[RuleCase]:
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: 不是可读的 YAML：{error}") from None
    return [_case(f"{path.name} 第 {n} 条", entry) for n, entry in enumerate(entries or (), 1)]


def _case(where: str, entry: Mapping[str, Any]) -> RuleCase:  # Any: YAML border
    expect = entry.get("expect") if isinstance(entry, dict) else None
    if not isinstance(expect, dict) or not entry.get("text"):
        raise InputError(f"{where}: 用例要有 text 和 expect；请补上")
    unknown = sorted((set(entry) - _KEYS) | (set(expect) - _EXPECTED))
    if unknown:
        raise InputError(f"{where}: 不认识的键 {'、'.join(unknown)}；请删除或改正")
    return RuleCase(
        where=where,
        text=entry["text"],
        expect=Expectation(
            lead=expect.get("lead") or "",
            unit=expect.get("unit") or "",
            outcome=expect.get("outcome") or "",
            limit=expect.get("limit") or "",
            rule=expect.get("rule") or "",
            assist=tuple(expect.get("assist") or ()),
            copy=tuple(expect.get("copy") or ()),
        ),
        code=str(entry.get("class") or ""),
        place=entry.get("place") or "",
        address=entry.get("address") or "",
        day=entry.get("day"),
        article=str(entry.get("article") or ""),
        kind=entry.get("kind") or "",
    )


def place_named(name: str, city: City) -> Place:
    """Return the place with this official name ("通州区", "朝阳区八里庄街道").

    Raises:
        InputError: no region or more than one has the name.
    """
    paths = [city.region_path(region.code) for region in city.regions.values()]
    fitting = [path for path in paths if name in (path[-1].name, "".join(r.name for r in path))]
    if len(fitting) != 1:
        raise InputError(f"地点 {name!r} 有 {len(fitting)} 处；请写“区＋街道乡镇”的全称")
    names = {region.level: region.name for region in fitting[0]}
    return Place(
        names.get("district"), names.get("subdistrict"), names.get("community"),
        fitting[0][-1].code, 1.0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out of one ticket.

    Attributes:
        rule: id of the rule that decided, `DEFAULT_RULE` where none did, "" where unknown.
    """

    candidates: tuple[Candidate, ...]
    outcome: str
    limit: str
    rule: str = ""


@dataclass(frozen=True)
class RulesAlone:
    """Everything of the router but the model: the class is given and taken as certain."""

    city: City
    jurisdiction: Jurisdiction
    ranker: CandidateRanker
    policy: Policy
    places: AddressReader

    @classmethod
    def of_city(cls, city: City, extra_gazetteer: Path | None = None) -> "RulesAlone":
        """Load rules, policy and gazetteer.

        Raises:
            CityError: a file of the city folder or the extra gazetteer is wrong.
        """
        policy = load_policy(city.folder)
        return cls(
            city=city,
            jurisdiction=Jurisdiction.of_city(city),
            ranker=CandidateRanker(UnitFinder(city), policy),
            policy=policy,
            places=AddressReader(city, extra=extra_gazetteer),
        )

    def place_of(self, case: RuleCase) -> Place:
        """Return the place that the case names, else the one that its words tell."""
        if case.place:
            return place_named(case.place, self.city)
        return self.places.read(case.text, case.address)

    def decide(self, case: RuleCase, today: date) -> Verdict:
        """Apply the rules to a case with a class."""
        return self.decide_at(case, self.place_of(case), today)

    def decide_at(self, case: RuleCase, place: Place, today: date) -> Verdict:
        """Apply the rules to a case with a class, at a place that is known already."""
        label = self.city.tree.get(case.code)
        classes = (RankedClass(case.code, (1.0,) * label.level),)
        facts, day = self.jurisdiction.facts.read(case.text), case.day or today
        ruling = self.jurisdiction.ruling(label, place, facts, day)
        acting = self.jurisdiction.acting_region(place, facts, day)
        candidates = self.ranker.rank(
            classes,
            Matter(place, case.text, day, acting, case.kind),
            lambda _: ruling.competences,
        )
        decided = gate.decide(classes, candidates, self.policy)
        outcome, _, _ = gate.settle(
            decided,
            classes,
            candidates,
            ruling=ruling,
            kind=case.kind,
            city=self.city,
            policy=self.policy,
        )
        rule = ruling.rule.id if ruling.rule else DEFAULT_RULE
        return Verdict(candidates, outcome, label.limit, rule)

    def find(self, case: RuleCase, today: date) -> Found:
        """Return what a case looks at."""
        return _found(self.decide(case, today))


def found_by_router(decision: Decision) -> Found:
    """Take from a decision what a case looks at."""
    return _found(Verdict(decision.candidates, decision.outcome, decision.limit))


def _found(verdict: Verdict) -> Found:
    candidates = verdict.candidates
    lead = candidates[0] if candidates else None
    return Found(
        lead=lead.unit_role if lead else "",
        unit=lead.unit if lead else "",
        outcome=verdict.outcome,
        limit=verdict.limit,
        rule=verdict.rule,
        assist=tuple(c.unit_role for c in candidates if c.part == "assist"),
        copy=tuple(c.unit_role for c in candidates if c.part == "copy"),
    )


def failures(expect: Expectation, found: Found) -> list[str]:
    """Return what differs, as sentences; [] when the case holds.

    >>> failures(Expectation(lead="街乡镇", assist=("公安分局",)), Found("区城管委"))
    ['主办应为街乡镇，实为区城管委', '协办应有公安分局，实为无']
    """
    names = {"lead": "主办", "unit": "单位", "outcome": "结果", "limit": "时限", "rule": "规则"}
    wrong = [
        f"{name}应为{wanted}，实为{getattr(found, key) or '无'}"
        for key, name in names.items()
        if (wanted := getattr(expect, key)) and wanted != getattr(found, key)
    ]
    for key, name in (("assist", "协办"), ("copy", "抄送")):
        missing = [role for role in getattr(expect, key) if role not in getattr(found, key)]
        if missing:
            said = "、".join(getattr(found, key)) or "无"
            wrong.append(f"{name}应有{'、'.join(missing)}，实为{said}")
    return wrong
