"""What the models find wrong with a file, put into plain words for its author."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from config import meant
from config.connection import kind_of
from config.faults import Problem, closest, listing, suggestion
from config.formats import BUILT_IN
from config.parts import Part, examples_of, keys_of
from config.team import Decision
from config.values import NotAnEmail, duration_text, shown
from config.yaml12 import Path

_LONGEST_LIST = 1_000
"""Characters of a text in which several names are looked for."""
_ENTRIES = {
    "members": "member",
    "series": "series",
    "topics": "topic",
    "sessions": "session",
    "blackouts": "blackout",
    "formats": "format",
    "connections": "connection",
}
_CADENCES = {
    "WeeklyCadence": "by week",
    "MonthlyCadence": "by month",
    "SprintCadence": "by sprint",
    "RuleCadence": "by rule",
}
_EXAMPLES = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "ada@example.com",
    "member": "{name: Ada Lovelace, email: ada@example.com}",
    "member name": "Ada Lovelace",
    "series": "{name: Lunch & Learn, format: lunch-and-learn, cadence: {every: week, on: thursday, at: '12:15'}}",
    "series name": "Lunch & Learn",
    "topic": "{title: How our ingress works}",
    "session": "{series: Lunch & Learn, on: 2026-12-10, cancel: Christmas party}",
    "session series": "Lunch & Learn",
    "session on": "2026-12-10",
    "blackout": "{dates: 2026-12-21..2027-01-03, reason: Year-end freeze}",
    "format": "{name: fishbowl, roles: [facilitator, note-taker], minutes: 45..75}",
    "format name": "fishbowl",
    "connection": "{kind: local}",
    "cadence": "{every: week, on: thursday, at: '12:15'}",
    "sprint": "{starts: 2026-01-05, length: 2 weeks}",
    "holidays": "{country: DE}",
    "rotation": "{rule: fair-share}",
    "calendar": "{connection: local}",
    "wiki": "{connection: local, open: 7 days before}",
    "mail": "{connection: local}",
    "chase": "{due: 7 days}",
    "escalate": "{after: 3 reminders}",
    "recording": "{consent: everyone}",
    "caps": "{create: 60, delete: 10}",
    "email": "ada@example.com",
    "title": "How our ingress works",
    "every": "week",
    "on": "thursday",
    "at": '"12:15"',
    "day": "4",
    "starts": "2026-01-05",
    "length": "2 weeks",
    "country": "DE",
    "dates": "2026-12-21..2027-01-03",
}


def problems(details: Sequence[ErrorDetails], root: object, model: type[BaseModel]) -> list[Problem]:
    """Return what is wrong with ``root``, the content of a file that ``model`` refused for reasons of its own."""
    found, meant = [], set()
    rest = list[ErrorDetails]()
    for detail in details:
        if unknown := _unknown_key(detail, root, model) or _mistaken_key(detail, root, model):
            found.append(unknown[0])
            meant.add((*unknown[0].path[:-1], unknown[1]))
        else:
            rest.append(detail)
    for detail in rest:
        if detail["type"] != "missing" and not _only_seems_empty(detail, root):
            found.append(_wrong(detail, root))
        elif detail["type"] == "missing" and faulty_path(detail, root) not in meant:
            found.append(_missing(detail, root, model))
    return found


def faulty_paths(details: Iterable[ErrorDetails], root: object) -> set[Path]:
    """Return the paths of all that is wrong, what is missing included."""
    return {faulty_path(detail, root) for detail in details if not _only_seems_empty(detail, root)}


def faulty_path(detail: ErrorDetails, root: object) -> Path:
    """Return the path in the file of what is wrong or missing."""
    if detail["type"] in ("missing", "extra_forbidden"):
        return (*written_path(detail["loc"][:-1], root), detail["loc"][-1])
    path = written_path(detail["loc"], root)
    value = value_at(path, root)
    if detail["type"] == "union_tag_invalid" and isinstance(value, dict):
        return (*path, "every" if "every" in value else "kind")
    return path


def _only_seems_empty(detail: ErrorDetails, root: object) -> bool:
    """Return whether a list counts as empty merely because each of its entries has a fault of its own."""
    return detail["type"] == "too_short" and value_at(written_path(detail["loc"], root), root) != []


def written_path(steps: Iterable[str | int], root: object) -> Path:
    """Return the steps that the file itself has: without the model's own, such as which kind of cadence it tried."""
    path: list[str | int] = []
    value = root
    for step in steps:
        if (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        ):
            value = value[step]  # type: ignore[index]  # a str for the dict, an int for the list
            path.append(step)
    return tuple(path)


