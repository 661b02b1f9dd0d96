"""Transcripts: who said what and when, in each form, and which of it announces something, in each language."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import RelativeDay, Said
from integrations.formats.transcript.cues import ENDINGS, LARGEST, Cue, NoTranscript, cues_of
from integrations.formats.transcript.phrases import languages
from integrations.formats.transcript.suggested import suggested, suggestions
from tests.soak import examples

ADA = "Ada Lovelace"
VOICES = """WEBVTT

1
00:00:01.000 --> 00:00:03.500
<v Ada Lovelace>We agreed to keep</v>

2
00:00:03.500 --> 00:00:05.000
<v Ada Lovelace>the old gateway.</v>

3
00:12:43.000 --> 00:12:45.000
<v Bob Noyce>I'll write the <i>runbook</i> by Friday.</v>
"""
NAMES = VOICES.replace("<v ", "").replace("</v>", "").replace(">We", ": We").replace(">the old", ": the old")
NAMES = NAMES.replace("Bob Noyce>", "Bob Noyce: ")
CAPTIONS = NAMES.removeprefix("WEBVTT\n\n").replace(".000", ",000").replace(".500", ",500")
LINES = """[00:00:01] Ada Lovelace: We agreed to keep
the old gateway.
[12:43] Bob Noyce: I'll write the runbook by Friday.
"""
HEADINGS = """Ada Lovelace  0:01
We agreed to keep the old gateway.

Bob Noyce  12:43
I'll write the runbook by Friday.
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.vtt", VOICES), ("a.VTT", NAMES), ("a.srt", CAPTIONS), ("a.txt", LINES), ("a.txt", HEADINGS)],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_form_tells_who_said_what_and_when(name: str, text: str, encoding: str) -> None:
    decision, promise = suggestions(name, text.encode(encoding))
    assert (decision.kind, decision.text) == (Said.DECISION, "We agreed to keep the old gateway.")
    assert (decision.speaker, decision.at) == (ADA, 1)
    assert (promise.kind, promise.text) == (Said.PROMISE, "I'll write the runbook.")
    assert (promise.speaker, promise.at, promise.due) == ("Bob Noyce", 763, RelativeDay(weekday=4))


