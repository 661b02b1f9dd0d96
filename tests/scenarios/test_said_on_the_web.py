"""People say things in any order on the web page and by links in mails, with the forms that they are shown there.

It is the machine of ``test_said_machine.py``, with other hands: pages are opened, some are left open for long, buttons
are pressed twice, two press at once, links of old mails are followed, and the process ends while something is said.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urljoin

import pytest
from bs4 import Tag
from hypothesis import strategies as st
from hypothesis.stateful import rule

from config.web import Listen, Web
from daemon.ledger import Ledger
from daemon.loop import World
from daemon.model.statements import Statement, StatementKind
from daemon.say import Refusal
from tests import soak
from tests.scenarios.disturbances import Between, Killed
from tests.scenarios.site import Answer, Served, Visitor, served
from tests.scenarios.test_said_machine import PICK, Talk, chosen
from tests.scenarios.test_web_said import URL, Linked, links_in

OF_TURNS = ("cannot", "take", "hand-back", "swap-offer", "swap-agree", "swap-refuse")
SAID = ("kind", "about", "role", "other", "value")
REFUSED = "That was not possible."
MOST_KEPT = 60
PROXY = Web(listen=Listen("127.0.0.1", 0), url=URL, user_header="X-Forwarded-Email", trusted=("127.0.0.1",))
"""Somebody in front says who each visitor is, as in a team's house; so each may say as much as one person does."""


@dataclass(frozen=True)
class Form:
    """A form that somebody was shown once, and may send at any time after."""

    visitor: Visitor
    action: str
    fields: Mapping[str, str]

    def send(self) -> Answer:
        """Press its button."""
        return self.visitor.post(self.action, self.fields)

    def says(self, statement: Statement) -> bool:
        """Whether its button says this."""
        told = (statement.kind.value, statement.about, statement.role, statement.other or "", statement.value)
        return all(self.fields.get(name, "") == value for name, value in zip(SAID, told, strict=True) if value)


def forms_of(page: Answer, visitor: Visitor) -> Iterator[Form]:
    """Yield the forms of a page that are about turns."""
    for form in page.page.find_all("form"):
        assert isinstance(form, Tag)
        fields = {str(one["name"]): str(one.get("value", "")) for one in form.find_all("input")}
        if fields.get("kind") in OF_TURNS:
            yield Form(visitor, urljoin(page.path, str(form["action"])), fields)