def value_at(path: Path, root: object) -> object:
    """Return the value at a path that the file has."""
    value: Any = root
    for step in path:
        value = value[step]
    return value


def _missing(detail: ErrorDetails, root: object, model: type[BaseModel]) -> Problem:
    path = faulty_path(detail, root)
    there, key = path[:-1], str(path[-1])
    own = (one for part in _meant(detail, _parts_at(model, there)) for one in examples_of(part, key))
    example = next(own, None) or _EXAMPLES.get(f"{_kind(there)} {key}") or _EXAMPLES.get(key)
    as_in = f", as in {key}: {example}" if example else ""
    parent = value_at(there, root)
    if isinstance(parent, dict) and key in parent:
        return Problem(path, f"{key} has no value; write one{as_in}", at_key=True)
    return Problem(
        path, f"{_thing(there)} has no {key}; add it{as_in}" if there else f"{key} is missing; add it{as_in}"
    )


def _mistaken_key(detail: ErrorDetails, root: object, model: type[BaseModel]) -> tuple[Problem, str] | None:
    """Return the problem of a session's key that is no role and holds no e-mail, and the key that is meant."""
    *there, key = faulty_path(detail, root) or ("",)
    roles, keys = _roles_in(root), keys_of(Decision)
    in_session = any(issubclass(part, Decision) for part in _parts_at(model, tuple(there)))
    if detail["type"] == "missing" or not in_session or key in (*keys, *roles):
        return None
    spelled = str(key).casefold().replace("-", "_").replace(" ", "_")
    meant = Decision.mistaken.get(spelled) or closest(spelled, [*keys, *roles])
    advice = f"did you mean {meant}?" if meant else f"the keys there are {listing([*keys, *roles], 20)}"
    return Problem((*there, key), f"there is no key {shown(key)} in this session; {advice}", at_key=True), meant or ""


def _roles_in(root: object) -> list[str]:
    """Return the roles of all formats, those built in and those that the file has."""
    formats = root.get("formats") if isinstance(root, dict) else None
    own = [one.get("roles") for one in formats if isinstance(one, dict)] if isinstance(formats, list) else []
    known = [role for each in BUILT_IN.values() for role in each.roles]
    written = [role for roles in own for role in (roles if isinstance(roles, list) else [roles])]
    return list(dict.fromkeys([*known, *(role for role in written if isinstance(role, str))]))


def _unknown_key(detail: ErrorDetails, root: object, model: type[BaseModel]) -> tuple[Problem, str] | None:
    """Return the problem of a key that is not there, and the key that was probably meant."""
    if detail["type"] != "extra_forbidden":
        return None
    path, key = written_path(detail["loc"][:-1], root), str(detail["loc"][-1])
    parts = list(_parts_at(model, path))
    kinds = [part for part in parts if key in keys_of(part)]
    mine = _meant(detail, parts)
    if refusal := _refusal(mine, key):
        return Problem((*path, key), refusal, at_key=True), key
    known = dict.fromkeys(name for part in mine for name in keys_of(part))
    if kinds and len(parts) > 1:
        problem = f"{key} does not belong to this kind of {_kind(path)}; its keys are {listing(known)}"
        return Problem((*path, key), problem, at_key=True), key
    meant = closest(key, known)
    where = f"in {_thing(path)}" if path else "at the top of the file"
    advice = f"did you mean {meant}?" if meant else f"the keys there are {listing(known, 20)}"
    return Problem((*path, key), f"there is no key {shown(key)} {where}; {advice}", at_key=True), meant or key


def _refusal(parts: Iterable[type[BaseModel]], key: str) -> str | None:
    return next((part.refused[key] for part in parts if issubclass(part, Part) and key in part.refused), None)


