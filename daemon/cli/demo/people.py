"""What people do week by week: they come, write on pages, tick boxes, vote and answer, and some forget."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from daemon.cli.demo.stage import Stage
from daemon.cli.demo.words import FORGOTTEN, ITEMS, QUESTIONS, TAKEAWAYS
from daemon.learn.answers import being_asked
from daemon.model import Session, answer_of
from daemon.model.memory import Item, Memory, Progress
from daemon.model.statements import YES, StatementKind
from daemon.model.words import names_of

PLACEHOLDER = "- [ ] @name what by YYYY-MM-DD\n"
HARD = 2
"""Of how many of those that were asked about first people say that they cannot do it yet: the second one."""


@dataclass
class People:
    """The people of a team; what they do depends on the dice alone, and on what is there."""

    stage: Stage
    dice: Random
    forgetful: bool = False
    """Whether somebody takes on an item, at the next session, that they forget."""
    _shuffled: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)

    # after a session

    def write_up(self, memory: Memory, day: date) -> Iterator[str]:
        """Let people write on the pages of a day's sessions; yield who takes something on that they will forget."""
        for one in memory.by_start():
            if one.takes_place and one.slot.day == day and (page := self.stage.page(one.page)):
                item, forgotten = self._item(one, day)
                self.stage.edit_page(page, lambda text, one=one, item=item: self._written(text, one, item))  # type: ignore[misc]
                yield from [forgotten] if forgotten else []
                self._say_whether_it_was_worth_it(one)

    def _item(self, one: Session, day: date) -> tuple[str, str]:
        """Return a new action item as it is written, if there is one, and whose it is that they will forget."""
        due, who = day + timedelta(days=self.dice.choice((5, 7, 9, 12))), self._somebody_there(one)
        forgets, self.forgetful = self.forgetful, False
        if not forgets and self.dice.random() < 0.4:
            return "", ""
        what = FORGOTTEN if forgets else self._next(ITEMS)
        return f"- [ ] @{who.partition('@')[0]} {what} by {due}\n", who if forgets else ""

    def _written(self, text: str, one: Session, item: str) -> str:
        there = [member.name for member in self.stage.team.members if self.dice.random() < 0.85]
        for name in there:
            text = text.replace(f"\n- [ ] {name}\n", f"\n- [x] {name}\n", 1)
        if one.topic and self.dice.random() < 0.15:
            text = _below(text, "## Questions", [self._next(QUESTIONS)])
        learned = [self._next(TAKEAWAYS) for _ in range(self.dice.choice((1, 2, 2, 3)))]
        text = _below(text, "## Key takeaways", learned if self.dice.random() < 0.92 else [])
        return text.replace(PLACEHOLDER, item or PLACEHOLDER, 1)

    def _say_whether_it_was_worth_it(self, one: Session) -> None:
        for _ in range(self.dice.choice((0, 5, 6)) if one.topic else 0):
            self.stage.world.ledger.pulses.add(self.stage.key, one.key, self.dice.choice((3, 4, 4, 5, 5)))

    def _somebody_there(self, one: Session) -> str:
        members = [member.email for member in self.stage.team.members if not member.leaves]
        return self.dice.choice(sorted({*one.roles.values()}.intersection(members)) or members)

    # week by week

    def tick(self, memory: Memory, today: date) -> None:
        """Let people tick what they have done by now."""
        for item in memory.items.values():
            if item.state is Progress.OPEN and item.place is not None and FORGOTTEN not in item.text:
                days = (item.due - today).days
                if days < 2 and self.dice.random() < (0.8 if days >= -7 else 0.5):
                    self.tick_item(item)

    def tick_item(self, item: Item) -> bool:
        """Let somebody tick an action item on its page; return whether it is there to be ticked."""
        page = self.stage.page(item.page)
        words = re.compile(rf"- \[ \] ([^\n]*{re.escape(item.words)})")
        return bool(page and self.stage.edit_page(page, lambda text: words.sub(r"- [x] \1", text, count=1)))

    def answer(self, memory: Memory) -> None:
        """Let people tick whether they can do now what a session taught, on its page."""
        for one in being_asked(self.stage.team, memory, self.stage.now):
            if one.key not in self._asked:
                self._asked.append(one.key)
            is_hard = self._asked.index(one.key) + 1 == HARD
            page, asked = self.stage.page(one.page), one.asked
            if page and asked:
                left = [email for email in asked.people if email not in asked.answers and self.dice.random() < 0.6]
                answers = [(email, self.dice.random() < (0.3 if is_hard else 0.94)) for email in left]
                self.stage.edit_page(page, lambda text, answers=answers: self._answered(text, answers))  # type: ignore[misc]

    def _answered(self, text: str, answers: Iterable[tuple[str, bool]]) -> str:
        names = names_of(self.stage.team)
        for email, can in answers:
            words = answer_of(names[email], can)
            text = text.replace(f"- [ ] {words}\n", f"- [x] {words}\n", 1)
        return text

    def vote(self) -> None:
        """Let somebody vote for a topic that waits."""
        taught = {one.topic.title for one in self.stage.memory().sessions.values() if one.topic}
        waiting = [topic.title for topic in self.stage.team.topics if topic.title not in taught]
        if waiting:
            who = self.dice.choice(self.stage.team.members).email
            self.stage.say(StatementKind.VOTE, self.dice.choice(waiting), who, value=YES)

    def _next(self, all_of_them: tuple[str, ...]) -> str:
        """Return the next of some texts, in an order of its own; all of them come before one comes again."""
        left = self._shuffled.setdefault(all_of_them, [])
        if not left:
            left += self.dice.sample(all_of_them, len(all_of_them))
        return left.pop()


def _below(text: str, heading: str, lines: Iterable[str]) -> str:
    """Return a page on which the empty list below a heading has these items."""
    written = "".join(f"- {line}\n" for line in lines)
    return re.sub(rf"({heading}\n\n[^\n]*\n\n)-\n", rf"\1{written}", text, count=1) if written else text
