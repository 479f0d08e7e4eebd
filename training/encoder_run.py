"""One process's share of an encoder run: epochs, steps, checks and checkpoints."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from jiesu.taxonomy.ticket import KINDS
from jiesu.taxonomy.tree import LabelTree
from jiesu.training.backbone import Backbone, load_backbone
from jiesu.training.batches import Batch, EpochMaker, encode_texts, log_frequency, pad
from jiesu.training.device import attention, in_half, training_device
from jiesu.training.distil import (
    distil_loss,
    layer_places,
    start_from_teacher,
    teacher_logits,
)
from jiesu.training.encoder_loss import LossParts, kind_loss, soft_targets, text_loss
from jiesu.training.encoder_net import EncoderNet, start_from_texts, tree_matrices
from jiesu.training.encoder_task import EncoderSettings, EncoderTask
from jiesu.training.held_out import held_out_scores
from jiesu.training.run_log import RunLog
from jiesu.training.schedule import learning_rate_share

CHECKPOINT = "checkpoint.pt"

Net = Any


def build_net(backbone: Backbone, tree: LabelTree) -> Net:
    """Put the class layers on an encoder."""
    return EncoderNet(backbone.model, backbone.hidden, tree_matrices(tree).member, len(KINDS))


def trained_net(
    checkpoint: Path, settings: EncoderSettings, tree: LabelTree
) -> tuple[EncoderNet, Backbone]:
    """Return the network with the averaged weights of a checkpoint, and its backbone."""
    backbone = load_backbone(settings.backbone, settings.layers, checkpoint.parent)
    net = build_net(backbone, tree)
    load_weights(net, checkpoint)
    return net.eval(), backbone


def load_weights(net: Net, checkpoint: Path) -> None:
    """Give a network the averaged weights of a checkpoint."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    net.load_state_dict(state["net"])
    net.load_state_dict(state["averaged"], strict=False)


def load_start(net: Net, file: Path) -> bool:
    """Begin with the weights of a file; say whether the class layer was among them."""
    state = torch.load(file, map_location="cpu", weights_only=True)
    own = {name for name in net.state_dict() if not name.startswith("backbone.")}
    missing = set(net.load_state_dict({**state["net"], **state["averaged"]}, strict=False)[0])
    return not missing & own


