"""What the discovery document says: methods and their parameters, the shape of every body, partial responses."""

import importlib.resources
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]
Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Method:
    """One method of the API, such as ``events.insert``."""

    name: str
    http: str
    pattern: re.Pattern[str]
    parameters: Json
    request: str | None
    response: str | None
    scopes: frozenset[str]


@cache
def document() -> Json:
    """Return the static discovery document that ships with the client."""
    folder = importlib.resources.files("googleapiclient") / "discovery_cache" / "documents"
    loaded: Json = json.loads((folder / "calendar.v3.json").read_text("utf-8"))
    return loaded


@cache
def methods() -> tuple[Method, ...]:
    """Return every method of the API."""
    return tuple(
        _method(f"{resource}.{name}", found)
        for resource, listed in document()["resources"].items()
        for name, found in listed["methods"].items()
    )


def _method(name: str, found: Json) -> Method:
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", found["path"])
    return Method(
        name=name,
        http=found["httpMethod"],
        pattern=re.compile(path),
        parameters={**document()["parameters"], **found.get("parameters", {})},
        request=found.get("request", {}).get("$ref"),
        response=found.get("response", {}).get("$ref"),
        scopes=frozenset(found["scopes"]),
    )


def route(http: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """Return the method that serves a path below ``/calendar/v3/``, and what the path names."""
    for method in methods():
        if method.http == http and (match := method.pattern.fullmatch(path)):
            return method, {key: unquote(value) for key, value in match.groupdict().items()}
    return None


def typed(method: Method, query: Query) -> tuple[Json, list[str]]:
    """Return the query's parameters by their types, and what is wrong with them."""
    values: Json = {}
    faults: list[str] = []
    for key, texts in query.items():
        schema = method.parameters.get(key)
        if schema is None or schema["location"] != "query":
            faults.append(f"{method.name} has no parameter {key}")
            continue
        try:
            read = [_parameter(text, schema) for text in texts]
        except ValueError as fault:
            faults.append(f"{method.name}: {key}: {fault}")
            continue
        if len(read) > 1 and not schema.get("repeated"):
            faults.append(f"{method.name}: {key} is given {len(read)} times")
        values[key] = read if schema.get("repeated") else read[0]
    return values, faults


def _parameter(text: str, schema: Json) -> bool | int | str:
    if "enum" in schema and text not in schema["enum"]:
        raise ValueError(f"{text!r} is none of {schema['enum']}")
    if schema["type"] == "boolean":
        if text not in ("true", "false"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text == "true"
    if schema["type"] == "integer":
        number = int(text)
        if not int(schema.get("minimum", number)) <= number <= int(schema.get("maximum", number)):
            raise ValueError(f"{number} is out of range")
        return number
    if schema.get("format") == "date-time" and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text!r} has no time zone offset")
    return text


def faults_in(value: Any, schema: str, *, nullable: bool = False) -> list[str]:
    """Return what in ``value`` is not as the schema of that name says; ``nullable`` allows null for any key."""
    return list(_faults(value, {"$ref": schema}, schema, nullable))


def _faults(value: Any, schema: Json, where: str, nullable: bool) -> Iterator[str]:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    if value is None and nullable:
        return
    if not _is_of_type(value, schema):
        yield f"{where}: {value!r} is no {schema.get('format') or schema['type']}"
    elif schema["type"] == "object":
        yield from _object_faults(value, schema, where, nullable)
    elif schema["type"] == "array":
        for place, item in enumerate(value):
            yield from _faults(item, schema["items"], f"{where}[{place}]", nullable)
    elif (allowed := _allowed(schema.get("description", ""))) and value not in allowed:
        yield f"{where}: {value!r} is none of {sorted(allowed)}"


def _object_faults(value: Json, schema: Json, where: str, nullable: bool) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for key, inner in value.items():
        if key in known:
            yield from _faults(inner, known[key], f"{where}.{key}", nullable)
        elif others is not None:
            yield from _faults(inner, others, f"{where}.{key}", nullable)
        else:
            yield f"{where}: unknown key {key!r}"


def _is_of_type(value: Any, schema: Json) -> bool:
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    if isinstance(value, str) and schema["type"] == "string":
        return _is_of_format(value, schema.get("format", ""))
    return isinstance(value, kinds[schema["type"]]) and not (schema["type"] == "integer" and isinstance(value, bool))


def _is_of_format(text: str, kind: str) -> bool:
    try:
        if kind == "date":
            date.fromisoformat(text)
        elif kind == "date-time":
            datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@cache
def _allowed(description: str) -> frozenset[str]:
    """Return the values that a description lists as the only ones: the document has no enums in its schemas."""
    _, found, listed = description.partition("Possible values are")
    return frozenset(re.findall(r'^- "([^"]+)"', listed, re.MULTILINE)) if found else frozenset()


def select(value: Any, fields: str) -> Any:
    """Return what the ``fields`` parameter asks for, such as ``kind,items(id,start/date)``."""
    return _pruned(value, _tree(fields)[0])


def faults_in_fields(fields: str, schema: str) -> list[str]:
    """Return what the ``fields`` parameter asks for that answers of that schema do not have."""
    tree, rest = _tree(fields)
    unread = [f"fields: cannot read {rest!r}"] if rest else []
    return unread + list(_field_faults(tree, {"$ref": schema}, "fields"))


def _field_faults(tree: Json, schema: Json, where: str) -> Iterator[str]:
    while "$ref" in schema or "items" in schema:
        schema = document()["schemas"][schema["$ref"]] if "$ref" in schema else schema["items"]
    for name, inner in tree.items():
        found = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        if found is not None:
            yield from _field_faults(inner, found, f"{where}.{name}")
        elif name != "*":
            yield f"{where}: unknown key {name!r}"


def _tree(text: str) -> tuple[Json, str]:
    """Read a list of fields; return it as nested names, and what is left of the text."""
    tree: Json = {}
    while match := re.match(r"[\w*]+(?:/[\w*]+)*", text):
        text = text[match.end() :]
        inner: Json = {}
        if text.startswith("("):
            inner, text = _tree(text[1:])
            text = text.removeprefix(")")
        *path, last = match[0].split("/")
        node = tree
        for name in path:
            node = node.setdefault(name, {})
        node[last] = inner
        if not text.startswith(","):
            break
        text = text[1:]
    return tree, text


def _pruned(value: Any, tree: Json) -> Any:
    if not tree or "*" in tree:
        return value
    if isinstance(value, list):
        return [_pruned(item, tree) for item in value]
    return {key: _pruned(value[key], inner) for key, inner in tree.items() if key in value}
