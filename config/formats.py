"""The formats a session can have: the four built in, and what a team makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.team import Format, Team
from config.values import MinutesRange


@dataclass(frozen=True, slots=True)
class SessionFormat:
    """A format with nothing left open.

    ``minutes`` is what a series may ask for, ``default`` what it gets when it does not ask. ``presents``
    is the role that brings the topic, if any has it. ``template`` names a file: one of ``config/templates``
    for a format built in, else a path as the team wrote it, relative to its YAML; None is the plain page.
    """

    name: str
    roles: tuple[str, ...]
    minutes: MinutesRange
    default: int
    template: str | None = None
    built_in: bool = False
    pairs: bool = False
    topic: bool = True

    @property
    def presents(self) -> str | None:
        """The role whose holder brings the topic: presenter or author, whichever the format has first."""
        return next((role for role in self.roles if role in ("presenter", "author")), None)


BUILT_IN = {
    format.name: format
    for format in (
        SessionFormat(
            "lunch-and-learn", ("facilitator", "presenter"), MinutesRange(30, 60), 45, "lunch-and-learn.md", True
        ),
        SessionFormat("code-review", ("facilitator", "author"), MinutesRange(30, 120), 60, "code-review.md", True),
        SessionFormat(
            "pairing", ("facilitator",), MinutesRange(30, 180), 60, "pairing.md", True, pairs=True, topic=False
        ),
        SessionFormat(
            "deep-dive",
            ("facilitator", "presenter", "note-taker"),
            MinutesRange(90, 120),
            90,
            "deep-dive.md",
            True,
        ),
    )
}

PLAIN = SessionFormat("", ("facilitator",), MinutesRange(5, 1440), 60)


def formats_of(team: Team) -> Mapping[str, SessionFormat]:
    """Return every format the team may use, by name: the built-in ones as the team changed them, and its own."""
    own = {written.name: _merged(BUILT_IN.get(written.name, PLAIN), written) for written in team.formats}
    return {**BUILT_IN, **own}


def _merged(base: SessionFormat, written: Format) -> SessionFormat:
    minutes = written.minutes or base.minutes
    return replace(
        base,
        name=written.name,
        roles=written.roles or base.roles,
        minutes=minutes,
        default=min(max(base.default, minutes.least), minutes.most),
        template=written.template or base.template,
        built_in=base.built_in and not written.template,
        pairs=base.pairs if written.pairs is None else written.pairs,
        topic=base.topic if written.topic is None else written.topic,
    )
