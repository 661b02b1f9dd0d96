"""One pass over each of several teams, as a command makes it, and what goes wrong in words for people."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click

from config.team import Team
from config.team_file import TeamFile, place_of
from daemon.cli.plan_markdown import plans_in_markdown
from daemon.cli.plan_text import mail_json, mail_lines, plan_json, plan_lines
from daemon.cli.reasons import remarks
from daemon.cli.setting import FAILED, STOPPED, WRONG_INPUT, Setting, complain, print_json, say
from daemon.deliver import deliver, foreseen
from daemon.loop import Pass, World, run_once
from daemon.model import Message
from daemon.model.names import team_key, with_former
from daemon.plan.guards import Allowance, Stopped
from daemon.serve.clock import Clock
from daemon.serve.in_words import in_words
from daemon.serve.owners import of_another
from daemon.serve.team_files import read_team
from daemon.tell.troubles import FILE


class Passes:
    """One pass over each of several teams: a team that fails or is stopped does not keep the others from theirs."""

    def __init__(
        self,
        setting: Setting,
        world: World,
        create: int | None,
        delete: int | None,
        exit_code: int = 0,
        dry_run: bool = False,
    ) -> None:
        """Take the caps of the operator's file, or those that the command line allows, and the exit code so far."""
        caps = setting.operator.caps
        restore = create is not None
        self.caps = Allowance(
            caps.create if create is None else create, caps.delete if delete is None else delete, restore
        )
        self.setting, self.world, self.dry_run, self.exit_code = setting, world, dry_run, exit_code
        self._refused = set[Path]()

    def over(self, teams: Sequence[TeamFile]) -> list[tuple[TeamFile, Pass]]:
        """Return what came of each team that was not stopped; say the rest on stderr."""
        if not self.dry_run and self.setting.moment is None and (doubt := self._doubt_of_the_clock()):
            self._say(doubt, STOPPED)
            return []
        done, known = [], self.world.ledger.team_keys()
        for file in with_former(teams, known):
            if fault := of_another(file, known, partial(self._before, file)) if not file.heir else None:
                self._refused.add(file.path)
                self._say(str(fault), WRONG_INPUT)
                continue
            try:
                one = run_once(file, self.setting.now(file.team), self.world, self.caps, self.dry_run)
            except Stopped as stopped:
                self._say(str(stopped), STOPPED)
            except Exception as error:  # one bad team never stops the others
                self._say(f"{file.team.team}: {in_words(error)}", FAILED)
            else:
                done.append((file, one))
                self._remember(file, one)
                for said in one.errors:
                    self._say(f"{file.team.team}: {said}", FAILED)
        return done

    def _before(self, file: TeamFile) -> TeamFile | None:
        """Return what a team's file said when it was good last."""
        text = self.world.ledger.last_good.of(place_of(file.path))
        now = self.setting.now(file.team)
        return next(iter(read_team(file.path, self.setting.operator, now, text).files), None) if text else None

    def _doubt_of_the_clock(self) -> str | None:
        """Return why nothing is to be written now; who says so again, or tells the time, is believed."""
        clock = Clock(self.setting.now, self.world.ledger.looks, timedelta())
        doubt, advice = clock.doubt(), "" if clock.is_wrong else ". If it is right, run this again"
        return doubt and f"the clock of this machine is in doubt: {doubt}{advice}"

    def _remember(self, file: TeamFile, done: Pass) -> None:
        """Have the ledger know that a team's file is good, and what it says."""
        if not self.dry_run:
            now = self.setting.now(file.team)
            self.world.ledger.last_good.keep({place_of(file.path): file.text})
            self.world.ledger.troubles.note(done.before.team, (FILE,), {}, now)

    def remarked(
        self, done: Sequence[tuple[TeamFile, Pass]], unclear: Container[Path]
    ) -> Iterator[tuple[TeamFile, Pass]]:
        """Yield the passes with what their leads should know of duties at once and of votes.

        Another team may be what one of an ``unclear`` file was before, so nothing is said of both.
        """
        for file, one in done:
            engagements = () if file.path in unclear else self.world.engagements(file.team)
            yield file, one.found(remarks(file.team, one.memory, engagements, self.setting.now(file.team)))

    def mails(self, done: Sequence[tuple[TeamFile, Pass]]) -> list[Message]:
        """Return the digests that are to be sent now, after these passes."""
        due = {one.before.team: one.reminders for _, one in done}
        today = {one.before.team: one.readdressed for _, one in done}
        files = [file for file, _ in done]
        keyed, now, world = self._keyed(files), self._now(files), self.world
        return foreseen(keyed, now, world.ledger, due, today, world.messenger, world.account)

    def _keyed(self, teams: Sequence[TeamFile]) -> dict[str, Team]:
        known = self.world.ledger.team_keys()
        served = [file for file in teams if file.path not in self._refused]
        return {team_key(file.team, known): file.team for file in with_former(served, known)}

    def _now(self, teams: Sequence[TeamFile]) -> datetime:
        return self.setting.now(teams[0].team) if teams else self.setting.now()

    def deliver(self, teams: Sequence[TeamFile]) -> int:
        """Send the digests that are due, and return how many went out."""
        keyed, now, world = self._keyed(teams), self._now(teams), self.world
        delivered = deliver(keyed, now, world.ledger, world.messenger, answer=world.answer, account_of=world.account)
        for error in delivered.errors:
            self._say(error, FAILED)
        return delivered.sent

    def _say(self, message: str, code: int) -> None:
        complain(message)
        self.exit_code = max(self.exit_code, code)


def show_plans(
    done: Sequence[tuple[TeamFile, Pass]], mails: Sequence[Message], as_json: bool, in_markdown: bool = False
) -> None:
    """Print what passes would change, or have changed, and the mails that go out with it."""
    if as_json:
        teams = [plan_json(file.team, one.plan) for file, one in done]
        print_json({"teams": teams, "mails": [mail_json(mail) for mail in mails]})
        return
    # of what failed with nothing to do, what is wrong has been said; whether there is something to do is not known
    known = [(file.team, one) for file, one in done if one.plan.changes or not one.errors]
    plans = [list(plan_lines(team, one.plan, one.before, one.memory)) for team, one in known]
    if in_markdown:
        click.echo("\n".join(plans_in_markdown(plans, list(mail_lines(mails)))))
        return
    for lines in plans:
        say(lines)
    say(mail_lines(mails))
