"""Opens an exported graph: on OpenVINO where that is faster, else on ONNX Runtime.

Both read the same file and give the same answers within what 8-bit weights leave open. OpenVINO
is two to three times as fast on processors that multiply small numbers in one step (AMX, VNNI),
and no faster on others. Source: docs/log.md, 2026-11-29, "Encoder, eleventh round".
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from multiprocessing import parent_process
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jiesu.taxonomy.errors import ArtefactError

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class GraphSession(Protocol):
    """A graph, ready to run."""

    def run(self, names: Sequence[str], inputs: Mapping[str, Ints]) -> list[Floats]:
        """Return the outputs of these names."""
        ...


def open_graph(file: Path, threads: int | None = None, *, exact: bool = False) -> GraphSession:
    """Open a graph on the faster of the engines that are installed.

    Args:
        file: an ONNX graph as `training/export.py` writes it.
        threads: threads of one call; None takes one a core, and a single one in a worker process,
            whose siblings use the other cores.
        exact: multiply in the graph's own precision, on ONNX Runtime.

    Raises:
        ArtefactError: no engine is installed.
    """
    threads = threads or (1 if parent_process() else 0)
    if not exact and find_spec("openvino") and (session := _openvino(file, threads)):
        return session
    return _onnxruntime(file, threads)


def _onnxruntime(file: Path, threads: int) -> GraphSession:
    try:
        import onnxruntime
    except ImportError as error:
        raise ArtefactError(
            "编码器需要 onnxruntime，当前环境没有安装；请运行 pip install 'jiesu[encoder]'"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session: GraphSession = onnxruntime.InferenceSession(
        str(file), options, providers=["CPUExecutionProvider"]
    )
    return session


def _openvino(file: Path, threads: int) -> "OpenvinoSession | None":
    """Open a graph on OpenVINO; None where it is no faster, or cannot read the graph."""
    precision = _precision(processor_flags())
    if not precision:
        return None
    import openvino

    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        # Worker processes would all be bound to the first core.
        "ENABLE_CPU_PINNING": False,
        **({"INFERENCE_NUM_THREADS": threads} if threads else {}),
        **precision,
    }
    try:
        return OpenvinoSession(openvino.Core().compile_model(str(file), "CPU", settings))
    except RuntimeError:  # fused attention, as in graphs exported before 2026-11-29
        return None


def _precision(flags: frozenset[str]) -> dict[str, Any]:
    """Return OpenVINO's settings for a processor; none where it is not worth while.

    With AMX, bfloat16 (without, it is slower than 8 bit). With VNNI, 8 bit: activations get one
    scale for each 128 values, as the weights have and as on ONNX Runtime.
    """
    if "amx_bf16" in flags:
        return {"INFERENCE_PRECISION_HINT": "bf16"}
    if "avx512_vnni" in flags:
        return {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128}
    return {}


def processor_flags() -> frozenset[str]:
    """Return the names of the processor's instruction sets; none where the system does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())


class OpenvinoSession:
    """A graph on OpenVINO; calls of several threads take turns, since each uses all cores."""

    def __init__(self, model: Any) -> None:
        self._outputs = {name: port for port in model.outputs for name in port.get_names()}
        self._request = model.create_infer_request()
        self._lock = Lock()

    def run(self, names: Sequence[str], inputs: Mapping[str, Ints]) -> list[Floats]:
        """Return the outputs of these names."""
        with self._lock:
            self._request.infer(dict(inputs))
            return [
                np.array(self._request.get_tensor(self._outputs[name]).data, dtype=np.float32)
                for name in names
            ]
