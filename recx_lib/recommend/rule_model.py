"""Chapter 15: a recommender made of rules, and rules that somebody adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Reviews
from recx_lib.recommend.ease import case_of_sum
from recx_lib.recommend.graph import CHOSE, graph_of, name_of
from recx_lib.recommend.horn_rules import Atom, Facts, HornRule, mine_rules

BODIES = (
    (CHOSE,),
    ("speaks of",),
    (CHOSE, "tagged"),
    (CHOSE, "built as"),
    (CHOSE, "from"),
)
HARD = 1e6  # a penalty above any score: the item comes last


class Ban(NamedTuple):
    """A rule that somebody wrote: who has `when` shall not get what has
    `then`, at a price of `penalty` in score units (HARD: never).

    `why` is the clause a person reads.
    """

    when: Atom
    then: Atom
    why: str
    penalty: float = HARD


class RuleRecommender(BaseEstimator):
    """Score an item by the mined rules whose body the user has.

    Each rule is worth −log(1 − believed), so that their sum orders the items
    as "at least one of these is right" does, were the rules independent
    (noisy or): 1 − Π (1 − believed) = 1 − exp(−score). A rule without a body,
    worth the item's share among all users, is among them. `bans` take their
    penalty off. Learned: `graph_`, `facts_`, `rules_`.
    """

    def __init__(
        self,
        least: int = 5,
        per_head: int = 20,
        longest: int = 1,
        bans: Sequence[Ban] = (),
    ):
        self.least, self.per_head = least, per_head
        self.longest, self.bans = longest, bans

    def fit(
        self,
        train: Reviews,
        mentions: pd.DataFrame | None = None,
        facts: pd.DataFrame | None = None,
    ) -> RuleRecommender:
        """Mine the rules; raise DataError as `graph_of` and `mine_rules`, and
        for a ban that fits nobody.
        """
        self.train_, self.graph_ = train, graph_of(train, mentions, facts)
        relations = set(self.graph_.relations.raw)
        ways = [way for way in BODIES if set(way) <= relations]
        users = [f"user:{user}" for user in train.users.raw]
        self.facts_ = Facts.of(self.graph_, users, ways)
        limits = self.least, self.per_head, self.longest
        mined = mine_rules(self.facts_, CHOSE, *limits)
        count = np.bincount(train.item_idx, minlength=train.n_items)
        always = []
        for item, n in zip(train.items.raw, count, strict=True):
            head = Atom((CHOSE,), f"item:{item}")
            share = float(n / train.n_users)
            about = train.n_users, int(n), share, share
            always.append(HornRule((), head, *about))
        self.rules_ = [*mined, *always]
        self.heads_ = self._heads()
        self.fires_ = self._fires()
        self.worth_ = np.array([worth_of(rule) for rule in self.rules_])
        self.banned_ = self._banned()
        return self

    def _heads(self) -> np.ndarray:
        """Return the item of each rule, (n_rules,)."""
        names = [name_of(rule.head.node) for rule in self.rules_]
        return self.train_.items.idx(names)

    def _fires(self) -> np.ndarray:
        """Return which rules' bodies each user has, (n_users, n_rules)."""
        place = {atom: n for n, atom in enumerate(self.facts_.atoms)}
        holds = self.facts_.count > 0
        fires = np.ones((len(holds), len(self.rules_)), dtype=bool)
        for column, rule in enumerate(self.rules_):
            for atom in rule.body:
                fires[:, column] &= holds[:, place[atom]]
        return fires

    def _banned(self) -> list[tuple[Ban, np.ndarray, np.ndarray]]:
        """Return each ban with its users (n_users,) and items (n_items,)."""
        items = [f"item:{item}" for item in self.train_.items.raw]
        found = []
        for ban in self.bans:
            of_items = Facts.of(self.graph_, items, [ban.then.steps])
            users = self.facts_.holds([ban.when])
            found.append((ban, users, of_items.holds([ban.then])))
        return found

    def score(self, user_idx) -> np.ndarray:
        """Return all items' scores: (n_items,) for one user, (B, n_items)
        for B.
        """
        check_is_fitted(self)
        u = as_idx(user_idx, self.train_.n_users, "user")
        rows = np.atleast_1d(u)
        scores = np.zeros((len(rows), self.train_.n_items))
        worth = self.fires_[rows] * self.worth_  # (B, n_rules)
        for row, own in zip(scores, worth, strict=True):
            row += np.bincount(self.heads_, own, minlength=len(row))
        for ban, users, items in self.banned_:
            scores -= ban.penalty * np.outer(users[rows], items)
        return scores if u.ndim else scores[0]

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the exact explanation: what each rule that fires is worth.

        Evidence("rule", a clause, worth), bans below zero; the weights sum to
        the score.
        """
        check_is_fitted(self)
        u = int(as_idx(user_idx, self.train_.n_users, "user"))
        i = int(as_idx(item_idx, self.train_.n_items, "item"))
        said = {}
        for n in np.flatnonzero(self.fires_[u] & (self.heads_ == i)):
            clause = say_horn(self.rules_[n], self.train_)
            said[clause] = said.get(clause, 0.0) + float(self.worth_[n])
        for ban, users, items in self.banned_:
            if users[u] and items[i]:
                said[ban.why] = said.get(ban.why, 0.0) - float(ban.penalty)
        pieces = sorted(said.items(), key=lambda one: (-abs(one[1]), one[0]))
        evidence = tuple(Evidence("rule", *piece) for piece in pieces)
        about = self.train_.users.raw[u], self.train_.items.raw[i]
        return Explanation(*about, "RuleRecommender", evidence)

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score: the rules that fire, by clause."""
        exact = self.explain(user_idx, item_idx)
        return case_of_sum(exact, "RuleRecommender")


def worth_of(rule: HornRule) -> float:
    """Return −log(1 − believed): what a rule adds to a score.

    >>> atom = Atom(("chose",), "item:mat")
    >>> round(worth_of(HornRule((), atom, 10, 5, 0.5, 0.5)), 3)
    0.693
    """
    return float(-np.log1p(-min(rule.believed, 0.999)))


SHARES = (
    (0.9, "nearly all"),
    (0.75, "more than three in four"),
    (0.5, "more than half"),
    (1 / 3, "more than one in three"),
    (0.2, "more than one in five"),
    (0.1, "more than one in ten"),
    (0.0, "fewer than one in ten"),
)


def say_share(share: float) -> str:
    """Return a confidence in words: the highest bar that it reaches.

    >>> say_share(0.62), say_share(0.25)
    ('more than half', 'more than one in five')
    """
    return next(words for bar, words in SHARES if share >= bar)


def say_horn(rule: HornRule, reviews: Reviews) -> str:
    """Return a rule that says who chose an item as a clause."""
    who = [say_atom(atom, reviews) for atom in rule.body]
    of = f"those who {' and '.join(who)}" if who else "all"
    return f"{say_share(rule.confidence)} of {of} chose it"


def say_atom(atom: Atom, reviews: Reviews) -> str:
    """Return what is true of somebody of whom an atom holds."""
    name = name_of(atom.node)
    if atom.steps == (CHOSE,):
        return f"chose {reviews.title(name)}"
    if len(atom.steps) == 1:
        return f"often speak of {name}"
    forms = {"tagged": "tagged {}", "built as": "of the type {}"}
    form = forms.get(atom.steps[1], "from the {}").format(name)
    return f"chose something {form}"
