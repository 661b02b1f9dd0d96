"""How a template becomes a page's text, and what it may use for that.

A template is Markdown with a small part of Jinja: ``{{ … }}``, ``{% for %}`` and ``{% if %}``, a few filters and
``agenda``. It is written by a team and run by everybody's daemon, so it reads nothing but its own variables, and its
texts and numbers are bounded. Whatever stands in ``{{ … }}`` is data: it is shown, never read as Markdown.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from config.markdown import markdown_text, one_line, web_address

if TYPE_CHECKING:
    from jinja2 import Environment, Template, nodes

NOBODY = "nobody yet"

LARGEST_BODY = 200_000  # characters
LONGEST_TEXT = 5_000  # characters a filter takes or gives
MOST_ROUNDS = 1_000  # of all loops together, besides those through the people and the pairs
TIMES_LISTED = 10  # that the loops may go through all people and pairs
LARGEST_NUMBER = 10**15
MOST_DIGITS = 10  # that a number is rounded to

_FILTER_NAMES = "capitalize default first int join last length list lower replace round sort title trim upper"
_EXPRESSIONS = "Name Const Tuple List Dict Pair CondExpr Filter Test Call Keyword Getitem Getattr Slice Compare Operand"
_OPERATORS = "Add Sub Mul Div FloorDiv Mod Neg Pos Not And Or"
FILTERS = tuple(_FILTER_NAMES.split())
TESTS = ("defined", "divisibleby", "even", "in", "none", "odd")
METHODS = ("get", "items", "keys", "values")

_UNDERSTOOD = {"Template", "Output", "TemplateData", "For", "If", *_EXPRESSIONS.split(), *_OPERATORS.split()}
_REFUSED = {
    "Pow": "**",
    "Concat": "~ (write [a, b]|join(' ') instead)",
    "Assign": "{% set %}",
    "AssignBlock": "{% set %}",
}

Number = int | float
Returned = TypeVar("Returned")
Value = TypeVar("Value")


class TemplateProblem(ValueError):
    """What is wrong with a template, in words for people, and in which line."""

    def __init__(self, problem: str, line: int = 1) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class AgendaPart:
    """A part of an agenda: ``begins`` and ``ends`` count minutes from the session's start."""

    what: str
    minutes: int
    begins: int
    ends: int


