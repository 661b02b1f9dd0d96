"""Checks of the members: their dates and what they are excused from."""

from collections.abc import Iterator

from config.checks.names import item, known_roles
from config.draft import Draft
from config.faults import Problem, listing, suggestion
from config.team import Team
from config.values import shown


def check_people(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield dates in the wrong order, and roles that no format has."""
    roles = known_roles(draft)
    for number, member in enumerate(draft.model.members):
        if member.joined and member.leaves and member.leaves < member.joined:
            problem = f"{shown(member.name)} leaves on {member.leaves}, before joining on {member.joined}"
            yield Problem(("members", number, "leaves"), f"{problem}; correct one of the two dates")
        for index, role in enumerate(member.excused):
            if role not in roles:
                advice = suggestion(role, roles) or f"; the roles are {listing(roles)}"
                path = item(draft, ("members", number, "excused"), index)
                yield Problem(path, f"no format has the role {shown(role)}{advice}")
