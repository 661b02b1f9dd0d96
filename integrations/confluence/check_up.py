"""Whether a connection can do what peerloop needs of a wiki, tried step by step."""

from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from config.team import Member
from config.uses import WikiUse
from daemon.model import CHART, Check
from daemon.ports import PortError, Refused
from integrations.confluence.api import Api
from integrations.side_by_side import side_by_side
from integrations.steps import steps

_TRIED = "peerloop doctor tries whether it may write"
_TEXT = "<p>This page may be deleted.</p>"
_LABEL = "peerloop-doctor"


def check_up(api: Api, parent: Callable[[], str], use: WikiUse, members: Sequence[Member]) -> Iterator[Check]:
    """Yield the steps; ``parent`` returns the id of the page above ours."""
    space, template = use.space or "", use.template
    wanted: list[tuple[str, Callable[[], str]]] = [
        ("it signs in", api.me),
        ("it finds the space", lambda: api.space(space).key),
        ("it finds the page above ours", lambda: parent() and (use.parent or "the first one of the space")),
        ("it may write", lambda: _tried(api, space, parent())),
        ("it knows the members", lambda: _known(api, members)),
    ]
    if template:
        wanted.insert(3, ("it finds the template", lambda: api.template(api.space(space), template) and template))
    return steps(*wanted)


def _tried(api: Api, key: str, parent: str) -> str:
    """Make a page with all that a page of ours has, and put it into the trash."""
    space, title, fault = api.space(key), f"{_TRIED} {uuid4().hex[:8]}", None
    try:
        page = api.create(space, parent, title, _TEXT)
        api.name(page.id, _LABEL)
        api.label(page.id, [_LABEL])
        api.attach(page.id, CHART, b"\x89PNG\r\n\x1a\n")
    except PortError as error:
        fault = error
    try:
        for page in api.titled(space, title):  # it may be there even where its answer was lost
            api.trash(page.id)
    except PortError as error:
        raise Refused(f"{error} Put “{title}” into the trash yourself.") from None
    if fault:
        raise fault
    return "tried with a page that is in the trash now"


def _known(api: Api, members: Sequence[Member]) -> str:
    """Return who has no account named in the team's file, and who it might be.

    Raises:
        Refused: somebody's account is not there.
    """
    named = [one for one in members if one.confluence]
    there = side_by_side(lambda one: api.person(one.confluence or ""), named)
    if wrong := [one for one, found in zip(named, there, strict=True) if not found]:
        said = ", ".join(f"{member.name} ({member.confluence})" for member in wrong)
        raise Refused(f"Confluence does not know {said}. Correct confluence: of them in the team's file.")
    unknown = [member for member in members if not member.confluence]
    if not unknown:
        return "all of them"
    suggested = side_by_side(lambda member: _suggested(api, member), unknown)
    found = "; ".join(f"{one.name}, {said}" for one, said in zip(unknown, suggested, strict=True))
    return f"all but {found}. Mentions of them on a page are not understood: give them confluence: in the team's file"


def _suggested(api: Api, member: Member) -> str:
    people = api.people(member.name, member.email)[:3]
    return f"perhaps {' or '.join(f'{one.id} ({one.name})' for one in people)}" if people else "nobody found"
