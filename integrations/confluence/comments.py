"""The messenger port on Confluence: what a person is to hear stands in a comment below the team's home page.

The comment mentions them, so that Confluence tells them in its own way, and carries our message's id as an anchor, by
which it is found again.
"""

import hashlib
import re
from collections.abc import Callable, Iterator

from config.markdown import markdown_text, web_address
from config.team import Team
from daemon.model import Check, Message
from daemon.ports import PortError, Undeliverable
from integrations.confluence import faults
from integrations.confluence.api import Api
from integrations.confluence.markup import storage_of
from integrations.confluence.places import Places
from integrations.pause import Pause
from integrations.steps import tried

_ITEM = re.compile(r"\s*- (.*)")


class Comments:
    """A team's comments; ``places`` tells where its pages are now, ``home`` is the key of its home page.

    Where those below it are not shown, nobody looks again before the ``pause`` is over.
    """

    def __init__(self, api: Api, team: Team, places: Callable[[], Places], home: str, pause: Pause) -> None:
        self._api, self._places, self._home, self._pause = api, places, home, pause
        self._accounts = {one.email.casefold(): one.confluence for one in team.members if one.confluence}

    @property
    def domain(self) -> str:
        """A name of ours: no mail server sends these."""
        return "peerloop"

    @property
    def is_private(self) -> bool:
        """Whether only its reader reads it: a comment is read by everybody who sees the page."""
        return False

    def send(self, message: Message) -> None:
        """Write a comment for one person; one that is there already is not written again.

        Raises:
            Undeliverable: the person has no account that is known, or this comment is too long.
            Deferred: this one was not written, and may be tried again.
            Unavailable, Refused: nor can any other be now: the connection, the space or the page does not work.
        """
        account = self._accounts.get(message.to.casefold())
        if account is None:
            raise Undeliverable(
                f"{message.to_name or message.to} has no Confluence account in the team's file, so no comment can "
                "mention them: add confluence: to them."
            )
        page, is_there = self._looked_for(message.message_id)
        if is_there:
            return
        text = storage_of("\n".join(_markdown(message.text)), cards=False)
        try:
            self._api.comment(page, f"<p>{_anchor(message.message_id)}{self._api.mention(account)}</p>{text}")
        except PortError as error:
            raise faults.put_off(error) from error

    def sent(self, message_id: str) -> bool | None:
        """Return whether a comment is there."""
        return self._looked_for(message_id)[1]

    def _looked_for(self, message_id: str) -> tuple[str, bool]:
        """Return the id of the home page, and whether a message's comment is below it."""
        with self._pause.around():
            page = self._places().id_of(self._home)
            is_there = page is not None and any(_name(message_id) in one for one in self._api.comments(page))
        if page is None:
            raise faults.no_home()
        return page, is_there

    def check_up(self) -> Iterator[Check]:
        """Look whether there is a page to comment on."""
        yield tried("it finds the team's home page", self._find_home)

    def _find_home(self) -> str:
        if self._places().id_of(self._home) is None:
            raise faults.no_home()
        return ""


def _name(message_id: str) -> str:
    return f"peerloop-{hashlib.sha256(message_id.encode()).hexdigest()[:16]}"


def _anchor(message_id: str) -> str:
    parameter = f'<ac:parameter ac:name="">{_name(message_id)}</ac:parameter>'
    return f'<ac:structured-macro ac:name="anchor" ac:schema-version="1">{parameter}</ac:structured-macro>'


def _markdown(text: str) -> Iterator[str]:
    """Yield a message's lines as Markdown that shows them as they are: headings, lists, addresses as links."""
    for line in text.splitlines():
        item, address = _ITEM.match(line), web_address(line.strip())
        if item:
            yield f"- {markdown_text(item[1])}"
        elif address and line.startswith(" "):
            yield f"  <{address}>"
        else:
            yield markdown_text(line)
