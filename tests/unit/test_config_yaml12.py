"""YAML 1.2's core schema, the places of keys and values, and what is refused."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import yaml12
from config.yaml12 import Place, read, scalar
from tests.soak import examples


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (text, text)
            for text in ("on", "off", "yes", "NO", "y", "12:15", "2026-12-21", "1_000", "0b1", "0x", "-", ".")
        ),
        *((text, text) for text in ("=", "<<x", "190:20:30", "0o8", "+0x1", "tRue", "nUll", "1e", "45..75")),
        *((text, None) for text in ("~", "null", "Null", "NULL", "")),
        *((text, True) for text in ("true", "True", "TRUE")),
        *((text, False) for text in ("false", "False", "FALSE")),
        *(("0", 0), ("-7", -7), ("+7", 7), ("017", 17), ("0o17", 15), ("0xfF", 255)),
        *(("1.5", 1.5), ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-1", -0.15), ("-.INF", -math.inf)),
    ],
)
def test_core_schema(text: str, value: object) -> None:
    read_value = scalar(text)
    assert (type(read_value), read_value) == (type(value), value)


def test_not_a_number_is_one() -> None:
    assert math.isnan(float(str(scalar(".NaN"))))


def test_keys_and_quoted_values_stay_text() -> None:
    document = read(b"{on: 'true', 'off': \"12\", NO: !!str 7, at: 12:15}")
    assert document.root == {"on": "true", "off": "12", "NO": "7", "at": "12:15"}
    assert document.faults == []


def test_places_of_keys_and_values() -> None:
    document = read("\ufeffteam: Ä\nmembers:\n  - name: 😀 x\n    away: [1, 22]\n".encode())
    assert document.place(("team",)) == Place(1, 7)
    assert document.key_place(("members",)) == Place(2, 1)
    assert document.place(("members", 0, "away", 1)) == Place(4, 15)
    assert document.key_place(("members", 0, "away")) == Place(4, 5)
    assert document.place(("members", 0, "email")) == Place(3, 5), "what is missing is where it should be"


def test_aliases_are_understood() -> None:
    document = read(b"a: &one [1, 2]\nb: *one\n")
    assert (document.root, document.faults) == ({"a": [1, 2], "b": [1, 2]}, [])


BOMB = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]\n" + "".join(
    f"a{after}: &a{after} [{', '.join([f'*a{before}'] * 10)}]\n" for before, after in pairwise(range(9))
)
DEEP_ALIASES = "a0: &a0 [1]\n" + "".join(f"a{after}: &a{after} [*a{before}]\n" for before, after in pairwise(range(99)))


@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, 1, "'a' is written twice, first in line 1; delete one"),
        (b"a: {b: 1, b: 2}", 1, 11, "'b' is written twice"),
        (b"<<: {a: 1}", 1, 1, "<< is not part of YAML 1.2; write the keys out"),
        (b"x: 1\n1: 2", 2, 1, "1 is not; put it in quotes"),
        (b"true: 2", 1, 1, "true is not; put it in quotes"),
        (b"? [a]\n: 1", 1, 3, "a key has to be plain text"),
        (b"a: !!python/object:os.system x", 1, 4, "has no meaning here"),
        (b"%YAML 1.2\n%TAG !x! y\n" + b"%TAG !y! z\n" * 80_000 + b"---\na: 1", 2, 1, "tags have no meaning here"),
        (b"#\r%TAG !y! z\r---\ra: 1", 1, 3, "tags have no meaning here"),
        (b"a: *b", 1, 4, "*b stands for &b, which is not above"),
        (b"a: &b [*b]", 1, 8, "would never end"),
        (BOMB.encode(), 4, 45, "grow beyond measure"),
        (DEEP_ALIASES.encode(), 32, 12, "grow beyond measure"),
        (b"[" * 100_000, 1, 34, "nested more than 32 levels deep"),
        (b"- " * 100_000, 1, 67, "nested more than 32 levels deep"),
        (b'{"a":' * 50_000, 1, 166, "nested more than 32 levels deep"),
        (b"#" * (1024 * 1024 + 1), 1, 1, "larger than 1 MiB"),
        ("a: 1".encode("utf-16"), 1, 1, "UTF-16 or UTF-32; save it as UTF-8"),
        ("a: 1".encode("utf-16-le"), 1, 1, "UTF-16 or UTF-32; save it as UTF-8"),
        ("a: 1".encode("utf-32"), 1, 1, "UTF-16 or UTF-32; save it as UTF-8"),
        ("a: 1\nb: Zoë".encode("latin-1"), 2, 6, "0xEB is not UTF-8"),
        (b"a: 1\nb: \x07", 2, 4, "invisible control character here, U+0007"),
        ("a: x\u2028y".encode(), 1, 5, "U+2028"),
        (b"a: 1\n---\nb: 2", 2, 1, "a second YAML document begins here"),
        (b"a: 1\n...\nb: 2", 3, 1, "nothing may follow the end"),
        (b"a:\n\tb: 1", 2, 1, "indented with a tab; indent it with spaces"),
        (b"a: b\n\tc: d", 2, 1, "indented with a tab; indent it with spaces"),
        (b"a: b: c", 1, 5, "a colon is out of place"),
        (b"a: - b", 1, 4, "begin it on the next line"),
        (b"a: [1, 2\nb: 3", 2, 2, "the list that begins in line 1 is not closed"),
        (b"a: {b: 1\nc: 2", 2, 2, "what begins with { in line 1 is not closed"),
        (b"a:\n  - b\n c: 1", 3, 2, "check the indentation"),
        (b"x: 1\na: 'b\nc: 2", 2, 4, "these quotes are never closed; close them"),
        (b"a: @b", 1, 4, "text cannot begin with @; put it in quotes"),
        (b"a: %b", 1, 4, "text cannot begin with %; put it in quotes"),
        (b'a: "\\q"', 1, 5, "use single quotes"),
        (b"- a\nb: 1", 2, 1, "does not belong to the list above"),
        (b"a: !b!c d", 1, 4, "text cannot begin with !"),
    ],
)
def test_refused_with_place_and_advice(data: bytes, line: int, column: int, words: str) -> None:
    (place, message), *more = read(data).faults
    assert (place, more) == ((line, column), [])
    assert words in message
    assert ";" in message, "a fault says what to do"


def test_several_faults_at_once() -> None:
    faults = read(b"a: 1\na: 2\n3: x\n<<: y\nb: c: d\n").faults
    assert [place.line for place, _ in faults] == [2, 3, 4, 5]


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_nothing(data: bytes) -> None:
    assert (read(data).root, read(data).faults) == (None, [])


@examples(300)
@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"%@#, \n\t~<?", max_size=60).map(str.encode))
def test_no_input_raises(data: bytes) -> None:
    document = read(data)
    assert all(place.line >= 1 and place.column >= 1 and message for place, message in document.faults)


def test_it_needs_no_more_than_the_parser_itself_takes() -> None:
    text = "".join(
        f"- {{title: Topic {n}, votes: {n}, added: 2026-10-05, owner: ada@example.com}}\n" for n in range(150)
    )
    document = yaml12.read(text.encode())
    assert isinstance(document.root, list)
    assert len(document.values) == 1 + 150 * 5
