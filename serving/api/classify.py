"""POST /v1/classify: texts → classes with probabilities on every level; stores nothing."""

import logging
from typing import Annotated

import anyio
import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from jiesu.classifier.scores import Classifier, RankedClass, judge, top_classes
from jiesu.serving.api.body import JsonRoute
from jiesu.serving.api.items import TextItem, tickets_of
from jiesu.serving.api.problem import MODEL_UNAVAILABLE, ProblemError
from jiesu.serving.api.route import RankedClassOut
from jiesu.serving.api.state import ReadyEngine, State
from jiesu.serving.decisions import class_json
from jiesu.serving.doors.access import require
from jiesu.serving.log import LOGGER
from jiesu.taxonomy.ticket import Ticket

log = logging.getLogger(LOGGER)

router = APIRouter(dependencies=[require("classify")], tags=["分类与派单"], route_class=JsonRoute)


class ClassifyRequest(BaseModel):
    """Texts to classify together."""

    model_config = ConfigDict(extra="forbid")

    items: list[TextItem]
    top_k: Annotated[int, Field(ge=1, le=50)] | None = Field(
        None, description="每条给出几个候选事项；不填按服务设置", examples=[3]
    )


class Classified(BaseModel):
    """The classes of one text."""

    id: str
    classes: list[RankedClassOut] = Field(description="候选事项，最可能的在前")


class ClassifyResponse(BaseModel):
    """The classes of each text, in the order of the request."""

    items: list[Classified]
    model: str = Field(description="模型名称与版本")
    taxonomy: str = Field(description="分类体系版本")


@router.post("/v1/classify", summary="诉求分类", response_model=ClassifyResponse)
async def classify(request: ClassifyRequest, state: State, engine: ReadyEngine) -> Response:
    """Give the likeliest classes of each text; texts are scored together."""
    tickets = tickets_of(request.items, state.settings)
    classifier = engine.router.classifier
    if classifier is None:
        raise ProblemError(MODEL_UNAVAILABLE, engine.problems.get("model", "没有装载模型"))
    top_k = request.top_k or state.settings.top_k
    try:
        ranked = await anyio.to_thread.run_sync(
            _classes, classifier, tickets, top_k, limiter=state.limiter
        )
    except Exception:
        # The border to the model: whatever breaks in it is the model's trouble, not the caller's.
        log.exception("model failed")
        raise ProblemError(MODEL_UNAVAILABLE, "模型在计算时出错，详见日志") from None
    tree = classifier.tree
    items = [
        {"id": ticket.id, "classes": [class_json(one, tree) for one in classes]}
        for ticket, classes in zip(tickets, ranked, strict=True)
    ]
    body = {"items": items, "model": classifier.name, "taxonomy": tree.version}
    return Response(orjson.dumps(body), media_type="application/json")


def _classes(
    classifier: Classifier, tickets: list[Ticket], top_k: int
) -> list[tuple[RankedClass, ...]]:
    texts = [ticket.full_text() for ticket in tickets]
    judged = judge(classifier, texts, [ticket.title for ticket in tickets])
    return top_classes(classifier.tree, judged.p, top_k)
