"""What was written to calendar and wiki, in words for people: one line each. Pure."""

from config.markdown import one_line
from daemon.model import Page, SeriesEvent, SessionEvent, Write
from daemon.model.words import quoted


def in_words(write: Write) -> str:
    """Return what a write has done: made the page “2026-12-10 Lunch & Learn: Vacuum”."""
    resource, is_new = write.resource, write.fields is None
    match resource:
        case Page():
            return f"{'made' if is_new else 'brought up to date'} the page {quoted(resource.title)}"
        case SeriesEvent():
            name = quoted(resource.summary)
            if resource.until is not None:
                return f"ended the recurring event {name}"
            return f"{'made' if is_new else 'brought up to date'} the recurring event {name}"
        case SessionEvent():
            day = f"{one_line(resource.summary)} on {resource.recurrence_id:%Y-%m-%d}"
            return f"called off {day}" if resource.cancelled else f"brought up to date {day}, in the calendar"
