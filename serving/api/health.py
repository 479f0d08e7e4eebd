"""Signs of life: /healthz, /readyz, /version, /metrics."""

import asyncio
from importlib.metadata import version as package_version
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from jiesu.serving.api.metrics import CONTENT_TYPE
from jiesu.serving.api.state import ReadyEngine, State
from jiesu.serving.doors.access import require

router = APIRouter(tags=["运行状况"])


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether requests can be answered, and what does not work."""

    status: Literal["ready", "degraded"]
    degraded: dict[str, str] = Field(description="不能用的部分及原因；都正常时为空")


class Version(BaseModel):
    """What is running."""

    jiesu: str
    city: str
    model: str = Field(description="模型名称与版本；没有模型时为空")
    taxonomy: str
    rules: str


@router.get("/healthz", summary="进程是否活着")
async def healthz() -> Health:
    """Answer while the process lives."""
    return Health(status="ok")


@router.get("/readyz", summary="能否处理请求、有什么不能用")
async def readyz(state: State) -> Readiness:
    """Answer 200 once tickets can be taken, even where a part is degraded; 503 before."""
    await asyncio.to_thread(state.look)
    problems = state.problems
    return Readiness(status="degraded" if problems else "ready", degraded=problems)


@router.get("/version", summary="软件、模型与规则的版本")
async def version(engine: ReadyEngine) -> Version:
    """Name the versions of everything that decisions are made from."""
    return Version(
        jiesu=package_version("jiesu"),
        city=engine.city.id,
        model=engine.model_name,
        taxonomy=engine.city.tree.version,
        rules=engine.city.rules_version,
    )


@router.get(
    "/metrics",
    dependencies=[require("read_metrics")],
    summary="Prometheus 指标",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(state: State) -> Response:
    """Return the counts in Prometheus' text form."""
    state.look()
    state.metrics.show_policy(state.policy_stage)
    return Response(state.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE})
