"""The JSON Schema (2020-12) of the team's file and of the operator's, from which editors complete, explain and warn.

It is made from the models, so it knows their keys, notations and defaults; what the lines below their fields say
becomes the explanation of each key. What needs the whole file at once only ``peerloop check`` can tell.
"""

import ast
import inspect
import sys
from collections.abc import Sequence
from datetime import time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from config.connection import Connection
from config.operator import operator_model
from config.team import Team
from config.values import duration_text
from config.web import Listen

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Json = dict[str, Any]


def team_schema(messages: Sequence[str]) -> Json:
    """Return the schema of a team's file; ``messages`` are the names of what members can be sent, and mute."""
    schema = _schema(Team, "peerloop: a team")
    schema["$defs"]["MessageName"]["enum"] = list(messages)
    return schema


def operator_schema(kinds: tuple[type[Connection], ...]) -> Json:
    """Return the schema of ``peerloop.yaml``, in which these kinds of connection may stand."""
    return _schema(operator_model(kinds), "peerloop: the operator")


def field_texts(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands below each field of a model, by its key in the file."""
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            texts |= _texts_in(base.__module__).get(base.__name__, {})
    return {field.alias or name: texts[name] for name, field in model.model_fields.items() if name in texts}


def as_written(value: object) -> object:
    """Return a default as a person would write it in the file."""
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Listen):
        return str(value)
    if isinstance(value, tuple | list):
        return [as_written(one) for one in value]
    if isinstance(value, BaseModel):
        texts = {key: field.json_schema_extra for key, field in type(value).model_fields.items()}
        return {key: _default(texts[key], one) for key, one in value if one is not None}
    return value if value is None or isinstance(value, str | int | float | dict) else str(value)


def _default(extra: object, value: object) -> object:
    """Return a default in the notation of its field, where that has one of its own."""
    return extra["default"] if isinstance(extra, dict) and "default" in extra else as_written(value)


def _schema(model: type[BaseModel], title: str) -> Json:
    schema = model.model_json_schema(schema_generator=_ForEditors)
    return {"$schema": DIALECT, **schema, "title": title}


class _ForEditors(GenerateJsonSchema):
    """Explains each key, shows defaults as people write them, and lets a key that may be left out be empty."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        described["description"] = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
        texts, required = field_texts(model), described.get("required", [])
        for key, written in described.get("properties", {}).items():
            explained = {"title": key.replace("_", " ").capitalize(), "description": texts.get(key, "")}
            described["properties"][key] = explained | (written if key in required else _or_empty(written))
        return described

    def encode_default(self, dft: Any) -> Any:
        return as_written(dft)


def _or_empty(written: Json) -> Json:
    default = {"default": written["default"]} if written.get("default") is not None else {}
    rest = {name: value for name, value in written.items() if name not in ("default", "title", "description")}
    kinds = rest["anyOf"] if set(rest) == {"anyOf"} else [rest]
    empty = [] if {"type": "null"} in kinds else [{"type": "null"}]
    return {"anyOf": [*kinds, *empty], **default}


@cache
def _texts_in(module: str) -> dict[str, dict[str, str]]:
    """Return, for each class of a module, what stands below its fields: a runtime does not keep that."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: _texts_below(node.body) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts_below(body: list[ast.stmt]) -> dict[str, str]:
    return {
        field.target.id: str(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
