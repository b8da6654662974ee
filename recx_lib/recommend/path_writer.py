"""Chapter 15: a Transformer that writes paths, and only real ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.nn import functional as F

from recx_lib.core.checks import as_idx, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.nets.attention import causal_mask
from recx_lib.nets.training import FitSettings, fit
from recx_lib.nets.transformer import Block
from recx_lib.recommend.graph import GraphPath
from recx_lib.recommend.path_counts import PathCounts

NOTHING = -100  # a place after the end of a path
LONGEST = 7  # tokens: four nodes and three steps


def sampled_walks(
    chances: Sequence[sparse.csr_array],
    starts: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a walk from every start, (n, n_steps + 1) node numbers.

    Every edge of a step is as likely as the others; walks that meet a node
    without one are left out, and so are those that visit a node twice.
    """
    walks = starts[:, None]
    for step in chances:
        # one step for all walks; who cannot go on is left behind
        here = walks[:, -1]
        begin, end = step.indptr[here], step.indptr[here + 1]
        leads = end > begin
        walks, begin, n_ends = walks[leads], begin[leads], (end - begin)[leads]
        chosen = begin + (rng.random(len(begin)) * n_ends).astype(int)
        walks = np.column_stack([walks, step.indices[chosen]])
    # a walk that comes back to a node is no path
    ordered = np.sort(walks, axis=1)
    is_simple = (ordered[:, 1:] != ordered[:, :-1]).all(axis=1)
    return walks[is_simple]


