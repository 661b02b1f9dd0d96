"""Page templates: what they may use, how one becomes what a new page starts with, and what is wrong with a broken one.

Those that come with peerloop are rendered at once; those of teams in a process of their own (``config/apart.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from config.formats import SessionFormat
from config.ordinary import led_to, read_ordinary
from config.rendering import NOBODY, TemplateProblem, rendered

BUILT_IN_FOLDER = Path(__file__).with_name("templates")
PLAIN_TEMPLATE = "plain.md"
LARGEST_TEMPLATE = 32 * 1024  # bytes
FEW = ("Ada Lovelace", "Alan Turing", "Grace Hopper")
"""Who is in a session by which the template of a small team is looked at."""


class BrokenTemplate(ValueError):
    """A template that cannot become a page: ``problem`` says what is wrong and what may be written, ``line`` where."""

    def __init__(self, template: str, line: int, problem: str) -> None:
        super().__init__(f"{template}:{line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class TemplateContext:
    """What a template may use, besides ``agenda`` and ``range``; ``config/templates/README.md`` is the reference.

    All of it is text as people wrote it, in the team's time zone. Where there is no value, it is None.
    """

    team: str  # the team's name
    series: str  # the series' name
    format: str  # the format's name
    date: str  # the day on which the session takes place: 2026-12-10
    weekday: str  # that day's name: Thursday
    start: str  # when it starts: 12:15
    end: str  # when it ends: 13:00
    minutes: int  # how long it lasts
    timezone: str  # the team's: Europe/Berlin
    roles: Mapping[str, str]  # role to name, for every role of the format
    people: Sequence[str]  # the names of everybody in the team who is not away that day
    pairs: Sequence[Sequence[str]] = ()  # the names in each pair, for a format that has pairs
    topic: str | None = None  # the topic's title
    area: str | None = None  # the topic's area
    why: str | None = None  # where the need for the topic came from
    link: str | None = None  # where to read more about the topic
    owner: str | None = None  # the name of who suggested the topic
    whiteboard: str | None = None  # the address of the whiteboard
    recording: bool = True  # whether it may be recorded if everyone agrees


def render(format: SessionFormat, folder: Path, context: TemplateContext, checked: bool = False) -> str:
    """Return the Markdown that a new page of this format starts with.

    ``folder`` holds the team's YAML; the team's own templates are found, and have to stay, in it. Where it is
    ``checked``, a template may not ask for a role that the session lacks.

    Raises:
        BrokenTemplate: the template cannot be read, compiled or rendered.
    """
    make = rendered
    if not _is_ours(format):
        from config.apart import rendered_apart as make  # which few teams need
    try:
        return make(_source(format, folder), asdict(context), checked)
    except TemplateProblem as problem:
        raise BrokenTemplate(format.template or PLAIN_TEMPLATE, problem.line, str(problem)) from None


def template_fault(format: SessionFormat, folder: Path, people: Sequence[str] = ()) -> tuple[int, str] | None:
    """Return the line of the first fault of a format's template and a sentence for people, or None for a sound one.

    It is compiled, and rendered for a long session that has everything, with the team's ``people``, and a short one
    that has nothing.
    """
    try:
        for context in _samples(format, people):
            render(format, folder, context, checked=True)
    except BrokenTemplate as broken:
        return broken.line, broken.problem
    return None


def _samples(format: SessionFormat, people: Sequence[str]) -> Iterator[TemplateContext]:
    day = ("2026-12-10", "Thursday", "12:15", "13:00", format.minutes.least, "Europe/Berlin")
    nobody = dict.fromkeys(format.roles, NOBODY)
    nothing = TemplateContext("Platform", "Lunch & Learn", format.name, *day, nobody, (), recording=False)
    people = people if len(people) > len(FEW) else FEW
    pairs = tuple(people[place : place + 2] for place in range(0, len(people), 2))
    about = dict.fromkeys(("topic", "area", "why", "owner"), "How our ingress works")
    links = dict.fromkeys(("link", "whiteboard"), "https://example.com")
    facts: dict[str, Any] = {**about, **links, "roles": dict.fromkeys(format.roles, "Ada Lovelace"), "pairs": pairs}
    yield replace(nothing, minutes=format.minutes.most, people=people, recording=True, **facts)
    yield nothing


def _is_ours(format: SessionFormat) -> bool:
    return format.built_in or not format.template


def _source(format: SessionFormat, folder: Path) -> str:
    home = BUILT_IN_FOLDER if _is_ours(format) else folder
    try:
        path = led_to(home / (format.template or PLAIN_TEMPLATE))
        if not path.is_relative_to(led_to(home)):
            raise TemplateProblem("it lies outside the folder of the team's file; move it in there")
        if path.exists() and not path.is_file():
            raise TemplateProblem("it is not a file; name a Markdown file")
        raw = read_ordinary(path, LARGEST_TEMPLATE)
    except OSError as error:
        raise TemplateProblem(f"it cannot be read: {error.strerror or error}; it is looked for in {folder}") from None
    return _decoded(raw)


def _decoded(raw: bytes) -> str:
    if len(raw) > LARGEST_TEMPLATE:
        raise TemplateProblem(f"it is too large; {LARGEST_TEMPLATE // 1024} KiB are the most")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TemplateProblem("it is not UTF-8 text; save it as UTF-8", raw[: error.start].count(b"\n") + 1) from None
