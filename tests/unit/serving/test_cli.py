"""Words and exit codes of the command line; what commands do is tested with what they call."""

import re
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer
from tiny import TINY_FOLDER
from typer.testing import CliRunner, Result

from jiesu.serving import cli
from jiesu.taxonomy.errors import InputError, JiesuError, RunInterrupted

COMMANDS = [
    [],
    ["route"],
    ["relabel"],
    ["serve"],
    ["city"],
    ["city", "check"],
    ["city", "export"],
    ["city", "import"],
    ["rules"],
    ["rules", "test"],
    ["rules", "explain"],
    ["rules", "diff"],
    ["user"],
    ["user", "add"],
    ["user", "list"],
    ["user", "disable"],
    ["user", "enable"],
    ["user", "passwd"],
    ["key"],
    ["key", "add"],
    ["key", "list"],
    ["key", "revoke"],
    ["corrections"],
    ["promote"],
    ["erase"],
    ["backup"],
    ["restore"],
]
WRONG_USE = [
    (["rout"], "没有命令 'rout'；可用的命令有 route、relabel"),
    (["--verbose"], "没有选项 --verbose"),
    (["route", "--adress", "x"], "没有选项 --adress；是不是 --address？"),
    (["route", "灯", "--top-k", "many"], "选项 --top-k：值 'many' 不对：应为整数"),
    (["route", "灯", "--top-k", "0"], "选项 --top-k：值 '0' 不对：应不小于 1"),
    (["route", "灯", "--address"], "选项 --address 后面缺少值"),
    (["route", "路灯", "不亮"], "多余的参数：不亮；有空格的内容请加引号"),
    (["route", "灯", "--json=yes"], "选项 --json 不接受值"),
    (["relabel"], "缺少参数 输入"),
    (["relabel", "a.csv"], "缺少参数 输出"),
    (["relabel", "a", "b", "--engine", "x"], "--engine：值 'x' 不对：应为 'local', 'ray' 之一"),
    (["city", "chek"], "没有命令 'chek'；可用的命令有 check、export、import"),
    (["serve", "--port", "99999"], "设置 JIESU_PORT：值 99999 不对：应不大于 65535"),
    (["serve", "--host", "0.0.0.0", "--no-auth"], "0.0.0.0 不是本机回环地址，不能免登录"),
]  # fmt: skip
BAD_INPUT = [
    (["route", ""], "诉求内容是空的"),
    (["route", " \n"], "诉求内容是空的"),
    (["route", "灯" * 350_000], "诉求内容有 350000 字，超过上限 100000 字"),
    (["route", "灯", "--time", "昨天"], "时间 '昨天' 看不懂"),
    (["route", "灯", "--city", "/no/such/city"], "/no/such/city"),
    (["relabel", "/no/such.csv", "out.csv"], "/no/such.csv"),
    (["city", "check", "/no/such/city"], "城市数据文件夹 /no/such/city 不存在"),
    (["corrections", "out.csv"], "文件 out.csv 应以 .parquet 结尾"),
    (["erase", "--yes"], "请在 --caller、--caller-sha256、--ticket、--older-than 中给出一种"),
    (["erase", "--ticket", "T9", "--yes"], "没有这些工单：T9"),
    (["restore", "/no/such.copy"], "备份文件不存在：/no/such.copy"),
    (["city", "export", "out.csv"], "工作簿 out.csv 应以 .xlsx 结尾"),
    (["city", "import", "/no/such.xlsx", "x"], "/no/such.xlsx"),
]


def jiesu(*args: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli.app, list(args), input=stdin)


def one_message(result: Result) -> str:
    """What was said, when it was said once, on stderr, without a traceback."""
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert result.stderr.count("错误：") == 1
    return result.stderr


@pytest.mark.parametrize("args", COMMANDS)
def test_help_is_chinese_throughout(args: list[str]) -> None:
    result = jiesu(*args, "--help")
    assert result.exit_code == 0
    assert "用法：jiesu" in result.stdout
    english = (
        r"Usage|Options|Arguments|Commands|Show this|default|required|COMMAND|<str>|<int|<path>"
    )
    assert not re.search(english, result.stdout)


@pytest.mark.parametrize(("args", "message"), WRONG_USE)
def test_wrong_use_is_said_once_in_chinese(args: list[str], message: str) -> None:
    assert message in one_message(jiesu(*args))


@pytest.mark.parametrize(("args", "message"), BAD_INPUT)
def test_bad_input_is_said_once_in_chinese(args: list[str], message: str) -> None:
    assert message in one_message(jiesu(*args))


def test_empty_pipe_is_bad_input() -> None:
    assert "诉求内容是空的" in one_message(jiesu("route", stdin=b""))


def test_pipe_of_an_unknown_encoding_is_bad_input() -> None:
    assert "编码既不是 UTF-8 也不是 GB18030" in one_message(jiesu("route", "-", stdin=b"\xff\xff"))


def test_no_command_shows_the_help() -> None:
    result = jiesu()
    assert result.exit_code == 2
    assert "用法：jiesu" in result.stdout
    assert "错误" not in result.stderr


def test_version_is_one_line() -> None:
    assert re.fullmatch(r"jiesu \d+\.\d+\.\d+\n", jiesu("--version").stdout)


def test_every_city_error_is_listed(tmp_path: Path) -> None:
    message = one_message(jiesu("city", "check", str(tmp_path)))
    assert "city.yaml" in message
    assert "units.tsv" in message


def test_sound_city_is_said_to_be_so() -> None:
    result = jiesu("city", "check", str(TINY_FOLDER))
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"{TINY_FOLDER} 没有错误" in result.stdout


def test_workbook_brings_the_city_back(tmp_path: Path) -> None:
    workbook, copy = tmp_path / "tiny.xlsx", tmp_path / "copy"
    copy.mkdir()

    assert jiesu("city", "export", str(workbook), "--city", str(TINY_FOLDER)).exit_code == 0
    assert jiesu("city", "import", str(workbook), str(copy)).exit_code == 0

    assert (copy / "units.tsv").read_bytes() == (TINY_FOLDER / "units.tsv").read_bytes()
    assert "已存在" in one_message(jiesu("city", "export", str(workbook)))


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("行 3 是空的"), 2, "错误：行 3 是空的"),
        (JiesuError("模型坏了"), 2, "错误：模型坏了"),
        (RunInterrupted("续跑命令：x"), 130, "错误：续跑命令：x"),
        (typer.Abort(), 130, "错误：已中断"),
        (PermissionError(13, "Permission denied", "/etc/x"), 2, "错误：/etc/x：没有权限"),
        (OSError(28, "No space left on device"), 2, "错误：磁盘空间不足"),
        (IsADirectoryError(21, "Is a directory", "/tmp"), 2, "错误：/tmp：是文件夹，这里要文件"),
    ],
)
def test_errors_become_codes(
    error: Exception, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    assert cli.exit_code(fail) == code
    assert capsys.readouterr().err.strip() == message


def test_number_that_a_command_returns_is_its_code() -> None:
    assert [cli.exit_code(lambda: 3), cli.exit_code(lambda: None)] == [3, 0]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("jiesu.no_such_module:run", "缺少组件 jiesu.no_such_module；请先安装"),
        ("jiesu.serving.cli:no_such_command", "找不到 jiesu.serving.cli:no_such_command；请重新"),
    ],
)
def test_command_that_cannot_be_loaded_says_what_to_do(target: str, message: str) -> None:
    run = cli._loaded(EntryPoint("extra", target, cli.ENTRY_POINTS))
    with pytest.raises(InputError, match=message):
        run()


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        cli.exit_code(lambda: 1 // 0)
