"""The shapes of what commands print with ``--json``, as JSON Schemas (2020-12): a program may rely on every key."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 0}
TRUTH: Json = {"type": "boolean"}
DATE: Json = {"type": "string", "format": "date"}
MOMENT: Json = {"type": "string", "format": "date-time", "description": "With its offset from UTC."}
RELEASE: Json = {**TEXT, "description": "The release of the rules of time zones, as IANA names it: 2026f."}
EMAIL: Json = {"type": "string", "description": "A member's e-mail, in small letters."}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _or_null(shape: Json) -> Json:
    return {"anyOf": [shape, {"type": "null"}]}


def _object(optional: Mapping[str, Json] | None = None, **keys: Json) -> Json:
    return {
        "type": "object",
        "properties": {**keys, **(optional or {})},
        "required": [*keys],
        "additionalProperties": False,
    }


FINDING = _object(file=TEXT, line={"type": "integer", "minimum": 1}, column={"type": "integer"}, message=TEXT)
PAIRS = _list(_list(EMAIL))
SESSION = _object(
    {"pairs": PAIRS},
    key=TEXT,
    series=TEXT,
    format=TEXT,
    original_start=MOMENT,
    starts_at=MOMENT,
    ends_at=MOMENT,
    timezone=TEXT,
    topic=_or_null(TEXT),
    roles={"type": "object", "additionalProperties": EMAIL},
    unfilled=_list(TEXT),
)
CHANGE = _object(
    action={"enum": ["create", "update", "end"]},
    kind={"enum": ["series", "session", "page"]},
    key=TEXT,
    title=TEXT,
    fields=_list(TEXT),
)
MAIL = _object(to=EMAIL, name=TEXT, when=MOMENT, subject=TEXT)
PLAN = _object(teams=_list(_object(team=TEXT, changes=_list(CHANGE), findings=_list(TEXT))), mails=_list(MAIL))
SIGHTING = _object(
    where=TEXT,
    link=_or_null(TEXT),
    seen={**DATE, "description": "Of what was said without a name, the Monday of its week."},
)
ANSWERED = _object(
    id=TEXT,
    text={**_or_null(TEXT), "description": "Null where no source tells of it any more."},
    state=_or_null(TEXT),
    times=COUNT,
    sources=_list(SIGHTING),
)
TAUGHT = _object(
    on=DATE,
    asked={**_or_null(DATE), "description": "Since when those who were there are asked whether they can do it now."},
    can={**COUNT, "description": "How many of those who answered can do it."},
    answered=COUNT,
    came_to={"enum": ["closed", "still open", None]},
)
REASONS = _object(
    key=TEXT,
    series=TEXT,
    format=TEXT,
    starts_at=MOMENT,
    ends_at=MOMENT,
    takes_place=TRUTH,
    note=TEXT,
    roles=_list(_object(role=TEXT, member=_or_null(EMAIL), why=TEXT, next=_list(EMAIL))),
    pairs=PAIRS,
    topic=_or_null(_object(title=TEXT, why=TEXT, answers=_list(ANSWERED), taught=_list(TAUGHT))),
    more_votes=_or_null(_object(title=TEXT, votes=COUNT)),
)
ITEM = _object(
    text=TEXT,
    assignee=_or_null(EMAIL),
    together_with=_list(EMAIL),
    due=DATE,
    due_as_written={**_or_null(TEXT), "description": "The page's words for the day, where they are no date in full."},
    due_is_clear={**TRUTH, "description": "Whether they say which day; else `due` counts from the session."},
    status={"enum": ["open", "overdue", "done", "dropped", "gone", "lost"]},
    page=_or_null(TEXT),
)
HELD = _object(held=COUNT, documented=COUNT, skipped=COUNT)
ITEMS = _object(
    open=COUNT,
    overdue=COUNT,
    done=COUNT,
    dropped=COUNT,
    median_days_to_done=_or_null({"type": "number"}),
    done_within_two_sprints=_or_null({"type": "number"}),
)
FIGURES = _object(
    sessions=HELD,
    items=ITEMS,
    two_sprints_in_days=COUNT,
    turns=_list(_object(member=EMAIL, taken=COUNT, fair_share={"type": "number"})),
    by_series=_list(_object(series=TEXT, sessions=HELD, items=ITEMS)),
    by_session=_list(_object(session=TEXT, items=ITEMS)),
)
NUMBER: Json = _or_null({"type": "number"})
OUTCOME = _object(
    figure={
        "enum": [
            *("onboarding", "bug_reports", "items_in_time", "sessions_held", "can_do_now", "have_led", "shared_areas"),
        ]
    },
    unit={"enum": ["days", "ratio", "proportion"], "description": "Days more than before; after to before; 0 to 1."},
    value={**NUMBER, "description": "Null where there is nothing to tell, or it could be traced to one person."},
    low={**NUMBER, "description": "The lower end of the exact 95% interval."},
    high={**NUMBER, "description": "Its upper end; null, where low is a number, if there is none."},
    n={**_list(COUNT), "description": "How many were counted; where groups are compared, before and since."},
    claim={**NUMBER, "description": "What the value would be if it were as is often claimed of such programmes."},
    said=TEXT,
    meaning=TEXT,
)
NEED = _object(
    id=TEXT,
    text=TEXT,
    area=_or_null(TEXT),
    state={"enum": ["proposed", "backlog", "planned", "taught", "closed", "still open", "declined"]},
    times={"type": "integer", "minimum": 1},
    sources=_list(SIGHTING),
    perhaps={**_list(TEXT), "maxItems": 3, "description": "Titles of topics that are much like it."},
)
ENTRY = _object(
    **{
        "at": MOMENT,
        "kind": {"enum": ["write", "mail", "said"]},
        "what": TEXT,
        "how": {
            "enum": ["done", "failed", "unknown"],
            "description": "Unknown where it was begun, and cut short.",
        },
        "why": TEXT,
        "asked": {**TEXT, "description": "Whose doing it is: an e-mail, or in words where no single person asked."},
        "pass": {**TEXT, "description": "The pass that wrote it, as the lines of the daemon's log name it."},
        "key": {**TEXT, "description": "The mark of what was written."},
        "before": {"type": "object", "additionalProperties": TEXT},
        "after": {"type": "object", "additionalProperties": TEXT},
    }
)
CHECK = _object(what=TEXT, well=_or_null(TRUTH), told=TEXT)
CONNECTION = _object(use=TEXT, connection=TEXT, kind=TEXT, place=_or_null(TEXT), checks=_list(CHECK))
SKIPPED = _object(series=TEXT, original_start=MOMENT, reason=TEXT)
SHAPES: Mapping[str, Json] = {
    "check": _object(faults=_list(FINDING), warnings=_list(FINDING)),
    "schedule": _object(
        **{"team": TEXT, "from": DATE, "until": DATE, "sessions": _list(SESSION), "skipped": _list(SKIPPED)}
    ),
    "plan": PLAN,
    "apply": PLAN,
    "status": _object(
        teams=_list(
            _object(team=TEXT, sessions=_list(SESSION), items=_list(ITEM), figures=FIGURES, undelivered=_list(TEXT))
        )
    ),
    "why": _object(team=TEXT, sessions=_list(REASONS)),
    "needs": _object(needs=_list(NEED)),
    "outcomes": _object(
        teams=_list(
            _object(team=TEXT, until=DATE, figures=_list(OUTCOME), known_by_one=_list(_object(area=TEXT, member=EMAIL)))
        ),
        together=_list(OUTCOME),
    ),
    "log": _object(teams=_list(_object(team=TEXT, entries=_list(ENTRY)))),
    "doctor": _object(
        teams=_list(_object(team=TEXT, connections=_list(CONNECTION))), machine=_list(CHECK), time_zones=RELEASE
    ),
}
"""By command."""


def shape_of(command: str) -> Json:
    """Return the schema of what a command prints with ``--json``."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": f"peerloop {command} --json", **SHAPES[command]}