def _meant(detail: ErrorDetails, parts: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    """Return those of several kinds of a part that the model took for what is written there; else all."""
    parts = list(parts)
    return [part for part in parts if (kind_of(part) or _CADENCES.get(part.__name__)) in detail["loc"]] or parts


def _parts_at(model: type[BaseModel], path: Path) -> Iterable[type[BaseModel]]:
    """Return the models that may describe what is at ``path``: one, or each kind of it."""
    parts: dict[type[BaseModel], None] = {model: None}
    for step in path:
        fields = [part.model_fields[step].annotation for part in parts if step in part.model_fields]
        parts = dict.fromkeys(part for field in fields for part in _models_in(field)) if fields else parts
    return parts


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for argument in get_args(annotation):
            yield from _models_in(argument)


def _kind(path: Path) -> str:
    """Return what is at ``path`` as one word: member, cadence and so on; nothing for the file itself."""
    if len(path) == 2 and path[0] in _ENTRIES:
        return _ENTRIES[str(path[0])]
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _thing(path: Path) -> str:
    if not path:
        return "the file"
    return f"this {_kind(path)}" if _kind(path) in (*_ENTRIES.values(), "cadence") else _kind(path)


def _wrong(detail: ErrorDetails, root: object) -> Problem:
    path = faulty_path(detail, root)
    value = value_at(path, root)
    context: Mapping[str, Any] = detail.get("ctx", {})
    say = _SENTENCES.get(detail["type"], _cannot_be)
    if isinstance(context.get("error"), NotAnEmail):
        return Problem(path, meant_member(path, value, root) or str(context["error"]))
    return Problem(path, say(path, value, context))


def meant_member(path: Path, value: object, root: object) -> str | None:
    """Return what to say of a name that stands for an e-mail, where members have that name; None where none has."""
    members = root.get("members") if isinstance(root, dict) and path[0] != "members" else ()
    people = [one for one in members if isinstance(one, dict)] if isinstance(members, list) else []
    known = {str(one["email"]): str(one.get("name") or "") for one in people if "@" in str(one.get("email"))}
    emails = [email for email, name in known.items() if _is_called(str(value), email, name)]
    return f"{shown(value)} is not an e-mail address; did you mean {' or '.join(emails)}?" if emails else None


def _is_called(written: str, email: str, name: str) -> bool:
    """Return whether somebody is meant: by their name or a part of it, an @name, or an address with more around it."""
    word = written.strip().lstrip("@").casefold()
    names = {name.casefold(), *name.casefold().split(), email.casefold().partition("@")[0]}
    return word.rstrip("@") in names or email.casefold() in re.split(r"[\s<>]+", word)


def _cannot_be(path: Path, value: object, context: Mapping[str, Any]) -> str:
    return f"{_kind(path)} cannot be {what(value)} like this; config/README.md shows how to write it"


def what(value: object) -> str:
    """Return what sort of thing a value is, in words, without showing it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = ((str, "text"), (int, "a number"), (float, "a number"), (list, "a list"), (dict, "a mapping"))
    return next((name for kind, name in names if isinstance(value, kind)), "this")


def _unknown_kind(path: Path, value: object, context: Mapping[str, Any]) -> str:
    if path[-1] == "every":
        if isinstance(value, str) and (right := meant.interval(value)):
            return f"{shown(value)} is no cadence; did you mean {right}?"
        known = ["week", "2 weeks", "month", "3 months", "sprint"]
        advice = suggestion(value, ("week", "month", "sprint")) or f"; write {_alternatives(known)}, or use rrule"
        return f"{shown(value)} is no cadence{advice}"
    known = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
    return f"{shown(value)} is no kind of connection{suggestion(value, known) or f'; write {_alternatives(known)}'}"


def _needs_keys(path: Path, value: object, context: Mapping[str, Any]) -> str:
    if not path:
        return f"the file has to consist of keys and values, and this is {what(value)}; begin with team: Platform"
    example = _EXAMPLES.get(_kind(path))
    return f"{_thing(path)} needs keys of its own, not {what(value)}" + (f"; write it as {example}" if example else "")


def _needs_list(path: Path, value: object, context: Mapping[str, Any]) -> str:
    names = [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else []
    advice = f"write [{', '.join(names)}]" if names else "begin each entry with a dash, or write [one, another]"
    return f"{_kind(path)} has to be a list, not {what(value)}; {advice}"


def _needs_text(path: Path, value: object, context: Mapping[str, Any]) -> str:
    if path[-1] == "cancel":
        return f"cancel has to say why, not {what(value)}; write it as cancel: Christmas party"
    if isinstance(value, list | dict) or value is None:
        return f"{_kind(path)} has to be text, not {what(value)}; write a single value"
    written = shown(value) if isinstance(value, bool) else f"the number {shown(value)}"
    return f"{_kind(path)} has to be text, not {written}; put it in quotes"


def _too_long(path: Path, value: object, context: Mapping[str, Any]) -> str:
    return f"{_kind(path)} is longer than {context['max_length']} characters; shorten it"


def _too_many(path: Path, value: object, context: Mapping[str, Any]) -> str:
    most, there = context["max_length"], context["actual_length"] or len(value) if isinstance(value, list) else "more"
    return f"{there} {path[-1]} are too many for one team, {most} are the most; make several teams of it"


def _is_empty(path: Path, value: object, context: Mapping[str, Any]) -> str:
    return f"{_kind(path)} is empty; write something, or delete the line"


def _whole_number(path: Path, value: object, context: Mapping[str, Any]) -> str:
    right = (isinstance(value, str) and _kind(path) == "minutes" and meant.minutes(value)) or ""
    as_in = right if right.isdigit() else "45"
    return (
        f"{_kind(path)} has to be a whole number, not {shown(value)}; write it without quotes and units, as in {as_in}"
    )


def _number(path: Path, value: object, context: Mapping[str, Any]) -> str:
    return f"{_kind(path)} has to be a number, not {shown(value)}; write it without quotes, as in 0.5"


def _truth(path: Path, value: object, context: Mapping[str, Any]) -> str:
    return f"{_kind(path)} has to be true or false, not {shown(value)}; write one of the two, without quotes"


def _bound(words: str, key: str) -> Callable[[Path, object, Mapping[str, Any]], str]:
    def say(path: Path, value: object, context: Mapping[str, Any]) -> str:
        bound = context[key]
        limit = duration_text(bound) if isinstance(bound, timedelta) else f"{bound:.12g}"
        return f"{_kind(path)} is {shown(value)}; it has to be {words} {limit}"

    return say


def _one_of(path: Path, value: object, context: Mapping[str, Any]) -> str:
    known = re.findall(r"'([^']*)'", str(context["expected"]))
    advice = _several_of(value, known) or suggestion(value, known) or f"; write {_alternatives(known)}"
    return f"{_kind(path)} cannot be {shown(value)}{advice}"


def _several_of(value: object, known: list[str]) -> str:
    """Return the advice for several names in one text, where a list of them is meant."""
    words = meant.several(value) if isinstance(value, str) and len(value) <= _LONGEST_LIST else []
    names = [closest(word, known) for word in words]
    return f"; write a list, as in [{', '.join(map(str, names))}]" if len(names) > 1 and all(names) else ""


def _alternatives(known: list[str]) -> str:
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} or {known[-1]}"


_SENTENCES: Mapping[str, Callable[[Path, object, Mapping[str, Any]], str]] = {
    "value_error": lambda path, value, context: str(context["error"]),
    "literal_error": _one_of,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": lambda path, value, context: "this connection has no kind; add it, as in kind: local",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type"), _needs_keys),
    **dict.fromkeys(("tuple_type", "list_type"), _needs_list),
    **dict.fromkeys(("too_short", "string_too_short"), _is_empty),
    "string_type": _needs_text,
    "string_too_long": _too_long,
    "too_long": _too_many,
    **dict.fromkeys(("int_type", "int_from_float", "int_parsing"), _whole_number),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), _number),
    **dict.fromkeys(("bool_type", "bool_parsing"), _truth),
    "greater_than": _bound("more than", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("less than", "lt"),
    "less_than_equal": _bound("at most", "le"),
}
