from copy import deepcopy
from typing import Any

import pytest

from jiesu.serving.api.openapi30 import downgrade

SCHEMAS: list[tuple[Any, Any]] = [
    ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
    ({"type": "null"}, {"nullable": True, "enum": [None]}),
    (
        {"type": ["string", "integer", "null"]},
        {"nullable": True, "anyOf": [{"type": "string"}, {"type": "integer"}]},
    ),
    (
        {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}], "title": "T"},
        {"title": "T", "nullable": True, "type": "string", "maxLength": 3},
    ),
    (
        {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
        {"nullable": True, "allOf": [{"$ref": "#/x"}]},
    ),
    (
        {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        {"nullable": True, "oneOf": [{"type": "string"}, {"type": "integer"}]},
    ),
    ({"const": "ok"}, {"enum": ["ok"]}),
    ({"examples": ["a", "b"]}, {"example": "a"}),
    ({"exclusiveMinimum": 0}, {"minimum": 0, "exclusiveMinimum": True}),
    ({"exclusiveMaximum": 1.5}, {"maximum": 1.5, "exclusiveMaximum": True}),
    (
        {"type": "array", "prefixItems": [{"type": "string"}, {"const": 1}], "maxItems": 2},
        {"type": "array", "maxItems": 2, "items": {"anyOf": [{"type": "string"}, {"enum": [1]}]}},
    ),
    ({"$ref": "#/x"}, {"$ref": "#/x"}),
    ({"$ref": "#/x", "description": "d"}, {"allOf": [{"$ref": "#/x"}], "description": "d"}),
    ({"not": {"const": 1}}, {"not": {"enum": [1]}}),
    ({"additionalProperties": {"type": ["string", "null"]}},
     {"additionalProperties": {"type": "string", "nullable": True}}),
    ({"additionalProperties": False}, {"additionalProperties": False}),
    ({"properties": {"const": {"const": 1}}}, {"properties": {"const": {"enum": [1]}}}),
    ({"items": True}, {"items": {}}),
]  # fmt: skip


def document(schema: Any) -> dict[str, Any]:
    media = {"application/json": {"schema": schema}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1", "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": media}}}}},
        "components": {"schemas": {"schema": schema}},
        "webhooks": {},
    }


@pytest.mark.parametrize(("schema", "expected"), SCHEMAS)
def test_schema_is_rewritten_wherever_it_stands(schema: Any, expected: Any) -> None:
    result = downgrade(document(schema))
    response = result["paths"]["/a"]["get"]["responses"]["200"]
    assert response["content"]["application/json"]["schema"] == expected
    assert result["components"]["schemas"]["schema"] == expected


def test_document_head_is_rewritten_and_the_original_kept() -> None:
    original = document({"const": 1})
    before = deepcopy(original)
    result = downgrade(original)
    assert original == before
    assert result["openapi"] == "3.0.3"
    assert result["info"]["license"] == {"name": "MIT"}
    assert "webhooks" not in result
