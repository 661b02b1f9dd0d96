"""How much the tests try: what `make test` has time for, the same every time; or far more, from a seed, in `make soak`.

Whatever depends on which of the two it is asks here, and nowhere else.
"""

import os
import time
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

SEED = int(os.environ.get("PEERLOOP_SOAK_SEED", "0"))
"""What examples, disturbances and people's doings are drawn from; 0 is that of `make test`."""
SOAKING = SEED > 0
UNTIL = float(os.environ.get("PEERLOOP_SOAK_UNTIL", "inf"))
"""When the time is up, in seconds since the epoch."""
MORE = 4
"""How many times as many examples of a property a soak tries."""
One = TypeVar("One")

# Hypothesis draws on constants of whatever modules happen to be loaded by then: the same seed would try other things
# in another order of tests.
providers._get_local_constants = Constants

soaked = pytest.mark.soak
"""Marks a test that tries more in a soak."""


def either(test: One, soak: One) -> One:
    """Return what is meant for the run that this is."""
    return soak if SOAKING else test


def examples(number: int, more: int = MORE) -> settings:
    """Let a property be tried with so many examples, in a soak with ``more`` times as many."""
    return settings(
        max_examples=either(number, number * more),
        derandomize=not SOAKING,
        database=None,  # what is tried hangs on the seed alone
        deadline=None,
        suppress_health_check=either((), (HealthCheck.too_slow,)),
    )


settings.register_profile("ours", examples(100))
settings.load_profile("ours")  # for a property that does not say how often it is to be tried


def attack(machine: type[RuleBasedStateMachine], part: int, times: int, steps: int = 12) -> None:
    """Run a state machine so many times, so many steps each, from a seed of each part's own."""
    run_state_machine_as_test(
        seed(SEED * 100 + part)(machine),
        settings=settings(
            examples(times, 1),
            derandomize=False,
            stateful_step_count=steps,
            phases=(Phase.generate,),  # to shrink whole programmes takes longer than anybody waits
            suppress_health_check=list(HealthCheck),
        ),
    )


def parts(number: int) -> Sequence[int]:
    """Return the numbers of the parts in which a soak does what is long."""
    return either(range(1), range(1, number + 1))


def time_is_up() -> bool:
    """Return whether a soak should begin nothing more."""
    return time.time() > UNTIL
