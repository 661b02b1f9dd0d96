"""The kinds of message, a row each: all that a digest, the ledger and ``mute`` have to know of them. Pure.

A digest shows them in the order of the rows, the most urgent first. Whoever tells something makes the reminder by its
kind, so a kind that does not exist ends the program when it starts.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from daemon.model import THANKING, Reminder


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a digest: its heading, and how the subject counts one and several things in it.

    ``most`` is how many are shown; of the others it is said how many they are, and where.
    """

    heading: str
    one: str
    several: str
    most: int = 10


@dataclass(frozen=True, slots=True)
class MessageKind:
    """What holds for all messages of one kind. ``meaning`` tells it apart in the reference of ``mute``.

    What is ``lasting`` tells of a moment and stays due though no later pass names it again. What ``ends_with_session``
    means nothing once its session is over. What ``waits`` makes a mail of its own once a week at most, and else goes
    with the next one; what is ``quiet`` never makes one. ``answer`` says what its reader can do. What is
    overdue, or due on the very day, may have a section of its own.
    """

    name: str
    meaning: str
    section: Section
    overdue: Section | None = None
    today: Section | None = None
    answer: str = ""
    lasting: bool = False
    ends_with_session: bool = False
    waits: bool = False
    quiet: bool = False
    can_be_muted: bool = True

    @property
    def sections(self) -> tuple[Section, ...]:
        """Where its messages can stand, in their order."""
        return tuple(filter(None, (self.overdue, self.today, self.section)))

    def section_on(self, due: date | None, today: date) -> Section:
        """Return where a message that is due on a day, if on any, stands in a digest of ``today``."""
        if due is None or due > today:
            return self.section
        return (self.today if due == today else self.overdue) or self.section

    def reminder(self, key: str, team: str, to: str, text: str, url: str | None = None, **more: Any) -> Reminder:
        """Return something of this kind that one person is to hear, known for good by its key."""
        return Reminder(key, team, to, self.name, text, url, lasting=self.lasting, **more)

    def makes_a_mail(self, reminder: Reminder, today: date, weekly: bool) -> bool:
        """Return whether a message is worth a mail of its own today; ``weekly``: also one that can wait."""
        if self.quiet or weekly:
            return not self.quiet
        return today >= reminder.by if reminder.by else not self.waits


KIND_OF: dict[str, MessageKind] = {}
"""Every kind by its name."""


def _row(kind: MessageKind) -> MessageKind:
    if kind.name in KIND_OF:
        raise ValueError(f"two kinds of message are called {kind.name}")
    KIND_OF[kind.name] = kind
    return kind


