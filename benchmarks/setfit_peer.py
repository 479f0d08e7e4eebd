"""SetFit (Tunstall et al. 2022) on the same backbone, by the package of its authors.

Pairs of texts of one class and of two teach the encoder which texts are alike; a logistic
regression then reads the classes off its vectors. Needs the package `setfit`.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Pooling, Transformer
from setfit import SetFitModel, Trainer, TrainingArguments
from sklearn.linear_model import LogisticRegression
from transformers import AutoTokenizer, PreTrainedTokenizerFast, TrainerCallback

from jiesu.training.device import attention, in_half

Scores = NDArray[np.float32]
MAX_TOKENS = 256


class StopAfter(TrainerCallback):  # type: ignore[misc] # transformers has no hints that mypy follows
    """Ends the training of the pairs when the time is used up."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Look at the clock after each step."""
        control.should_training_stop = time.monotonic() >= self.end
        return control


def setfit_scores(
    backbone: Path,
    texts: Sequence[str],
    labels: NDArray[np.int64],
    asked: Sequence[str],
    minutes: float,
    steps: int,
) -> Scores:
    """Train SetFit for so many steps, at most so many minutes; return probabilities of `asked`."""
    torch.set_num_threads(1)  # on a shared machine, threads wait for each other in every operation
    model = SetFitModel(
        model_body=_sentences(backbone), model_head=LogisticRegression(max_iter=500)
    )
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            batch_size=16,
            num_iterations=2,
            body_learning_rate=2e-5,
            max_steps=steps,
            max_length=MAX_TOKENS,
            save_strategy="no",
            report_to="none",
            seed=0,
        )
        rows = Dataset.from_dict({"text": list(texts), "label": labels.tolist()})
        stop = StopAfter(60 * minutes)
        Trainer(model=model, args=arguments, train_dataset=rows, callbacks=[stop]).train()
    p = model.predict_proba(list(asked), as_numpy=True)
    return np.asarray(p, dtype=np.float32)


def _sentences(backbone: Path) -> SentenceTransformer:
    """Return a backbone folder as the model of sentences that SetFit trains."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("config.json", "model.safetensors"):
            (Path(folder) / name).write_bytes((backbone / name).read_bytes())
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(backbone / "tokenizer.json"),
            pad_token="<pad>",
            mask_token="<mask>",
            unk_token="<unk>",
            bos_token="<s>",
            eos_token="</s>",
        )
        tokenizer.save_pretrained(folder)
        AutoTokenizer.from_pretrained(folder)
        body = Transformer(folder, max_seq_length=MAX_TOKENS)
    body.auto_model.set_attn_implementation(attention())
    body.auto_model.forward = in_half()(body.auto_model.forward)
    return SentenceTransformer(modules=[body, Pooling(body.get_word_embedding_dimension())])
