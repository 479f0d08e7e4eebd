"""The city's policy for suggestions: thresholds and shares as data, with a version.

Nothing here lets a ticket be dispatched by itself; that takes a certified policy file
(`dispatch_policy`). Some classes never are: the city lists them here.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from jiesu.taxonomy.city import read_yaml
from jiesu.taxonomy.errors import CityError

POLICY_FILE = "policy.yaml"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate and the candidates need to know.

    Attributes:
        version: changes with any number below.
        confirm_p_class: least calibrated probability of the first class for `confirm`.
        confirm_p_unit: least probability of the first unit for `confirm`.
        lead_share: share of a class' probability that counts for the lead role's rank when others
            assist.
        lead_chances: rising pairs of the first role's share of the classes and how often such a
            role is right; between them it is interpolated. Empty: its rank is its chance.
        max_leads: how many lead candidates an operator sees.
        classes_considered: how many likely classes the candidates are drawn from.
        least_p_class: a class below this probability draws none, unless it is the first.
        copy_reason, copy_source: why a district is copied on a subdistrict's ticket.
        district_role: who gets the ticket where only the district is certain; empty: nobody.
        district_reason, district_source: why it is the district's.
        city_kinds: request kinds that the city answers where no place is named.
        city_roles: role of a district's department → role of the city's of the same line.
        city_reason, city_source: why it is the city's.
        ask_reason, ask_source: that of any other kind the place is asked for first.
        call_in_reason, call_in_source: that a subdistrict may call in who assists it.
        first_reason, first_source: that who assists must work with any other first handler.
        never_auto: classes (code or prefix) that are never dispatched by themselves.
    """

    version: str
    confirm_p_class: float
    confirm_p_unit: float
    lead_share: float
    max_leads: int
    classes_considered: int
    copy_reason: str
    copy_source: str
    least_p_class: float = 0.0
    district_role: str = ""
    district_reason: str = ""
    district_source: str = ""
    city_kinds: tuple[str, ...] = ()
    city_roles: Mapping[str, str] = field(default_factory=dict)
    city_reason: str = ""
    city_source: str = ""
    ask_reason: str = ""
    ask_source: str = ""
    call_in_reason: str = ""
    call_in_source: str = ""
    first_reason: str = ""
    first_source: str = ""
    never_auto: tuple[str, ...] = ()
    lead_chances: tuple[tuple[float, float], ...] = ()

    def chance(self, share: float) -> float:
        """Return how often a first role with this share of the classes is right."""
        curve = self.lead_chances
        if not curve:
            return share
        x, y = curve[0]
        for next_x, next_y in curve:
            if share < next_x:
                return y + (next_y - y) * (share - x) / (next_x - x) if share > x else y
            x, y = next_x, next_y
        return curve[-1][1]


def load_policy(folder: Path) -> Policy:
    """Read the policy of a city folder.

    Raises:
        CityError: a key is missing, unknown, or a share lies outside [0, 1].
    """
    raw: Mapping[str, Any] = read_yaml(folder, POLICY_FILE)  # Any: YAML border, checked below
    known = {f.name for f in fields(Policy)}
    required = {
        f.name for f in fields(Policy) if f.default is MISSING and f.default_factory is MISSING
    }
    problems = [f"{POLICY_FILE}: {key}: 未知的键，请删除" for key in sorted(set(raw) - known)]
    problems += [f"{POLICY_FILE}: {key}: 缺少此键，请补上" for key in sorted(required - set(raw))]
    problems += [
        f"{POLICY_FILE}: {key}: 值 {raw[key]!r} 应在 0 与 1 之间"
        for key in ("confirm_p_class", "confirm_p_unit", "lead_share", "least_p_class")
        if key in raw and not (isinstance(raw[key], int | float) and 0 <= raw[key] <= 1)
    ]
    problems += [
        f'{POLICY_FILE}: never_auto: {code!r} 应是加引号的事项代码，如 "34"'
        for code in raw.get("never_auto") or ()
        if not isinstance(code, str)
    ]
    problems += _curve_problems(raw.get("lead_chances") or ())
    if problems:
        raise CityError(problems)
    lists = {name: tuple(raw.get(name) or ()) for name in ("city_kinds", "never_auto")}
    curve = tuple((float(x), float(y)) for x, y in raw.get("lead_chances") or ())
    return Policy(**{**raw, **lists, "lead_chances": curve})


def _curve_problems(curve: Any) -> list[str]:  # Any: YAML
    where = f"{POLICY_FILE}: lead_chances"
    good = isinstance(curve, list | tuple) and all(
        isinstance(pair, list)
        and len(pair) == 2
        and all(isinstance(x, int | float) and 0 <= x <= 1 for x in pair)
        for pair in curve
    )
    if not good:
        return [f"{where}: 每项应是两个 0 与 1 之间的数 [份额, 正确的机会]"]
    rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(curve))
    return [] if rising else [f"{where}: 各项应从小到大排列"]
