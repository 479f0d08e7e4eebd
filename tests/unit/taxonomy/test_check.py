"""Each kind of error that a city folder can hold is found and named, with its file and key."""

import re
from pathlib import Path

import pytest

from jiesu.taxonomy.check import check_city, city_warnings
from jiesu.taxonomy.city import default_city_folder

CLASSES, UNITS, ROLES = "taxonomy/01.json", "units.tsv", "roles.yaml"
REGIONS, COMMUNITIES = "regions.tsv", "gazetteer/communities.tsv"
CITY, CALENDAR = "city.yaml", "calendar.yaml"

# (file, what stands there, what is put in its place, the error that must be named)
BROKEN = [
    # files that cannot be read
    (CITY, "name: 小城\n", "", r"city\.yaml: name: 应是一段文字，现为 None"),
    (CITY, 'rules_version: "1"', "rules_version: 1", r"city\.yaml: rules_version: .*现为 1；"),
    (CITY, "  examples: 2\n", "", r"city\.yaml: taxonomy\.examples: 应是整数，现为 None"),
    (CITY, "id: tiny", "id: [tiny", r"city\.yaml: 第 \d+ 行第 \d+ 列: 不是合法的 YAML"),
    (ROLES, "街道: {", "区城管委: {", r"roles\.yaml: .*键 '区城管委' 重复"),
    (
        CLASSES,
        '"name": "照明",',
        '"name": "照明"',
        r"taxonomy/01\.json: 第 10 行第 7 列: 不是 JSON",
    ),
    (UNITS, "\tmore_roles\t", "\tmore\t", r"units\.tsv: 第 1 行: 缺少列 more_roles"),
    (UNITS, "东区人民政府\tdistrict", "东区人民政府", r"units\.tsv: 第 2 行: 有 15 格"),
    # classes
    (CLASSES, '"limit": "7d",', "", r"taxonomy/01\.json: 010101: limit: 缺少"),
    (CLASSES, '"limit": "7d",', '"limit": 7,', r"010101: limit: 应是文字，现为 7"),
    (CLASSES, '"limit": "7d"', '"limt": "", "limit": "7d"', r"010101: limt: 不认识的键"),
    (CLASSES, '["路灯", "不亮"]', '"路灯"', r"010101: keywords: 应是文字的列表"),
    (CLASSES, '"to": ["010102"], ', "", r"010101: boundary 第 1 条: 应有 when、to、text"),
    (CLASSES, '"code": "010102"', '"code": "010101"', r"01\.json: 010101: code: .*代码重复"),
    (CLASSES, '"code": "010102"', '"code": "010202"', r"010202: code: .*不以上级代码 '0101' 开头"),
    (CLASSES, '"code": "010102"', '"code": "0101021"', r"code: '0101021' 应是 6 位数字"),
    (CLASSES, '"code": "01",', '"code": "02",', r"02: code: '02' 与文件名不符"),
    (CLASSES, '"name": "楼道灯不亮"', '"name": "路灯不亮"', r"010102: name: .*与 010101 相同"),
    (
        CLASSES,
        '"definition": "路灯和楼灯"',
        '"definition": ""',
        r"0101: name、definition: 不能为空",
    ),
    (CLASSES, '["010102"]', '["020101"]', r"boundary 第 1 条: to '020101' 不是事项代码"),
    (CLASSES, '["010102"]', '["010101"]', r"boundary 第 1 条: to '010101' 是它自己"),
    (CLASSES, '"limit": "24h"', '"limit": "3d"', r"010102: limit: '3d' 不在 24h、7d 之中"),
    (CLASSES, '"tag": "安全性"', '"tag": "安全"', r"010102: tag: '安全' 不在"),
    (CLASSES, '["投诉", "求助"]', '["投诉", "骂人"]', r"kinds: '骂人' 不在"),
    (CLASSES, '["投诉", "求助"]', "[]", r"kinds: 不能为空"),
    (CLASSES, '["路灯", "不亮"]', '["路灯", "路灯"]', r"keywords: '路灯' 重复"),
    (CLASSES, '"unit": "街道"', '"unit": "街办"', r"unit: 承办角色 '街办' 不在 roles\.yaml"),
    (CLASSES, '["电力公司"]', '["供电局"]', r"co_units: 承办角色 '供电局' 不在 roles\.yaml"),
    (CLASSES, '["电力公司"]', '["区城管委"]', r"co_units: '区城管委' 已是主办"),
    (CLASSES, "声控灯怎么跺脚都不亮。", "楼道里黑得看不见台阶。", r"examples: .*与 010102 相同"),
    (CITY, "examples: 2", "examples: 5", r"01\.json: 010101: examples: 应有 5 篇，实有 2 篇"),
    (CITY, "[1, 1, 2]", "[1, 1, 3]", r"taxonomy\.levels: 写明第 3 级有 3 个事项，实有 2 个"),
    # units and roles
    (UNITS, "E3\t", "E2\t", r"units\.tsv: E2: id: 出现 2 次"),
    (UNITS, "供热二公司", "供热一公司", r"units\.tsv: E3: name: '供热一公司' 与 E2 相同"),
    (
        UNITS,
        "东区城管委|东区市政委",
        "东区人民政府",
        r"D1: aliases: '东区人民政府' 也是同一区划 G1",
    ),
    (UNITS, "东区城管委|东区市政委", "东区城管委|东区城管委", r"units\.tsv: D1: aliases: .*重复"),
    (
        UNITS,
        "\tG1\t\t东区城管委",
        "\tG9\t\t东区城管委",
        r"units\.tsv: D1: parent: 'G9' 不是单位编号",
    ),
    (UNITS, "\t\t\t\t\t95598", "\tE1\t\t\t\t95598", r"units\.tsv: E1: parent: 'E1' 又归它自己管"),
    (UNITS, "990101001\tG1", "990101009\tG1", r"units\.tsv: S1: region: '990101009' 不在"),
    (
        UNITS,
        "enterprise\t电力公司",
        "company\t电力公司",
        r"E1: level: 'company' 不在 city、district",
    ),
    (
        UNITS,
        "enterprise\t电力公司",
        "enterprise\t电力",
        r"E1: role: 承办角色 '电力' 不在 roles\.yaml",
    ),
    (UNITS, "2020-01-01\t", "2020-01-01\t2019-01-01", r"S1: until: 2019-01-01 早于 since 2020"),
    (UNITS, "2020-01-01", "2020.1.1", r"S1: since: '2020\.1\.1' 不是日期"),
    (UNITS, "region", "area", r"units\.tsv: 第 1 行: 缺少列 region"),
    (UNITS, "district\t区城管委\t", "district\t\t", r"区城管委: 东区 990101 没有单位承担"),
    (
        UNITS,
        "区政府\t\t990101",
        "区政府\t区城管委\t990101",
        r"D1: role: 东区 990101 的 区城管委 已由 G1",
    ),
    (ROLES, "{scope: city}", "{scope: town}", r"roles\.yaml: 电力公司: scope: 'town' 不在"),
    (ROLES, "{scope: city}", "city", r"roles\.yaml: 电力公司: 应是“键: 值”"),
    (ROLES, "{scope: city}", "{scope: city, unit: E1}", r"电力公司: 不认识的键 unit"),
    (ROLES, "{scope: city}", "{scope: city, line: '119'}", r"电力公司: outcome、line: 只用于"),
    (ROLES, "{scope: city}", "{scope: city, default: E1}", r"电力公司: default、options: 只用于"),
    (ROLES, "default: E2", "default: E9", r"供热单位: default、options: 'E9' 不是单位编号"),
    (ROLES, "default: E2", "default: E1", r"供热单位: default、options: E1 没有承担这个角色"),
    (ROLES, "[供热二公司, 二热]", "[]", r"供热单位: options: E3 的 words 为空"),
    (ROLES, "  - unit: E3", "  - {unit: E2, words: [二热]}\n  - unit: E3", r"'二热' 同时指 E2、E3"),
    (ROLES, "- unit: E3", "- units: E3", r"供热单位: options: .*应有 unit 和 words"),
    (ROLES, "line: '110'", "line: 110", r"转110: line: 应是文字，现为 110"),
    (ROLES, "电力公司:", "119:", r"roles\.yaml: 119: 名称: 应是文字，现为 119"),
    (ROLES, "outcome: emergency", "outcome: auto", r"转110: outcome: 'auto' 不在"),
    # regions and gazetteer
    (REGIONS, "9901KF\t开发区", "9901\t开发区", r"regions\.tsv: 9901: code: '9901' 应是 6 位"),
    (
        REGIONS,
        "街道\t990101\t\tS1",
        "街道\t990102\t\tS1",
        r"990101001: parent: '990102' 不是上一级",
    ),
    (REGIONS, "区\t\t\tG1", "区\t9901KF\t\tG1", r"990101: parent: 区一级不应有上级"),
    (REGIONS, "\t9901KF\tS2", "\t990101400\tS2", r"990101002: managed_by: '990101400' 不是区一级"),
    (REGIONS, "\tS1\t", "\tS9\t", r"990101001: unit: 'S9' 不在 units\.tsv 中"),
    (REGIONS, "\tS1\t", "\tS2\t", r"990101001: unit: S2 的区划是 '990101002'"),
    (REGIONS, "\tS1\t", "\t\t", r"990101001: unit: 为空"),
    (REGIONS, "\t河沿\t", "\t新园街道\t", r"990101002: name、aliases: '新园街道' 也是 990101001"),
    (REGIONS, "990101002\t新", "990101001\t新", r"regions\.tsv: 990101001: code: 出现 2 次"),
    (REGIONS, "\tarea\t", "\tzone\t", r"990101400: level: 'zone' 不在 district"),
    (COMMUNITIES, "村\t990101002", "村\t990101", r"990101002001: parent: '990101' 不是上一级"),
    (COMMUNITIES, "\t社区\t", "\t\t", r"communities\.tsv: 990101001001: name、kind: 不能为空"),
    (CITY, "community: 2", "community: 3", r"counts\.community: 写明 3 个，实有 2 个"),
    # calendar
    (CALENDAR, "2026-02-28", "2026-02-27", r"workdays: 2026-02-27 不是周末"),
    (CALENDAR, "to: 2026-03-03", "to: 2026-03-01", r"建城日: to 2026-03-01 早于 from 2026-03-02"),
    (CALENDAR, "from: 2026-03-02", "from: 2025-03-02", r"years: 2025-03-02 不属于所列年份"),
    (CALENDAR, "to: 2026", "till: 2026", r"calendar\.yaml: years: 2026: 应有 holidays"),
]


