"""Kills ``peerloop`` by SIGKILL at what it does that another process could see."""

import shutil
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import soak
from tests.scenarios.command_line import environment
from tests.scenarios.forks import ROOT, Asked, Effect, Run, run

LEDGER = ("sqlalchemy.engine.default:DefaultDialect.do_commit",)
FILES = ("os:replace", "os:fsync", "os:unlink", "os:mkdir", "os:ftruncate")
REQUESTS = ("requests:Session.send",)


@dataclass(frozen=True)
class Kills:
    """``peerloop apply`` on a copy of the folder ``base``, killed at its ``effects``.

    Right before each of them in a soak; else before one of each kind, which is what the same functions of ours do, and
    of many the middle one, so that some are done and some are not. And after the very last: what another process could
    see after any other is what it could see before the next.

    ``reset`` puts the rest of the world back to where every run begins; ``told`` are the arguments but for ``--data``.
    """

    effects: Sequence[str]
    told: Sequence[object]
    base: Path
    work: Path
    reset: Callable[[], object] = lambda: None

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Yield the folder that an undisturbed run leaves behind, then for each kill the one that is left behind by a
        run that was killed there and another that was not; with what happened to it.
        """
        data = self._fresh("undisturbed")
        undisturbed = self._run(data)
        assert undisturbed.code == 0, undisturbed.err
        yield "undisturbed", data
        for nth, after in self._chosen(undisturbed.effects):
            effect = undisturbed.effects[nth - 1]
            of = f"{nth} of {len(undisturbed.effects)}, by {effect.by}, {effect.name}"
            where = f"killed {'after' if after else 'before'} {of}"
            data = self._fresh(f"{nth}-{after}")
            killed = self._run(data, nth, after)
            assert killed.code == -signal.SIGKILL, f"not {where}: {killed}"
            again = self._run(data)
            assert again.code == 0, f"{where}, the next run failed: {again.err}"
            yield where, data

    def _chosen(self, effects: Sequence[Effect]) -> list[tuple[int, bool]]:
        """Return where to kill: the numbers of effects, each with whether after it."""
        alike: defaultdict[Effect, list[int]] = defaultdict(list)
        for nth, effect in enumerate(effects, 1):
            alike[effect].append(nth)
        few = [several[len(several) // 2] for effect, several in alike.items() if effect.done]
        chosen = soak.either(few, range(1, len(effects) + 1))
        return [*((nth, False) for nth in chosen), (len(effects), True)]

    def _fresh(self, name: str) -> Path:
        self.reset()
        return Path(shutil.copytree(self.base, self.work / name))

    def _run(self, data: Path, nth: int = 0, after: bool = False) -> Run:
        arguments = ["apply", *map(str, self.told), "--data", str(data)]
        return run(Asked(arguments, str(ROOT), environment(), self.effects, nth, after))
