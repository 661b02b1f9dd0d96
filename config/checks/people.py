"""Checks of the members: their dates, and what they are excused from."""

from collections.abc import Iterator

from config.checks.names import item, known_roles
from config.draft import Draft
from config.faults import Problem, listing, suggestion
from config.team import Member, Team
from config.values import shown


def check_people(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield dates in the wrong order, and roles that no format has."""
    roles = known_roles(draft)
    for number, member in enumerate(draft.model.members):
        if member.joined and member.leaves and member.leaves < member.joined:
            problem = f"{shown(member.name)} leaves on {member.leaves}, before joining on {member.joined}"
            yield Problem(("members", number, "leaves"), f"{problem}; correct one of the two dates")
        if member.onboarded and (wrong := _onboarded(member)):
            yield Problem(("members", number, "onboarded"), wrong)
        for index, role in enumerate(member.excused):
            if role not in roles:
                advice = suggestion(role, roles) or f"; the roles are {listing(roles)}"
                path = item(draft, ("members", number, "excused"), index)
                yield Problem(path, f"no format has the role {shown(role)}{advice}")


def _onboarded(member: Member) -> str | None:
    """Return what is wrong with the day on which somebody was onboarded."""
    name = shown(member.name)
    if member.joined is None:
        return f"how long {name} took cannot be told without the day of joining; write joined as well"
    if member.onboarded and member.onboarded < member.joined:
        return f"{name} was onboarded on {member.onboarded}, before joining on {member.joined}; correct one of the two"
    return None
