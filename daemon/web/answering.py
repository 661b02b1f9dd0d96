"""What people say by the links in their mails: a page each, for one person and one purpose, whose buttons say it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from daemon.model.asks import Purpose, is_said_once, kinds_of
from daemon.model.statements import Door, Statement
from daemon.tell.people import addressee
from daemon.web.choices import Choices
from daemon.web.doors import FOREIGN_FORM, form_of
from daemon.web.links import GOOD_FOR, Claims, read, statement_id
from daemon.web.look import Look
from daemon.web.pulse import TWICE, counted, has_said_it
from daemon.web.rendering import rendered
from daemon.web.saying import record, statement_of, still_so, thanks_for
from daemon.web.site import Site
from daemon.web.views.ask import OF_A_TEAM, ask
from daemon.web.who import named_by_proxy, new_name

TOO_OLD = (
    f"This link is not one of ours, older than {GOOD_FOR.days} days, or for somebody who is not in the team any more; "
    "or the team is not served just now."
)
NOT_YOU = "This link is for somebody else. Your own mails have links for you."
ONCE = "You have answered this already, and once is enough."
GONE = "What this link was about is not there any more, so there is nothing to say about it."


@dataclass(frozen=True, slots=True)
class _Question:
    """A link that was opened: what it asks whom, and how that stands."""

    token: str
    asked: Claims
    look: Look

    @property
    def path(self) -> str:
        """Its address on this site."""
        return f"/a/{self.token}"

    @property
    def used(self) -> Statement | None:
        """The answer that was given by it already; None where none was, or more may be said."""
        return self.look.memory.statements.by_id.get(statement_id(self.token))

    def is_answered_by(self, statement: Statement) -> bool:
        """Whether a statement is of a kind, and about something, that this link is for."""
        purpose, about = self.asked.ask.purpose, self.asked.ask.about
        offer = self.look.memory.statements.by_id.get(statement.value)  # a swap is where it was offered
        is_about_it = not about or about in (statement.about, offer.about if offer else "")
        return statement.kind in kinds_of(purpose) and is_about_it and not statement.other


class Answering:
    """The pages that links in mails lead to."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site

    def show(self, request: Request) -> Response:
        """Show what somebody is asked; whoever opens a link has said nothing yet."""
        question = self._question(request)
        return self._page(request, question, "")

    async def answer(self, request: Request) -> Response:
        """Record what somebody answers."""
        question = await run_in_threadpool(self._question, request)
        said = await form_of(self._site, request, question.token)
        return await run_in_threadpool(self._answered, request, question, said)

    def _answered(self, request: Request, question: _Question, said: Mapping[str, str]) -> Response:
        ask = question.asked.ask
        if ask.purpose is Purpose.PULSE:
            written, look = said.get("value", ""), question.look
            return counted(
                self._site, request, look, ask.about, written, lambda note: self._page(request, question, note)
            )
        statement = statement_of(question.look, said, Door.MAIL)
        if not question.is_answered_by(statement):
            raise HTTPException(403, FOREIGN_FORM)
        if is_said_once(ask.purpose):
            statement = replace(statement, id=statement_id(question.token))
        if question.used:
            return self._page(request, question, "")
        note = record(self._site, question.look, statement)
        after = self._question(request)  # of two at once by one link the first has said it
        return self._page(request, after, thanks_for(after.used, after.look) if after.used else note)

    def _question(self, request: Request) -> _Question:
        token = request.path_params["token"]
        asked = read(self._site.signatures, token)
        look = self._site.look(asked.team, asked.email) if asked else None
        if asked is None or look is None:
            raise HTTPException(403, TOO_OLD)
        self._check_who_asks(request, look)
        known = (look.memory.items if asked.ask.purpose is Purpose.ITEM else look.memory.sessions).keys()
        if asked.ask.about not in known and (asked.ask.about or asked.ask.purpose not in OF_A_TEAM):
            raise HTTPException(410, GONE)
        return _Question(token, asked, look)

    def _check_who_asks(self, request: Request, look: Look) -> None:
        """Refuse whom a proxy knows to be somebody else; whom it does not know has the link alone."""
        named = named_by_proxy(request, self._site.web)
        who = addressee(named, look.team)
        if named and (who is None or who.email != look.viewer):
            raise HTTPException(403, NOT_YOU)

    def _page(self, request: Request, question: _Question, note: str) -> Response:
        """Return the page with a word on what was said just now; where it was earlier, with what is so of it still."""
        used = None if note else question.used
        said = f"{ONCE} {still_so(used, question.look)}".strip() if used else note
        values = {**self._values(request, question), "said": said}
        return HTMLResponse(rendered("answer.html", values))

    def _values(self, request: Request, question: _Question) -> dict[str, Any]:
        look, asked = question.look, question.asked.ask
        choices = Choices(look, tuple(self._site.world.ledger.engagements(look.team.members)), Door.MAIL)
        shown = ask(look, asked, choices)
        if asked.purpose is Purpose.PULSE and has_said_it(request, shown["one"]):
            shown |= {"pulse_is_open": False, "question": TWICE}
        return {
            "viewer": look.viewer,
            "title": "Your answer",
            "can_change": False,
            "form": self._site.signatures.form_token(question.token),
            "nonce": new_name(),
            "here": question.path,
            "look": look,
            "tabs": (),
            "is_once": is_said_once(asked.purpose),
            **shown,
        }