WELCOME = _row(
    MessageKind(
        "welcome",
        "what all of this is, once, to who is new",
        Section("Welcome", "a welcome", "a welcome"),
        lasting=True,
    )
)
ACTION_ITEM = _row(
    MessageKind(
        "action-item",
        "what they are to do, or to find somebody for",
        Section("Coming up", "1 due soon", "{n} due soon"),
        overdue=Section("Overdue", "1 overdue", "{n} overdue"),
        today=Section("Due today", "1 due today", "{n} due today"),
        answer=(
            "Done? Tick the box on the page, and you will not hear of it again.\n"
            "Needs longer, or is somebody else's? Write another date or another @name there.\n"
            "Will not be done after all? Write (dropped) behind it."
        ),
    )
)
WRITE_UP = _row(
    MessageKind(
        "write-up",
        "a session they led is to be written up",
        Section("To write up", "a session to write up", "{n} sessions to write up"),
    )
)
UNREAD = _row(
    MessageKind(
        "unread",
        "something of theirs on a page cannot be read",
        Section("Not understood", "something not understood", "{n} things not understood"),
        answer="An action item is a box in a list, a name, and what is to be done: - [ ] @name what by YYYY-MM-DD",
    )
)
TOPIC = _row(
    MessageKind(
        "topic",
        "a topic is missing",
        Section("Topics wanted, from you and the team", "a topic to find", "{n} topics to find"),
        ends_with_session=True,
    )
)
DUTY = _row(
    MessageKind(
        "duty",
        "their roles",
        Section("Your part in the next sessions", "your part in a session", "your part in {n} sessions"),
        answer="Cannot make it? Decline in the calendar, and we look for somebody else.",
        ends_with_session=True,
    )
)
SOUGHT = _row(
    MessageKind(
        "sought",
        "a turn looks for somebody, or somebody would like to swap one with theirs",
        Section("Could you?", "a turn that looks for somebody", "{n} turns that look for somebody"),
        answer="Could you take a turn, or swap one? Say yes or no on the team's web page.",
        ends_with_session=True,
    )
)
TURN = _row(
    MessageKind(
        "turn",
        "a turn became theirs, or is theirs no more, or its topic is another one",
        Section("Turns that changed hands", "a turn changed hands", "{n} turns changed hands", most=8),
        lasting=True,
        ends_with_session=True,
        waits=True,
    )
)
NOTICE = _row(
    MessageKind(
        "notice",
        "a session changed",
        Section("Sessions that changed", "a session changed", "{n} sessions changed", most=8),
        lasting=True,
        ends_with_session=True,
    )
)
ESCALATION = _row(
    MessageKind(
        "escalation",
        "an action item is stuck",
        Section("Stuck, where a word from you may help", "1 stuck", "{n} stuck"),
    )
)
ALERT = _row(
    MessageKind(
        "alert",
        "nobody can serve",
        Section("Open roles, for you as the lead", "an open role", "{n} open roles", most=8),
        answer="To give somebody a role, name them under `sessions:` in the team's file.",
        ends_with_session=True,
    )
)
TROUBLE = _row(
    MessageKind(
        "trouble",
        "the file is wrong, or the calendar or the wiki fails",
        Section("In trouble, for you as the lead", "something is in trouble", "{n} things are in trouble"),
        can_be_muted=False,
    )
)
UNDELIVERED = _row(
    MessageKind(
        "undelivered",
        "a mail did not arrive",
        Section("Not delivered, for you as the lead", "a mail that did not arrive", "{n} mails that did not arrive"),
        can_be_muted=False,
    )
)
FINDING = _row(
    MessageKind(
        "finding",
        "something was changed by hand",
        Section("Changed by hand, for you as the lead", "a change by hand", "{n} changes by hand"),
        can_be_muted=False,
    )
)
NAME = _row(
    MessageKind(
        "name",
        "a new name may be of something that they had before",
        Section("Renamed? A question to you as the lead", "a name to confirm", "{n} names to confirm"),
        answer="Nothing was renamed? Then there is nothing to do.",
        can_be_muted=False,
    )
)
RECOVERED = _row(
    MessageKind(
        "recovered",
        "what was in trouble works again",
        Section("Works again, for you as the lead", "something works again", "{n} things work again"),
        waits=True,
        can_be_muted=False,
    )
)
OVERVIEW = _row(
    MessageKind(
        "overview",
        "once a week, what is next, open and overdue",
        Section("What is next, for you as the lead", "an overview", "an overview"),
    )
)
QUESTIONS = _row(
    MessageKind(
        "questions",
        "theirs are wanted",
        Section("Your questions and wishes", "a question to you", "{n} questions to you"),
        waits=True,
        ends_with_session=True,
    )
)
OPEN_TURNS = _row(
    MessageKind(
        "open-turns",
        "once a week, with another mail, which turns wait for whoever wants them",
        Section("Open to whoever wants them", "an open turn", "{n} open turns", most=8),
        answer="Would you like one of the open turns? Say so on the team's web page; it counts like any other turn.",
        ends_with_session=True,
        quiet=True,
    )
)
TAKEAWAYS = _row(
    MessageKind(
        "takeaways",
        "what others learned",
        Section("What we learned", "what we learned", "what we learned"),
        waits=True,
    )
)
LEARNED = _row(
    MessageKind(
        "learned",
        "weeks after a session, whether they can do now what it was about",
        Section(
            "Can you do it now?", "a question about what you learned", "{n} questions about what you learned", most=5
        ),
        answer=(
            "An honest “not yet” helps: it may bring a topic back. The page shows your tick; elsewhere it is only said "
            "how many can do it now."
        ),
        quiet=True,
    )
)
PULSE = _row(
    MessageKind(
        "pulse",
        "whether a session was worth their time",
        Section("Worth your time?", "a question about a session", "{n} questions about sessions", most=5),
        answer="Was it worth your time? From 1 to 5 on the web page; your name is not kept.",
        quiet=True,
    )
)
THANKS = _row(
    MessageKind(
        THANKING,
        "then the page that thanks people leaves them out too",
        Section("Thank you", "thanks", "thanks"),
        quiet=True,
    )
)

KINDS = tuple(KIND_OF.values())
"""Every kind, in the order in which a digest shows them."""
SECTIONS = tuple(section for kind in KINDS for section in kind.sections)
"""Every part that a digest can have, in its order."""
EVERYTHING = "digest"
"""What ``mute`` calls all kinds together."""
MUTABLE = (EVERYTHING, *(kind.name for kind in KINDS if kind.can_be_muted))
"""What may stand below ``mute``."""
