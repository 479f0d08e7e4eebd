"""A ticket's text at the border: where it comes from on the command line, and what is refused."""

from typing import BinaryIO

from jiesu.taxonomy.errors import InputError

_ENCODINGS = ("utf-8-sig", "gb18030")
_MOST_BYTES = 4
"""Bytes that a character takes at most, in either encoding."""


def check_text(text: str, max_chars: int) -> None:
    """Refuse a text that is empty or too long.

    Raises:
        InputError: says which.
    """
    if not text.strip():
        raise InputError("诉求内容是空的；请写明发生了什么、在哪里")
    if len(text) > max_chars:
        raise InputError(f"诉求内容有 {len(text)} 字，超过上限 {max_chars} 字；请删减后再提交")


def text_from(argument: str | None, stdin: BinaryIO | None, max_chars: int) -> str:
    """Return the argument, or what comes through the pipe when it is missing or "-".

    Args:
        argument: the text as typed; None when it was left out.
        stdin: bytes of the pipe; None when a person sits at the keyboard.
        max_chars: no more is read than so many characters can take, whoever fills the pipe.

    Raises:
        InputError: there is neither, or the bytes are no text or too many.
    """
    if argument is not None and argument != "-":
        return argument
    if stdin is None:
        raise InputError('缺少诉求内容；请写在命令后面，如 jiesu route "路灯不亮"，或从管道送入')
    data = stdin.read(max_chars * _MOST_BYTES + 1)
    if len(data) > max_chars * _MOST_BYTES:
        raise InputError(f"诉求内容超过上限 {max_chars} 字；一次只送一件，成批的请用 jiesu relabel")
    return decode(data).strip()


def decode(data: bytes) -> str:
    """Read bytes as UTF-8 or else GB18030.

    Raises:
        InputError: they are neither.

    >>> decode("路灯".encode("gb18030"))
    '路灯'
    """
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("输入的编码既不是 UTF-8 也不是 GB18030；请先转换编码")
