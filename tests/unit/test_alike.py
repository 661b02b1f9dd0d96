"""Which topics a need is perhaps the same as: offered to a person, and never nonsense."""

from dataclasses import replace
from datetime import date
from importlib.util import find_spec

import pytest

from daemon.cli import meaning as by_meaning
from daemon.learn.alike import MOST, SPELLING, Likeness, Titled, perhaps, titles
from daemon.model import State, backlog
from daemon.model.needs import Need, NeedState, Sighting
from tests.unit.test_describe import TEAM
from tests.unit.test_home_page import NEXT, PAST, memory

KNOWN = [
    *(Titled(title, "kubernetes") for title in ("How our ingress works", "Pod limits that do not throttle")),
    *(Titled(title, None) for title in ("Deployments that roll back", "Vacuum", "What an error budget is for")),
    Titled("Why the build takes 20 minutes", "ci"),
]


def need(text: str, area: str | None = None, state: NeedState = NeedState.PROPOSED) -> Need:
    return Need("n-00000000", text, state, (Sighting(text, "Retro", date(2026, 11, 27)),), area)


@pytest.mark.parametrize(
    ("text", "area", "offered"),
    [
        ("How does the ingress route requests?", None, ("How our ingress works",)),
        ("How does the ingress route requests?", "kubernetes", ("How our ingress works",)),
        ("How does the ingress route requests?", "ci", ()),
        ("roll back a deploy", "ci", ("Deployments that roll back",)),
        ("the BUILD is slow", "ci", ("Why the build takes 20 minutes",)),
        ("How do we write a runbook?", None, ()),
        ("What is it, and how does it work?", None, ()),
        ("???", None, ()),
    ],
)
def test_what_is_spelled_alike_in_the_same_area_or_in_none(
    text: str, area: str | None, offered: tuple[str, ...]
) -> None:
    assert perhaps(need(text, area), KNOWN) == offered


def test_three_at_most_and_none_once_it_is_decided() -> None:
    many = [Titled(f"Vacuum {number}", None) for number in range(9)]
    assert len(perhaps(need("vacuum"), many)) == MOST
    assert perhaps(need("vacuum", state=NeedState.BACKLOG), many) == ()


def test_the_backlog_and_what_was_taught_are_offered() -> None:
    taught = replace(backlog(TEAM)[0], title="Caches")
    known = memory(replace(PAST, topic=taught), replace(NEXT, topic=replace(taught, title="To come")))
    assert [one.title for one in titles(TEAM, known)] == [*(one.title for one in backlog(TEAM)), "Caches"]
    off = replace(PAST, topic=taught, state=State.CANCELLED)
    assert "Caches" not in [one.title for one in titles(TEAM, memory(off))]


def test_what_means_the_same_is_offered_too_where_somebody_asks_for_it() -> None:
    if find_spec("wordllama") is None:
        pytest.skip("the extra `similar` is not installed")
    likenesses = [SPELLING, by_meaning.meaning()]
    paid = Titled("What a gigabyte of logs costs", None)
    assert perhaps(need("Why do we pay so much for logging?"), [*KNOWN, paid]) == ()
    assert perhaps(need("Why do we pay so much for logging?"), [*KNOWN, paid], likenesses) == (paid.title,)


def test_without_the_extra_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_meaning, "find_spec", lambda _: None)
    with pytest.raises(by_meaning.NotInstalled, match=r"pip install 'peerloop\[similar\]'"):
        by_meaning.meaning()


def test_the_ways_to_tell_are_weighed_by_their_own_floors() -> None:
    def measured(*values: float, floor: float) -> Likeness:
        return Likeness(lambda text, others: values, floor)

    known = [Titled("a", None), Titled("b", None), Titled("c", None)]
    ways = [measured(0.7, 0.1, 0.5, floor=0.6), measured(0.2, 0.9, 0.1, floor=0.3)]
    assert perhaps(need("x"), known, ways) == ("b", "a")
