"""The vendor's own descriptions of the APIs, where they are at hand: each exchange is held against them.

``PEERLOOP_SPECS`` names their folder; without it, ``shared/specs`` next to the project is looked into. Nothing of it is
part of the project, and without it nothing is checked.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.fakes.confluence.exchange import Answer, Json, Request

FILES = {
    "v2": "confluence-cloud-v2.openapi.json",
    "v1": "confluence-cloud-v1.openapi.yaml",
    "data-center": "confluence-dc-10.0.3.openapi.json",
}
_UNDESCRIBED = {
    ("v1", "attachment.put"): "left out of the description, yet there",
    ("v1", "attachment.file"): "the files themselves are no part of the API",
    ("data-center", "attachment.file"): "the files themselves are no part of the API",
    ("data-center", "template.list"): "left out of the description, yet there",
    ("data-center", "template.get"): "left out of the description, yet there",
}
"""What the products have and their descriptions do not."""
_ANSWERED_OTHERWISE = {("data-center", "attachment.list"), ("data-center", "property.create")}
"""What is described with an answer that it does not give: 201 for a listing, for instance."""
_ROOT = "urn:description"


def folder() -> Path | None:
    """Return where the descriptions are, None where they are not."""
    named = os.environ.get("PEERLOOP_SPECS")
    found = Path(named) if named is not None else Path(__file__).parents[4] / "shared" / "specs"
    return found if named != "" and all((found / name).is_file() for name in FILES.values()) else None


@dataclass(frozen=True)
class Description:
    """One description, made ready for a validator of JSON Schema."""

    document: Json
    registry: Registry[Any]

    def faults(self, http: str, path: str, request: Request, answer: Answer, *, strict: bool) -> Iterator[str]:
        """Yield what in an exchange is not as described; ``path`` is as the description counts paths."""
        found = self._operation(http, path)
        if found is None:
            yield f"{http} {path} is not described"
            return
        place, operation, shared, names = found
        yield from self._parameter_faults([*shared, *operation.get("parameters", [])], request, names)
        yield from self._body_faults(place, operation, request)
        yield from self._answer_faults(place, operation, answer, strict)

    def _operation(self, http: str, path: str) -> tuple[str, Json, list[Json], dict[str, str]] | None:
        candidates = sorted(self.document["paths"], key=lambda template: template.count("{"))
        for template in candidates:
            methods = self.document["paths"][template]
            names = re.findall(r"\{([\w-]+)\}", template)
            match = re.fullmatch(re.sub(r"\{[\w-]+\}", "([^/]+)", template), path)
            if match and http.lower() in methods:
                place = "/".join(("#/paths", template.replace("~", "~0").replace("/", "~1"), http.lower()))
                values = dict(zip(names, match.groups(), strict=True))
                return place, methods[http.lower()], methods.get("parameters", []), values
        return None

    def _parameter_faults(self, described: list[Json], request: Request, names: dict[str, str]) -> Iterator[str]:
        schemas: dict[tuple[str, str], list[Json]] = {}
        for parameter in map(self._resolved, described):
            schemas.setdefault((parameter["in"], parameter["name"]), []).append(self._resolved(parameter["schema"]))
            if parameter.get("required") and parameter["in"] == "query" and parameter["name"] not in request.query:
                yield f"the parameter {parameter['name']} is missing"
        given = [("query", key, text) for key, texts in request.query.items() for text in texts]
        for where, key, text in [*given, *(("path", *pair) for pair in names.items())]:
            if (where, key) not in schemas:
                yield f"unknown parameter {key} in the {where}"
            elif not any(self._fits(text, schema) for schema in schemas[where, key]):
                yield f"{key}={text} is not as described"

    def _fits(self, text: str, schema: Json) -> bool:
        """Say whether a parameter's text is a value of a schema; a list stands with commas."""
        kind = schema.get("type")
        if kind == "array":
            return all(self._fits(part, self._resolved(schema["items"])) for part in text.split(","))
        try:
            value: Any = json.loads(text) if kind in ("integer", "boolean", "number") else text
        except ValueError:
            return False
        return not list(self._validator(schema).iter_errors(value))

    def _body_faults(self, place: str, operation: Json, request: Request) -> Iterator[str]:
        body = operation.get("requestBody")
        if request.parts or not body:
            if request.body is not None:
                yield "a body where none is described"
            return
        if "$ref" in body:
            place, body = body["$ref"], self._resolved(body)
        else:
            place = f"{place}/requestBody"
        if "application/json" in body["content"]:
            yield from self._schema_faults(f"{place}/content/application~1json/schema", request.body, "body")

    def _answer_faults(self, place: str, operation: Json, answer: Answer, strict: bool) -> Iterator[str]:
        described = operation["responses"].get(str(answer.status))
        if described is None:
            if strict and "default" not in operation["responses"]:
                yield f"the stand-in's own answer has a status that is not described: {answer.status}"
        elif "schema" in described.get("content", {}).get("application/json", {}):
            where = f"{place}/responses/{answer.status}/content/application~1json/schema"
            yield from self._schema_faults(where, json.loads(answer.content), "the stand-in's own answer")

    def _schema_faults(self, place: str, value: Any, what: str) -> Iterator[str]:
        for error in self._validator({"$ref": f"{_ROOT}{place}"}).iter_errors(value):
            yield f"{what}: {error.json_path}: {error.message[:300]}"

    def _validator(self, schema: Json) -> Draft202012Validator:
        return Draft202012Validator(schema, registry=self.registry)

    def _resolved(self, node: Json) -> Json:
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node


