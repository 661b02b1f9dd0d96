"""What people did by hand in the calendar: read off what a record shows and what we wrote, every pass anew. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter

from daemon.model import Answer, Slot, fingerprint
from daemon.model.memory import Memory, Record
from daemon.model.names import former_keys, instance_key

CALLED_OFF = fingerprint({"cancelled": True})["cancelled"]
"""The digest of a session that is called off."""
NEVER_ENDS = fingerprint({"until": None})["until"]
"""The digest of a recurring event that nobody ended."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
"""Since when an answer stands that was there at the first look."""
DELETED = "deleted in the calendar"
"""The note of a session that a person deleted."""


def moved_by_people(record: Record | None, planned: Slot) -> datetime | None:
    """Return when a session takes place because a person moved it in the calendar; None where nobody did."""
    observed = record.observed if record else None
    if not record or not observed or observed.gone or observed.cancelled or observed.starts_at is None:
        return None
    as_planned = fingerprint({"when": (planned.starts_at, planned.minutes)})["when"]
    shown = observed.shown.get("when")
    return observed.starts_at if shown != as_planned and shown not in record.ours("when") else None


def is_where_people_put_it(record: Record | None) -> bool:
    """Whether a session stands in the calendar at a time that a person gave it."""
    shown = record.observed.shown.get("when") if record and record.observed else None
    return shown is not None and record is not None and shown not in record.ours("when")


def put_by_people(record: Record | None) -> tuple[datetime, int] | None:
    """Return when a session takes place, and for how many minutes, where a person put it; None where nobody did."""
    observed = record.observed if record else None
    if not observed or observed.gone or observed.cancelled or not observed.starts_at or not observed.minutes:
        return None
    return (observed.starts_at, observed.minutes) if is_where_people_put_it(record) else None


def is_gone(record: Record | None) -> bool:
    """Whether what we made is no longer there."""
    return record is not None and record.observed is not None and record.observed.gone


def ended_by_people(record: Record | None) -> datetime | None:
    """Return the end (wall time) that a person gave a recurring event which goes on for us; None where nobody did."""
    observed = record.observed if record else None
    if not record or not observed or observed.gone or observed.shown.get("until") in record.ours("until"):
        return None
    return observed.until


def called_off_by_people(record: Record | None) -> bool:
    """Whether a person deleted a session in the calendar, rather than we calling it off."""
    observed = record.observed if record else None
    if not record or not observed or not (observed.gone or observed.cancelled):
        return False
    return CALLED_OFF not in record.ours("cancelled")


def went_along(record: Record, instance: datetime) -> bool:
    """Whether the event of a session is one of another date than its own: a program moved it along with its series."""
    observed = record.observed
    is_there = observed is not None and not observed.gone and not observed.cancelled
    return is_there and observed is not None and observed.instance not in (None, instance)


def record_of(slot: Slot, memory: Memory) -> Record | None:
    """Return the record of a session, or of the bare instance that a person changed before we ever wrote it."""
    generation, known = memory.generation_of(slot), memory.records.get(slot.key)
    instance = memory.records.get(instance_key(generation.key, slot.recurrence_id)) if generation else None
    elsewhere = generation and known and known.observed and known.observed.event not in ("", generation.key)
    return instance or known if elsewhere else known or instance


def who_declined(slot: Slot, memory: Memory) -> frozenset[str]:
    """Return the guests who have declined this session, by their newest answer: to it, or to its whole series.

    Where nothing tells which is newer, what they answered for the session counts. So does, of who has not answered
    again, what they answered while its series was called otherwise, or in an event of that date that has ended since.
    To say that one cannot make it is to decline, and to take a role of it is to come.
    """
    generation, known = memory.generation_of(slot), memory.sessions.get(slot.key)
    series = memory.records.get(generation.key) if generation else None
    before = dict.fromkeys(known.declined if known else (), (LONG_AGO, Answer.DECLINED))
    before |= _answered_before(slot, memory)
    answers = {**before, **_answers(series), **_answers(memory.records.get(slot.key))}
    newest = {**answers, **{email: given for email, given in _answers(series).items() if given[0] > answers[email][0]}}
    for email, said in _said(slot, memory):
        newest[email] = max(said, newest.get(email, said), key=itemgetter(0))
    return frozenset(email for email, (_, answer) in newest.items() if answer is Answer.DECLINED)


def _said(slot: Slot, memory: Memory) -> Iterator[tuple[str, tuple[datetime, Answer]]]:
    """Yield what people said of whether they come, the earlier first."""
    for passing in memory.statements.passings.get(slot.key, ()):
        if passing.to:
            yield passing.to, (passing.statement.at, Answer.ACCEPTED)
        elif passing.former:
            yield passing.former, (passing.statement.at, Answer.DECLINED)


def _answered_before(slot: Slot, memory: Memory) -> dict[str, tuple[datetime, Answer]]:
    former = [one for key in former_keys(slot, memory) if (one := memory.sessions.get(key))]
    records = [memory.records.get(key) for one in former for key in (one.event, one.key)]
    return {email: answer for record in records for email, answer in _answers(record).items()}


def _answers(record: Record | None) -> dict[str, tuple[datetime, Answer]]:
    """Return what guests have answered, and since when that is known."""
    answers = record.observed.answers if record and record.observed else {}
    given = {email: answer for email, answer in answers.items() if answer is not Answer.NONE}
    return {email: (record.answered.get(email, LONG_AGO), answer) for email, answer in given.items()} if record else {}
