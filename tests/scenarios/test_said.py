"""What people say of their turns, as they meet it: who has what by it, what they are told, and what ``why`` says."""

from pathlib import Path

from daemon.model import Session
from daemon.model.statements import Door, Statement, StatementKind
from daemon.say import say
from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import Programme
from tests.scenarios.test_changed_minds import passes, programme_of, sessions, told

FOUR = [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Ada", "Bob", "Dan", "Eve")]
NEXT, LATER = "12-03 12:15", "12-10 12:15"


def says(programme: Programme, who: str | None, kind: str, about: str, **more: object) -> str | None:
    """Let somebody say something on the web page, and return what spoke against it."""
    with programme.world() as world:
        memory = world.recall(programme.file.team)
        fields = {"id": f"{kind} {who} {about} {programme.now} {more}", "at": programme.now, "door": Door.WEB, **more}
        statement = Statement(kind=StatementKind(kind), who=who, about=about, **fields)  # type: ignore[arg-type]
        refused = say(world.ledger, programme.file.team, memory, statement, programme.now)
        return refused.text if refused else None


def key(programme: Programme, day: str) -> str:
    return sessions(programme)[day].key


def at(programme: Programme, day: str) -> Session:
    return sessions(programme)[day]


def free(session: Session) -> list[str]:
    return [one["email"] for one in FOUR if one["email"] not in session.roles.values()]


def why(programme: Programme, day: str) -> str:
    arguments = ("team.yaml", f"2026-{day[:5]}", "--data", "data", "--now", f"{programme.now:%Y-%m-%dT%H:%M}")
    return peerloop(programme.path.parent, "why", *arguments).out


def name(email: str) -> str:
    return email.partition("@")[0].capitalize()


def test_who_cannot_make_it_says_so_and_who_wants_it_has_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder, taker = before.roles["presenter"], free(before)[0]
    assert says(programme, holder, "cannot", before.key) is None
    passes(programme)
    now = at(programme, LATER)
    assert now.unfilled == ("presenter",)
    print(why(programme, LATER))
    assert says(programme, taker, "take", before.key, role="presenter") is None
    passes(programme, hours=1)
    assert at(programme, LATER).roles["presenter"] == taker
    print(why(programme, LATER))
    passes(programme, hours=24)
    print("\n".join(told(programme)))
