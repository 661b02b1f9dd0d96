"""No name of the team is left in what somebody wants to know, wherever and however it is written."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.team import Member, Team
from daemon.learn.nameless import Nameless
from daemon.model import ActionItem, Kind, Observed, WriteUp
from daemon.model.needs import Gathered, Sighting
from integrations.formats.markdown.write_up import lacking
from tests.soak import examples
from tests.unit.test_describe import a_team

MEMBERS = (
    Member(name="Ada Lovelace", email="ada@example.com", was=("ada.byron@example.com",)),
    Member(name="Ludwig van Beethoven", email="l.vb@example.com", confluence="5b10ac8d82e05b22cc7d4ef5"),
    Member(name="Diego Fernández", email="d_f@example.com"),
    Member(name="Li Wei", email="lw7@example.com"),
    Member(name="田中 太郎", email="tanaka@example.com"),
    Member(name="Grace O’Brien-Smith", email="gob@example.com"),
)
TEAM: Team = a_team().model_copy(update={"members": MEMBERS, "lead": "boss@example.com"})
NAMELESS = Nameless.of(TEAM, "platform/home")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Ada asked how DNS caches", "somebody asked how DNS caches"),
        ("ask ADA LOVELACE's friend", "ask somebody's friend"),
        ("Ludwig van Beethoven, l.vb or 5b10ac8d82e05b22cc7d4ef5", "somebody, somebody or somebody"),
        ("@ada.byron, @ada and boss@example.com know", "somebody, somebody and somebody know"),
        ("what Ferna\u0301ndez and fernandez do, by d_f", "what somebody and somebody do, by somebody"),
        ("the limit that Wei and Li set, in a list", "the limit that somebody and somebody set, in a list"),
        ("田中さんに聞いた", "somebodyさんに聞いた"),
        ("Adas Frage, _Ada_ fragt", "somebody Frage, _somebody_ fragt"),
        ("metadata, Canada, van, delivery of a vbox", "metadata, Canada, van, delivery of a vbox"),
    ],
)
def test_a_name_is_somebody(said: str, kept: str) -> None:
    assert NAMELESS.text(said) == kept
    assert NAMELESS.text(kept) == kept


NAMES = st.one_of(
    st.sampled_from([part for one in MEMBERS for part in one.name.split() if len(part) > 2 and part[0].isupper()]),
    st.sampled_from([one.name for one in MEMBERS]),
    st.sampled_from([name for one in MEMBERS for name in (one.email, *one.was)]),
    st.sampled_from([name.partition("@")[0] for one in MEMBERS for name in (one.email, *one.was)]),
)
WRITTEN = st.sampled_from([str, str.upper, str.lower, "@{}".format, "({})".format, "{}'s".format, "**{}**".format])


@examples(150)
@given(NAMES, WRITTEN, st.text(max_size=20), st.sampled_from([" ", ", ", " – ", ": ", "/"]), st.text(max_size=20))
def test_no_name_of_the_team_survives(
    name: str, written: Callable[[str], str], before: str, between: str, after: str
) -> None:
    line = f"why does {before}{between}{written(name)}{between}{after} work so"
    (needs, marked) = lacking(f"## Questions\n\n- {' '.join(line.split())}\n")
    page = Observed("platform/home", Kind.PAGE, {}, write_up=WriteUp(needs=needs, marked=marked))
    kept = unicodedata.normalize("NFC", repr(NAMELESS.observed(page))).casefold()
    alone = rf"{name}".casefold()
    assert alone not in kept or alone in f"{before} {after}".casefold()


def test_of_the_home_page_nothing_else_is_kept_and_of_a_session_s_page_all_else() -> None:
    said = WriteUp(
        ("Ada said",), "https://v.example.com", True, ("Ada",), ("how Ada does it",), (("by Ada", "#learn"),)
    )
    items = (ActionItem("platform/home", "1", "ask Ada", "ada"),)
    page = Observed("platform/home", Kind.PAGE, {}, write_up=said, items=items, unread=("- [?] Ada",))
    needs, marked = ("how somebody does it",), (("by somebody", "#learn"),)
    alone = WriteUp(needs=needs, marked=marked)
    assert NAMELESS.observed(page) == replace(page, write_up=alone, items=(), unread=())
    other = replace(page, key="platform/talks/1/page")
    assert NAMELESS.observed(other) == replace(other, write_up=replace(said, needs=needs, marked=marked))


def test_what_a_source_shows_names_nobody_of_the_team() -> None:
    found = Gathered("1", (Sighting("what Ada knows", "Retro", date(2026, 11, 27)),))
    assert [one.text for one in NAMELESS.gathered(found).sightings] == ["what somebody knows"]


@pytest.mark.parametrize(
    ("names", "text", "said"),
    [
        ({"Anna 王", "Anna"}, "Anna 王 wants git", "somebody wants git"),
        ({"王 小", "王小王王"}, "王小王王 wants git", "somebody wants git"),
        ({"ada", "ada.byron", "ada@example.com"}, "ada.byron, adas and ada@example.com know", "somebody, somebody and"),
    ],
)
def test_of_names_within_names_the_longest_goes(names: set[str], text: str, said: str) -> None:
    assert Nameless(frozenset(names), "home").text(text).startswith(said)