class EncoderRun:
    """One process's share of a run."""

    def __init__(
        self, rank: int, task: EncoderTask, settings: EncoderSettings, folder: Path
    ) -> None:
        self.rank, self.task, self.settings, self.folder = rank, task, settings, folder
        backbone = load_backbone(settings.backbone, settings.layers, folder)
        backbone.model.set_attn_implementation(attention())
        self.tokenizer, self.pad_id = backbone.tokenizer, backbone.pad
        self.device = training_device()
        self.net = build_net(backbone, task.tree).to(self.device)
        matrices = tree_matrices(task.tree)
        targets = soft_targets(task.tree, settings.loss.smooth).to(self.device)
        member = matrices.member.to(self.device)
        self.parts = LossParts(targets, replace(matrices, member=member), settings.loss)
        self.maker = EpochMaker(
            task.rows, task.tree, matrices, self.tokenizer, task.augmenter, settings.plan,
            self.pad_id, task.rates,
        )  # fmt: skip
        self.offset = torch.zeros(len(task.tree.leaves), device=self.device)
        self.optimizer = torch.optim.AdamW(list(self._groups()), fused=True)
        self.averaged: dict[str, Any] = {}
        self.step, self.epoch, self.spent = 0, 0, 0.0
        self.log = RunLog(folder / "curve.jsonl")
        self.teacher = self._load_teacher()

    def _groups(self) -> Iterator[dict[str, Any]]:
        settings, depth = self.settings, self.net.backbone.config.num_hidden_layers
        groups: dict[tuple[float, float], list[Any]] = {}
        for name, value in self.net.named_parameters():
            decay = settings.weight_decay if value.ndim > 1 else 0.0
            rate = settings.head_rate
            if name.startswith("backbone."):
                layer = int(name.split(".")[3]) if ".layer." in name else -1
                rate = settings.rate * settings.layer_decay ** (depth - 1 - layer)
            elif name.startswith("project."):
                rate = settings.rate * 2
            groups.setdefault((rate, decay), []).append(value)
        for (rate, decay), values in groups.items():
            yield {"params": values, "lr": rate, "peak": rate, "weight_decay": decay}

    def train(self) -> None:
        """Run epochs until the time is used up."""
        if not self._resume():
            self._start()
        self.started = time.monotonic() - self.spent
        self.saved_at = self.spent
        while self._progress() < 1.0:
            self._epoch()
        self._save()

    def _load_teacher(self) -> Net | None:
        teacher = self.task.teacher
        if teacher is None:
            return None
        settings = replace(self.settings, layers=teacher.layers)
        net, backbone = trained_net(teacher.checkpoint, settings, self.task.tree)
        backbone.model.set_attn_implementation(attention())
        return net.to(self.device)

    def _start(self) -> None:
        if self.task.start is not None:
            if not load_start(self.net, self.task.start):
                self._start_from_texts()
        elif self.teacher is None or self.task.teacher is None:
            self._start_from_texts()
        else:
            places = layer_places(self.settings.layers, self.task.teacher.layers)
            start_from_teacher(self.net, self.teacher, places)
        if self.rank == 0:
            self.log.clear()
            self.log.write(event="start", rows=len(self.task.rows), **self._check())

    def _start_from_texts(self) -> None:
        rows = [row for row in self.task.rows if row.code in self.task.tree.leaf_index]
        rows = [row for row in rows if row.source not in {"phrase", "boundary"}]
        rows = [row for row in rows if row.source != "title" or row.slot < 4]
        share = rows[self.rank :: self.settings.processes]
        vectors = self._pooled([row.text for row in share])
        leaves = torch.tensor([self.task.tree.leaf_index[row.code] for row in share])
        vectors, leaves = _gather(vectors, leaves, self.settings.processes)
        start_from_texts(self.net, vectors, leaves.tolist())

    def _pooled(self, texts: Sequence[str]) -> Any:
        self.net.eval()
        with torch.no_grad():
            return torch.cat(list(self._each_batch(texts, self.net.pooled)))[
                np.argsort(_length_order(texts)).tolist()
            ]

    def _each_batch(self, texts: Sequence[str], run: Any) -> Iterator[Any]:
        order = _length_order(texts)
        tokens = encode_texts(
            self.tokenizer, [texts[i] for i in order], self.settings.plan.max_tokens
        )
        for at in range(0, len(tokens), 32):
            ids, mask = pad(tokens[at : at + 32], self.pad_id)
            with in_half():
                found = run(*(torch.from_numpy(part).to(self.device) for part in (ids, mask)))
            yield found.float().cpu()

    def _epoch(self) -> None:
        ranks = self.settings.processes
        batches = self.maker.batches(self.settings.seed * 1000 + self.epoch, ranks)
        offset = log_frequency(batches, len(self.task.tree.leaves))
        self.offset = offset.to(self.device)
        for batch in batches[self.rank :: ranks]:
            progress = self._progress()
            if progress >= 1.0:
                break
            self._learn(batch.to(self.device), learning_rate_share(progress, self.settings.warmup))
            due = self.spent - self.saved_at > 60 * self.settings.check_minutes
            if due:
                self._save()
                self.saved_at = self.spent
        self.epoch += 1

    def _progress(self) -> float:
        """Return the share of the time that is used up, the same in every process."""
        now = torch.tensor([time.monotonic() - self.started], dtype=torch.float64)
        if self.settings.processes > 1:
            dist.broadcast(now, 0)
        self.spent = float(now)
        return self.spent / (60 * self.settings.minutes)

    def _learn(self, batch: Batch, share: float) -> None:
        self.net.train()
        with in_half():
            pooled = self.net.pooled(batch.ids, batch.mask)
        pooled = torch.nn.functional.dropout(pooled.float(), 0.1)
        logits, kinds = self.net.head(pooled)
        loss = text_loss(logits + self.offset, batch.leaf, batch.upper, self.parts, batch.weight)
        total = loss + self.settings.loss.kind * kind_loss(kinds, batch.kind)
        if self.teacher is not None and self.task.teacher is not None:
            teacher = self.task.teacher
            target = teacher_logits(self.teacher, batch.ids, batch.mask)
            learned = distil_loss(logits, target, teacher.temperature)
            total = (1 - teacher.share) * total + teacher.share * learned
        self.optimizer.zero_grad()
        total.backward()
        self._exchange()
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * share
        self.optimizer.step()
        self.step += 1
        self._average()
        if self.rank == 0 and self.step % 20 == 0:
            self._note("step", loss=round(float(loss.detach()), 4), tokens=int(batch.mask.sum()))

    def _note(self, event: str, **values: float) -> None:
        self.log.write(
            event=event, step=self.step, epoch=self.epoch, seconds=round(self.spent), **values
        )

    def _exchange(self) -> None:
        """Average the gradients over the processes, then limit their norm."""
        values = list(self.net.parameters())
        if self.settings.processes > 1:
            for value in values:
                if value.grad is None:
                    value.grad = torch.zeros_like(value)
            flat = torch.cat([value.grad.flatten() for value in values])
            dist.all_reduce(flat)
            flat /= self.settings.processes
            at = 0
            for value in values:
                value.grad.copy_(flat[at : at + value.numel()].view_as(value))
                at += value.numel()
        torch.nn.utils.clip_grad_norm_(values, 1.0)

    def _average(self) -> None:
        if self.rank:
            return
        keep = min(self.settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.net.named_parameters():
                if name in self.averaged:
                    self.averaged[name].lerp_(value, 1 - keep)
                else:
                    self.averaged[name] = value.detach().clone()

    def _check(self) -> dict[str, float]:
        """Measure the averaged weights on the held-out texts."""
        own = self._swap_in()
        self.net.eval()
        texts = [row.text for row in self.task.held]
        with torch.no_grad():
            logits = torch.cat(list(self._each_batch(texts, lambda i, m: self.net(i, m)[0])))
        self.net.load_state_dict(own, strict=False)
        order = _length_order(texts)
        codes = [self.task.held[i].code for i in order]
        return held_out_scores(self.task.tree, logits.numpy(), codes)

    def _swap_in(self) -> dict[str, Any]:
        values = self.net.named_parameters()
        own = {name: v.detach().clone() for name, v in values if name in self.averaged}
        self.net.load_state_dict(self.averaged, strict=False)
        return own

    def _save(self) -> None:
        if self.rank:
            return
        self._note("check", **self._check())
        state = {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "averaged": self.averaged,
            "step": self.step,
            "epoch": self.epoch,
            "spent": self.spent,
        }
        torch.save(state, self.folder / "checkpoint.tmp")
        (self.folder / "checkpoint.tmp").replace(self.folder / CHECKPOINT)

    def _resume(self) -> bool:
        file = self.folder / CHECKPOINT
        if not file.is_file():
            return False
        state = torch.load(file, map_location="cpu", weights_only=True)
        self.net.load_state_dict(state["net"])
        peaks = [group["peak"] for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(state["optimizer"])
        for group, peak in zip(self.optimizer.param_groups, peaks, strict=True):
            group["peak"] = peak  # a resumed run may be given other rates
        self.averaged = {name: v.to(self.device) for name, v in state["averaged"].items()}
        self.step, self.epoch, self.spent = state["step"], state["epoch"] + 1, state["spent"]
        return True


def _length_order(texts: Sequence[str]) -> list[int]:
    return sorted(range(len(texts)), key=lambda i: len(texts[i]))


def _gather(vectors: Any, leaves: Any, ranks: int) -> tuple[Any, Any]:
    if ranks == 1:
        return vectors, leaves
    gathered: list[Any] = [None] * ranks
    dist.all_gather_object(gathered, (vectors, leaves))
    return torch.cat([v for v, _ in gathered]), torch.cat([n for _, n in gathered])
