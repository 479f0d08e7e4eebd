"""The policy file: every fault is named with file and key."""

from dataclasses import replace
from pathlib import Path

import pytest

from jiesu.router.policy import load_policy
from jiesu.taxonomy.city import default_city_folder
from jiesu.taxonomy.errors import CityError


def test_the_packaged_policy_loads() -> None:
    assert load_policy(default_city_folder()).version


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("confirm_p_unit: 0.6", "confirm_p_unit: 1.5", "policy.yaml: confirm_p_unit: 值 1.5"),
        ("lead_share: 0.8", "", "policy.yaml: lead_share: 缺少此键"),
        ("max_leads: 5", "max_leads: 5\nauto: true", "policy.yaml: auto: 未知的键"),
        ("[0.339, 0.472]", "[0.339]", "policy.yaml: lead_chances: 每项应是两个"),
        ("[0.339, 0.472]", "[0.7, 0.472]", "policy.yaml: lead_chances: 各项应从小到大"),
    ],
)
def test_a_fault_is_named_with_file_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = (default_city_folder() / "policy.yaml").read_text(encoding="utf-8")
    (tmp_path / "policy.yaml").write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(CityError, match=message):
        load_policy(tmp_path)


def test_chances_are_interpolated_and_level_off_at_both_ends() -> None:
    policy = replace(
        load_policy(default_city_folder()), lead_chances=((0.2, 0.4), (0.6, 0.6), (1.0, 0.9))
    )

    assert [policy.chance(share) for share in (0.0, 0.2, 0.4, 0.8, 1.0)] == pytest.approx(
        [0.4, 0.4, 0.5, 0.75, 0.9]
    )
