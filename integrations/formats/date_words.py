"""What words for a day mean: ``2027-02-01``, ``1 Feb``, ``13/2/2027``, ``Friday``, ``in 3 days``, ``1er février 2027``.

Only what can be nothing else is a day. What stands for one and leaves open which, as ``01/02`` or ``next Friday``, is
``UNCLEAR``. Figures are read here; names of months and days are looked up in dateparser, which is loaded for them only.
"""

import re
import warnings
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from daemon.model import RelativeDay

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

Day = date | RelativeDay
UNCLEAR: Final = "unclear"
"""What words mean that stand for a day, and leave open for which."""
Meaning = Day | str | None

ENGLISH, GERMAN, FRENCH, SPANISH = "en", "de", "fr", "es"
LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH)
_THIS_CENTURY = range(2000, 2100)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})")
_STROKE, _POINTS = re.compile(r"(\d{1,2})/(\d{1,2})"), re.compile(r"(\d{1,2})\.(\d{1,2})(\.?)")
_POINT_OR_COMMA, _JOINED = re.compile(r"[.,](?= |\Z)"), re.compile(r"\A(\d\d?)[-./]([^\W\d_]{3,10})[-./](\d{4})\Z")
_NUMBER = r"\d{1,2}(?:st|nd|rd|th|er|º|ª)?"
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)"
_WORD = r"[^\W\d_]{2,14}"
_DAY_OF_MONTH = (
    rf"(?:(?:the|le|el) )?{_NUMBER} (?:(?:of|de|del) )?(?P<month>{_WORD})(?: (?:(?:of|de|del) )?(?:19|20)\d\d)?"
)
_MONTH_AND_DAY = rf"(?P<first>{_WORD}) (?:the )?{_NUMBER}(?: (?:19|20)\d\d)?"
_DAY_AND_MONTH = re.compile(rf"(?:(?!the |le |el )(?P<weekday>{_WORD}) )?(?:{_DAY_OF_MONTH}|{_MONTH_AND_DAY})")
_DISTANCE = re.compile(
    r"(?:in|within|dans|en) (?:\d{1,2}|an?|one|two|three|four|zwei|drei|vier|einer|deux|trois|une?|dos|tres|una) "
    r"(?:days?|weeks?|tag(?:en)?|wochen?|jours?|semaines?|días?|semanas?)"
)
_LONGEST_PHRASE = 80  # characters; no words for a day take more
_LAST_HOUR = 23
_TODAY = frozenset({"eod", "cob", "end of day", "end of the day", "tonight", "today"})
_ABBREVIATED = {
    ENGLISH: frozenset(["mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"]),
    GERMAN: frozenset(["mo", "di", "mi", "do", "fr", "sa", "so"]),
}
_ALSO_WORDS = frozenset(["mon", "wed", "sat", "sun"]) | _ABBREVIATED[GERMAN]
_MONTH_NAMES = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_PERIOD = r"(?:week|month|quarter|sprint|year|weekend)"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_VAGUE = re.compile(
    rf"next (?:{_PERIOD}|{_WEEKDAY})|this {_PERIOD}|(?:the )?weekend|eo[wmqy]|q[1-4](?: \d{{4}})?"
    rf"|(?:the )?end of (?:the |this |next )?(?:{_PERIOD}|{_MONTH_NAMES})|(?:early|mid|late) {_MONTH_NAMES}"
    rf"|{_WEEKDAY} (?:next|after|week|fortnight)(?: {_PERIOD})?|{_WEEKDAY} (?:the )?{_ORDINAL}|the {_ORDINAL}"
    r"|nächste[nrs]? (?:woche|monat|quartal)|ende (?:der woche|des monats|nächster woche)"
)
_MONTH_ALONE = re.compile(rf"(?!may\Z){_MONTH_NAMES}(?: \d{{4}})?")  # who stands by May may stand by her
_OF_DATES = re.compile(
    r"jan|ene|f[eé]v|feb|m[aä]r|mrz|a[pvb]r|ma[yi]|ju[nil]|aug|ao[uû]|ago|sep|o[ck]t|nov|d[eé][cz]|dic|tod|tom|mon|tue"
    r"|wed|thu|fri|sat|sun|heu|mor|übe|die|mit|don|fre|sam|son|d[ei]m|lun|jeu|ven|mer|hoy|mañ|mi[ée]|jue|vie|s[áa]b|dom"
    r"|auj|(?:mo|di|mi|do|fr|sa|so)\Z"
)
"""How all words for days and months begin: what begins otherwise need not be looked up."""
_ONE_AT_A_TIME = Lock()  # the library keeps the moment in one place for all
_MOMENTS = (datetime(2027, 1, 27, 12), datetime(2030, 8, 16, 12))  # noqa: DTZ001, any two on other weekdays


