from jiesu.taxonomy.regions import Region
from jiesu.training.augment_tables import homophones, region_places

REGIONS = [
    Region("110101", "东城区", "district", aliases=("东城",), kind="区"),
    Region("110102", "西城区", "district", aliases=("西城",), kind="区"),
    Region("110101001", "景山街道", "subdistrict", "110101", ("景山",), "街道"),
    Region("110101001001", "黄化门社区", "community", "110101001", (), "社区"),
]


def test_short_names_change_with_short_names() -> None:
    places = region_places(REGIONS)
    assert places["东城区"] == ["东城区", "西城区"]
    assert places["东城"] == ["东城", "西城"]


def test_communities_are_left_alone() -> None:
    assert "黄化门社区" not in region_places(REGIONS)


def test_rare_character_is_nobodys_typing_error() -> None:
    assert homophones(["路灯坏了", "登记", "路灯"], common=2) == {}
    assert homophones(["灯登"] * 3, common=3)["灯"] == ["登"]
