"""What is computed once for an object: nobody waits for another object's."""

import threading

from config.cached import cached_property


class Slow:
    def __init__(self, goes_on: threading.Event) -> None:
        self.goes_on, self.times = goes_on, 0

    @cached_property
    def answer(self) -> int:
        """The answer."""
        self.times += 1
        assert self.goes_on.wait(30)
        return 42


def test_who_computes_one_keeps_nobody_waiting_who_computes_that_of_another_object() -> None:
    slow, quick, told = Slow(threading.Event()), Slow(threading.Event()), list[int]()
    quick.goes_on.set()
    first = threading.Thread(target=lambda: told.append(slow.answer))
    second = threading.Thread(target=lambda: told.append(quick.answer))
    first.start()
    second.start()
    second.join(30)
    assert told == [42] and first.is_alive()
    slow.goes_on.set()
    first.join(30)
    assert (slow.answer, slow.times, quick.answer, quick.times) == (42, 1, 42, 1)


def test_it_is_told_what_it_is() -> None:
    assert Slow.answer.__doc__ == "The answer."