@cache
def description(name: str) -> Description | None:
    """Return a description, None where it is not at hand."""
    where = folder()
    if where is None:
        return None
    text = (where / FILES[name]).read_text("utf-8")
    loaded = json.loads(text) if FILES[name].endswith("json") else yaml.load(text, yaml.CSafeLoader)
    document = _converted(loaded)
    _mend(document)
    return Description(document, Registry().with_resource(_ROOT, DRAFT202012.create_resource(document)))


def _converted(node: Any) -> Any:
    """Return OpenAPI 3.0's schemas as JSON Schema says the same: ``nullable`` is another type there."""
    if isinstance(node, list):
        return [_converted(one) for one in node]
    if not isinstance(node, dict):
        return node
    converted = {str(key): _converted(value) for key, value in node.items()}
    if converted.pop("nullable", None) is True:
        return {"anyOf": [converted, {"type": "null"}]}
    return converted


def _mend(document: Json) -> None:
    """Mend where the description contradicts itself: its bodies that are one of two are both for want of
    ``required``, and a parent that "is null" in words has to be a text in its schema. A page may come without its body,
    as was seen at real sites.
    """
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("BodyWrite"):
            schema |= {"additionalProperties": False}
            schema |= {} if "Nested" in name else {"required": ["representation", "value"]}
    for name in ("PageSingle", "PageBulk", "Content"):
        shown = schemas.get(name, {}).get("properties", {})
        shown |= {"body": {"anyOf": [shown["body"], {"type": "null"}]}} if "body" in shown else {}
    for name in ("PageSingle", "PageBulk"):
        if name in schemas:
            schemas[name]["properties"]["parentId"] = {"type": ["string", "null"]}
            parent_type = schemas[name]["properties"]["parentType"]
            schemas[name]["properties"]["parentType"] = {"anyOf": [parent_type, {"type": "null"}]}


def check(cloud: bool, request: Request, answer: Answer) -> Iterator[str]:
    """Yield what is not as described in an exchange that went well; nothing where the description is not at hand."""
    second = request.path.startswith("/api/v2/")
    name = "data-center" if not cloud else "v2" if second else "v1"
    found = description(name)
    if found is None or answer.status >= 300 or (name, request.name) in _UNDESCRIBED:
        return
    path = request.path.removeprefix("/api/v2") if second else request.path
    strict = (name, request.name) not in _ANSWERED_OTHERWISE
    for fault in found.faults(request.method, path, request, answer, strict=strict):
        yield f"{request.name}: {fault}"
