"""What is added to a team's file leaves all else as it was, in whatever way the file is written."""

import re
import subprocess
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import yaml12
from config.edits import CannotEdit, Value, added
from daemon.cli.needs import patch
from tests.soak import examples

TOPIC: Mapping[str, str | list[str]] = {
    "title": "How: we roll back, “really” #1?",
    "area": "ci",
    "why": "Noticed 3 times: Retro, 2026-11-13; yes",
    "link": "https://example.com/12#a",
    "added": "2026-11-29",
    "answers": ["n-0123abcd"],
}
NEED = "n-89abcdef"
FILES: Mapping[str, str] = {
    "block": "team: P\ntopics:\n  - title: A\n    area: x\n  - title: B\nsessions: []\n",
    "items in braces": "topics:\n  - {title: A, area: x}   # first\n  - {title: B}\t# tab\tin comment\nteam: P\n",
    "dashes below the key": "topics:\n- title: A\n- title: B\nteam: P\n",
    "wide": "topics:\n    -   title: A\n        area: x\nteam: P\n",
    "empty lines between": "topics:\n\n  - title: A\n    area: x\n\n  - title: B\n    area: y\n\n\n# about\nteam: P\n",
    "comments around": "topics: # here\n  # one\n  - title: A # x\n    # of A\n\n  # - out\n# of team\nteam: P\n",
    "CRLF": "\ufefftopics:\r\n  - title: A\r\n    why: |\r\n      two\r\n      lines\r\n\r\nteam: P\r\n",
    "old line ends": "topics:\r  - title: A\rteam: P\r",
    "byte order mark": "\ufeffteam: P\ntopics: [{title: A}]\n",
    "no last line end": "team: P\ntopics:\n  - title: A",
    "no last line end, in brackets": "team: P\ntopics: [{title: A}]",
    "none": "team: P\n# the end\n",
    "none, no last line end": "team: P",
    "nothing": "topics:\n  # - {title: x}\nteam: P\n",
    "null": "topics: ~ # none\nteam: P\n",
    "empty": "team: P\ntopics: []   # none yet\nseries: []\n",
    "empty, with a comment in it": "topics: [ # none\n  ]\nteam: P\n",
    "brackets on lines": "topics: [\n  {title: A},   # a\n  {title: B, area: x}    # b\n]\nteam: P\n",
    "brackets on lines, last comma": "topics: [\n  {title: A},\n  {title: B},   # b\n]\nteam: P\n",
    "brackets on one line": "topics: [{title: A}, {title: B} ]\nteam: P\n",
    "braces on lines": "topics:\n  - {\n      title: A,\n      area: x,  # comma\n    }\nteam: P\n",
    "JSON": '{"team": "P",\n "topics": [\n  {"title": "A"}\n ]}\n',
    "JSON, none": '{"team": "P"}',
    "quoted keys": '"team": P\n\'topics\':\n  - "title": A\n',
    "anchors": "team: &p P\ntopics: &all\n  - &one\n    title: A\n    area: &x ci\n  - {title: B, area: *x}\n",
    "last value an alias": "area: &x ci\ntopics:\n  - title: A\n    area: *x\nteam: P\n",
    "document markers": "%YAML 1.2\n---\ntopics:\n  - title: A\nteam: P\n...\n# behind\n",
    "markers, none": "--- # a team\nteam: P\nwhy: >\n  folded\n\n...\n",
    "kept line ends": "topics:\n  - title: A\n    why: |+\n      kept\n\n\nteam: P\n",
    "text on several lines": "topics:\n  - title: A\n    why: plain\n      on two lines # and more\nteam: P\n",
    "quotes on several lines": 'topics:\n  - title: A\n    why: "a\n\n      # no comment: - x"\nteam: P\n',
    "explicit keys": "? topics\n: - ? title\n    : A\nteam: P\n",
    "no value": "topics:\n  - title: A\n    area:\n    why: # later\nteam: P\n",
    "dash alone": "topics:\n  -\n    title: A\n  - # - no - dash\n    title: B\nteam: P\n",
    "emoji before": "team: 🦀 P # 🦀\ntopics: [{title: 🦀}] # 🦀\n",
    "one need": "team: P\ntopics:\n  - {title: A, answers: n-00000000}\ndeclined: n-11111111 # no\n",
    "needs": "topics:\n  - title: A\n    answers:\n      - n-00000000 # x\n    area: y\ndeclined: [n-11111111]\n",
    "needs on lines": "declined:\n- n-11111111\n# that is all\nteam: P\ntopics: [{title: A, answers: []}]\n",
}
EDITS: Mapping[str, tuple[yaml12.Path, Value]] = {
    "topic": (("topics",), TOPIC),
    "answer": (("topics", 0, "answers"), NEED),
    "declined": (("declined",), NEED),
}


