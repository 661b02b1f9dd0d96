"""The picture of turns, and its place beside the page that shows it."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from daemon.model import CHART, Bar, Write
from integrations.formats.chart import DUE, TAKEN, png
from integrations.local.connection import Local
from integrations.local.wiki import LocalWiki
from tests.contract.wiki import NEWS, OTHER, PAGE, change, create
from tests.soak import examples
from tests.unit.test_describe import texts

BARS = (Bar("Ada Lovelace", 5, 4.25), Bar("Bob", 0, 1.5), Bar("Çelo", 2, 0))
SHOWN = replace(PAGE, chart=BARS)


def picture(bars: Sequence[Bar]) -> Image.Image:
    return Image.open(BytesIO(png(bars))).convert("RGB")


def lengths(bars: Sequence[Bar], colour: str) -> list[int]:
    """Return how many pixels of a colour are in the middle of each bar's row, from top to bottom."""
    image = picture(bars)
    wanted = tuple(bytes.fromhex(colour[1:]))
    rows = [[image.getpixel((x, y)) for x in range(image.width)].count(wanted) for y in range(image.height)]
    starts = [y for y in range(1, image.height) if rows[y] and not rows[y - 1]]
    return [rows[start + 5] for start in starts][1:]  # the first is the legend


def test_bars_are_as_long_as_what_they_show() -> None:
    whole, half = lengths([Bar("Ada", 4, 0), Bar("Bob", 0, 1), Bar("Cy", 2, 0)], TAKEN)
    assert abs(whole - 2 * half) <= 6  # markers hide a little
    assert len(lengths(BARS, DUE)) == len(BARS)


def test_the_same_bars_give_the_same_bytes_in_any_process() -> None:
    program = "from daemon.model import Bar; from integrations.formats.chart import png; import sys"
    code = f"{program}; sys.stdout.buffer.write(png({BARS}))"
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    assert png(BARS) == png(BARS) == other != png(BARS[:2])


@pytest.mark.parametrize("number", [0, 1, 60])
def test_any_number_of_members_has_room(number: int) -> None:
    image = picture([Bar(f"Member {one}", one % 4, 1.5) for one in range(number)])
    assert image.height > 50 * number and 800 < image.width < 2000


@examples(40)
@given(st.lists(st.builds(Bar, texts, st.integers(0, 99).map(float), st.floats(0, 99)), max_size=4))
def test_any_names_and_figures_are_drawn(bars: list[Bar]) -> None:
    assert picture(bars).width < 2000


class Folder:
    """A folder of pages, one of which has a chart."""

    def __init__(self, path: Path) -> None:
        self.path = path / "wiki" / "platform"
        self.wiki = LocalWiki(self.path, "platform")
        self.chart = self.path / CHART

    def write(self, *writes: Write) -> None:
        assert [result.error for result in self.wiki.write(writes)] == [""] * len(writes)

    def names(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.write(create(SHOWN))
    return made


def test_the_picture_stands_beside_its_page_and_nobody_waits_for_it(folder: Folder) -> None:
    assert folder.chart.read_bytes() == png(BARS)
    assert folder.names() == {CHART, f"{PAGE.name}.md"}
    cursor = folder.wiki.observe(None).cursor
    folder.chart.write_bytes(b"")
    assert folder.wiki.observe(cursor).cursor == cursor
    watched = [*Local(kind="local").watched(folder.path.parent.parent, [folder.path.name])]
    assert folder.path / "*.md" in watched
    assert not any(folder.chart.match(str(file)) for file in watched)


def test_the_picture_is_written_with_the_region_and_only_if_it_is_another(folder: Folder) -> None:
    before = folder.chart.stat().st_mtime_ns
    folder.write(change(replace(SHOWN, region=NEWS.region), "region"))
    assert folder.chart.stat().st_mtime_ns == before
    folder.write(change(replace(SHOWN, title=NEWS.title, chart=BARS[:1]), "title"))
    assert folder.chart.stat().st_mtime_ns == before
    folder.write(change(replace(SHOWN, chart=BARS[:1]), "region"))
    assert folder.chart.read_bytes() == png(BARS[:1])
    folder.chart.unlink()
    folder.write(change(SHOWN, "region"))
    assert folder.chart.read_bytes() == png(BARS)


def test_the_picture_follows_a_page_that_was_moved_and_others_have_none(folder: Folder) -> None:
    (folder.path / "about").mkdir()
    (folder.path / f"{PAGE.name}.md").rename(folder.path / "about" / "us.md")
    folder.write(change(replace(SHOWN, chart=BARS[:1]), "region"), create(OTHER))
    assert (folder.path / "about" / CHART).read_bytes() == png(BARS[:1])
    assert folder.chart.read_bytes() == png(BARS)


def test_a_page_whose_picture_cannot_be_written_waits_for_it(folder: Folder) -> None:
    folder.chart.unlink()
    folder.chart.mkdir()
    page = (folder.path / f"{PAGE.name}.md").read_bytes()
    (written,) = folder.wiki.write([change(replace(SHOWN, region=NEWS.region), "region")])
    assert f"{CHART} cannot be read" in written.error
    assert (folder.path / f"{PAGE.name}.md").read_bytes() == page
