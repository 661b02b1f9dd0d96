"""What every source of needs keeps to: a test class that inherits ``SourcesContract`` and says how to get at one.

Every test starts from a place where nobody has said anything. The methods that raise NotImplementedError are for the
backend to fill in: how a new object on that place is made, and how a person speaks there, past our code.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.needs import NeedSource
from daemon.model.needs import Gathered, Sighting
from daemon.ports import PortError, Sources

NOW = datetime(2026, 12, 10, 9, 30, tzinfo=UTC)
ROLL_BACK = "how we roll back a release"
HOSTILE = (
    "<script>alert(1)</script> & what [a link](javascript:alert(1)) \u202edoes",
    "]]> </p> -- ' \" \\ %00 {{ 7 * 7 }} and why",
    "what | a row | means\u2028and \x85 a line",
    "why " * 5_000,
)


class SourcesContract:
    """The tests. ``now`` is what the source takes for the time."""

    now = NOW

    def source(self, entry: NeedSource) -> Sources:
        """Return a new object on the same place."""
        raise NotImplementedError

    def entry(self, **more: Any) -> NeedSource:
        """Return an entry of a team's ``needs`` for that place."""
        raise NotImplementedError

    def person_says(self, text: str) -> None:
        """Say that this is to be learned, in the way of the place, in a thing of its own: a page, an issue, a row."""
        raise NotImplementedError

    def person_takes_back(self, text: str) -> None:
        """Take away the thing that says it."""
        raise NotImplementedError

    def breaks(self) -> None:
        """Let nothing be read there."""
        raise NotImplementedError

    def mends(self) -> None:
        """Let all be read again."""
        raise NotImplementedError

    def holds_at_most(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let no more things be read there than that."""
        raise NotImplementedError

    # how the tests look at it

    def look(self, cursor: str | None = None, **more: Any) -> Gathered | None:
        """Look from where a cursor stands."""
        return self.source(self.entry(**more)).gather(cursor)

    def all(self, **more: Any) -> Gathered:
        """Return everything that is there."""
        found = self.look(**more)
        assert found is not None
        assert found.cursor
        return found

    def texts(self, **more: Any) -> list[str]:
        """Return what is to be learned, in its order of letters."""
        return sorted(one.text for one in self.all(**more).sightings)

    def only(self, **more: Any) -> Sighting:
        """Return the one need that there is."""
        (found,) = self.all(**more).sightings
        return found

    def later(self) -> None:
        """Let so much time go by that any place may be asked again."""
        self.now += timedelta(hours=1)

    # what is there

    def test_a_place_where_nobody_has_spoken_shows_nothing(self) -> None:
        found = self.all()
        assert (found.sightings, found.unread) == ((), ())

    def test_a_need_says_where_and_when_it_was_noticed(self) -> None:
        self.person_says(ROLL_BACK)
        found = self.only()
        assert (found.text, found.seen, found.times, found.area) == (ROLL_BACK, self.now.date(), 1, None)
        assert found.where.strip() == found.where != ""
        assert found.link is None or not any(sign.isspace() for sign in found.link)

    def test_each_is_told_with_the_area_of_the_entry(self) -> None:
        self.person_says(ROLL_BACK)
        assert self.only(area="deployment").area == "deployment"

    def test_it_names_nobody(self) -> None:
        self.person_says("ask @ada or bob.noyce@example.com how we roll back")
        found = self.all()
        assert found.sightings[0].text == "ask somebody or somebody how we roll back"
        told = repr(replace(found, cursor=""))  # a digest, whose hexadecimal digits may happen to be a name
        assert "ada" not in told and "noyce" not in told

    def test_all_of_it_is_told_each_time(self) -> None:
        self.person_says(ROLL_BACK)
        self.person_says("what a quorum is")
        assert self.texts() == [ROLL_BACK, "what a quorum is"]
        assert self.all() == self.all()

    @pytest.mark.parametrize("text", HOSTILE)
    def test_whatever_people_write_is_only_text(self, text: str) -> None:
        self.person_says(text)
        self.person_says(ROLL_BACK)
        found = self.all()
        assert ROLL_BACK in {one.text for one in found.sightings}
        for one in found.sightings:
            assert one.text == " ".join(one.text.split())
            assert 0 < len(one.text) <= 300
            assert one.link is None or not any(sign.isspace() or sign in '<>"' for sign in one.link)

    # what changes

    def test_nothing_is_told_where_nothing_has_changed(self) -> None:
        self.person_says(ROLL_BACK)
        assert self.look(self.all().cursor) is None

    def test_what_is_new_and_what_is_gone_is_told(self) -> None:
        self.person_says(ROLL_BACK)
        cursor = self.all().cursor
        self.person_says("what a quorum is")
        self.later()
        found = self.look(cursor)
        assert found is not None
        assert sorted(one.text for one in found.sightings) == [ROLL_BACK, "what a quorum is"]
        self.person_takes_back(ROLL_BACK)
        self.later()
        found = self.look(found.cursor)
        assert found is not None
        assert [one.text for one in found.sightings] == ["what a quorum is"]

    def test_another_entry_goes_on_from_no_cursor_of_this_one(self) -> None:
        self.person_says(ROLL_BACK)
        found = self.look(self.all().cursor, area="deployment")
        assert found is not None
        assert [one.area for one in found.sightings] == ["deployment"]

    @pytest.mark.parametrize("cursor", ["", "another release's", "{}", "0 0 0"])
    def test_a_cursor_that_is_not_known_stands_at_the_beginning(self, cursor: str) -> None:
        self.person_says(ROLL_BACK)
        found = self.look(cursor)
        assert found is not None
        assert [one.text for one in found.sightings] == [ROLL_BACK]

    # what goes wrong

    def test_what_is_too_much_is_left_out_and_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.holds_at_most(2, monkeypatch)
        for number in range(3):
            self.person_says(f"how we roll back {'again ' * number}".strip())
        found = self.all()
        assert len(found.sightings) == 2
        (said,) = found.unread
        assert "2" in said
        assert said.endswith(".")

    def test_what_cannot_be_read_is_an_error_and_no_end_of_what_was_there(self) -> None:
        self.person_says(ROLL_BACK)
        cursor = self.all().cursor
        self.breaks()
        self.later()
        with pytest.raises(PortError) as error:
            self.look(cursor)
        assert "\n" not in str(error.value)
        assert str(error.value).endswith(".")
        self.mends()
        found = self.look(cursor)
        assert found is None or [one.text for one in found.sightings] == [ROLL_BACK]

    def test_it_can_be_checked(self) -> None:
        self.person_says(ROLL_BACK)
        checks = [*self.source(self.entry()).check_up()]
        assert checks
        assert [one.well for one in checks] == [True] * len(checks)
        self.breaks()
        checks = [*self.source(self.entry()).check_up()]
        assert False in [one.well for one in checks]
        assert all(one.text for one in checks if one.well is False)
