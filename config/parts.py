"""What the models of the team's file and of the operator's are made of: their base, and a type for each notation."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from config.values import (
    EMAIL,
    DateRange,
    DaysBefore,
    EveryWorkingDays,
    MinutesRange,
    WorkingHours,
    parse_chase_rule,
    parse_date,
    parse_date_range,
    parse_dates,
    parse_datetime,
    parse_days,
    parse_duration,
    parse_email,
    parse_every,
    parse_line,
    parse_minutes,
    parse_need_id,
    parse_open,
    parse_positive_duration,
    parse_reminders,
    parse_time,
    parse_url,
    parse_word,
    parse_working_hours,
    shown,
)

DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_DATES = rf"{DATE}( *\.\. *{DATE})?"
TIME = r"([01]?[0-9]|2[0-3]):[0-5][0-9]"
DURATION = r"[0-9]{1,6} (minute|hour|day|week)s?"
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAY_NAMES: tuple[str, ...] = get_args(Weekday)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "last")

Notation = tuple[BeforeValidator, WithJsonSchema]


def written(parse: Callable[[str], object], pattern: str, example: str, **schema: Any) -> Notation:
    """Return how a value written as text is parsed, and what an editor is told of it.

    A number is read as the digits that were written. Nothing else may stand in its place, so that no number is
    ever taken for a moment and no list for a name.
    """

    def validate(value: object) -> object:
        if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
            return parse(str(value))
        if value is None or isinstance(value, bool | list | dict):
            raise ValueError(f"{shown(value)} is not understood here; write it as {example}")
        return value

    return BeforeValidator(validate), WithJsonSchema(
        {"type": "string", "pattern": f"^({pattern})$", "examples": [example], **schema}
    )


class OneOrMany:
    """Lets a single value stand for a list of one, in the file and in the editor's schema."""

    @staticmethod
    def listed(value: object) -> object:
        """Return ``value`` in a tuple of its own, unless it is a list."""
        return value if isinstance(value, list | tuple) else (value,)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(parse_line)]
Name = Line
Names = Annotated[tuple[Name, ...], OneOrMany()]
Word = Annotated[
    Line,
    AfterValidator(parse_word),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^,]*$"}),
]
Words = Annotated[tuple[Word, ...], OneOrMany()]
Email = Annotated[str, *written(parse_email, EMAIL, "ada@example.com", maxLength=254)]
Emails = Annotated[tuple[Email, ...], OneOrMany()]
Url = Annotated[
    str, *written(parse_url, r"[hH][tT][tT][pP][sS]?://[^/\s]\S*|mailto:[^\s@]+@\S+", "https://example.com/board")
]
NeedIds = Annotated[tuple[Annotated[str, *written(parse_need_id, "n-[0-9a-f]{8}", "n-3f2a9c41")], ...], OneOrMany()]
Day = Annotated[date, *written(parse_date, DATE, "2026-12-31")]
Days = Annotated[DateRange, *written(parse_date_range, _DATES, "2026-12-21..2027-01-04")]
SeveralDays = Annotated[
    tuple[Annotated[DateRange, *written(parse_dates, _DATES, "2026-12-21..2027-01-04")], ...], OneOrMany()
]
TimeOfDay = Annotated[time, *written(parse_time, TIME, '"14:30"')]
WallTime = Annotated[datetime, *written(parse_datetime, f"{DATE}[ T]{TIME}", "2027-01-06 14:00")]
Duration = Annotated[timedelta, *written(parse_duration, DURATION, "2 weeks")]
PositiveDuration = Annotated[timedelta, *written(parse_positive_duration, f"(?!0+ ){DURATION}", "2 weeks")]
WholeDays = Annotated[timedelta, *written(parse_days, r"(?!0+ )[0-9]{1,6} (day|week)s?", "2 weeks")]
Before = Annotated[timedelta, *written(parse_open, f"{DURATION} before", "7 days before")]
Minutes = Annotated[
    MinutesRange,
    *written(parse_minutes, r"[0-9]{1,4}(\.\.[0-9]{1,4})?", "45..75", type=["string", "integer"], minimum=1),
]
Hours = Annotated[WorkingHours, *written(parse_working_hours, f"{TIME} ?- ?({TIME}|24:00)", "09:00-17:00")]
ChaseRule = Annotated[
    DaysBefore | EveryWorkingDays,
    *written(parse_chase_rule, "[0-9]{1,3} days? before|on the day|every ([0-9]{1,3} )?working days?", "2 days before"),
]
Reminders = Annotated[
    int,
    *written(parse_reminders, "0*[1-9][0-9]{0,2}( reminders?)?", "3 reminders", type=["string", "integer"], minimum=1),
]
EveryWeek = Annotated[str, *written(partial(parse_every, unit="week"), "week|0?[1-9][0-9]? weeks?", "2 weeks")]
EveryMonth = Annotated[str, *written(partial(parse_every, unit="month"), "month|0?[1-9][0-9]? months?", "2 months")]
Weekdays = Annotated[tuple[Weekday, ...], Field(min_length=1), OneOrMany()]
Truth = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
SessionMinutes = Annotated[int, Field(strict=True, ge=5, le=1440)]


class Part(BaseModel):
    """A part of a file: frozen, and refusing keys that it does not know.

    A key without a value counts as not written, so that a list may be commented out below its key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    refused: ClassVar[Mapping[str, str]] = {}
    """Keys that it does not have, each with what to tell somebody who writes it all the same."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = keys_of(cls)
        return {key: value for key, value in data.items() if value is not None or key not in known}


def keys_of(part: type[BaseModel]) -> list[str]:
    """Return the keys that a part may have in the file."""
    return [field.alias or name for name, field in part.model_fields.items()]


def examples_of(part: type[BaseModel], key: str) -> list[str]:
    """Return what a field gives as examples of the value of its key."""
    fields = (field for name, field in part.model_fields.items() if key == (field.alias or name))
    return [example for field in fields for example in field.examples or ()]
