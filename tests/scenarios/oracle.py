"""The oracle: reads every mail and page as a person does, and holds each claim against what truly is so.

It knows nothing of peerloop but its words (``sentences.py``). ``judges.py`` says what makes a claim true, ``truth.py``
what is so. A sentence that it does not know is a failure as well: whoever adds one says there what makes it true.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cached_property

from tests.scenarios import sentences
from tests.scenarios.judges import HOME, JUDGES, PAGES, Claim, Evidence, Untrue, cut
from tests.scenarios.programme import Programme
from tests.scenarios.sentences import AROUND, STATUSES, SUBJECTS, TOLD, Sentence, reading_of
from tests.scenarios.truth import REGION_FIELD, History, Look, Pass, Seen

THING, ADDRESS, LINK = "  - ", "    ", "→ "
"""How the lines of a mail begin that tell something, those with an address for it, and those that lead somewhere."""


class Unknown(AssertionError):
    """Nobody has said yet what would make a sentence true."""


@dataclass(frozen=True)
class Mail:
    """A mail as a person reads it."""

    message: EmailMessage

    @property
    def id(self) -> str:
        """What tells it from all others."""
        return str(self.message["Message-ID"])

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.message["Subject"]).strip()

    @cached_property
    def to(self) -> str:
        """Who reads it."""
        return str(self.message["To"].addresses[0].addr_spec).lower()

    @cached_property
    def written(self) -> datetime:
        """When it was written, where its reader is."""
        when: datetime = self.message["Date"].datetime
        return when

    @cached_property
    def lines(self) -> list[tuple[str, str]]:
        """Its lines: of each thing that it tells the heading and the words, of what stands around only the words."""
        body, heading = self.message.get_body(("plain",)), ""
        found = []
        for line in body.get_content().splitlines() if body else ():
            if line.startswith(THING):
                found.append((heading, line.removeprefix(THING)))
            elif line.strip() and not line.startswith((ADDRESS, LINK)):
                heading = line
                found.append(("", line))
        return found


class Oracle:
    """What people were told, and whether it was so."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.history = History(programme)
        self.evidence = Evidence(self.history)
        self.judged: Counter[str] = Counter()
        """How often something of each meaning was judged; ``unjudged`` is one of them."""
        self._read: set[str] = set()

    @contextmanager
    def passing(self) -> Iterator[Pass]:
        """Look around a pass, and judge what it has told people; the pass says itself whether it went well."""
        with self.history.passing() as here:
            yield here
        self.judge_mails()

    def judge_mails(self) -> None:
        """Judge the mails that are new."""
        new = [mail for one in self.programme.mails() if (mail := Mail(one)).id not in self._read]
        for mail in sorted(new, key=lambda mail: mail.written):
            self._read.add(mail.id)
            self.judge(mail)

    def judge(self, mail: Mail) -> None:
        """Judge a mail.

        Raises:
            Untrue: something in it is not so.
            Unknown: something in it is not in the table.
        """
        claims = [self._judged(mail, heading, text) for heading, text in mail.lines if heading]
        for text in (text for heading, text in mail.lines if not heading):
            known(text, AROUND)
        means, said = known(mail.subject, SUBJECTS)
        if means == "named" and not self._is_in(mail, said):
            raise Untrue(f"{mail.to} was told: {mail.subject!r}, of which nothing is in it")
        if "number" in said and int(said["number"]) != len(claims) and not any("more" in one.said for one in claims):
            raise Untrue(f"{mail.to} was told: {mail.subject!r}, but it tells {len(claims)} things")
        self.evidence.claims += claims
        self.evidence.arrived.add((mail.to, str(mail.written.date())))

    @staticmethod
    def _is_in(mail: Mail, said: Mapping[str, str]) -> bool:
        """Whether something in a mail is what its subject names: that series on that day, or those words."""
        named: list[str] = [cut(said[name]) for name in ("series", "words", "name") if name in said]
        named += said.get("soon", "").split()[1:]
        return any(all(name in text for name in named) for heading, text in mail.lines if heading)

    def _judged(self, mail: Mail, heading: str, text: str) -> Claim:
        means, said = known(text, TOLD)
        claim = Claim(means, said, mail.to, mail.written.astimezone(UTC), heading)
        self.judged[means] += 1
        if why := self._why_untrue(claim):
            raise Untrue(f"{mail.to} was told at {mail.written}: {text}\n{why}")
        return claim

    def _why_untrue(self, claim: Claim) -> str:
        """Return why a claim is true of none of the looks that it may be true of; nothing where it is of one."""
        why = "nobody has looked"
        for look in self.history.window(claim.moment):
            why = JUDGES[claim.means](self.evidence, claim, look)
            if not why:
                return ""
        return why

    def judge_pages(self) -> None:
        """Judge what the pages say, once a pass went well; what people wrote into our part is theirs."""
        look = self.history.looks[-1]
        for page in look.pages.values():
            if (page.key, REGION_FIELD) not in look.by_hand:
                for means, line, why in self._told_by(page, look):
                    self.judged[means] += 1
                    if why:
                        raise Untrue(f"the page {page.title!r} says {line}\n{why}")

    def _told_by(self, page: Seen, look: Look) -> Iterator[tuple[str, object, str]]:
        """Yield what a page says: what that means, its words, and why it is not so, if it is not."""
        if "Status" in page.facts:
            means, said = known(page.facts["Status"], STATUSES)
            yield means, page.facts, PAGES[means](self.evidence, page, look, said)
        elif page.key.endswith("/home"):
            for line in page.region.splitlines():
                found = reading_of(line.removeprefix("- "), sentences.HOME)
                if found and found[0]:
                    yield found[0], line, HOME[found[0]](self.evidence, look, found[1])


def known(text: str, among: tuple[Sentence, ...]) -> tuple[str, dict[str, str]]:
    """Return what a text means and what it says.

    Raises:
        Unknown: it is not in the table.
    """
    found = reading_of(text, among)
    if found is None:
        raise Unknown(f"what would make this true? Say so in tests/scenarios/sentences.py: {text!r}")
    return found
