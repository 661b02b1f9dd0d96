"""The words of peerloop's mails and pages, as a table: what each sentence means to whoever reads it.

A sentence that is said otherwise from now on is changed here, in its one line; ``judges.py`` says what makes it true.
In the words ``{name}`` stands for what differs, and what is in ``[square brackets]`` may be left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

WHEN = r"\w+day \d{4}-\d\d-\d\d, \d\d:\d\d \([^()]*\)"
QUOTED = "“.+?”"
VALUES: Mapping[str, str] = {
    **{"when": WHEN, "was": WHEN, "day": r"\w+day \d{4}-\d\d-\d\d", "date": r"\d{4}-\d\d-\d\d", "time": r"\d\d:\d\d"},
    **{
        "words": QUOTED,
        "topic": QUOTED,
        "title": QUOTED,
        "number": r"\d+",
        "n": r"\d+",
        "box": r"- \[ \] @.*",
        "rest": ".*",
    },
    "soon": r"today|on \w+day(?: \d{4}-\d\d-\d\d)?",
}
"""What may stand for a name in the words; else anything."""


@dataclass(frozen=True)
class Sentence:
    """What a sentence means, by the name of its judge, the words of it, and what goes without saying.

    One that means nothing claims nothing: a greeting, a heading, an advice.
    """

    means: str
    words: str
    told: Mapping[str, str] = field(default_factory=dict)

    def read(self, text: str) -> dict[str, str] | None:
        """Return what a text says, by name, where it is this sentence."""
        found = _pattern(self.words).fullmatch(text)
        said = {name: value for name, value in found.groupdict().items() if value is not None} if found else {}
        return {**self.told, **said} if found else None


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile("".join(_pieces(words)))


def _pieces(words: str) -> Iterator[str]:
    for piece in re.split(r"(\{\w+\}|[][])", words):
        if piece.startswith("{"):
            yield f"(?P<{piece[1:-1]}>{VALUES.get(piece[1:-1], '.+?')})"
        else:
            yield {"[": "(?:", "]": ")?"}.get(piece, re.escape(piece))


def reading_of(text: str, sentences: "tuple[Sentence, ...]") -> tuple[str, dict[str, str]] | None:
    """Return what a text means and what it says, by the first sentence that it is."""
    readings = ((sentence.means, sentence.read(text)) for sentence in sentences)
    return next(((means, said) for means, said in readings if said is not None), None)


# what a mail tells, line by line

_SESSION = "{series} on {when}"
_MORE = (
    "[; still missing: {missing}][. A recording needs everyone's consent: please ask for it first]"
    "[; not everyone has agreed to a recording][, in place of {old}]"
)
_ABOUT = "[; about {topic}][; a topic is wanted][; nobody yet as {roles}]"
_FROM = "due {day}, from {series} on {date}"
_INSTEAD = "{other} takes place at that time"
TOLD: tuple[Sentence, ...] = (
    Sentence("off", f"Called off: {_SESSION}[ ({{why}})]"),
    Sentence("on", f"Takes place after all: {_SESSION}"),
    *(
        Sentence(
            "all_off",
            f"{{series}} {ended}: its {{number}} sessions from {{day}} on are called off[; {_INSTEAD}]",
        )
        for ended in ("has ended", "was ended in the calendar", "was deleted in the calendar")
    ),
    *(
        Sentence("all_on", f"{{series}} goes on: its {{number}} {do} place after all[, now {{now}}]")
        for do in ("sessions from {day} on take", "session from {day} on takes")
    ),
    Sentence("moved", "Moved: {series} of {was} is now on {when}"),
    *(
        Sentence("series_moved", f"{did}: {rule} ({{zone}}[; {{time}} for you]), from {{since}} on")
        for did, rule in ((did, "{series}, until now {habit}, is now {now}") for did in ("Moved", "Changed"))
    ),
    Sentence("series_on", "{old} goes on as {series}, from {day} on"),
    Sentence("duty", f"You facilitate {_SESSION}{_MORE}", {"role": "facilitator"}),
    Sentence("duty", f"You present[ {{topic}}] at {_SESSION}{_MORE}", {"role": "presenter"}),
    Sentence("duty", f"You bring[ your work][ {{topic}}] as the author to {_SESSION}{_MORE}", {"role": "author"}),
    Sentence("duty", f"You review[ {{topic}}] at {_SESSION}{_MORE}", {"role": "reviewer"}),
    Sentence("duty", f"You drive at {_SESSION}{_MORE}", {"role": "driver"}),
    Sentence("duty", f"You navigate at {_SESSION}{_MORE}", {"role": "navigator"}),
    Sentence("duty", f"You take notes at {_SESSION}{_MORE}", {"role": "note-taker"}),
    Sentence("duty", f"You are the {{role}} at {_SESSION}{_MORE}"),
    Sentence("pair", f"You pair with {{others}} at {_SESSION}{_MORE}"),
    Sentence(
        "no_topic",
        f"{_SESSION} has no topic yet[ ({{why}})]: please agree on one with the team[, and write it {{rest}}]",
    ),
    Sentence("not_theirs", f"Your turn as {{role}} of {_SESSION} has gone to {{name}}"),
    Sentence("not_theirs", f"Your turn as {{role}} of {_SESSION} is yours no more; nobody has it yet"),
    Sentence("not_theirs", f"Your turn as {{role}} of {_SESSION} is yours no more; there is no {{role_gone}} any more"),
    Sentence("new_topic", f"The topic of {_SESSION} is now {{topic}}"),
    Sentence("no_topic", f"The topic of {_SESSION}: there is none any more"),
    Sentence("new_topic", f"Your topic {{topic}} is now that of {_SESSION}[; {{name}} presents it]"),
    Sentence("other_topic", f"Your topic {{topic}} is no longer that of {_SESSION}"),
    *(
        Sentence("led_by", f"{_SESSION}: {leads} it{yet}{_ABOUT}")
        for leads, yet in (("{name} leads", ""), ("nobody leads", " yet"))
    ),
    Sentence("all_open", "1 action item is overdue: {items}"),
    Sentence("all_open", "{number} action items are overdue: {items}"),
    Sentence("unjudged", "{number} thing[s] that people want to learn {are} neither taken up nor declined{rest}"),
    Sentence("trouble", "In trouble: {rest}"),
    *(
        Sentence("trouble", f"{wrong}, since {{rest}}")
        for wrong in (
            *("The team's file is wrong", "Nothing is brought up to date", "The {place} cannot be used"),
            "Something cannot be written to the calendar or the wiki",
            "What the team needs to learn cannot be read everywhere",
        )
    ),
    Sentence("trouble", "{what} again, since {since}; the trouble was first seen on {rest}"),
    Sentence("unjudged", "This is about how {team} learns from each other: {rest}"),
    Sentence("unjudged", "This is about how {team} learns from each other. There is no series of sessions now"),
    Sentence("unjudged", "Who leads a session, presents or takes notes goes in turns: {rest}"),
    Sentence("unjudged", "Your turns so far: {rest}"),
    Sentence("unjudged", "A mail like this comes once a day at most, {rest}"),
    Sentence("topic_asked", f"{_SESSION} is about {{topic}}: what would you like to know? {{rest}}"),
    Sentence("no_topic", f"{_SESSION} has no topic yet: what would you like to hear about? {{rest}}"),
    Sentence("stands", f"{_SESSION}: is there something that you would like to bring? {{rest}}"),
    Sentence("gap", f"Nobody can be the {{role}} of {_SESSION}[: {{rest}}]"),
    Sentence(
        "sought",
        f"{_SESSION} looks for somebody as {{role}}, for {{name}} cannot make it: whoever says yes first has "
        f"it, until {{rest}}; then it goes by turns",
    ),
    Sentence(
        "swap",
        f"{{name}} would like to swap: {_SESSION} ({{role}}) for your turn, {{other}} on {{was}} ({{theirs}}). "
        "Only if you say yes",
    ),
    Sentence("no_swap", f"{{name}} would rather not swap {{other}} on {{was}}: {_SESSION} ({{role}}) stays yours"),
    Sentence("open_turn", f"Who wants {_SESSION}? Open until {{until}}: {{roles}}[; planned is {{about}}]"),
    Sentence(
        "late_decline",
        "{name} ({role}) has declined {series} on {date}, {time}, too late to give the turn to somebody else. "
        "Could step in: {instead}",
    ),
    Sentence(
        "late_decline",
        "{name} ({role}) has declined {series} on {date}, {time}, and the team's file names them, so only you can give "
        "the turn to somebody else. Could step in: {instead}",
    ),
    Sentence("undelivered", "The digest of {date} did not reach {name}: {rest}"),
    Sentence(
        "reminded",
        f"{{words}}, {_FROM}: {{name}} has been reminded {{times}}[, {{number}} of them since it was due]; "
        "please ask what would help",
    ),
    Sentence(
        "open",
        f"{{words}}, {_FROM}: {{name}} has muted reminders, and so was sent none; please ask what would help",
    ),
    Sentence("item", f"{{words}}, {_FROM}[; together with {{others}}][; today is your last working day until then]"),
    Sentence(
        "open", f"{{words}} is for @{{handle}}, whom the team does not know: please find somebody for it ({_FROM})"
    ),
    Sentence("open", f"{{words}} is for @{{handle}}, which could be {{rest}}: please write the full address ({_FROM})"),
    Sentence("open", f"{{words}} has nobody yet: please find somebody for it ({_FROM})"),
    Sentence(
        "left_open",
        f"{{words}} is still open and {{name}} has left the team: please find somebody to take it over ({_FROM})",
    ),
    Sentence("dropped", "{words}, from {series} on {date}: thank you for saying so"),
    Sentence("deeds", "In {quarter} you {deeds}"),
    Sentence("written_up", "{series}[ {topic}] of {day}: while it is fresh, please add to its page: {missing}"),
    Sentence(
        "written_up",
        "{series}[ {topic}] of {day}: nothing is written on its page yet. Two lines on {missing} are enough",
    ),
    Sentence(
        "unread", "{words}, on the page of {series} on {date}, looks like an action item but cannot be read as one"
    ),
    Sentence(
        "lost",
        "The page of {series} on {date} cannot be read any more: it was deleted, emptied, moved away or archived, or "
        "is no longer shown to peerloop. Until it is back, nobody is reminded of what is open on it: {items}",
    ),
    Sentence(
        "page_gone",
        "the page {title} is gone: deleted, emptied or moved away by a person, or hidden from peerloop. It is not made "
        "again; --allow-create N brings it back",
    ),
    Sentence(
        "series_gone",
        "the series {title} was deleted by a person and is not made again; --allow-create N brings it back",
    ),
    Sentence("series_ended", "the series {title} was ended by a person, and stays so"),
    Sentence("by_hand", "the page {title}: a person changed its {field}, which stays; peerloop's news is not shown"),
    Sentence("by_hand", "the series {title}: a person changed its {field}, which stays; peerloop's news is not shown"),
    Sentence("by_hand", "{title} on {date}: a person changed its {field}, which stays; peerloop's news is not shown"),
    *(
        Sentence("moved_whole", f"somebody {did} the [whole ]series {{title}}[ from {{since}}] {rest}")
        for did, rest in (
            ("moved", "in the calendar, which stays[. To say the same in the team's file, write {rest}]"),
            ("changed", "in the calendar; it goes on there as it was planned"),
        )
    ),
    Sentence("unjudged", "somebody made the sessions of the [whole ]series {title}[ from {since}] last {rest}"),
    Sentence(
        "overruled",
        "{title} of {date} is to be moved to {rest}, says the file; but somebody moved it to {moved} in the calendar, "
        "which stays",
    ),
    Sentence(
        "unjudged", "somebody wrote {topic} in the {place} of its {thing} as the topic of {title} on {date}, so {rest}"
    ),
    Sentence("unjudged", "what the team needs to learn is not read whole: {rest}"),
    Sentence("unjudged", "the series {title} has no Meet link, for its calendar allows none. {rest}"),
    Sentence("unjudged", "the page {title}: {rest}"),
    Sentence("unjudged", "The ledger is new, but {rest}"),
    Sentence("unjudged", "'{new}' is new, and {old} is in no file any more: was this {rest}"),
    Sentence("unjudged", "the series {title}: {rest}"),
    Sentence(
        "can_now",
        "{series}[ {topic}] of {day}: can you do it now? Please tick yes or not yet, beside your name on its page",
    ),
    Sentence("learned", "{series}[ {topic}] of {day}: {learned}"),
    Sentence("unjudged", "and {number} more[: see]"),
)

# what stands around it

DUE, OVERDUE = "Coming up", "Overdue"
"""The headings below which action items stand."""
AROUND: tuple[Sentence, ...] = (
    *(Sentence("", f"Hello{name},") for name in (" {name}", "")),
    Sentence("", "here is what {teams} would like you to know today."),
    *(
        Sentence("", heading)
        for heading in (
            *("Welcome", "Due today", "Turns that changed hands", "In trouble, for you as the lead"),
            *("Works again, for you as the lead", "What is next, for you as the lead"),
            *(OVERDUE, DUE, "To write up", "Not understood", "Topics wanted, from you and the team"),
            *("Your part in the next sessions", "Sessions that changed", "Stuck, where a word from you may help"),
            "Renamed? A question to you as the lead",
            *("Open roles, for you as the lead", "Not delivered, for you as the lead"),
            *("Could you?", "Open to whoever wants them"),
            *("Changed by hand, for you as the lead", "Your questions and wishes", "What we learned", "Thank you"),
            "Can you do it now?",
        )
    ),
    Sentence("", "There was no room for all of it: the team's pages and its calendar have the rest."),
    Sentence("", "Done? Tick the box on the page, and you will not hear of it again."),
    Sentence("", "Needs longer, or is somebody else's? Write another date or another @name there."),
    Sentence("", "Will not be done after all? Write (dropped) behind it."),
    Sentence("", "An action item is a box in a list, a name, and what is to be done: {box}"),
    Sentence("", "Anything else for {teams}?"),
    Sentence("", "Cannot make it? Decline in the calendar, and we look for somebody else."),
    Sentence("", "Could you take a turn, or swap one? Say yes or no on the team's web page."),
    Sentence("", "Would you like one of the open turns? {rest}"),
    Sentence("", "To give somebody a role, name them under `sessions:` in the team's file."),
    Sentence("", "Nothing was renamed? Then there is nothing to do."),
    Sentence(
        "",
        "An honest “not yet” helps: it may bring a topic back. The page shows your tick; elsewhere it is only said how "
        "many can do it now.",
    ),
    Sentence("", "Have a good day!"),
    Sentence("", "peerloop"),
)
SUBJECTS: tuple[Sentence, ...] = (
    Sentence("count", "One thing from {teams}: {counts}", {"number": "1"}),
    Sentence("count", "{number} things from {teams}: {counts}"),
    *(
        Sentence("named", words.replace("{session}", "{series} {soon}[, in place of {old}]") + "[; also {counts}]")
        for words in (
            *("You facilitate {session}", "You present[ {topic}] at {session}", "You are the {role} at {session}"),
            *("You bring[ your work][ {topic}] as the author to {session}", "You review[ {topic}] at {session}"),
            *("You drive at {session}", "You navigate at {session}", "You take notes at {session}"),
            *(
                "You pair with {rest}",
                "Your turn as {role} of {session} {rest}",
                "Nobody can be the {role} of {session}",
            ),
            *(
                "The topic of {session}[ is now {topic}][: there is none any more]",
                "Your topic {topic} is now that of {session}[; {rest}]",
                "Your topic {topic} is no longer that of {session}",
                "Called off: {session}",
                "Takes place after all: {session}",
                "Moved: {session}",
                "{session} has no topic yet",
                "{series} on {day} looks for somebody as {role}",
                "{name} would {rest} swap turns[ with you]",
            ),
            *(
                "{words} is overdue",
                "{words} is due {soon}",
                "{words} is stuck",
                "{rest}: an action item cannot be read",
            ),
            *("{series} of {weekday}: please write it up", "The page of {series} on {date} cannot be read any more"),
            *("{series} is now {now}, from {since} on", "{series} {rest}: {n} sessions are called off", "'{rest}"),
            *("{series} goes on: {n} session[s] take[s] place after all", "{old} goes on as {series}"),
            "The ledger is new",
            *("What is next: {rest}", "Mail does not reach {name}", "Welcome to {rest}", "The team's file is {rest}"),
            *("Nothing is brought up to date{rest}", "The {place} can{rest}", "All {rest}", "Something {rest}"),
            *("The page {title}[:] {rest}", "The series {title}[:] {rest}", "Somebody {rest}"),
            *("{title} on {date}: a person changed its {field}", "{series} on {date} is about {topic}"),
            *("{series} of {date} stays where somebody moved it", "{words}: which day is meant?"),
            *("What the team needs to learn {rest}", "What we learned", "Thanks"),
            *("A {rest}", "An {rest}", "{n} {rest}"),
        )
    ),
)
"""What a mail is called: how much is in it, or the first thing by its name."""

# what a page tells

STATUSES: tuple[Sentence, ...] = (
    *(Sentence("coming", words) for words in ("planned, may still change", "announced")),
    *(Sentence("held", words) for words in ("held", "held, and written up")),
    Sentence("held", "held, written up, and nothing is left to do"),
    *(Sentence("called_off", f"{words}[: {{why}}]") for words in ("skipped", "cancelled")),
    Sentence("another", "it is one of {title} now"),
)
ONLY_ON_PAGES = ("Session", "When", "Status", "Recording", "See also")
"""Facts of a page that the calendar shows in another way, or not."""
LINKED = ("Why", "Read more", "Whiteboard")
"""Facts with an address, which a page hides behind the words."""
NOBODY = "nobody yet"
"""How the holder begins of a role that nobody has."""
DELETED = "deleted in the calendar"
"""Why a session is off that a person deleted."""
OTHER_DATES = "the series now takes place on other dates"
"""Why a session is off whose series was moved, where no other takes its place."""
HOME: tuple[Sentence, ...] = (
    Sentence("", "{weekday} {date}, {time}: {about} – called off[: {why}]"),
    Sentence("home_coming", "{weekday} {date}, {time}: {about}[ – {people}][; topic wanted]"),
    Sentence("home_open", "{what} – {holder}, [overdue: was ]due {date}"),
    Sentence("home_past", "{date} {about}"),
)
"""The lines of the lists on the home page."""
DEEDS: Mapping[str, str] = {
    **{"led": "facilitator", "presented at": "presenter", "brought work to": "author", "reviewed at": "reviewer"},
    **{"drove at": "driver", "navigated at": "navigator", "took notes at": "note-taker"},
}
"""What thanks call the holder of a role's doing."""
