"""What is special about pages in a folder: bytes that stay, files that move, damage to our lines, other encodings."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daemon.model import Observed, Page, Write, fingerprint
from daemon.ports import Refused
from integrations.local import files
from integrations.local.wiki import LocalWiki
from tests.contract.wiki import NEWS, OTHER, PAGE, change, create, mark
from tests.soak import examples
from tests.unit.local_calendar_file import written


class Folder:
    """A folder of pages, with the hands of a person in it."""

    def __init__(self, path: Path) -> None:
        self.path = path / "wiki" / "platform"
        self.wiki = LocalWiki(self.path, "platform")
        self.page = self.path / f"{PAGE.name}.md"

    def write(self, *writes: Write) -> None:
        assert [result.error for result in self.wiki.write(writes)] == [""] * len(writes)

    def seen(self) -> dict[str, Observed]:
        return {one.key: one for one in self.wiki.observe(None).seen}

    def edit(self, old: str, new: str) -> None:
        data = self.page.read_bytes()
        assert old.encode() in data
        self.page.write_bytes(data.replace(old.encode(), new.encode(), 1))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.write(create(PAGE))
    return made


def test_a_page_reads_well_for_people(folder: Folder) -> None:
    key = PAGE.key
    title, region = fingerprint(PAGE.content).values()
    assert folder.page.read_text() == (
        f"# {PAGE.title}\n\n<!-- peerloop:begin {key} title={title},region={region} - -->\n\n{PAGE.region}\n\n"
        f"<!-- peerloop:end {key} -->\n\n{PAGE.body}"
    )
    assert folder.seen()[key].url == f"wiki/platform/{PAGE.name}.md"


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.rstrip(b"\n"),
        lambda data: data + b"tail  \n\n \t\n\x0c\x00",
        lambda data: data.replace(b"## Agenda", b"## Agenda  \r\n\rodd \xe2\x80\xa8 line"),
        lambda data: b"---\ntags: [x]\n# not the title\n---\n" + data,
        lambda data: data.replace(b"# 2026", b"Preface.\n\n#\t2026", 1),
        lambda data: data.replace(b"peerloop:end " + PAGE.key.encode(), b"peerloop:end"),
    ],
)
def test_of_the_rest_not_a_byte_is_touched(folder: Folder, rewrite: Callable[[bytes], bytes]) -> None:
    data = rewrite(folder.page.read_bytes())
    folder.page.write_bytes(data)
    assert folder.seen()[PAGE.key].shown == fingerprint(PAGE.content)
    folder.write(change(NEWS, "title", "region"))
    seen = folder.seen()[PAGE.key]
    assert seen.shown == fingerprint(NEWS.content)
    after = folder.page.read_bytes()
    ours = re.compile(rb"<!-- peerloop:begin.*?<!-- peerloop:end.*?-->", re.DOTALL)
    title, news = PAGE.title.encode(), NEWS.title.encode()
    assert ours.sub(b"OURS", after) == ours.sub(b"OURS", data).replace(title, news, 1)
    assert (b"\r\n" in ours.findall(after)[0]) == (b"\r\n" in data)


def test_nothing_is_written_where_nothing_changes(folder: Folder) -> None:
    before = written(folder.page)
    folder.write(create(PAGE), change(PAGE, "title", "region"), change(PAGE))
    assert written(folder.page) == before


def test_a_page_without_a_heading_gets_one(folder: Folder) -> None:
    folder.edit(f"# {PAGE.title}\n\n", "---\ndraft: true\n---\n")
    assert folder.seen()[PAGE.key].title == ""
    folder.write(change(NEWS, "title"))
    assert folder.page.read_text().startswith(f"---\ndraft: true\n---\n# {NEWS.title}\n\n<!-- peerloop:begin")
    assert folder.seen()[PAGE.key].title == NEWS.title


def test_a_heading_in_our_region_is_not_the_title(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    page = replace(PAGE, region="# Not this\n\ntext")
    folder.write(create(page))
    folder.edit(f"# {PAGE.title}\n\n", "")
    assert folder.seen()[PAGE.key].title == ""
    assert folder.seen()[PAGE.key].shown["region"] == fingerprint(page.content)["region"]


@given(st.text(max_size=40), st.text(max_size=80), st.text(max_size=80))
@example("# a # b ##", "&lt;", "<!-- peerloop:begin x - - -->")
@example(r"\*a\_ [x](y) `c` _d_ e_f <g> &amp; & ~~h~~ C#", "| a |\r\n\r\n", "")
@examples(80)
def test_any_text_means_the_same_when_read(
    tmp_path_factory: pytest.TempPathFactory, title: str, region: str, body: str
) -> None:
    folder = Folder(tmp_path_factory.mktemp("wiki"))
    page = replace(PAGE, title=" ".join(title.split()), region=region, body=body)
    folder.write(create(page))
    assert folder.seen()[PAGE.key].shown == fingerprint(page.content)
    folder.write(change(NEWS, "title", "region"), change(page, "title", "region"))
    assert folder.seen()[PAGE.key].shown == fingerprint(page.content)


# files


@pytest.mark.parametrize("place", ["renamed.md", "2026/deep/old.MD", f"copy of {PAGE.name}.md"])
def test_a_page_that_was_renamed_or_moved_is_found(folder: Folder, place: str) -> None:
    target = folder.path / place
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.page.rename(target)
    assert folder.seen()[PAGE.key].url == f"wiki/platform/{place}"
    folder.write(create(PAGE), change(NEWS, "title"))
    assert target.read_text().startswith(f"# {NEWS.title}\n")
    assert not folder.page.exists()


def test_a_copy_is_trouble_and_nothing_is_written_to_it(folder: Folder) -> None:
    copied = folder.path / "copy.md"
    copied.write_bytes(folder.page.read_bytes())
    trouble = folder.seen()[PAGE.key].trouble
    assert f"is there twice, in wiki/platform/{PAGE.name}.md and wiki/platform/copy.md, with the same mark" in trouble
    (result,) = folder.wiki.write([change(NEWS, "title")])
    assert result.error == trouble
    assert copied.read_bytes() == folder.page.read_bytes()


@pytest.mark.parametrize("name", ["../../evil", "/etc/x", ".hidden", "", "a" * 500, "a/b\\c:d\0é", "con.md"])
def test_a_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    folder = Folder(tmp_path)
    folder.write(create(replace(PAGE, name=name)))
    (path,) = tmp_path.rglob("*.md")
    assert path.parent == folder.path
    assert folder.seen().keys() == {PAGE.key}


def test_hidden_folders_other_files_and_what_a_crash_left_are_none_of_ours(folder: Folder) -> None:
    data = folder.page.read_bytes()
    for name in (".git/page.md", ".draft.md", "notes.txt", f".{PAGE.name}.md.new"):
        path = folder.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    (folder.path / "dangling.md").symlink_to("nowhere")
    assert not folder.seen()[PAGE.key].trouble
    folder.write(change(NEWS, "title"))
    assert not (folder.path / f".{PAGE.name}.md.new").exists()
    assert (folder.path / ".draft.md").read_bytes() == data


def test_unchanged_files_are_not_opened(folder: Folder) -> None:
    cursor = folder.wiki.observe(None).cursor
    program = (
        "import sys; from pathlib import Path; from integrations.local.wiki import LocalWiki\n"
        f"seen = LocalWiki(Path({str(folder.path)!r}), 'platform').observe({cursor!r})\n"
        "sys.exit(bool(seen.seen) or seen.complete or 'markdown_it' in sys.modules or 'icalendar' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_edit_of_the_same_length_is_seen(folder: Folder) -> None:
    before = folder.wiki.observe(None)
    saved = folder.page.with_suffix(".tmp")
    saved.write_bytes(folder.page.read_bytes().replace(b"Lunch", b"Munch"))
    saved.replace(folder.page)
    after = folder.wiki.observe(before.cursor)
    assert [one.title for one in after.seen] == [PAGE.title.replace("Lunch", "Munch")]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.path.parent.mkdir()
    folder.path.write_text("no folder")
    with pytest.raises(Refused, match="The pages of platform cannot be listed"):
        folder.wiki.observe(None)
    with pytest.raises(Refused):
        folder.wiki.write([create(PAGE)])


def test_one_page_that_cannot_be_written_does_not_stop_the_others(folder: Folder) -> None:
    (folder.path / f".{PAGE.name}.md.new").mkdir()  # in the way of the new version
    refused, done = folder.wiki.write([change(NEWS, "title"), create(OTHER)])
    assert "cannot be written" in refused.error
    assert done.error == ""
    assert folder.seen()[PAGE.key].title == PAGE.title


# damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: re.sub("<!-- peerloop:end.*?-->", "", text), "“<!-- peerloop:end -->” is missing"),
        (lambda text: re.sub("<!-- peerloop:begin.*?-->", "", text), "“<!-- peerloop:begin … -->” above"),
        (lambda text: text.replace(" - -->", " -->", 1), "“<!-- peerloop:begin … -->” above"),
        (lambda text: text + text, "the part kept by peerloop is there twice"),
        (lambda text: re.sub("(<!-- peerloop:end.*?-->)", r"\1\n\1", text), "there twice"),
        (lambda text: re.sub("(?s)(<!-- peerloop:begin.*?-->)(.*)(<!--.*?-->)", r"\3\2\1", text), "damaged"),
    ],
)
def test_damage_to_our_lines_is_trouble(folder: Folder, damage: Callable[[str], str], words: str) -> None:
    folder.page.write_text(damage(folder.page.read_text()) + "\n- [ ] @ada mend this\n")
    before = folder.page.read_bytes()
    seen = folder.seen()[PAGE.key]
    assert seen.trouble.startswith(f"In wiki/platform/{PAGE.name}.md, ")
    assert words in seen.trouble
    assert [item.text for item in seen.items][-1] == "mend this"
    changed, created = folder.wiki.write([change(NEWS, "title", "region"), create(PAGE)])
    assert changed.error == created.error == seen.trouble
    assert folder.page.read_bytes() == before


def test_a_page_that_lost_both_lines_is_a_persons(folder: Folder) -> None:
    folder.page.write_text(re.sub("<!-- peerloop:.*?-->", "", folder.page.read_text()))
    assert folder.seen() == {}
    folder.write(create(PAGE))
    assert sorted(path.name for path in folder.path.iterdir()) == [f"{PAGE.name}-2.md", f"{PAGE.name}.md"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_trouble(folder: Folder, encoding: str) -> None:
    text = folder.page.read_text() + "\nété\n"
    folder.page.write_bytes(text.encode(encoding))
    assert "the text is not UTF-8. Open it in an editor and save it as UTF-8." in folder.seen()[PAGE.key].trouble
    (result,) = folder.wiki.write([change(NEWS, "title")])
    assert result.error
    assert folder.page.read_bytes() == text.encode(encoding)


@given(st.binary(max_size=300), st.floats(0, 1), st.integers(0, 40))
@examples(100)
def test_any_bytes_are_read(
    tmp_path_factory: pytest.TempPathFactory, insertion: bytes, place: float, removed: int
) -> None:
    folder = Folder(tmp_path_factory.mktemp("wiki"))
    folder.write(create(PAGE))
    data = folder.page.read_bytes()
    at = int(place * len(data))
    folder.page.write_bytes(data[:at] + insertion + data[at + removed :])
    for one in folder.seen().values():
        (result,) = folder.wiki.write([change(replace(NEWS, key=one.key), "title", "region")])
        assert bool(result.error) == bool(one.trouble)


def test_events_are_not_for_a_wiki_nor_pages_for_a_calendar(folder: Folder) -> None:
    from tests.contract.calendar import SERIES
    from tests.contract.calendar import create as create_event

    (result,) = folder.wiki.write([create_event(SERIES)])
    assert "is an event" in result.error
    assert isinstance(PAGE, Page)
    assert mark(PAGE).key == PAGE.key


def test_a_page_has_an_address_where_the_folder_has_one(tmp_path: Path) -> None:
    wiki = LocalWiki(tmp_path / "wiki" / "platform", "platform", "https://files.example.com/p")
    assert [one.error for one in wiki.write([create(PAGE)])] == [""]
    (page,) = wiki.observe(None).seen
    assert page.url == f"https://files.example.com/p/wiki/platform/{PAGE.name}.md"
    path = tmp_path / "wiki" / "platform" / f"{PAGE.name}.md"
    path.rename(path.with_name("our page.md"))
    assert [one.error for one in wiki.write([change(replace(PAGE, title="Another"), "title")])] == [""]
    assert "# Another" in path.with_name("our page.md").read_text()
    assert wiki.observe(None).seen[0].url == "https://files.example.com/p/wiki/platform/our%20page.md"
    plain = LocalWiki(tmp_path / "wiki" / "platform", "platform")
    assert plain.observe(wiki.observe(None).cursor).seen[0].url == "wiki/platform/our page.md"


def test_who_goes_on_writing_a_page_for_a_moment_is_waited_for(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = list[float]()
    with folder.page.open("a") as page:
        page.write("The first half, ")
        page.flush()

        def goes_on(seconds: float) -> None:
            if not waited:
                page.write("and the second.\n")
                page.flush()
            waited.append(seconds)

        monkeypatch.setattr(files, "QUIET", 3600.0)
        monkeypatch.setattr(files, "rest", goes_on)
        folder.write(change(NEWS, "region"))
    assert len(waited) == 2, "and for what was written meanwhile"
    text = folder.page.read_text()
    assert text.endswith("The first half, and the second.\n") and NEWS.region in text


def test_what_peerloop_wrote_itself_is_not_waited_for(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "QUIET", 3600.0)
    folder.write(change(NEWS, "region"))
    assert NEWS.region in folder.page.read_text()