class PathNet(nn.Module):
    """Chapter 5's blocks over a path's tokens: which comes next?"""

    def __init__(self, n_tokens: int, width: int, heads: int, layers: int):
        super().__init__()
        self.words = nn.Embedding(n_tokens, width)
        self.places = nn.Embedding(LONGEST, width)
        nn.init.normal_(self.words.weight, std=0.1)
        nn.init.normal_(self.places.weight, std=0.1)
        blocks = [Block(width, heads) for _ in range(layers)]
        self.blocks, self.norm = nn.ModuleList(blocks), nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) tokens → (B, T, n_tokens), logits of the next at each."""
        n_places = tokens.shape[1]
        x = self.words(tokens) + self.places.weight[:n_places]
        for block in self.blocks:
            x, _, _ = block(x, causal_mask(n_places))
        return self.norm(x) @ self.words.weight.T

    def loss(self, tokens: Tensor) -> Tensor:
        """Return the mean surprise at each token after the first, in nats."""
        logits = self(tokens[:, :-1].clamp(min=0)).flatten(0, 1)
        wanted = tokens[:, 1:].flatten()
        return F.cross_entropy(logits, wanted, ignore_index=NOTHING)


class PathWriter(BaseEstimator):
    """Learn to write paths from users to what they chose; write new ones.

    Tokens are nodes and steps: user, step, node, step, node, … It learns from
    random walks along the ways of a `PathCounts` that end at something the
    user chose, about `n_paths` a user (Balloccu et al., 2023), for at most
    `n_epochs` epochs: a tenth of the walks is held back and tells when to
    stop, `patience` epochs after its best; `log_` has both losses of each
    epoch. Writing is a beam search in which only edges of the graph can
    follow, and only items that are not chosen can end a path: every path
    written is real. An item's score is the sum of its written paths'
    probabilities.
    """

    def __init__(
        self,
        width: int = 32,
        n_paths: int = 60,
        n_epochs: int = 3,
        lr: float = 5e-3,
        patience: int = 3,
        beam: int = 50,
        seed: int = 0,
    ):
        self.width, self.n_paths = width, n_paths
        self.n_epochs, self.lr, self.patience = n_epochs, lr, patience
        self.beam, self.seed = beam, seed

    def fit(self, walks: PathCounts) -> PathWriter:
        """Learn from walks in a fitted model's graph.

        Raise DataError for a parameter that is not positive, and where fewer
        than two walks lead to anything chosen.
        """
        sizes = {"width": self.width, "n_paths": self.n_paths}
        sizes |= {"n_epochs": self.n_epochs, "patience": self.patience}
        check_whole(**sizes, beam=self.beam)
        check_positive(lr=self.lr)
        self.walks_, self.graph_ = walks, walks.graph_
        self.steps_ = sorted(walks.walkers_)
        ways = walks.ways_.values()
        self.ways_ = {tuple(map(self._number, way)) for way in ways}
        tokens = self._examples(np.random.default_rng(self.seed))
        n_tokens = len(self.graph_.nodes) + len(self.steps_)
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self.net_ = PathNet(n_tokens, self.width, heads=2, layers=1)
            self.log_ = self._train(torch.from_numpy(tokens))
        return self

    def _train(self, tokens: Tensor) -> list[dict]:
        """Learn by chapter 4's loop; return each epoch's losses."""
        held = max(1, len(tokens) // 10)  # the rows come in random order
        parts = list(tokens[held:]), list(tokens[:held])
        settings = FitSettings(
            self.n_epochs,
            batch_size=256,
            lr=self.lr,
            patience=self.patience,
            seed=self.seed,
        )
        return fit(self.net_, *parts, torch.stack, settings, quiet=True)

    def _examples(self, rng: np.random.Generator) -> np.ndarray:
        """Return walks to chosen items as tokens, (n, LONGEST)."""
        walks, found = self.walks_, []
        chosen = walks.graph_.matrix("chose")
        for way in walks.ways_.values():
            chances = [walks.walkers_[step] for step in way]
            starts = np.repeat(walks.user_nodes_, 8 * self.n_paths)
            ended = sampled_walks(chances, starts, rng)
            held = np.asarray(chosen[ended[:, 0], ended[:, -1]]).ravel() > 0
            found.append(self._tokens(ended[held], way))
        if sum(map(len, found)) < 2:
            raise DataError(
                "no two walks lead from a user to anything chosen: give the "
                "graph more edges, or the model other ways"
            )
        rows = rng.permutation(np.concatenate(found))
        return rows[: self.n_paths * len(walks.user_nodes_)]

    def _tokens(self, nodes: np.ndarray, way: Sequence[str]) -> np.ndarray:
        """Return node numbers and steps by turns, (n, LONGEST)."""
        rows = np.full((len(nodes), LONGEST), NOTHING)
        rows[:, 0 : 2 * len(way) + 1 : 2] = nodes
        for at, step in enumerate(way):
            rows[:, 2 * at + 1] = self._number(step)
        return rows

    def _number(self, step: str) -> int:
        """Return a step's token: nodes come first, then steps."""
        return len(self.graph_.nodes) + self.steps_.index(step)

    def write(self, user_idx: int) -> list[tuple[GraphPath, float]]:
        """Return the paths that the beam finds, and their probabilities.

        The likeliest first; empty for a user without edges.
        """
        check_is_fitted(self)
        u = int(as_idx(user_idx, len(self.walks_.user_nodes_), "user"))
        start = int(self.walks_.user_nodes_[u])
        own = {start, *self.graph_.matrix("chose")[[start]].indices.tolist()}
        drafts, written = [((start,), 0.0)], []
        while drafts:
            # 1. every draft, longer by one token that keeps it real
            longer = []
            each = zip(drafts, self._log_probs(drafts), strict=True)
            for (tokens, chance), log_prob in each:
                for token in self._real(tokens, own):
                    more = float(log_prob[token])
                    longer.append(((*tokens, token), chance + more))
            # 2. the likeliest go on; a whole way is written
            longer.sort(key=lambda draft: (-draft[1], draft[0]))
            drafts = []
            for draft in longer[: self.beam]:
                whole = len(draft[0]) % 2 and draft[0][1::2] in self.ways_
                (written if whole else drafts).append(draft)
        written.sort(key=lambda draft: (-draft[1], draft[0]))
        return [(self._named(one), float(np.exp(p))) for one, p in written]

    def _log_probs(self, drafts: list) -> np.ndarray:
        """Return the log-probability of every next token, (n, n_tokens)."""
        tokens = torch.tensor([draft[0] for draft in drafts])
        with torch.no_grad():
            return self.net_(tokens)[:, -1].log_softmax(dim=1).numpy()

    def _real(self, tokens: tuple[int, ...], own: set[int]) -> list[int]:
        """Return the tokens that keep a draft on edges of the graph.

        After a node a step of a way, after a step a node that it leads to, new
        to the path; at the end of a way an item that is not the user's `own`.
        """
        steps, n_nodes = tokens[1::2], len(self.graph_.nodes)
        if len(tokens) % 2:
            more = [way for way in self.ways_ if way[: len(steps)] == steps]
            return sorted({way[len(steps)] for way in more})
        name, node = self.steps_[steps[-1] - n_nodes], tokens[-2]
        matrix = self.walks_.walkers_[name]
        ends = matrix.indices[matrix.indptr[node] : matrix.indptr[node + 1]]
        barred = set(tokens[::2]) | (own if steps in self.ways_ else set())
        return [end for end in ends.tolist() if end not in barred]

    def _named(self, tokens: tuple[int, ...]) -> GraphPath:
        """Return a path of tokens in words."""
        nodes = [self.graph_.nodes.raw[token] for token in tokens[::2]]
        n_nodes = len(self.graph_.nodes)
        steps = [self.steps_[token - n_nodes] for token in tokens[1::2]]
        return GraphPath(tuple(nodes), tuple(steps))

    def score(self, user_idx) -> np.ndarray:
        """Return the probabilities of all items' written paths, summed.

        (n_items,) for one user, (B, n_items) for B; 0 for an item to which no
        path was written.
        """
        check_is_fitted(self)
        n_users = len(self.walks_.user_nodes_)
        u = as_idx(user_idx, n_users, "user")
        items = self.graph_.nodes.idx  # of a node's name
        place = {n: at for at, n in enumerate(self.walks_.item_nodes_)}
        scores = np.zeros((len(np.atleast_1d(u)), len(place)))
        for row, user in zip(scores, np.atleast_1d(u), strict=True):
            for path, chance in self.write(user):
                row[place[items(path.nodes[-1])]] += chance
        return scores if u.ndim else scores[0]