class Visits(Talk):
    """A programme in which people say what they say in a browser."""

    programmes = Linked

    def __init__(self) -> None:
        self.forms: list[Form] = []
        """Those that people were shown lately."""
        self.around: Callable[[Callable[[], Any]], Any] = _undisturbed
        self.stack = ExitStack()
        super().__init__()
        self.web = self._served()

    def teardown(self) -> None:
        self.stack.close()
        super().teardown()

    def _served(self) -> Served:
        def through(world: World) -> World:
            ledger = Between(world.ledger, frozenset({"say"}), lambda write: self.around(write))
            return replace(world, ledger=cast(Ledger, ledger))

        return self.stack.enter_context(served(self.programme, PROXY, through))

    # what people do

    def _through(self, world: World, memory: Any, statement: Statement) -> Refusal | None:
        """Say it by the button for it, if there is one; who has another page in mind sends what was never offered."""
        form = self._form_for(statement)
        is_offered = form in self.forms
        if int(statement.id) % 5 == 0:
            self._dies_while_it_is_said(form, after=int(statement.id) % 2 == 0)
        told = self._sent(form)
        assert not is_offered or REFUSED not in told.text, (statement, told.text)
        return Refusal(told.text) if REFUSED in told.text else None

    def _form_for(self, statement: Statement) -> Form:
        visitor = self._visitor(statement.who or "")
        is_answer = statement.kind in (StatementKind.SWAP_AGREE, StatementKind.SWAP_REFUSE)
        shown = self._opened(visitor, "/t/platform/" if is_answer else f"/t/platform/session/{statement.about}")
        found = next((one for one in shown if one.says(statement)), None)
        return found or self._made_up(visitor, statement)

    def _visitor(self, email: str) -> Visitor:
        return self.web.stranger(X_Forwarded_Email=email)

    def _opened(self, visitor: Visitor, path: str) -> list[Form]:
        """Return the forms of a page of the team as its file is now."""
        self.web.reads()
        page = visitor.get(path)
        assert page.status == 200, (path, page.text)
        found = list(forms_of(page, visitor))
        self.forms = (self.forms + found)[-MOST_KEPT:]
        return found

    def _made_up(self, visitor: Visitor, statement: Statement) -> Form:
        token = self.web.site.signatures.form_token(visitor.headers["X-Forwarded-Email"])
        told = (statement.kind.value, statement.about, statement.role, statement.other or "", statement.value)
        fields = {"form": token, "nonce": statement.id, **dict(zip(SAID, told, strict=True))}
        return Form(visitor, "/t/platform/say", fields)

    def _sent(self, form: Form) -> Answer:
        told = form.send()
        assert told.status == 200, (told.status, told.text)
        self._hears()
        return told

    def _hears(self) -> None:
        """Understand what was said that is new."""
        known = {one.id for one in self.said}
        for one in self.programme.memory().statements:
            if one.id not in known:
                self.said.append(one)
                self._understood(one)

    def _dies_while_it_is_said(self, form: Form, after: bool) -> None:
        """Somebody gets no answer, because the process ends right before or after their words are written down."""

        def dying(write: Callable[[], Any]) -> Any:
            if after:
                write()
            raise Killed

        with self._disturbed(dying):
            form.send()
        self.stack.close()
        self.web = self._served()
        for one in {id(each.visitor): each.visitor for each in (*self.forms, form)}.values():
            one.base = self.web.base

    @contextmanager
    def _disturbed(self, around: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
        self.around = around
        yield
        self.around = _undisturbed

    # what they do besides

    @rule(pick=PICK, more=PICK)
    def two_want_the_same(self, pick: int, more: int) -> None:
        """Both saw it free and press at once; one has it, and the other hears so."""
        free = [(one.key, given.role) for one in self.coming() for given in one.assignments if not given.member]
        duty = chosen(free, pick)
        if duty:
            whos = [chosen(self.members(), more), chosen(self.members(), more + 1 + pick % 4)]
            both = [self._form_for(self._made(who, "take", *duty)) for who in whos]
            with ThreadPoolExecutor(2) as pool:
                told = [answer.text for answer in pool.map(Form.send, both)]
            self._hears()
            assert sum(REFUSED not in text for text in told) <= 1, told
        self.passes()

    @rule(pick=PICK)
    def it_is_said_again(self, pick: int) -> None:
        """A button is pressed twice at once, and again after going back."""
        form = chosen(self.forms, pick)
        if form:
            before = len(self.programme.memory().statements)
            with ThreadPoolExecutor(2) as pool:
                assert {answer.status for answer in pool.map(lambda one: one.send(), [form, form])} == {200}
            self._sent(form)
            assert len(self.programme.memory().statements) <= before + 1
        self.passes()

    @rule(pick=PICK)
    def a_page_is_left_open_and_its_button_pressed_later(self, pick: int) -> None:
        """It may be true no longer by then; what is refused changes nothing."""
        form = chosen(self.forms, pick)
        if form:
            before = len(self.programme.memory().statements)
            told = self._sent(form)
            assert REFUSED not in told.text or len(self.programme.memory().statements) == before, told.text
        self.passes()

    @rule(pick=PICK, more=PICK, button=st.integers(0, 2))
    def a_link_of_a_mail_is_followed(self, pick: int, more: int, button: int) -> None:
        """Of any mail, however old it is; and its button is pressed again where the same page is open still."""
        self.web.reads()
        path = chosen(links_in(self.programme, chosen(self.members(), pick) or ""), more)
        reader = self.web.stranger()
        page = reader.get(path) if path else None
        forms = list(forms_of(page, reader)) if page else []
        form = chosen(forms, button)
        if form:
            before = len(self.programme.memory().statements)
            first, second = self._sent(form), self._sent(form)
            assert REFUSED not in first.text, first.text
            assert "once is enough" in second.text or second.buttons, second.text
            assert len(self.programme.memory().statements) == before + 1
        self.passes()


def _undisturbed(write: Callable[[], Any]) -> Any:
    return write()


@soak.soaked
@pytest.mark.parametrize("part", soak.parts(2))
def test_people_say_things_in_any_order_in_a_browser(part: int) -> None:
    soak.attack(Visits, part, soak.either(1, 10), steps=soak.either(4, 12))