def test_packaged_city_has_no_errors() -> None:
    assert check_city(default_city_folder()) == []


def test_tiny_city_has_no_errors(tiny_folder: Path) -> None:
    assert check_city(tiny_folder) == []


@pytest.mark.parametrize(("file", "old", "new", "error"), BROKEN)
def test_error_is_named(tiny_folder: Path, file: str, old: str, new: str, error: str) -> None:
    path = tiny_folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = check_city(tiny_folder)
    assert [problem for problem in found if re.search(error, problem)], found


@pytest.mark.parametrize("file", [CITY, CALENDAR, ROLES, UNITS, REGIONS, COMMUNITIES])
def test_missing_file_is_named(tiny_folder: Path, file: str) -> None:
    (tiny_folder / file).unlink()
    assert f"{file}: 文件不存在" in check_city(tiny_folder)[0]


def test_folder_without_classes_is_named(tiny_folder: Path) -> None:
    (tiny_folder / CLASSES).unlink()
    assert "没有 .json 文件" in check_city(tiny_folder)[0]


def test_other_encoding_is_named(tiny_folder: Path) -> None:
    text = (tiny_folder / UNITS).read_text(encoding="utf-8")
    (tiny_folder / UNITS).write_bytes(text.encode("gb18030"))
    assert re.search(r"units\.tsv: 第 \d+ 个字节起不是 UTF-8", check_city(tiny_folder)[0])


def test_errors_of_several_files_are_told_at_once(tiny_folder: Path) -> None:
    for file in (UNITS, ROLES):
        (tiny_folder / file).unlink()
    assert len(check_city(tiny_folder)) == 2


def test_makeup_day_inside_a_holiday_is_named(tiny_folder: Path) -> None:
    path = tiny_folder / CALENDAR
    text = path.read_text(encoding="utf-8").replace("from: 2026-03-02", "from: 2026-02-28")
    path.write_text(text, encoding="utf-8")
    assert "calendar.yaml: workdays: 2026-02-28 又在公休日中；请只留一处" in check_city(tiny_folder)


def test_warnings_tell_what_deserves_a_look(tiny_folder: Path) -> None:
    path = tiny_folder / CLASSES
    path.write_text(path.read_text(encoding="utf-8").replace("    ", "\t"), encoding="utf-8")
    text = "\n".join(city_warnings(tiny_folder))
    assert "taxonomy/01.json: 排版与导出的不同" in text
    assert "1 个单位凭常识或惯例，未核实" in text
    assert "只到 2026 年" in text
