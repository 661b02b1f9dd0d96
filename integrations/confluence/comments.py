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
from daemon.ports import Refused, Unavailable
from integrations.confluence.api import Api
from integrations.confluence.markup import storage_of
from integrations.confluence.places import Places

_ITEM = re.compile(r"\s*- (.*)")


class Comments:
    """A team's comments; ``places`` tells where its pages are now, ``home`` is the key of its home page."""

    def __init__(self, api: Api, team: Team, places: Callable[[], Places], home: str) -> None:
        self._api, self._places, self._home = api, places, home
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
            Unavailable: it may be tried again.
            Refused: the person has no account that is known.
        """
        account = self._accounts.get(message.to.casefold())
        if account is None:
            raise Refused(
                f"{message.to_name or message.to} has no Confluence account in the team's file, so no comment can "
                "mention them: add confluence: to them."
            )
        page = self._page()
        if not self._is_there(page, message.message_id):
            text = storage_of("\n".join(_markdown(message.text)), cards=False)
            self._api.comment(page, f"<p>{_anchor(message.message_id)}{self._api.mention(account)}</p>{text}")

    def sent(self, message_id: str) -> bool | None:
        """Return whether a comment is there."""
        return self._is_there(self._page(), message_id)

    def check_up(self) -> Iterator[Check]:
        """Look whether there is a page to comment on."""
        try:
            self._page()
        except (Refused, Unavailable) as error:
            yield Check("it finds the team's home page", False, str(error))
        else:
            yield Check("it finds the team's home page", True)

    def _page(self) -> str:
        page = self._places().id_of(self._home)
        if page is None:
            raise Unavailable("The team's home page, below which people are written to, is not there yet.")
        return page

    def _is_there(self, page: str, message_id: str) -> bool:
        return any(_name(message_id) in comment for comment in self._api.comments(page))


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
