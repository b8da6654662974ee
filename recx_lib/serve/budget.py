"""Chapter 17: an explanation in time, which says how it was made."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from time import perf_counter
from typing import NamedTuple

from recx_lib.core import Case, Explanation, check_whole

Method = Callable[[Case], Explanation]


class InTime(NamedTuple):
    """An explanation, and `how` it was made: exact, cached or cheap."""

    explanation: Explanation
    how: str


class TimedExplainer:
    """The best explanation that the time allows.

    1. What was found before under the same `key` is as good as new, if the key
       holds everything that the answer depends on: model, history, item.
    2. `exact` asks the model `questions(case)` times. At the pace measured so
       far, is there time for that?
    3. If not: `cheap`; and the pace is forgiven a tenth, so that one slow
       moment is not held against `exact` for ever.

    At most `most` explanations are kept, those asked for last. `clock` in
    seconds. Many threads may ask at once: what they share is looked at and
    changed under a lock, which nobody holds while a model is asked.
    """

    def __init__(
        self,
        exact: Method,
        cheap: Method,
        questions: Callable[[Case], int] = lambda case: len(case) + 1,
        clock: Callable[[], float] = perf_counter,
        most: int = 10_000,
    ):
        check_whole(most=most)
        self.exact, self.cheap, self.questions = exact, cheap, questions
        self.clock, self.most = clock, most
        self.pace = 0.0  # seconds a question; at first there seems to be time
        self._found: OrderedDict[Hashable, Explanation] = OrderedDict()
        self._lock, self._forgotten = Lock(), 0

    def explain(self, case: Case, key: Hashable, seconds: float) -> InTime:
        """Return an explanation of `case` that takes about `seconds`."""
        with self._lock:
            forgotten = self._forgotten
            if key in self._found:
                self._found.move_to_end(key)
                return InTime(self._found[key], "cached")
            in_time = self.pace * self.questions(case) <= seconds
            if not in_time:
                self.pace *= 0.9
        if not in_time:
            return InTime(self.cheap(case), "cheap")
        start = self.clock()
        why = self.exact(case)
        took = (self.clock() - start) / self.questions(case)
        with self._lock:
            self.pace = took if not self.pace else 0.8 * self.pace + 0.2 * took
            if forgotten == self._forgotten:  # else it may be about somebody
                self._found[key] = why
            if len(self._found) > self.most:
                self._found.popitem(last=False)
        return InTime(why, "exact")

    def forget(self) -> None:
        """Keep nothing of what was found: somebody wishes to be forgotten.

        Nor what is being found now. In this process: another copy of the
        service has a memory of its own.
        """
        with self._lock:
            self._forgotten += 1
            self._found.clear()
