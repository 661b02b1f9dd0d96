"""What people said, folded: which turns it passed on, and how it is kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ledger import Ledger, open_ledger
from daemon.model.memory import Memory
from daemon.model.statements import Door, Statement, StatementKind, Statements
from tests.soak import examples

AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
LUNCH, REVIEW = "platform/lunch/2026-12-10T12:15", "platform/review/2026-12-15T10:00"


def said(*statements: Statement) -> Statements:
    return Statements(replace(one, number=number) for number, one in enumerate(statements, 1))


def one(kind: str, who: str | None, about: str = LUNCH, role: str = "presenter", **more: Any) -> Statement:
    identity = more.pop("id", f"{kind} {who} {about} {role}")
    return Statement(
        id=identity, kind=StatementKind(kind), who=who, about=about, role=role, at=AT, door=Door.WEB, **more
    )


def hands(statements: Statements, session: str) -> list[tuple[str | None, str | None]]:
    """Return from whom to whom a session's turns passed."""
    return [(passing.former, passing.to) for passing in statements.passings.get(session, ())]


def test_what_nobody_said_passes_nothing_on() -> None:
    assert (Statements().latest, dict(Statements().passings), Statements().offers) == (0, {}, ())


def test_a_turn_passes_from_who_cannot_to_who_takes_it() -> None:
    talk = said(one("cannot", "ada"), one("take", "bob", before="ada"))
    assert hands(talk, LUNCH) == [("ada", None), ("ada", "bob")]
    assert talk.had_from(LUNCH, "presenter", "bob") == talk.passings[LUNCH][1]
    assert talk.had_from(LUNCH, "presenter", "ada") is None


def test_what_a_lead_says_for_somebody_is_their_doing() -> None:
    talk = said(one("cannot", "lead", other="ada"), one("take", "lead", other="bob", before="ada"))
    assert hands(talk, LUNCH) == [("ada", None), ("ada", "bob")]


def swap() -> list[Statement]:
    offer = one("swap-offer", "ada", other="bob", value=REVIEW, id="offer")
    return [offer, one("swap-agree", "bob", REVIEW, "author", other="ada", value="offer")]


def test_an_offer_waits_until_it_is_answered_and_a_swap_passes_both_turns_on() -> None:
    offer, agreed = swap()
    assert said(offer).offers == (offer,)
    talk = said(offer, agreed)
    assert (talk.offers, hands(talk, LUNCH), hands(talk, REVIEW)) == ((), [("ada", "bob")], [("bob", "ada")])
    assert said(offer, one("swap-refuse", "bob", REVIEW, value="offer")).offers == ()


@pytest.mark.parametrize(("who", "about", "role"), [("bob", LUNCH, "presenter"), ("ada", REVIEW, "author")])
def test_who_hands_back_a_swap_hands_back_both(who: str, about: str, role: str) -> None:
    talk = said(*swap(), one("hand-back", who, about, role))
    assert (hands(talk, LUNCH)[-1], hands(talk, REVIEW)[-1]) == (("bob", "ada"), ("ada", "bob"))
    assert talk.had_from(LUNCH, "presenter", "ada") is None


def test_nothing_is_handed_back_that_went_on_since() -> None:
    talk = said(one("take", "bob", before="ada"), one("take", "cleo", before="bob"), one("hand-back", "bob"))
    assert hands(talk, LUNCH) == [("ada", "bob"), ("bob", "cleo")]


PEOPLE = st.sampled_from(("ada", "bob", "cleo"))


@examples(100)
@given(st.lists(st.tuples(st.sampled_from(("take", "hand-back")), PEOPLE), max_size=8), PEOPLE)
def test_who_takes_and_hands_back_leaves_it_to_who_had_it(doings: list[tuple[str, str]], last: str) -> None:
    numbers, holder, talk = count(), "ada", list[Statement]()
    for kind, who in doings:
        talk.append(one(kind, who, before=holder, id=str(next(numbers))))
        passed = said(*talk).passings.get(LUNCH, ())
        holder = (passed[-1].to if passed else None) or holder
    if last != holder:
        talk += [one("take", last, before=holder, id="take"), one("hand-back", last, id="back")]
        assert hands(said(*talk), LUNCH)[-1] == (last, holder)


# how it is kept


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


def recalled(ledger: Ledger, team: str = "platform") -> Memory:
    return ledger.recall(team, team)


def test_what_is_said_is_recalled_in_its_order_and_of_its_team(ledger: Ledger) -> None:
    first, second = one("cannot", "ada"), one("take", "bob", before="ada")
    second = replace(second, at=AT + timedelta(hours=1))
    numbers = [ledger.say("platform", statement) for statement in (first, second)]
    ledger.say("other", replace(first, who="zoe"))
    assert recalled(ledger).statements == (first, second)
    assert [statement.number for statement in recalled(ledger).statements] == numbers
    assert recalled(ledger).statements.latest == numbers[-1]
    assert [statement.who for statement in recalled(ledger, "other").statements] == ["zoe"]


def test_what_is_said_twice_is_kept_once_as_it_was_first_said(ledger: Ledger) -> None:
    first = one("cannot", "ada")
    number = ledger.say("platform", first)
    assert ledger.say("platform", replace(first, value="again")) == number
    assert ledger.say("platform", first, after=0) == number
    assert recalled(ledger).statements == (first,)


def test_nothing_is_recorded_where_somebody_else_was_faster(ledger: Ledger) -> None:
    before = recalled(ledger).statements.latest
    assert ledger.say("platform", one("take", "bob"), after=before) is not None
    assert ledger.say("platform", one("take", "cleo"), after=before) is None
    assert ledger.say("platform", one("take", "cleo"), after=recalled(ledger).statements.latest) is not None
    assert [statement.who for statement in recalled(ledger).statements] == ["bob", "cleo"]


def test_addresses_are_recalled_in_small_letters(ledger: Ledger) -> None:
    ledger.say("platform", one("cannot", "Ada@Example.com"))
    assert recalled(ledger).statements[0].who == "ada@example.com"
