"""What Confluence answers when something is wrong, in words for the people who can mend it."""

from collections.abc import Container

from daemon.ports import Changed, Deferred, PortError, Refused, Unavailable, Undeliverable, Unsure
from integrations.atlassian.faults import Answer, Product, because, failed, saying
from integrations.confluence.storage import Fault, Malformed, TooMuch

CONFLUENCE = Product("Confluence", "https://api.atlassian.com/ex/confluence/SITE/wiki", ", on Cloud /wiki")

_TAKEN = "already exists"  # the status varies, the words do not
_FAILED = (500, 501, 503)
"""What Confluence itself answers where it could not do it; by any other a gateway says that it heard nothing."""


class TitleTaken(Refused):
    """Another page of the space has the title; perhaps one in the archive, in the trash, or not shown to us."""


class OutcomeUnknown(Unavailable):
    """A write of which nobody knows whether it was done: look before it is tried again."""


class NotShownYet(Unavailable):
    """A title is taken, perhaps by the page that we began to make: whose it is has to show first."""


class Conflict(Changed):
    """Somebody saved the page between our reading and our writing."""


def not_understood(what: str) -> OutcomeUnknown:
    """Return the error of an answer that is none of Confluence's, to a question or a write about ``what``."""
    return OutcomeUnknown(f"What Confluence answered about {what} is not understood. The next pass tries again.")


def endless(what: str) -> Unavailable:
    """Return the error of a listing of ``what`` that has no end."""
    return Unavailable(f"Confluence lists {what} without an end. The next pass tries again.")


def of_writing(answer: Answer, title: str) -> PortError:
    """Return the error of a page that could not be written; ``title`` is what people call it."""
    if _TAKEN in answer.message:
        return TitleTaken(f"Another page of the space is called “{title}”.")
    if answer.status == 409:
        return Conflict(f"Somebody saved “{title}” at the same moment; the next pass looks again.")
    if answer.unknown:
        return OutcomeUnknown(f"“{title}” may not have been written: {because(answer)}. The next pass looks again.")
    if answer.status == 413:
        return Refused(f"“{title}” has become too large for Confluence; move a part of it to another page.")
    if answer.missing:
        return Refused(
            f"“{title}” cannot be written{saying(answer.message)}: it, or the page above it, is not there, or is not "
            "shown to whom we sign in as. Bring the page back, or give them the permission."
        )
    if answer.status == 403:
        return Refused(f"Whom we sign in as may not write “{title}”{saying(answer.message)}. Give them the permission.")
    return failed(answer, f"“{title}” was not written")


def not_shown_yet(title: str) -> NotShownYet:
    """Return the error of a page that may have been made, of which nothing is seen but that its title is taken."""
    return NotShownYet(
        f"Confluence has a page called “{title}”, and does not show whose it is: it may be the one that peerloop began "
        "to make. The next pass looks again."
    )


def of_commenting(answer: Answer) -> PortError:
    """Return the error of a comment that was not written: what was said of one need not be true of another."""
    if answer.status == 413:
        return Undeliverable(f"This comment is too long for Confluence, and is not written: {because(answer)}.")
    if answer.missing:
        return Deferred(
            f"No comment can be written{saying(answer.message)}: the page for it is not there, or is not shown to whom "
            "we sign in as. Bring it back, or give them the permission."
        )
    if answer.status == 403:
        said = f"Whom we sign in as may not write this comment{saying(answer.message)}"
        return Deferred(f"{said}. Give them the permission to add comments to the page.")
    if answer.unknown and answer.status not in _FAILED:
        return Unsure(f"The comment may not have been written: {because(answer)}.")
    may = " may not have been" if answer.unknown else " was not"
    return Deferred(f"The comment{may} written: {because(answer)}. It is tried again.")


def put_off(error: PortError) -> PortError:
    """Return what an error means for a comment at which it was met: no other one need meet it."""
    return error if isinstance(error, Undeliverable | Deferred) else Deferred(str(error))


def nobody_called(account: str) -> Undeliverable:
    """Return the error of a user name in a team's file that no comment can mention."""
    return Undeliverable(
        f"Confluence shows nobody with the user name {account}, so no comment can mention them: correct confluence: "
        "of them in the team's file."
    )


def no_home() -> Unavailable:
    """Return the error of a home page of which the last look saw nothing."""
    return Unavailable(
        "The team's home page, below which people are written to, is not there, or not shown to whom we sign in as. "
        "What they are to hear waits for it."
    )


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
    where = "in the archive or in the trash" if there else "not shown to whom we sign in as, or not yet"
    when = "Bring" if there else "If that lasts, bring"
    return f"“{title}”, below which the pages of that year go, is {where}. {when} it back, or give it another title."


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


def unreadable(title: str, error: Malformed) -> str:
    """Return what is said of a page whose text is no storage format, or too much of it."""
    return f"“{title}” cannot be read ({error}), and is left as it is. {_how_to_mend(error)}"


def _how_to_mend(error: Malformed) -> str:
    too_much = isinstance(error, TooMuch)
    return "Move a part of it to another page." if too_much else "Save it once in Confluence's editor."


def more_than_is_read(why: str) -> str:
    """Return what is said of a page that is too large, to go on with after its name."""
    return f"is more than peerloop reads ({why}), and nothing of it is read; move a part of it to another page"


def too_long_together(most: int) -> str:
    """Return what is said where the pages of a team have more text than is read of them."""
    return (
        f"The team's pages are together more than the {most // 1_000_000} MB that peerloop reads, so that none of them "
        "is read. Move what is long out of them to other pages."
    )


def without_text(title: str) -> str:
    """Return what is said of a page of which Confluence shows no text."""
    return f"Confluence shows “{title}” without its text, which is left as it is; the next pass looks again."


def nothing_under(space: str, title: str) -> str:
    """Return what is said of a page that is not there, whose pages a team's needs name."""
    return (
        f"The space {space} has no page “{title}”, below which people say what they need to learn, or does not show it "
        "to whom we sign in as: make it, or correct under in the team's needs."
    )


def too_many_pages(which: str, most: int) -> str:
    """Return what is said where there are more pages of people's than are read."""
    return f"Confluence has more than {most} {which}; only the newest {most} are read."


def not_to_be_read(title: str, error: Malformed) -> str:
    """Return what is said of a page of people's whose text is no storage format, or too much of it."""
    return f"“{title}” cannot be read ({error}). {_how_to_mend(error)}"


def text_not_shown(title: str) -> str:
    """Return what is said of a page of people's of which Confluence shows no text."""
    return f"Confluence shows “{title}” without its text; the next look tries again."
