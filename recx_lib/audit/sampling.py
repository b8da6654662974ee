"""Chapter 21: which recommendations are tried, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.audit.asking import NoScore
from recx_lib.audit.doors import Doors
from recx_lib.audit.explainers import POPULAR, SIMILAR, searched
from recx_lib.core.case import Case
from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.judge import cited, comprehensiveness, top_k, trial
from recx_lib.judge.trials import random_floor

Explainers = Mapping[str, Callable[[Case], Explanation]]
BLOCK = 256  # users scored at a time
FORM = 2  # of a record: others' are not resumed
PROBED = 5  # pairs by which a stopped run is known again


@dataclass(frozen=True)
class AuditSettings:
    """How much is tried: `sample` recommendations, `k` pieces each, and the
    lists of `users` for the model's quality; all drawn with `seed`.
    """

    sample: int = 200
    k: int = 3
    users: int = 300
    seed: int = 0

    def __post_init__(self):
        check_whole(sample=self.sample, k=self.k, users=self.users)
        check_whole(0, seed=self.seed)


def draw_pairs(doors: Doors, settings: AuditSettings) -> list[tuple[int, int]]:
    """Return recommendations (user_idx, item_idx) to be tried.

    Users of two ratings or more are drawn without replacement, each with the
    unseen item that the model ranks first; where the sample is larger than
    that, their second items follow, and so on. Raise DataError where no user
    has two.

    >>> from recx_lib.audit.doors import open_doors
    >>> from recx_lib.data.load import load_shop
    >>> from recx_lib.recommend import EASE
    >>> doors = open_doors(EASE(), load_shop())
    >>> len(set(draw_pairs(doors, AuditSettings(sample=700))))
    700
    """
    train = doors.train
    n_rated = np.bincount(train.user_idx, minlength=train.n_users)
    users = np.flatnonzero(n_rated >= 2)
    if len(users) == 0:
        raise DataError(
            "no user has two ratings to learn from: no evidence can be "
            "taken away, so there is nothing to try"
        )
    rng = np.random.default_rng(settings.seed)
    users = rng.permutation(users)[: settings.sample]
    depth = -(-settings.sample // len(users))  # items each, rounded up
    lists = {}
    for start in range(0, len(users), BLOCK):
        block = users[start : start + BLOCK]
        for user, score in zip(block, doors.score(block), strict=True):
            seen, _ = doors.history(user)
            lists[user] = top_k(score, seen, depth)
    pairs = []
    for place in range(depth):
        for user in users:
            if place < len(lists[user]):
                pairs.append((int(user), int(lists[user][place])))
    return pairs[: settings.sample]


def try_pair(
    doors: Doors,
    explainers: Explainers,
    pair: tuple[int, int],
    k: int = 3,
    seed: int = 0,
) -> dict:
    """Return what every explainer said of one recommendation, and what came
    of it when that was taken away: plain values, fit for JSON.

    `rows` are those of `judge.trial`, `said` the k strongest claims of each,
    `without` the score without them, `ceiling` the fall that a search finds
    (`searched`), `answer` what the model's own door says of the pair. `even`
    holds, for each number of pieces that were cited, what is fair beside it.
    """
    # 1. Every explainer says its piece, each once.
    case, said = doors.case(*pair), {}
    asked = {}
    for name, explain in explainers.items():
        asked[name] = partial(_kept, said, name, explain)
    rows = trial([case], asked, k=k, seed=seed)
    # 2. Towards which side the evidence speaks.
    side = "for" if case.whole() >= case.empty() else "against"
    answer = doors.score(np.array(pair[:1]))[0, pair[1]]
    # 3. All that is needed to judge it later, as plain values.
    record = {"user": case.user, "item": case.item, "side": side}
    record |= {"pieces": len(case), "whole": case.whole()}
    record |= {"empty": case.empty(), "answer": float(answer)}
    record["ceiling"] = searched(case, k, side)
    record["said"] = _claims(case, said, k, side)
    record["even"] = _even(case, said, record["said"], side, seed)
    values = rows[["method", "metric", "value", "per"]]
    record["rows"] = values.to_numpy().tolist()
    return record


def try_or_say_why(
    doors: Doors, explainers: Explainers, pair: tuple, k: int, seed: int
) -> dict:
    """Return `try_pair`, or {"untestable": why} where the model has no score
    at all for what is left of the history.
    """
    try:
        return try_pair(doors, explainers, pair, k, seed)
    except NoScore as error:
        return {"untestable": str(error)}


def _kept(said: dict, name: str, explain: Callable, case: Case) -> Explanation:
    """Return what an explainer says of a case, and keep it in `said`."""
    said[name] = explain(case)
    return said[name]


def _claims(case: Case, said: Mapping, k: int, side: str) -> dict:
    """Return {explainer: [[evidence, weight], …]}, the k strongest claims."""
    told = {}
    for name, why in said.items():
        weight = {e.name: e.weight for e in why.evidence}
        names = cited(case, why, k, side)
        told[name] = [[one, weight[one]] for one in names]
    return told


def _even(case: Case, said, told: Mapping, side: str, seed: int) -> dict:
    """Return {n: the falls by n pieces}: of a search, by lot, of the floors.

    n, as text, is how many pieces an explainer cited, 1 where it was silent.
    """
    even = {}
    # as many pieces as each of them named
    for n in sorted({max(len(claims), 1) for claims in told.values()}):
        falls = {"ceiling": searched(case, n, side)}
        falls["chance"] = random_floor(case, n, side, seed=seed)[0]
        for floor in (POPULAR, SIMILAR):
            if floor in said:
                why = said[floor]
                falls[floor] = comprehensiveness(case, why, n, side)
        even[str(n)] = falls
    return even


def try_all(
    doors: Doors,
    explainers: Explainers,
    settings: AuditSettings,
    parts: Path | None = None,
    progress=iter,
) -> list[dict]:
    """Return `try_or_say_why` of every drawn pair; resume from `parts`.

    Each is written to the file `parts` at once, so that a run that was
    stopped goes on where it stood. A file of another table, sample or
    settings is begun anew, and so is one of a model or explainers that answer
    otherwise for the first `PROBED` pairs: after a change to either that
    these do not show, delete the file. `progress` wraps the pairs, as `tqdm`.
    """
    # 1. Which pairs; and does the file answer the same question?
    pairs = draw_pairs(doors, settings)
    question = ""
    if parts is not None:
        question = fingerprint(doors, explainers, settings, pairs[:PROBED])
    done = Parts(parts, question)
    # 2. What is there already, then what is left.
    found = done.read()
    records = found[: len(pairs)]
    left = list(enumerate(pairs))[len(records) :]
    for number, pair in progress(left):
        seed = settings.seed + number
        record = try_or_say_why(doors, explainers, pair, settings.k, seed)
        done.append(record)
        records.append(record)
    return records


def fingerprint(
    doors: Doors,
    explainers: Explainers,
    settings: AuditSettings,
    pairs: list[tuple[int, int]],
) -> str:
    """Return a short hash of the table, of what the model and every explainer
    answer for these pairs, and of the settings: the same question gives the
    same hash.
    """
    # 1. The rows, and what the model says of a few pairs.
    columns = doors.train.frame[["user", "item", "rating"]]
    rows = pd.util.hash_pandas_object(columns, index=False).to_numpy()
    users = np.array([user for user, _ in pairs])
    answers = [doors.score(users).ravel()]
    for pair in pairs:
        answers += [*_answers(doors.case(*pair), explainers)]
    answered = np.round(np.concatenate(answers), 6)
    # 2. The settings, too: any change asks everything anew.
    digest = sha256(rows.tobytes() + answered.tobytes())
    asked = [FORM, doors.name, sorted(explainers), asdict(settings)]
    digest.update(json.dumps(asked).encode())
    return digest.hexdigest()[:16]


def _answers(case: Case, explainers: Explainers) -> Iterator:
    """Yield the score and every explainer's weights, until one cannot say."""
    try:
        yield [case.whole(), case.empty()]
        for name in sorted(explainers):
            yield case.weights(explainers[name](case))
    except NoScore:
        return


@dataclass
class Parts:
    """What was finished so far, a line of JSON for each; None: in memory."""

    path: Path | None
    question: str

    def read(self) -> list[dict]:
        """Return the finished records, if they answer the same question; a
        line that was not finished is struck out of the file.
        """
        if self.path is None or not self.path.exists():
            return []
        # an older question's answers are of no use
        found = list(self._lines())
        if not found or found[0] != {"question": self.question}:
            self.path.unlink()
            return []
        # half a line, from a run that broke off, goes
        whole = self.path.with_suffix(".whole")
        lines = [json.dumps(record) + "\n" for record in found]
        whole.write_text("".join(lines), encoding="utf-8")
        whole.replace(self.path)
        return found[1:]

    def _lines(self) -> Iterator[dict]:
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:  # the run was stopped while it wrote this
                return

    def append(self, record: dict) -> None:
        """Write one finished record."""
        if self.path is None:
            return
        is_new = not self.path.exists()
        with self.path.open("a", encoding="utf-8") as file:
            if is_new:
                file.write(json.dumps({"question": self.question}) + "\n")
            file.write(json.dumps(record) + "\n")
