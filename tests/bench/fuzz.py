"""Random words, built of what means something to a reader, for each of them: does one take long, or fail?"""

from collections.abc import Iterator
from contextlib import suppress
from time import monotonic, process_time
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.bench.readers import READERS, REFUSALS, Reader

SLOW = 2.0
"""Seconds of a processor; of so few characters a reader must make less."""
LONGEST = 20_000
_MARKDOWN = (
    "<!-- peerloop:begin ¦<!-- peerloop:end ¦a title=b,region=c - ¦ -->¦<!-- ¦---\n¦# ¦## Takeaways\n¦## Recording\n"
    "¦## Attendees\n¦- [ ] ¦- [x] ¦- ¦1. ¦> ¦    ¦\n¦\r\n¦\t¦|¦|-¦~~¦```¦`¦~~~\n¦***¦**¦_¦\\¦[¦](¦)¦![¦<a ¦<del>¦</del>"
    "¦<¦>¦&amp;¦<<<<<<< a\n¦=======\n¦>>>>>>> b\n¦@ada¦@a.b@c.d ¦'s ¦ by ¦ due: ¦on ¦the ¦Friday¦1 Feb¦2026-12-01"
    "¦in 3 days¦📅¦(dropped¦won't do¦: ¦, ¦.¦?¦everyone agrees¦record¦yes¦https://example.com/a¦x¦é¦\u2028¦\x00¦\ufeff¦👍🏽"
)
_ELEMENTS = (
    "<p>¦</p>¦<ul><li>¦</li></ul>¦<h2>Takeaways</h2>¦<h1>Recording</h1>¦<h2>Attendees</h2>¦<br/>¦<del>¦</del>"
    "¦<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-body>¦</ac:task-body></ac:task></ac:task-list>"
    '¦<ac:link><ri:user ri:account-id="a"/></ac:link>¦<time datetime="2026-12-01"/>¦<a href="https://example.com">¦</a>'
    "¦<code>¦</code>¦<table><tbody><tr><td>¦</td><td>¦</td></tr></tbody></table>¦<![CDATA[¦]]>¦<!--¦-->¦&eacute;¦&x;"
    "¦@ada ¦x¦ by Friday"
)
_LINES = (
    "BEGIN:VEVENT\n¦END:VEVENT\n¦BEGIN:VALARM\n¦END:VALARM\n¦UID:a\n¦DTSTART:20261203T121500Z\n¦RRULE:FREQ=SECONDLY\n"
    '¦EXDATE:20261210T121500Z\n¦RECURRENCE-ID;TZID=X/Y:20261210T121500\n¦ATTENDEE;CN=a:mailto:b@c.d\n¦\n¦ ¦;¦:¦,¦"'
    "¦X-PEERLOOP-MARK:a b=c -\n¦DURATION:P9999999D\n¦SUMMARY:a\\n¦SEQUENCE:9\n¦x¦é"
)
_FILE = "a¦: ¦- ¦\n¦  ¦[¦]¦{¦}¦&a ¦*a¦|\n¦>\n¦\"¦'¦#¦!!str ¦<<¦1¦.inf¦, ¦? ¦---\n"
_TALK = (
    "WEBVTT\n\n¦00:00:01.000 --> 00:00:02.000\n¦1\n¦Ada: ¦<v Ada>¦</v>¦<c.a>¦[00:01] ¦Ada  0:01\n¦I'll ¦"
    "we agreed ¦just ¦write ¦, ¦… ¦. ¦"
    "? ¦by Friday¦turned out ¦ich ¦haben ¦on a décidé ¦hemos ¦\n¦NOTE\n¦STYLE\n¦&amp;¦x¦é¦\x00"
)
_TOKENS = {
    "a page of Confluence: elements": _ELEMENTS,
    "a calendar file": _LINES,
    "a transcript": _TALK,
    "a team's file: YAML": _FILE,
    "a team's file: what it says": _FILE,
    "the columns of an export": '"¦,¦;¦\t¦ ¦a¦\n¦"",¦é',
    "a page in the place of an answer": "<title>¦</title>¦<title ¦<message>¦</message>¦<¦>¦a¦\n",
    "a mail server's reply": "550 ¦5.1.1 ¦<¦>¦a@b ¦said: ¦user ¦unknown¦ ¦a¦quota¦mailbox¦full¦\r\n",
}


class Tried(NamedTuple):
    """How many texts a reader was given, the longest time that one took it, and which one it failed or was slow at."""

    reader: str
    texts: int
    slowest: float
    failed: str = ""


def tried(seconds: float) -> Iterator[Tried]:
    """Try each reader for so many seconds, at most twice as many."""
    for name, (read, _, _) in READERS.items():
        yield _tried(name, read, _texts(_TOKENS.get(name, _MARKDOWN).split("¦")), seconds)


def _texts(tokens: list[str]) -> st.SearchStrategy[str]:
    runs = st.tuples(st.sampled_from(tokens), st.sampled_from([1, 1, 1, 2, 3, 30, 1_000]))
    lines = st.lists(runs, max_size=30).map(lambda found: "".join(token * times for token, times in found))
    return st.tuples(lines, st.sampled_from([1, 1, 20])).map(lambda found: (found[0] * found[1])[:LONGEST])


def _tried(name: str, read: Reader, texts: st.SearchStrategy[str], seconds: float) -> Tried:
    until, taken = monotonic() + seconds, list[float]()

    @settings(
        max_examples=100_000,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )
    @given(texts)
    def attack(text: str) -> None:
        if monotonic() > until:
            raise TimeoutError
        start = process_time()
        with suppress(*REFUSALS):
            read(text)
        taken.append(process_time() - start)
        assert taken[-1] < SLOW, f"{taken[-1]:.1f} s: {text[:200]!r}"

    try:
        attack()
    except TimeoutError:
        pass
    except Exception as error:  # whatever it is, it is what was looked for
        return Tried(name, len(taken), max(taken, default=0), f"{type(error).__name__}: {error}"[:300])
    return Tried(name, len(taken), max(taken, default=0))
