"""POST /v1/model/reload: look at the model's folder now, as after `jiesu promote`."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.state import OpenWorkplace, ReadyEngine, State
from jiesu.serving.doors.access import CurrentCaller, require

router = APIRouter(
    prefix="/v1/model",
    dependencies=[require("swap_model")],
    tags=["运行状况"],
    route_class=JsonRoute,
)


class Reloaded(BaseModel):
    """Which model answers now."""

    model: str = Field(description="现在的模型；没有模型时为空")
    swapped: bool = Field(description="是否换上了另一个")
    problem: str = Field(description="为什么没有换上；没有问题时为空")


@router.post("/reload", summary="查看模型文件夹，有变化即换上；期间照常受理")
def reload(
    state: State, engine: ReadyEngine, workplace: OpenWorkplace, caller: CurrentCaller
) -> Reloaded:
    """Take a changed model into service; other workers follow within seconds by themselves."""
    before = engine.model_name
    swapped = state.swap.look()
    now = state.engine.model_name
    workplace.doors.record(caller, "model-reload", now, {"before": before, "swapped": swapped})
    return Reloaded(model=now, swapped=swapped, problem=state.swap.problem)
