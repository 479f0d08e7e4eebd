r"""The encoding of a text file: found out, named, and kept.

Bytes that the encoding cannot read travel as lone surrogates (PEP 383), so that a file written
back in its own encoding is the same byte for byte. Text that goes elsewhere shows them as \x81.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jiesu.taxonomy.errors import InputError

_BLOCK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 19
_MAX_UTF8_DAMAGE = 0.2
"""GB18030 read as UTF-8 spoils 0.64 of its non-ASCII bytes, at least 0.25 in 20 characters."""
_MIN_GB_COMMON = 0.55
"""Share of common characters: simplified 0.998, traditional 0.69; UTF-8 or Big5 misread 0.15."""
_MAX_NUL = 0.2
"""UTF-16 writes half of an ASCII text as NUL, and such a file is valid UTF-8 as well."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GB_FAMILY = frozenset({"gb2312", "gbk", "gb18030"})
_UNREAD = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """An encoding with the byte order mark that the file starts with (or should)."""

    codec: str
    bom: bytes = b""

    @property
    def errors(self) -> str:
        """The handler that keeps unreadable bytes as lone surrogates."""
        return "surrogatepass" if self.codec.startswith(("utf-16", "utf-32")) else "surrogateescape"

    @property
    def name(self) -> str:
        """The name for people."""
        return self.codec.upper() + ("（带 BOM）" if self.bom else "")

    @property
    def writes_all(self) -> bool:
        """Whether every Unicode character can be written."""
        return self.codec.startswith("utf-") or self.codec == "gb18030"

    def encode(self, text: str) -> bytes:
        """Write text that was read with this encoding, unreadable bytes included."""
        return text.encode(self.codec, self.errors)

    def encode_foreign(self, text: str) -> bytes:
        """Write text that was read with another encoding; unreadable bytes become visible."""
        return show_unread(text).encode(self.codec)


UTF8 = TextEncoding("utf-8")
UTF8_BOM = TextEncoding("utf-8", codecs.BOM_UTF8)


def has_unread(text: str) -> bool:
    """Say whether the text holds bytes that its encoding could not read."""
    return _UNREAD.search(text) is not None


def show_unread(text: str) -> str:
    r"""Make unreadable bytes visible.

    >>> show_unread(b"\x81,a".decode("gb18030", "surrogateescape"))
    '\\x81,a'
    """
    return _UNREAD.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def named_encoding(name: str) -> TextEncoding:
    """Look up an encoding that a person named.

    GB2312 and GBK are parts of GB18030 and are widened to it, so no character gets lost.

    Raises:
        InputError: no text encoding has this name.

    >>> named_encoding("GBK").codec, named_encoding("utf-8-sig").name
    ('gb18030', 'UTF-8（带 BOM）')
    """
    try:
        codec = codecs.lookup(name).name
        "".encode(codec)  # refuses codecs such as hex that turn bytes into bytes
    except LookupError:
        raise InputError(
            f"不认识的编码 {name!r}；常用的有 utf-8、utf-8-sig（带 BOM）、gb18030、utf-16"
        ) from None
    if codec == "utf-8-sig":
        return UTF8_BOM
    if codec in {"utf-16", "utf-32"}:
        return TextEncoding(f"{codec}-le", "\ufeff".encode(f"{codec}-le"))
    return TextEncoding("gb18030" if codec in _GB_FAMILY else codec)


def input_encoding(path: Path, named: str | None) -> TextEncoding:
    """Find out the encoding of a file, or take the named one with the mark that is there.

    Raises:
        InputError: the name is unknown, or the text is in none of the encodings we detect.
    """
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
    marked = next(
        (TextEncoding(codec, bom) for bom, codec in _BOMS if sample.startswith(bom)), None
    )
    if named is not None:
        encoding = named_encoding(named)
        return marked if marked and marked.codec == encoding.codec else TextEncoding(encoding.codec)
    return marked or _detect(path, sample)


def _detect(path: Path, sample: bytes) -> TextEncoding:
    if sample.count(0) > _MAX_NUL * len(sample):
        raise InputError(
            f"{path.name}：含有大量 NUL 字节，像是没有 BOM 的 UTF-16 或不是文本文件；"
            "若是 UTF-16，请用 --encoding utf-16-le 指定"
        )
    if _is_utf8(path) or _utf8_damage(sample) <= _MAX_UTF8_DAMAGE:
        return UTF8
    if _gb_common(sample) >= _MIN_GB_COMMON:
        return TextEncoding("gb18030")
    raise InputError(
        f"{path.name}：认不出文字编码（既不像 UTF-8 也不像 GB18030{_guess(sample)}）；"
        "请用 --encoding 指定，或另存为 UTF-8"
    )


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in file_blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def file_blocks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file in blocks of bounded size."""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _utf8_damage(sample: bytes) -> float:
    """Return the share of non-ASCII bytes that UTF-8 cannot read."""
    unread = len(_UNREAD.findall(sample.decode("utf-8", "surrogateescape")))
    return unread / max(1, sum(map(sample.count, range(128, 256))))


def _gb_common(sample: bytes) -> float:
    """Return the share of common characters among those that are not ASCII, read as GB18030."""
    strange = [char for char in sample.decode("gb18030", "surrogateescape") if char > "\x7f"]
    return sum(char in _common_characters() for char in strange) / max(1, len(strange))


@lru_cache(maxsize=1)
def _common_characters() -> frozenset[str]:
    """Return punctuation, full-width letters and the 3,755 commonest characters of GB 2312."""
    rows = (*range(0xA1, 0xA4), *range(0xB0, 0xD8))
    cells = bytes(byte for row in rows for cell in range(0xA1, 0xFF) for byte in (row, cell))
    return frozenset(cells.decode("gb2312", "ignore"))


def _guess(sample: bytes) -> str:
    # Slow to import and needed for this message only.
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:100_000]).best()
    return f"，可能是 {best.encoding}" if best else ""
