"""A daemon, as commands begin one."""

from contextlib import closing, nullcontext

from daemon.cli.setting import Setting, complain, fail, known_ledger, some_paths
from daemon.plan.guards import Allowance
from daemon.serve.forever import Daemon
from daemon.serve.log import set_up_log
from daemon.serve.rounds import PATIENCE
from daemon.serve.teams import Teams
from daemon.serve.watch import Watcher


def served_of(setting: Setting) -> Teams:
    """Return the teams to serve, and say what is wrong with their files; that none can be served ends the command.

    Nobody waits here for files that take long to read, where there are others.
    """
    paths, ledger = some_paths(setting), known_ledger(setting)
    teams = Teams(setting.operator, ledger, questions=setting.questions)
    with closing(ledger) if ledger else nullcontext():
        reading = teams.read(paths, setting.now(), PATIENCE)
        if not reading.files:
            reading = teams.read(paths, setting.now())
    teams.ledger = None
    if reading.faults:
        (complain if reading.files else fail)("\n".join(str(fault) for fault in reading.faults))
    return teams


def daemon_of(setting: Setting, teams: Teams) -> Daemon:
    """Return a daemon that goes on with passes over teams; its log is set up, and no signal reaches it yet."""
    set_up_log()
    operator, watcher = setting.operator, Watcher(setting.questions)
    caps = Allowance(setting.operator.caps.create, setting.operator.caps.delete)
    return Daemon(setting.paths, teams, setting.watched, setting.whose, operator.every, caps, setting.now, watcher)
