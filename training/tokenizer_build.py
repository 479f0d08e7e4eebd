"""The backbone's tokenizer as a fast Hugging Face tokenizer, cut down to a Chinese vocabulary.

A multilingual vocabulary has 250,000 pieces, of which Chinese tickets use under a tenth; the
embedding rows of the others would be three quarters of the model's size.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sentencepiece import SentencePieceTrainer, sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from jiesu.training.backbone_file import PackedTokenizer

SPACE = "▁"
LATIN_PIECES = 3000
_HAN = ("\u4e00", "\u9fff")


def kept_ids(pieces: Sequence[str], latin: int = LATIN_PIECES) -> tuple[int, ...]:
    """Return the ids of the pieces that Chinese tickets need, in the old order.

    Kept are the specials, single Han characters, longer pieces whose characters are all in
    GB2312, the commonest Latin pieces (pieces are ordered by frequency), and every piece made
    of ASCII digits, signs and Chinese punctuation.

    >>> kept_ids(["<s>", "<pad>", "</s>", "<unk>", "▁", "的", "ж", "ab", "。", "<mask>"], latin=1)
    (0, 1, 2, 3, 4, 5, 7, 8, 9)
    """
    last = len(pieces) - 1
    kept, latin_left = [], latin
    for index, piece in enumerate(pieces):
        text = piece.replace(SPACE, "")
        if index < 4 or index == last or not text or _is_chinese(text):
            kept.append(index)
        elif text.isascii() and any(map(str.isalpha, text)):
            if latin_left > 0 or len(text) == 1:
                kept.append(index)
                latin_left -= 1
        elif text.isascii() or all(map(_is_sign, text)):
            kept.append(index)
    return tuple(kept)


def _is_chinese(text: str) -> bool:
    if len(text) == 1:
        return _HAN[0] <= text <= _HAN[1]
    return all(_HAN[0] <= c <= _HAN[1] and _in_gb2312(c) for c in text)


def _is_sign(char: str) -> bool:
    return not char.isalpha() and _in_gb2312(char)


def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def build_tokenizer(packed: PackedTokenizer, kept: Sequence[int]) -> Tokenizer:
    """Build a fast tokenizer over the kept pieces; token ids follow the order of `kept`."""
    vocab = [(packed.pieces[i], float(packed.scores[i])) for i in kept]
    tokenizer = Tokenizer(models.Unigram(vocab, unk_id=list(kept).index(packed.unk)))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(compiled_charsmap(packed.normalise)),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme="always")
    names = [packed.pieces[i] for i in (packed.bos, packed.pad, packed.eos, packed.unk)]
    tokenizer.add_special_tokens([*names, packed.pieces[-1]])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names[0]} $A {names[2]}",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in (names[0], names[2])],
    )
    return tokenizer


def compiled_charsmap(normalise: Mapping[int, str]) -> bytes:
    """Compile a map of code points to the trie that the fast tokenizer reads.

    SentencePiece holds the only compiler of that format; a throw-away model is trained for it.
    """
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "rules.tsv")
        rules.write_text(
            "".join(
                f"{point:X}\t{' '.join(f'{ord(c):X}' for c in text)}\n"
                for point, text in normalise.items()
            ),
            encoding="utf-8",
        )
        SentencePieceTrainer.train(
            sentence_iterator=iter(["市民反映路灯不亮", "来电人咨询社保"]),
            model_prefix=str(Path(folder, "rules")),
            vocab_size=64,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(rules),
            minloglevel=2,
        )
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(Path(folder, "rules.model").read_bytes())
    return bytes(model.normalizer_spec.precompiled_charsmap)