def agenda(total: int, *parts: tuple[str, Number]) -> list[AgendaPart]:
    """Return the parts with ``total`` minutes shared out in proportion to each part's number, in fives where they go.

    The minutes add up exactly, and each part has some; with fewer minutes than parts the smallest are left out.

    Raises:
        ValueError: a part is no pair of a text and a number above 0, or there are none or too many.
    """
    if not 0 < len(parts) <= 20 or not all(map(_is_part, parts)):
        raise TemplateProblem(
            'agenda takes one to twenty parts with their minutes, such as ("Welcome", 5), ("Questions", 10)'
        )
    unit = 5 if total % 5 == 0 and total // 5 >= len(parts) else 1
    heaviest = sorted(range(len(parts)), key=lambda place: -parts[place][1])[: total // unit]
    kept = [parts[place] for place in sorted(heaviest)]
    return list(_in_turn(kept, [unit * units for units in _shared_out(total // unit, [part[1] for part in kept])]))


def _is_part(part: object) -> bool:
    match part:
        case (str(), int() | float() as weight):
            return 0 < weight < 1e6
    return False


def _shared_out(units: int, weights: Sequence[Number]) -> list[int]:
    """Highest averages (Sainte-Laguë), starting with one unit each."""
    given = [1] * len(weights)
    for _ in range(units - len(weights)):
        given[max(range(len(weights)), key=lambda place: weights[place] / (2 * given[place] + 1))] += 1
    return given


def _in_turn(parts: Sequence[tuple[str, Number]], minutes: Sequence[int]) -> Iterator[AgendaPart]:
    begins = 0
    for (what, _), length in zip(parts, minutes, strict=True):
        yield AgendaPart(what, length, begins, begins + length)
        begins += length


def rendered(source: str, facts: Mapping[str, Any], checked: bool = False) -> str:
    """Return the Markdown that a template makes of the variables that it may use; those in ``agenda`` are minutes.

    Where it is ``checked``, it may not ask for a role that the session lacks.

    Raises:
        TemplateProblem: it cannot be compiled or rendered.
    """
    return _text(_compiled(source, tuple(facts)), _variables(facts, _KnownRoles if checked else _Roles))


class _Roles(dict[str, str]):
    """Role to name. ``roles.note_taker`` finds the note-taker, and a role that the session lacks has nobody yet."""

    def __missing__(self, role: str) -> str:
        return self.get(role.replace("_", "-"), NOBODY)


class _KnownRoles(_Roles):
    """The same for a check, which knows that the template asks for a role the format does not have."""

    def __missing__(self, role: str) -> str:
        if role.replace("_", "-") not in self:
            raise TemplateProblem(f'this format has no role "{role}"; its roles are {", ".join(self)}')
        return super().__missing__(role)


class _Address(str):
    """An address that may stand in Markdown as it is; whatever is made of it is text again."""

    __slots__ = ()


class _Rounds:
    """How often the loops of one rendering may still go round, the more often the more there is to list."""

    def __init__(self, listed: int = 0) -> None:
        self.most = self.left = MOST_ROUNDS + TIMES_LISTED * listed

    def take(self, items: Any) -> Any:
        if isinstance(items, str):
            raise TemplateProblem("a loop goes over a list such as pairs or people, and this is text")
        self.left -= len(items)
        if self.left < 0:
            raise TemplateProblem(
                f"the loops go round too often; {self.most:,} rounds are the most, all loops together"
            )
        return items


def _variables(facts: Mapping[str, Any], roles: type[_Roles]) -> dict[str, object]:
    """Every variable by name; ``rounds`` is no variable but what each loop is led through."""
    values = dict(facts)
    for name in ("link", "whiteboard"):
        address = web_address(values[name])
        values[name] = _Address(address) if address else None
    return values | {
        "roles": roles(facts["roles"]),
        "agenda": partial(agenda, facts["minutes"]),
        "rounds": _Rounds(_listed(facts)).take,
    }


def _listed(facts: Mapping[str, Any]) -> int:
    """Return how many people and pairs there are, and people in pairs."""
    pairs = facts.get("pairs", ())
    return len(facts.get("people", ())) + len(pairs) + sum(map(len, pairs))


@lru_cache(maxsize=256)
def _compiled(source: str, names: tuple[str, ...]) -> "Template":
    from jinja2 import TemplateSyntaxError, nodes

    environment = _environment()
    try:
        tree = environment.parse(source)
        _refuse_unknown(tree, names)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Call(nodes.Name("rounds", "load"), [loop.iter], [], None, None, lineno=loop.lineno)
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise TemplateProblem(f"this is not understood: {error.message}", error.lineno) from None
    except TemplateProblem:
        raise
    except ValueError:  # of Python, which reads no number of thousands of digits
        raise TemplateProblem("it has a number that is too large; take some of its digits away") from None
    except (RecursionError, MemoryError, SyntaxError):
        raise TemplateProblem("it is nested too deeply; take some of the loops or brackets apart") from None


@cache
def _environment() -> "Environment":
    import operator

    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=True,  # for HTML, were it not that ``finalize`` has already escaped for Markdown
        finalize=lambda value: Markup(_shown(value)),  # noqa: S704 # nosec B704
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals = {"range": _bounded_range}
    known = environment.filters | {"round": _bounded_round}
    environment.filters = {name: _bounded(known[name]) for name in FILTERS}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    operators = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
    operators |= {"//": operator.floordiv, "%": operator.mod}
    environment.intercepted_binops = frozenset(operators)
    environment.binop_table = {sign: _for_numbers(sign, operate) for sign, operate in operators.items()}
    return environment


def _shown(value: object) -> str:
    """Return what ``{{ value }}`` becomes."""
    match value:
        case _Address():
            return str(value)
        case None:
            return ""
        case str() | int() | float():
            return markdown_text(str(value))
    if type(value).__name__ == "StrictUndefined":
        return str(value)  # raises, saying what is undefined
    raise TemplateProblem("only text and numbers can be shown; go through a list with {% for %} or |join(', ')")


def _bounded_range(*numbers: int) -> range:
    rounds = range(*numbers)
    return _Rounds().take(rounds) and rounds


def _bounded_round(value: Number, precision: int = 0, method: str = "common") -> float:
    """Return a number rounded to so many digits after its point; what has few digits is worked out at once."""
    from jinja2.filters import do_round

    if abs(precision) > MOST_DIGITS:
        raise TemplateProblem(f"a number is rounded to {MOST_DIGITS} digits at most")
    return do_round(value, precision, method)  # type: ignore[arg-type]


def _bounded(function: Callable[..., Returned]) -> Callable[..., Returned]:
    """Return a filter that neither takes nor gives text so long that a chain of filters could fill the memory."""

    @wraps(function)
    def bounded(*values: Any, **named: Any) -> Returned:
        return short(function(*map(short, values), **named))

    def short(value: Value) -> Value:
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise TemplateProblem(f"this text is too long for a filter; {LONGEST_TEXT:,} characters are the most")
        return value

    return bounded


def _for_numbers(sign: str, operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def calculate(left: Any, right: Any) -> Any:
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            raise TemplateProblem(f"{sign} is for numbers; write [a, b]|join(' ') to put texts together")
        result = operate(left, right)
        if abs(result) > LARGEST_NUMBER:
            raise TemplateProblem(f"this number gets too large; {LARGEST_NUMBER:,} is the most")
        return result

    return calculate


def _refuse_unknown(tree: "nodes.Template", names: Sequence[str]) -> None:
    """Refuse what a template may not use, wherever it stands, also where no rendering would come by."""
    from jinja2 import meta, nodes

    for node in tree.find_all(nodes.Node):
        if problem := _problem_of(node):
            raise TemplateProblem(problem, node.lineno)
    known = sorted((*names, "agenda", "range"))
    unknown = meta.find_undeclared_variables(tree) - set(known)
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            raise TemplateProblem(_unknown("variable", node.name, known), node.lineno)


def _problem_of(node: "nodes.Node") -> str:
    from jinja2 import nodes

    kind = type(node).__name__
    if kind not in _UNDERSTOOD:
        refused = _REFUSED.get(kind, f"{{% {kind.removesuffix('Block').lower() or 'block'} %}}")
        return f"a template may not use {refused}; it may use {{{{ … }}}}, {{% for %}} and {{% if %}}"
    match node:
        case nodes.Filter(name=name) if name not in FILTERS:
            return _unknown("filter", name, FILTERS)
        case nodes.Test(name=name) if name not in TESTS:
            return _unknown("test", name, TESTS)
        case nodes.Call(node=nodes.Name(name="agenda" | "range")):
            return ""
        case nodes.Call(node=called) if getattr(called, "attr", "") not in METHODS:
            return f"this cannot be called; a template may call agenda(…), range(…) and .{'(), .'.join(METHODS)}()"
        case nodes.Sub(left=nodes.Getattr(node=nodes.Name(name="roles"))):
            return 'a role with a hyphen is written as roles["note-taker"] or roles.note_taker'
        case nodes.For(recursive=True):
            return "a loop may not be recursive"
    return ""


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1)
    meant = f'; did you mean "{close[0]}"?' if close else "."
    return f'there is no {what} "{one_line(name)}"{meant} A template may use: {", ".join(known)}'


def _text(template: "Template", variables: Mapping[str, object]) -> str:
    pieces: list[str] = []
    size = 0
    try:
        for piece in template.generate(variables):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_BODY:
                raise TemplateProblem(f"the page gets too large; {LARGEST_BODY:,} characters are the most")
    except Exception as error:  # whatever a template raises is the template's fault
        raise TemplateProblem(_sentence(error), _line_of(error)) from None
    return "".join(pieces).strip("\n") + "\n"


def _line_of(error: Exception) -> int:
    from traceback import walk_tb

    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else 1


def _sentence(error: Exception) -> str:
    if isinstance(error, TemplateProblem):
        return str(error)
    return f"this cannot be worked out: {one_line(str(error))[:200]}"
