"""A daemon, as commands begin one."""

from daemon.cli.setting import Setting
from daemon.plan.guards import Allowance
from daemon.serve.forever import Daemon
from daemon.serve.log import set_up_log
from daemon.serve.teams import Teams
from daemon.serve.watch import Watcher


def daemon_of(setting: Setting, teams: Teams) -> Daemon:
    """Return a daemon that goes on with passes over teams; its log is set up, and no signal reaches it yet."""
    set_up_log()
    operator, watcher = setting.operator, Watcher(setting.questions)
    caps = Allowance(setting.operator.caps.create, setting.operator.caps.delete)
    return Daemon(setting.paths, teams, setting.watched, setting.whose, operator.every, caps, setting.now, watcher)
