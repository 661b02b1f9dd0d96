"""What Confluence answers when something is wrong, in words for the people who can mend it."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from daemon.ports import Changed, PortError, Refused, Unavailable
from integrations.confluence.storage import Fault

Json = dict[str, Any]

_TAKEN = "already exists"  # the status varies, the words do not


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one request: the HTTP status, 0 where none came; ``body`` is its JSON.

    ``message`` is what went wrong in Confluence's words, ``retry_after`` after how many seconds it wants to be asked
    again.
    """

    status: int
    body: Any = None
    message: str = ""
    retry_after: float = 0

    @property
    def done(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300

    @property
    def busy(self) -> bool:
        """Whether it was not done because there were too many requests."""
        return self.status == 429

    @property
    def unknown(self) -> bool:
        """Whether nobody knows if it was done."""
        return self.status in (0, 408) or self.status >= 500

    @property
    def missing(self) -> bool:
        """Whether what it is about is not there, or not shown to whom we sign in as."""
        return self.status == 404

    @property
    def may_be_sign_in(self) -> bool:
        """Whether it is also what Cloud answers to a token that has ended: it names nothing, or says who may not."""
        return (self.missing and self.message in ("", "Not Found")) or self.status == 403


class TitleTaken(Refused):
    """Another page of the space has the title; perhaps one in the archive, in the trash, or not shown to us."""


class OutcomeUnknown(Unavailable):
    """A write of which nobody knows whether it was done: look before it is tried again."""


class Conflict(Changed):
    """Somebody saved the page between our reading and our writing."""


def sign_in(connection: str, said: str = "") -> Refused:
    """Return the error of credentials that are not accepted."""
    return Refused(
        f"Confluence does not accept the sign-in of the connection “{connection}”{_saying(said)}: its token has ended "
        "or was revoked, belongs to another user, or its account may not use Confluence. Make a new token, and put it "
        "where peerloop.yaml says."
    )


def scope(connection: str, said: str) -> Refused:
    """Return the error of a token that does not reach far enough."""
    return Refused(
        f"The token of the connection “{connection}” lacks a scope{_saying(said)}. Make one with all the scopes that "
        "integrations/README.md lists, or one without scopes."
    )


def scoped_token(connection: str, url: str, said: str) -> Refused:
    """Return the error of a sign-in that the site's web server has refused, and not Confluence."""
    return Refused(
        f"The web server at {url} does not accept the sign-in of the connection “{connection}”{_saying(said)}. A token "
        "with scopes is good only at https://api.atlassian.com/ex/confluence/SITE/wiki: write that as the url in "
        "peerloop.yaml, with the site's id for SITE, or make a token without scopes. Otherwise the token has ended."
    )


def not_confluence(connection: str, url: str, answer: Answer) -> PortError:
    """Return the error of an address at which something else answers; that nothing is found there tells nothing."""
    said = (
        f"At {url} a web page answers, not Confluence's API{_saying(answer.message)}: a proxy or a page of maintenance "
        f"in between, or a wrong address. If that lasts, correct the url of the connection “{connection}” in "
        "peerloop.yaml; its context path belongs to it, on Cloud /wiki."
    )
    return Refused(said) if answer.done else Unavailable(said)


def firewall(connection: str, answer: Answer) -> Refused:
    """Return the error of a web page that refuses a request: no missing permission in Confluence."""
    if "XSRF" in answer.message:
        return Refused(
            f"Confluence takes what the connection “{connection}” sends for a forged request{_saying(answer.message)}. "
            "Behind a proxy, let its base URL and the proxy's settings in server.xml name the address that people use."
        )
    return Refused(
        f"A web page refuses what the connection “{connection}” sent{_saying(answer.message)}. That is a firewall or a "
        "proxy before Confluence, and no permission in it: let whoever runs that allow peerloop's requests."
    )


def _saying(said: str) -> str:
    return f" (“{said}”)" if said else ""


def redirected(connection: str, url: str, host: str) -> Refused:
    """Return the error of an address that leads to another one, on ``host``."""
    return Refused(
        f"{url} leads on to another address, at {host}. Write that as the url of the connection “{connection}” in "
        "peerloop.yaml, with https:// where that is what it leads to."
    )


def not_understood(what: str) -> OutcomeUnknown:
    """Return the error of an answer that is none of Confluence's, to a question or a write about ``what``."""
    return OutcomeUnknown(f"What Confluence answered about {what} is not understood. The next pass tries again.")


def of_reading(answer: Answer, what: str) -> PortError:
    """Return the error of something that could not be read, such as ``the space PLAT``."""
    if answer.missing:
        return Refused(
            f"Confluence knows nothing of {what}, or does not show it to whom we sign in as{_saying(answer.message)}. "
            "Check the name and the permissions."
        )
    if answer.status == 403:
        return Refused(f"Whom we sign in as may not see {what}{_saying(answer.message)}. Give them the permission.")
    return _failed(answer, f"Confluence did not show {what}")


def of_writing(answer: Answer, title: str) -> PortError:
    """Return the error of a page that could not be written; ``title`` is what people call it."""
    if _TAKEN in answer.message:
        return TitleTaken(f"Another page of the space is called “{title}”.")
    if answer.status == 409:
        return Conflict(f"Somebody saved “{title}” at the same moment; the next pass looks again.")
    if answer.unknown:
        return OutcomeUnknown(f"“{title}” may not have been written: {_why(answer)}. The next pass looks again.")
    if answer.status == 413:
        return Refused(f"“{title}” has become too large for Confluence; move a part of it to another page.")
    if answer.missing:
        return Refused(
            f"“{title}” cannot be written{_saying(answer.message)}: it, or the page above it, is not there, or is not "
            "shown to whom we sign in as. Bring the page back, or give them the permission."
        )
    if answer.status == 403:
        return Refused(
            f"Whom we sign in as may not write “{title}”{_saying(answer.message)}. Give them the permission."
        )
    return _failed(answer, f"“{title}” was not written")


def _failed(answer: Answer, what: str) -> PortError:
    if answer.busy or answer.unknown:
        return Unavailable(f"{what}: {_why(answer)}. The next pass tries again.")
    return Refused(f"{what}: {_why(answer)}.")


def _why(answer: Answer) -> str:
    said = answer.message.rstrip(". ") or "no reason was given"
    return f"{said} (HTTP {answer.status})" if answer.status else said


def of_region(fault: Fault, title: str) -> str:
    """Return what is wrong with our part of a page, and how to mend it."""
    history = "Bring back an earlier version from the page's history"
    if fault is Fault.TWICE:
        return f"On “{title}” the part kept by peerloop is there twice. Delete one of them."
    if fault is Fault.DAMAGED:
        return f"On “{title}” the part kept by peerloop has been damaged. {history}, or delete what is left of it."
    return f"On “{title}” the part kept by peerloop has been deleted. {history} to have it kept up to date again."


def year_page(title: str, there: bool) -> str:
    """Return what is said of the page of a year whose title is taken: by one that is ``there``, or by a hidden one."""
    where = "in the archive or in the trash" if there else "not shown to whom we sign in as"
    return f"“{title}”, below which the pages of that year go, is {where}. Bring it back, or give it another title."


def parent(space: str, title: str, statuses: Container[str]) -> str:
    """Return what is said of the page above ours that is not there; ``statuses`` are those of pages with its title."""
    for status, where in (("archived", "in the archive"), ("trashed", "in the trash")):
        if status in statuses:
            return (
                f"The page “{title}” of the space {space}, below which the pages are kept, is {where}. Restore it, or "
                "name another one as parent in the team's file."
            )
    return (
        f"The space {space} has no page “{title}”, below which the pages are to be kept, or does not show it to whom "
        "we sign in as: make it, or correct parent in the team's file."
    )


def missing(title: str) -> str:
    """Return what is said of a page that was there, and is not now."""
    return f"“{title}” is not there any more, or not shown to whom we sign in as; the next pass looks again."


def archived(title: str) -> str:
    """Return what is said of a page that a person has put into the archive."""
    return f"“{title}” is in the archive, where it stays as it is. Restore it to have it kept up to date again."


def unreadable(title: str, why: str, too_much: bool = False) -> str:
    """Return what is said of a page whose text is no storage format, or ``too_much`` of it."""
    advice = "Move a part of it to another page." if too_much else "Save it once in Confluence's editor."
    return f"“{title}” cannot be read ({why}), and is left as it is. {advice}"


def without_text(title: str) -> str:
    """Return what is said of a page of which Confluence shows no text."""
    return f"Confluence shows “{title}” without its text, which is left as it is; the next pass looks again."
