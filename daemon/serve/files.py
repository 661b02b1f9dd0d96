"""The team files as a worker has them: what one says stands in the ledger, what lies beside it on this machine."""

import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from config.operator import Operator
from config.team_file import TeamFile, place_of
from daemon.ledger import Ledger
from daemon.model.names import with_former
from daemon.serve.jobs import PassJob
from daemon.serve.team_files import Reading, day_of, read_team

MOST_KEPT = 1000
"""So many readings are kept, so that a text is not understood anew for each pass."""


class NotHere(Exception):
    """This machine cannot pass over a team; the message says why, and what to do."""


class Outdated(Exception):
    """A pass is asked for anew, by whoever gives out the work now: what the ledger says of its file may be older."""


class Files:
    """Reads the files of the jobs that a worker has; several threads may ask at once."""

    def __init__(self, operator: Operator, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._operator, self._ledger, self._clock = operator, ledger, clock
        self._readings = OrderedDict[Path, tuple[object, Reading]]()
        self._alone = Lock()

    def of(self, job: PassJob) -> TeamFile:
        """Return the team of a job as its file has it.

        Raises:
            Outdated: it was given out before the ledger was connected to anew.
            NotHere: the file is not on this machine, or says nothing that is right here.
            LedgerError: the ledger cannot be used.
        """
        text = self._ledger.last_good.of(place_of(job.path))
        if job.given_by and not self._ledger.gives_out(job.given_by):  # after the text, which may be another server's
            raise Outdated
        if text is None:
            advice = "edit the file, or restart `peerloop run`, so that it is put there again"
            raise NotHere(
                f"what {job.path} says is not in the ledger any more, so nothing is done for its team; {advice}"
            )
        if not os.path.exists(job.path):  # noqa: PTH110 - Path's raises where it may not look
            advice = "give every worker the same files at the same path"
            raise NotHere(f"{job.path} is not on this machine, so its team is handed on to the other workers; {advice}")
        for file in self._reading(job.path, text).files:
            known = self._ledger.team_keys((file.team.team, *file.team.was))
            for one in with_former([file], known):
                if one.team.team == job.name:
                    return replace(one, unclaimed=job.unclaimed)
        advice = "give every worker the same peerloop.yaml, and the same release"
        raise NotHere(f"{job.path} cannot be read here as it was where its pass was given out; {advice}")

    def _reading(self, path: Path, text: str) -> Reading:
        now = self._clock()
        with self._alone:
            before, reading = self._readings.get(path, (None, Reading()))
        if before == (text, day_of(reading, now)):
            return reading
        reading = read_team(path, self._operator, now, text)
        with self._alone:
            self._readings.pop(path, None)
            if reading.alone:
                self._readings[path] = (text, day_of(reading, now)), reading
            while len(self._readings) > MOST_KEPT:
                self._readings.popitem(last=False)
        return reading
