from pathlib import Path
from shutil import copytree

import pytest
from tiny import TINY_FOLDER

from jiesu.router.address import AddressReader
from jiesu.router.cues import load_cues
from jiesu.taxonomy.city import City, load_city
from jiesu.taxonomy.errors import CityError


def city_with(tmp_path: Path, address: str) -> City:
    folder = copytree(TINY_FOLDER, tmp_path / "tiny")
    (folder / "address.yaml").write_text(address, encoding="utf-8")
    return load_city(folder)


def test_unknown_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityError, match=r"address\.yaml: 不认识的键 weakk"):
        load_cues(city_with(tmp_path, "weakk: [河沿]\n"))


def test_unknown_region_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityError, match=r"names: 老河沿: regions\.tsv 中没有代码 '9'"):
        load_cues(city_with(tmp_path, 'names: {老河沿: ["9"]}\n'))


def test_bad_pattern_is_named(tmp_path: Path) -> None:
    with pytest.raises(CityError, match=r"tails: road: '\(' 不是合法的正则"):
        load_cues(city_with(tmp_path, "tails: {road: '('}\n"))


def test_own_name_leads_to_its_region(tmp_path: Path) -> None:
    city = city_with(tmp_path, 'names: {老河沿: ["990101001"]}\n')
    assert AddressReader(city).read("老河沿停水").subdistrict == "河沿街道"


def test_weak_name_counts_only_beside_its_district(tmp_path: Path) -> None:
    city = city_with(tmp_path, "weak: [河沿]\nsuffixes: {subdistrict: [街道]}\n")
    reader = AddressReader(city)
    assert reader.read("站在河沿看水").district is None
    assert reader.read("东区河沿停水").subdistrict == "河沿街道"
