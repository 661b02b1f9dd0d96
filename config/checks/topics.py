"""Checks of the backlog."""

from collections.abc import Iterator

from config.draft import Draft
from config.faults import Problem, closest
from config.team import Team
from config.values import canonical_email, shown


def check_topics(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield topics whose owner is not a member."""
    for number, topic in enumerate(draft.model.topics):
        if topic.owner is not None and (problem := unknown_member(draft, topic.owner)):
            yield Problem(("topics", number, "owner"), problem)


def unknown_member(draft: Draft[Team], email: str) -> str | None:
    """Return what is wrong with naming ``email`` as a member, or None."""
    members = {canonical_email(written) for written in draft.declared("members", "email")}
    if not isinstance(draft.root.get("members"), list) or email in members:
        return None
    for member in draft.model.members:
        if email in member.was:
            return f"{shown(email)} is an earlier address of {shown(member.name)}; write {member.email}"
    names = {member.partition("@")[0]: member for member in members}
    meant = closest(email.partition("@")[0], names, likeness=0.7)
    advice = f"did you mean {names[meant]}?" if meant else "add them under members, or name somebody else"
    return f"{shown(email)} is not a member; {advice}"