@pytest.mark.parametrize("blanks", [" ", "\t", "\u00a0 "])
def test_a_line_of_blanks_is_read_at_once(blanks: str) -> None:
    run = blanks * (19_000 // len(blanks))
    lines = f"[12:43] Ada Lovelace: We agreed to keep it.\nA{run}x\nAda Lovelace:{run}It stays.\n[00:01] A{run}00:0\n"
    assert [cue.words for cue in cues_of("a.txt", lines.encode())] == [
        "We agreed to keep it.", "A x", "It stays.", "A 00:0"
    ]  # fmt: skip


def test_a_name_recurs_or_nearly_all_lines_begin_with_one() -> None:
    lines = (
        "Ada: Hello.\nAda: So the question is: who leads?\nThe answer: nobody.\nFor now\nat least.\nYes.\nAda: Fine."
    )
    assert [(cue.speaker, cue.words) for cue in cues_of("a.txt", lines.encode())] == [
        ("Ada", "Hello."),
        ("Ada", "So the question is: who leads?"),
        ("Ada", "The answer: nobody."),
        ("Ada", "For now"),
        ("Ada", "at least."),
        ("Ada", "Yes."),
        ("Ada", "Fine."),
    ]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.vtt", b"", "form"),
        ("a.vtt", b"hello", "form"),
        ("a.vtt", b"WEBVTT\n\n", "no words"),
        ("a.srt", b"WEBVTT\n\n", "form"),
        ("a.srt", b"\x00\xff\xfe", "form"),
        ("a.txt", b"just a note\nof two lines", "who speaks"),
        ("a.txt", b"a" * 30_000, "longer than anybody speaks"),
        ("a.txt", b"Ada: a\n" * (LARGEST // 7 + 1), "larger than 2 MB"),
        ("a.txt", b"Ada: a\n" * 21_000, "more than 20,000 cues"),
    ],
)
def test_what_is_no_transcript_is_refused_in_words(name: str, data: bytes, why: str) -> None:
    with pytest.raises(NoTranscript, match=why):
        suggestions(name, data)


@examples(100)
@given(st.sampled_from(ENDINGS), st.binary(max_size=300))
def test_no_bytes_make_a_reader_fail_otherwise(ending: str, data: bytes) -> None:
    for start in (b"", b"WEBVTT\n\n", b"1\n", b"00:01.000 --> 00:02.000\n"):
        try:
            cues_of(f"a{ending}", start + data)
        except NoTranscript:
            continue


_MARKUP = [
    "1\n",
    "Ada: ",
    "00:00:01.000 --> 00:00:02.000\n",
    "<v Ada>",
    "<c.a>",
    "@ada ",
    "*",
    "… ",
    ", ",
    ". ",
    "? ",
    "\n",
]
_TALK = [
    "I'll ",
    "we agreed ",
    "write ",
    "just ",
    "learned ",
    "turned out ",
    "by Friday ",
    "ich ",
    "haben ",
    "on a décidé ",
]
_WORDS = st.sampled_from([*_MARKUP, *_TALK])


@examples(100)
@given(st.sampled_from(ENDINGS), st.lists(_WORDS, max_size=60).map("".join))
def test_what_is_offered_never_means_anything_on_a_page(ending: str, text: str) -> None:
    head = {".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n", ".srt": "1\n00:00:01,000 --> 00:00:02,000\n"}.get(ending, "")
    try:
        offered = suggestions(f"a{ending}", f"{head}{text}".encode())
    except NoTranscript:
        return
    assert not {*"@*[]<>|`~#\\\n"} & {sign for one in offered for sign in one.text + one.speaker}


@pytest.mark.parametrize("words", ["a b c. ", "I will also ", "ich schreibe "])
def test_what_a_transcript_takes_is_bounded(words: str) -> None:
    clock = "00:00:01.000 --> 00:00:02.000\n"
    text = "WEBVTT\n\n" + f"{clock}{words * 40}\n\n" * 4_000
    start = process_time()
    suggestions("a.vtt", text.encode()[:LARGEST])
    assert process_time() - start < 30


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Okay, so we've agreed that the old gateway stays.", Said.DECISION),
        ("Let's postpone the upgrade to the next sprint.", Said.DECISION),
        ("In hindsight we should have measured first.", Said.LESSON),
        ("It turned out that the cache was empty.", Said.SURPRISE),
        ("Yeah, um, I will, uh, write that up.", Said.PROMISE),
        ("I can take a look at the tests.", Said.PROMISE),
        ("Ich schreibe das bis Freitag auf.", Said.PROMISE),
        ("Wir haben uns für das neue Gateway entschieden.", Said.DECISION),
        ("Wir haben dabei viel über Caches gelernt.", Said.LESSON),
        ("Es hat sich herausgestellt, dass der Cache leer war.", Said.SURPRISE),
        ("Je vais préparer un brouillon pour lundi.", Said.PROMISE),
        ("On a décidé de garder l’ancien service.", Said.DECISION),
        ("Ce qu’il faut retenir, c’est de tester tôt.", Said.LESSON),
        ("Il s’avère que le cache était vide.", Said.SURPRISE),
        ("Voy a revisar el documento mañana.", Said.PROMISE),
        ("Hemos decidido usar la otra base de datos.", Said.DECISION),
        ("Aprendimos que hay que probar antes.", Said.LESSON),
        ("Resulta que la caché estaba vacía.", Said.SURPRISE),
    ],
)
def test_a_phrase_announces_something(words: str, kind: Said) -> None:
    ((_, one),) = suggested([Cue(words, ADA, 1)])
    assert one.kind is kind


@pytest.mark.parametrize(
    "words",
    [
        "I'll share my screen.",
        "I'll hand over to Bob now.",
        "Should we say that we agreed to this?",
        "Have we decided which one we take?",
        "I will post the link in the chat.",
        "Let's move on to the next topic.",
        "No surprises to report from the tests.",
        "Ich teile kurz meinen Bildschirm.",
        "Je vais partager mon écran.",
        "Voy a compartir mi pantalla.",
        "Ob wir das beschlossen haben, weiß ich nicht?",
    ],
)
def test_what_steers_the_talk_or_asks_announces_nothing(words: str) -> None:
    assert list(suggested([Cue(words, ADA, 1)])) == []


def test_a_sentence_is_put_together_from_cues_and_said_once() -> None:
    cues = [Cue("And so I'll", ADA, 5), Cue("write it down. I'll", ADA, 7), Cue("do it today.", ADA, 9)]
    assert [(number, one.text, one.at) for number, one in suggested(cues)] == [(0, "I'll write it down.", 5)]


def test_there_are_phrases_of_each_kind_in_four_languages() -> None:
    assert {*languages()} == {"de", "en", "es", "fr"}
    assert all({*phrases.says} == {*Said} for phrases in languages().values())