def figures(word: str, alone: bool = False) -> Meaning:
    """Return the day that figures with signs between them mean; with ``alone`` those that may be something else do not.

    Between points, the day comes first; between strokes, people of different places mean different things.
    """
    if match := _YEAR_FIRST.fullmatch(word):
        return None if alone and match[2] == "." else _day(match[1], match[3], match[4])  # or a release
    if match := _YEAR_LAST.fullmatch(word):
        if len(match[4]) == 2 and match[2] != "/":
            return None if alone else UNCLEAR  # a release, or a day
        year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
        return _day(year, match[3], match[1]) if match[2] == "." else _either(match[1], match[3], year)
    if match := _POINTS.fullmatch(word):
        return _between_points(match, alone)
    match = _STROKE.fullmatch(word)
    is_part = alone and "0" not in (word[:1], word[-2:-1])
    return None if match is None or is_part else _either(match[1], match[2])


def words(phrase: str, own: str = ENGLISH, alone: bool = False) -> Meaning:
    """Return the day that words mean; ``own`` is the language around them, where that is known.

    With ``alone`` nothing around them says that they are a day: what leaves open which is then none.
    """
    if len(phrase) > _LONGEST_PHRASE:
        return None
    plain = _JOINED.sub(r"\1 \2 \3", " ".join(_POINT_OR_COMMA.sub("", phrase).split()))
    if figure := figures(phrase, alone) or figures(plain, alone):
        return figure
    folded = plain.casefold()
    if _VAGUE.fullmatch(folded) or (_MONTH_ALONE.fullmatch(folded) and plain[:1].isupper()):
        return None if alone else UNCLEAR
    if folded in _TODAY:
        return RelativeDay(days=0)
    if _DISTANCE.fullmatch(folded):
        return None if alone else _looked_up(folded, _in_order(own))
    if found := _DAY_AND_MONTH.fullmatch(folded):
        return _date_of(folded, found, own)
    return _single(plain, own)


def _single(word: str, own: str) -> Meaning:
    """Return what one word for a day means: ``Friday``, ``tomorrow``; no month does, and no name that looks alike."""
    folded = word.casefold().removeprefix("this ")
    if folded in ("day after tomorrow", "the day after tomorrow"):
        return RelativeDay(days=2)
    if " " in folded:
        return None
    for language in _in_order(own):
        if len(folded) < 5 and folded not in ("hoy", *_ABBREVIATED.get(language if language == own else "", ())):
            continue
        found = _looked_up(folded, (language,))
        is_word = folded in _ALSO_WORDS and not word[:1].isupper()
        is_name = isinstance(found, RelativeDay) and found.days is not None and language != own and word[:1].isupper()
        if isinstance(found, RelativeDay) and found.month is None and not is_word and not is_name:
            return found
    return None


