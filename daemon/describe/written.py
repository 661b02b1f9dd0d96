"""What was written to calendar and wiki, in words for people: one line each. Pure."""

from daemon.model import Page, SeriesEvent, SessionEvent, Write
from daemon.model.words import quoted


def in_words(write: Write) -> str:
    """Return what a write has done: made the page “2026-12-10 Lunch & Learn: Vacuum”."""
    resource, is_new = write.resource, write.fields is None
    match resource:
        case Page():
            return _made(f"the page {quoted(resource.title)}", is_new)
        case SeriesEvent():
            name = quoted(resource.summary)
            if resource.until is not None:
                return f"ended the recurring event {name}"
            return _made(f"the recurring event {name}", is_new)
        case SessionEvent():
            day = f"{quoted(resource.summary)} of {resource.recurrence_id:%Y-%m-%d}"
            return f"called off {day}" if resource.cancelled else f"brought {day} up to date in the calendar"


def _made(what: str, is_new: bool) -> str:
    return f"made {what}" if is_new else f"brought {what} up to date"