def said(data: bytes) -> dict[str, list[object]]:
    root = yaml12.read(data).root
    assert isinstance(root, dict)
    return root


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def unadded(before: str, after: str) -> str:
    """Return what is left of a text without what was put into it."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return "".join(after[start:end] for kind, _, _, start, end in blocks if kind == "equal")


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("file", FILES)
def test_what_is_added_is_all_that_changes(file: str, edit: str) -> None:
    data, (path, value) = FILES[file].encode(), EDITS[edit]
    assert yaml12.read(data).faults == []
    if edit == "answer" and not said(data).get("topics"):
        return
    after = added(data, path, value)
    assert yaml12.read(after).faults == []
    holder_before, holder_after = (one["topics"][0] if edit == "answer" else one for one in (said(data), said(after)))
    name = str(path[-1])
    assert isinstance(holder_before, dict) and isinstance(holder_after, dict)
    new = dict(value) if isinstance(value, Mapping) else value
    assert as_list(holder_after[name]) == [*as_list(holder_before.get(name)), new]
    assert {**holder_before, name: None} == {**holder_after, name: None}
    emptied = re.sub(r"(topics:) \[\](?= )|(topics: )~", r"\1\2", FILES[file])
    assert unadded(FILES[file], after.decode()) in (FILES[file], emptied)
    ends = set(re.findall(r"\r\n|\r|\n", after.decode()))
    assert ends <= (set(re.findall(r"\r\n|\r|\n", FILES[file])) or {"\n"})
    assert after.decode().endswith(("\r", "\n")) == FILES[file].endswith(("\r", "\n"))


@pytest.mark.parametrize("file", FILES)
def test_whole_lines_are_added_where_there_are_lines(file: str) -> None:
    """Then a patch says no more than was added: no line is taken out, unless it closes what is in brackets."""
    before, after = FILES[file], added(FILES[file].encode(), ("topics",), TOPIC).decode()
    taken = [line for line in before.splitlines() if line not in after.splitlines()]
    assert all(re.search(r"[]}~]", line) for line in taken), taken


def test_all_three_one_after_the_other_and_again() -> None:
    for text in FILES.values():
        data = text.encode()
        for path, value in (*EDITS.values(), *EDITS.values()):
            data = added(data, path, value)
        root = said(data)
        first = root["topics"][0]
        assert isinstance(first, dict) and as_list(first["answers"])[-2:] == [NEED, NEED] == root["declined"][-2:]
        titles = [one["title"] for one in root["topics"] if isinstance(one, dict)]
        assert titles[-2:] == [TOPIC["title"], TOPIC["title"]]


@pytest.mark.parametrize(
    "text",
    [
        "all: &all [{title: A}]\ntopics: *all\n",
        "one: &one {title: A}\ntopics: [*one]\n",
        "topics: &all\n  - title: A\nmore: *all\n",
    ],
)
def test_what_would_change_in_two_places_is_left_alone(text: str) -> None:
    for edit in ("topic", "answer"):
        path, value = EDITS[edit]
        if edit == "topic" and "*one" in text:
            continue
        with pytest.raises(CannotEdit):
            added(text.encode(), path, value)


@examples(100)
@given(
    st.sampled_from(sorted(FILES)),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
    | st.sampled_from(
        ["yes", "null", "1", "0x1", ".5", "~", "- a", "a: b", "a #b", "*x", "&x", "!t", "%a", "@a", "a\tb", "on"]
    ),
)
def test_any_words_are_read_as_they_were_said(file: str, words: str) -> None:
    after = said(added(FILES[file].encode(), ("topics",), {"title": words, "answers": [NEED]}))
    assert after["topics"][-1] == {"title": words, "answers": [NEED]}


def test_git_takes_the_patches_of_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wanted, patches = dict[Path, bytes](), b""
    for number, text in enumerate(FILES.values()):
        file, data = Path(f"team {number}.yaml"), text.encode()
        file.write_bytes(data)
        wanted[file] = added(data, ("topics",), TOPIC)
        patches += patch(file, data, wanted[file])
    for program in (["git", "apply", "--whitespace=nowarn", "-"], ["git", "apply", "--whitespace=nowarn", "-R", "-"]):
        subprocess.run(program, input=patches, check=True, timeout=60)
        if "-R" not in program:
            assert {file: file.read_bytes() for file in wanted} == wanted
    assert [file.read_bytes() for file in wanted] == [text.encode() for text in FILES.values()]
