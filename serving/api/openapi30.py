"""OpenAPI 3.1 → 3.0.3, for gateways that cannot read 3.1.

3.0 has its own dialect of JSON Schema: no type lists, no "null", no `const`, no `examples` in a
schema, booleans for exclusive bounds, and nothing may stand beside `$ref`.
Source: OpenAPI 3.0.3, section 4.7.24 (Schema Object); OpenAPI 3.1.0, section 4.8.24.
"""

from typing import Any

Json = dict[str, Any]  # Any: JSON values of every kind

_UNKNOWN_TO_30 = (
    "$schema", "$id", "$anchor", "$comment", "$defs", "contentMediaType", "contentEncoding",
    "propertyNames", "patternProperties", "unevaluatedProperties", "prefixItems", "if", "then",
    "else", "dependentRequired", "dependentSchemas", "contains", "minContains", "maxContains",
)  # fmt: skip
_NULL = {"type": "null"}


def downgrade(document: Json) -> Json:
    """Return the 3.0.3 form; the document given stays as it is."""
    result: Json = _walk(document)
    result["openapi"] = "3.0.3"
    for key in ("webhooks", "jsonSchemaDialect"):
        result.pop(key, None)
    result["info"].get("license", {}).pop("identifier", None)
    result["info"].pop("summary", None)
    return result


def _walk(node: Any, inside: str = "") -> Any:
    """Copy the tree; `inside` is the key that led here, which tells where schemas stand."""
    if isinstance(node, list):
        return [_walk(item, inside) for item in node]
    if not isinstance(node, dict):
        return node
    if inside in {"schema", "schemas[]"}:
        return _schema(node)
    if inside == "schemas":
        return {name: _schema(schema) for name, schema in node.items()}
    return {key: _walk(value, key) for key, value in node.items()}


def _schema(schema: Any) -> Any:
    if isinstance(schema, bool):  # true allows all, false allows nothing
        return {} if schema else {"not": {}}
    result = {key: value for key, value in schema.items() if key not in _UNKNOWN_TO_30}
    if "prefixItems" in schema:
        result["items"] = {"anyOf": schema["prefixItems"]}
    _split_types(result)
    _drop_null_choice(result)
    _rename(result)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in result:
            result[key] = [_schema(part) for part in result[key]]
    for key in ("items", "not"):
        if key in result:
            result[key] = _schema(result[key])
    if isinstance(result.get("additionalProperties"), dict):
        result["additionalProperties"] = _schema(result["additionalProperties"])
    if "properties" in result:
        result["properties"] = {k: _schema(v) for k, v in result["properties"].items()}
    return _lone_reference(result)


def _split_types(schema: Json) -> None:
    kinds = schema.get("type")
    if kinds == "null":
        schema.update({"nullable": True, "enum": [None]})
        del schema["type"]
    elif isinstance(kinds, list):
        others = [kind for kind in kinds if kind != "null"]
        if len(others) < len(kinds):
            schema["nullable"] = True
        if len(others) == 1:
            schema["type"] = others[0]
        else:
            del schema["type"]
            schema["anyOf"] = [{"type": kind} for kind in others]


def _drop_null_choice(schema: Json) -> None:
    for key in ("anyOf", "oneOf"):
        choices = schema.get(key, [])
        others = [choice for choice in choices if choice != _NULL]
        if len(others) == len(choices):
            continue
        schema["nullable"] = True
        del schema[key]
        if len(others) == 1 and "$ref" not in others[0]:
            schema.update({k: v for k, v in others[0].items() if k not in schema})
        elif len(others) == 1:
            schema["allOf"] = others
        else:
            schema[key] = others


def _rename(schema: Json) -> None:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    examples = schema.pop("examples", None)
    if examples and "example" not in schema:
        schema["example"] = examples[0]
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), int | float) and schema[exclusive] is not True:
            schema[bound] = schema[exclusive]
            schema[exclusive] = True


def _lone_reference(schema: Json) -> Json:
    """Wrap a reference that has company: 3.0 ignores whatever stands beside `$ref`."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    reference = {"$ref": schema.pop("$ref")}
    return {"allOf": [reference], **schema}
