"""What stands for today's digests where nobody can tell whether they went out, for the ledger was lost.

Pure. Better once too late than twice: what still holds is in tomorrow's digest.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from config.team import Team
from daemon.model import Message
from daemon.plan.plan import Finding
from daemon.tell.people import addressee

WHY = (
    "The ledger is new, but the calendar and the pages show that this team was looked after before. Whether today's "
    "mails had gone out already nobody can tell, so no more go out today; what still holds comes with the next ones. "
    "Turns are counted from what the calendar shows"
)


def held_back(team: Team, now: datetime, account: str) -> Iterator[Message]:
    """Yield, for each who may have had a digest of today by this account, one that stands for it and is not sent."""
    for email in dict.fromkeys((*(member.email for member in team.members), team.lead)):
        who = addressee(email, team)
        there = now.astimezone(who.zone) if who else now
        if who and who.at_work(now) and there.time() >= team.chase.working_hours.start:
            digest = hashlib.sha256(f"{account} {email}".encode()).hexdigest()[:16]
            message_id = f"<held-back.{there.date()}.{digest}@peerloop>"
            yield Message(message_id, email, who.name, "", "", there, account=account)


def told_of_it(now: datetime) -> Finding:
    """Return what the lead is told of it."""
    return Finding(f"ledger/{now.date()}", WHY, kind="trouble")