def _date_of(folded: str, found: "re.Match[str]", own: str) -> Meaning:
    """Return what a day of a month means; unclear where there is no such day, or it is another day of the week."""
    month = found["month"] or found["first"]
    if not _is_of_dates(month):
        return None
    order, folded = _in_order(own), folded.removeprefix("the ").removeprefix("le ").removeprefix("el ")
    day, weekday = _looked_up(folded, order), found["weekday"] and _looked_up(found["weekday"], order)
    if isinstance(day, date) and day.year in _THIS_CENTURY and not found["weekday"]:
        return day
    if isinstance(weekday, RelativeDay) and weekday.weekday is not None:
        is_that = isinstance(day, RelativeDay) or (isinstance(day, date) and day.weekday() == weekday.weekday)
        return day if is_that else UNCLEAR
    if found["weekday"]:
        return None
    is_month = isinstance(_looked_up(f"1 {month}", order), RelativeDay)
    return day if isinstance(day, RelativeDay) and day.month else UNCLEAR if is_month else None


def _in_order(own: str) -> tuple[str, ...]:
    return (own, *(language for language in LANGUAGES if language != own))


def _is_of_dates(word: str) -> bool:
    return bool(_OF_DATES.match(word))


@lru_cache(maxsize=4096)
def _looked_up(phrase: str, languages: tuple[str, ...]) -> Day | None:
    """Return the day that dateparser knows for words in the first of the languages: read at two moments, to compare.

    A day that is the same at both is a date; else it depends on the moment, and how is seen from the two.
    """
    if not any(map(_is_of_dates, phrase.split())) and not _DISTANCE.fullmatch(phrase):
        return None
    for language in languages:
        read = [_read(phrase, language, moment) for moment in _MOMENTS]
        if read[0] and read[1]:
            return _depending(read[0], read[1])
    return None


def _read(phrase: str, language: str, moment: datetime) -> date | None:
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own, of what it calls of Python's
        found = _parser(language, moment).get_date_data(phrase)
    return found.date_obj.date() if found.date_obj and found.period in ("day", "week") else None


@cache
def _parser(language: str, moment: datetime) -> "DateDataParser":
    from dateparser.date import DateDataParser

    settings = {"RELATIVE_BASE": moment, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY", "TIMEZONE": "UTC"}
    return DateDataParser(languages=[language], try_previous_locales=False, settings=settings)


def _depending(one: date, other: date) -> Day | None:
    away = [found - moment.date() for found, moment in zip((one, other), _MOMENTS, strict=True)]
    if one == other:
        return one
    if away[0] == away[1]:
        return RelativeDay(days=away[0].days) if away[0] >= timedelta() else None
    if one.weekday() == other.weekday() and max(away) <= timedelta(weeks=1):
        return RelativeDay(weekday=one.weekday())
    return RelativeDay(month=one.month, day=one.day) if (one.month, one.day) == (other.month, other.day) else None


def _day(year: str, month: str, day: str) -> Meaning:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return UNCLEAR


def _either(one: str, other: str, year: str = "") -> Meaning:
    """Return the day of a day and a month in either order, unclear where both are possible."""
    possible = {_day(year or "2028", month, day) for month, day in ((one, other), (other, one))} - {UNCLEAR}
    if len(possible) != 1:
        return UNCLEAR if possible or year else None
    (day,) = possible
    return RelativeDay(month=day.month, day=day.day) if isinstance(day, date) and not year else day


def _between_points(match: "re.Match[str]", alone: bool) -> Meaning:
    """Return the day of ``27.11.``, or of ``27.11`` where that is no time; what may be a part or a release is none."""
    found, is_in_full = _in_some_year(int(match[2]), int(match[1])), len(match[1]) == len(match[2]) == 2
    if match[3]:
        return None if alone and (not is_in_full or found == UNCLEAR) else found
    if alone or not is_in_full or found == UNCLEAR:
        return None
    return found if int(match[1]) > _LAST_HOUR else UNCLEAR


def _in_some_year(month: int, day: int) -> Meaning:
    leap_year = _day("2028", str(month), str(day))
    return leap_year if leap_year == UNCLEAR else RelativeDay(month=month, day=day)
