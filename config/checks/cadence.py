"""Checks of cadences: each has to say which days it means, and mean some."""

from collections.abc import Iterator

from config.cadence import Cadence, MonthlyCadence, RuleCadence, SprintCadence, WeeklyCadence
from config.checks.rule import ANY_DAY, rule_problems
from config.draft import Draft
from config.parts import DAY_NAMES
from config.team import Team

Found = tuple[str, str]
"""The key in the cadence that is to blame, and a sentence."""


def cadence_problems(cadence: Cadence, draft: Draft[Team], knows_starts: bool) -> Iterator[Found]:
    """Yield what is wrong with a well-formed cadence; without ``knows_starts`` its starts is there but faulty."""
    starts = cadence.starts if knows_starts else cadence.starts or ANY_DAY
    match cadence:
        case WeeklyCadence() | MonthlyCadence():
            if cadence.interval > 1 and starts is None:
                unit = "week" if isinstance(cadence, WeeklyCadence) else "month"
                problem = f"every {cadence.interval} {unit}s does not say in which {unit} it begins"
                yield "every", f"{problem}; add starts, as in starts: 2026-01-05"
            if isinstance(cadence, WeeklyCadence) and len(set(cadence.on)) < len(cadence.on):
                yield "on", "a weekday is in the list twice; delete one"
        case SprintCadence():
            yield from _sprint_problems(cadence, draft)
        case RuleCadence():
            yield from (("rrule", problem) for problem in rule_problems(cadence.rrule, starts, cadence.at))


def _sprint_problems(cadence: SprintCadence, draft: Draft[Team]) -> Iterator[Found]:
    sprint = draft.model.sprint
    if sprint is None:
        if draft.root.get("sprint") is None:
            problem = "every sprint needs to know when sprints are"
            yield "every", f"{problem}; add sprint: {{starts: 2026-01-05, length: 2 weeks}} at the top of the file"
        return
    days = min(sprint.length.days, 100)
    works = [name in draft.model.working_days for name in DAY_NAMES]
    most = max(sum(works[(weekday + n) % 7] for n in range(days)) for weekday in range(7))
    if cadence.day > most:
        yield "day", f"a sprint has at most {most} working days, so day {cadence.day} never comes; write at most {most}"
