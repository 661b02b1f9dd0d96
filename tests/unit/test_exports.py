"""Exports of other tools: what a row says, whatever its columns are called, and what is refused."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.values import Often
from integrations.formats.bug_reports import Report, by_week, recurring
from integrations.formats.exports import MOST_ROWS, Row, export_of
from integrations.formats.need_words import LONGEST
from integrations.formats.things import Unreadable
from tests.soak import examples

FOLLOW_UPS = {
    "follow_ups": [
        {
            "id": "01F",
            "title": "Learn how the ingress drains",
            "status": "outstanding",
            "assignee": {"name": "Ada Lovelace", "email": "ada@example.com"},
            "labels": ["kubernetes", "runbook"],
            "incident": {"reference": "INC-123", "name": "502s"},
            "created_at": "2026-10-03T08:00:00.000Z",
            "external_issue_reference": {"issue_permalink": "https://tracker.example.com/1"},
        },
        {"id": "02F", "title": "Buy a bigger disk", "status": "not_doing", "created_at": "2026-10-04T08:00:00Z"},
    ],
    "pagination_meta": {"page_size": 25},
}
ACTION_ITEMS = {
    "data": [
        {
            "id": "a1",
            "type": "incident_action_items",
            "attributes": {
                "summary": "Nobody knew the failover",
                "kind": "follow_up",
                "status": "open",
                "created_at": "2026-11-01T10:00:00.000-07:00",
            },
        }
    ]
}


def test_the_follow_ups_of_an_incident_tool() -> None:
    export = export_of("incidents.json", json.dumps(FOLLOW_UPS).encode())
    rows = export.rows
    where, link = "INC-123 502s", "https://tracker.example.com/1"
    assert rows[0] == Row(
        "Learn how the ingress drains", "kubernetes", link, date(2026, 10, 3), 1, where, is_over=False
    )
    assert [row.is_over for row in rows] == [False, True]
    assert export.unread == ()


def test_action_items_whose_words_stand_deeper() -> None:
    rows = export_of("items.JSON", json.dumps(ACTION_ITEMS).encode()).rows
    assert [(row.text, row.day, row.is_over) for row in rows] == [
        ("Nobody knew the failover", date(2026, 11, 1), False)
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("title,area\nSagas,events\n", [("Sagas", "events", 1)]),
        ("\ufeffTitle;Component;Votes\r\nSagas;events;3\r\n", [("Sagas", "events", 3)]),
        ("summary\tservices\n\n\tx\nSagas\t\n", [("Sagas", None, 1)]),
        ("Timestamp,What would you like to learn?,Name\n2026-11-02,Sagas,Ada\n", [("Sagas", None, 1)]),
        ('title\n"Sagas,\nand outbox"\n', [("Sagas, and outbox", None, 1)]),
    ],
    ids=["plain", "of a spreadsheet", "with tabs and gaps", "a survey", "a cell of two lines"],
)
def test_tables(table: str, said: list[tuple[str, str | None, int]]) -> None:
    rows = export_of("needs.csv", table.encode()).rows
    assert [(row.text, row.area, row.times) for row in rows if row.text] == said


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.json", b"{", "is no JSON from line 1, column 2 on; export it again"),
        ("a.csv", b'title\n"' + b"x\n" * 100_000, "is no table in line .*: a quotation mark is not closed"),
        ("a.json", b'{"a": 1}', "holds no list of things"),
        ("a.json", b"[" * 100_000, "is no JSON"),
        ("a.csv", b"a,b\n1,2\n", "has no column of needs in its first line; name one of them need, topic, text, title"),
        ("a.csv", b"", "has no column of needs"),
        ("a.csv", "title\nSägen".encode("latin-1"), "is not in UTF-8"),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(name: str, data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why.replace("(", r"\(")):
        export_of(name, data)


def test_no_more_rows_are_read_than_anybody_could_look_through() -> None:
    export = export_of("a.csv", b"title\n" + b"".join(b"need %d\n" % n for n in range(MOST_ROWS + 1)))
    assert (len(export.rows), export.unread) == (
        MOST_ROWS,
        ("has so many rows that only the first 5,000 are read",),
    )


def test_each_answer_to_a_survey_counts_as_a_row() -> None:
    questions = [f"What would you like to learn? ({n})" for n in range(400)]
    table = [",".join(questions), *[",".join(["Sagas"] * 400)] * 20]
    export = export_of("survey.csv", "\n".join(table).encode())
    assert (len(export.rows), len(export.unread)) == (MOST_ROWS, 1)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 900_000, "0." + "9" * 900_000])
def test_a_number_that_is_none_is_left_out_and_said(number: str) -> None:
    export = export_of("a.json", f'[{{"title": {number}, "count": {number}}}, {{"title": "Sagas"}}]'.encode())
    assert [row.text for row in export.rows] == ["", "Sagas"]
    assert export.unread == ("has numbers that are none, such as NaN, or far too large; they are left out",)


@pytest.mark.parametrize("cell", ["NaN", "null", "None", "N/A", "#N/A"])
def test_words_for_nothing_are_no_need(cell: str) -> None:
    assert [row.text for row in export_of("a.csv", f"title,area\n{cell},{cell}\n".encode()).rows] == [""]


def test_lists_within_lists_say_nothing() -> None:
    deep = b"[" * 800 + b'"Sagas"' + b"]" * 800
    assert [row.text for row in export_of("a.json", b'[{"title": %b}]' % deep).rows] == [""]


def test_a_small_table_that_would_take_a_lot_of_memory_is_refused() -> None:
    with pytest.raises(Unreadable, match="has 100,001 columns, and no more than 500 are read; leave some out"):
        export_of("a.csv", b"title" + b",x" * 100_000 + b"\n" + b"a\n" * 5_000)


@examples(100)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.json"]))
def test_whatever_stands_in_a_file_it_is_read_or_refused(data: bytes, name: str) -> None:
    try:
        rows = export_of(name, data).rows
    except Unreadable:
        return
    assert all(len(row.text) <= LONGEST for row in rows)


TODAY = date(2026, 11, 27)


def test_bugs_of_an_area_that_come_again_are_one_need() -> None:
    days = [TODAY - timedelta(days=n) for n in (0, 27, 28)]
    reports = [*(Report("ingress", day) for day in days), *[Report("db", TODAY)] * 2]
    (twice,) = recurring(reports, Often(2, timedelta(weeks=2)), TODAY, "bugs.csv")
    assert (twice.area, twice.times, twice.seen) == ("db", 2, TODAY)
    both = recurring(reports, Often(2, timedelta(weeks=4)), TODAY, "bugs.csv")
    assert [(one.text, one.times) for one in both] == [
        ("Bugs in db that come again", 2),
        ("Bugs in ingress that come again", 2),
    ]
    assert by_week(reports)["ingress"] == {date(2026, 10, 26): 2, date(2026, 11, 23): 1}
