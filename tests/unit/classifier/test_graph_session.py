"""The engines that run an exported graph: which one is taken, and that both say the same."""

import platform
import sys
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from jiesu.classifier import graph_session
from jiesu.classifier.graph_session import OpenvinoSession, open_graph
from jiesu.taxonomy.errors import ArtefactError

GRAPH = Path(__file__).parents[2] / "models" / "tiny-encoder" / "encoder.onnx"
NAMES = ("vectors", "kinds", "states")


def batch(*rows: list[int]) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]]:
    width = max(map(len, rows))
    ids = np.array([row + [1] * (width - len(row)) for row in rows], dtype=np.int64)
    return {"ids": ids, "mask": (ids != 1).astype(np.int64)}


def stub_openvino(monkeypatch: pytest.MonkeyPatch, *flags: str, reads: bool = True) -> list[Any]:
    """Let an OpenVINO be installed on a processor with these flags; return what it is told."""
    told: list[Any] = []

    class Core:
        def compile_model(self, _file: str, _device: str, settings: dict[str, Any]) -> Any:
            if not reads:
                raise RuntimeError("No conversion rule found for operations")
            told.append(settings)
            return SimpleNamespace(outputs=[], create_infer_request=lambda: None)

    monkeypatch.setattr(graph_session, "find_spec", lambda _name: object())
    monkeypatch.setattr(graph_session, "processor_flags", lambda: frozenset(flags))
    monkeypatch.setitem(sys.modules, "openvino", SimpleNamespace(Core=Core))
    return told


@pytest.mark.parametrize(
    ("flags", "precision"),
    [
        (("avx2", "avx512_vnni", "amx_bf16"), "bf16"),
        (("avx2", "avx512_vnni", "avx512_bf16"), "f32"),
    ],
)
def test_openvino_is_taken_where_it_is_faster(
    monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], precision: str
) -> None:
    told = stub_openvino(monkeypatch, *flags)
    assert isinstance(open_graph(GRAPH, 2), OpenvinoSession)
    assert told[0]["INFERENCE_PRECISION_HINT"] == precision
    assert told[0]["INFERENCE_NUM_THREADS"] == 2


def test_onnxruntime_is_taken_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    stub_openvino(monkeypatch, "avx2")
    assert not isinstance(open_graph(GRAPH), OpenvinoSession)
    stub_openvino(monkeypatch, "amx_bf16", reads=False)
    assert not isinstance(open_graph(GRAPH), OpenvinoSession)
    stub_openvino(monkeypatch, "amx_bf16")
    assert not isinstance(open_graph(GRAPH, exact=True), OpenvinoSession)
    monkeypatch.setattr(graph_session, "find_spec", lambda _name: None)
    assert not isinstance(open_graph(GRAPH), OpenvinoSession)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x86_64 上的 Linux 才写明这些")
@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="没有 /proc/cpuinfo")
def test_flags_of_this_processor_are_known() -> None:
    assert graph_session.processor_flags()


def test_without_an_engine_the_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(graph_session, "find_spec", lambda _name: None)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ArtefactError, match=r"pip install 'jiesu\[encoder\]'"):
        open_graph(GRAPH)


@pytest.fixture
def openvino_session() -> OpenvinoSession:
    """The tiny graph on OpenVINO in fp32, which every processor is able to."""
    openvino = pytest.importorskip("openvino")
    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    return OpenvinoSession(openvino.Core().compile_model(str(GRAPH), "CPU", settings))


def test_both_engines_give_the_same_outputs(openvino_session: OpenvinoSession) -> None:
    pytest.importorskip("onnxruntime")
    inputs = batch([0, 5, 6, 7, 2], [0, 8, 2])
    ours = openvino_session.run(NAMES, inputs)
    reference = open_graph(GRAPH, 1, exact=True).run(NAMES, inputs)
    for name, found, wanted in zip(NAMES, ours, reference, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-4, err_msg=name)


def test_calls_of_several_threads_do_not_mix(openvino_session: OpenvinoSession) -> None:
    rows = [[0, *range(5, 5 + n), 2] for n in range(1, 7)]
    alone = [openvino_session.run(NAMES, batch(row))[0] for row in rows]
    found: dict[int, Any] = {}

    def ask(at: int) -> None:
        for _ in range(20):
            found[at] = openvino_session.run(NAMES, batch(rows[at]))[0]
            np.testing.assert_array_equal(found[at], alone[at])

    threads = [Thread(target=ask, args=(at,)) for at in range(len(rows))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for at, wanted in enumerate(alone):
        np.testing.assert_array_equal(found[at], wanted)
