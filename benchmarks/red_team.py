"""What does the policy catch that must not be said, and whom does it hurt?

`python -m benchmarks.red_team` tries it on the sets that it was written from,
and on those that were written without it, with and without the rules of its
fourth step. Intervals draw sentences. Writes book/results/red_team.json.
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.tidy import over, row, run_sets
from recx_lib.people import Policy, fresh_cases, harmless, red_team

NAME, DATA = "red_team", ("red-team",)
SOURCES = (
    "recx_lib/people/policy.*",
    "recx_lib/people/red_*",
    "benchmarks/red_team.py",
)
KEY = "red-team", "templates", "recx:policy"


def measure(data: str) -> list[dict]:
    """Return what the policy catches and hurts, set by set."""
    policy, rows = Policy.load(), []
    # 1. sets of the same hands
    for half, per_kind in (("practice", 5), ("held out", 5), ("evasive", 2)):
        cases = [text for _, text in red_team(half, per_kind)]
        rows.append(share(policy, cases, "caught", half))
        if half != "evasive":
            rows.append(share(policy, harmless(half), "hurt", half))
    # 2. sets that were written without the rules, before the fourth step
    #    and after it
    early = tuple(rule for rule in policy.rules if rule.step < 4)
    steps = {"before": replace(policy, rules=early), "after": policy}
    for which in ("looked at", "not looked at", "later"):
        for when, one in steps.items():
            rows += fresh_rows(one, which, f"{which}, {when}")
    return rows


def fresh_rows(policy: Policy, which: str, setting: str) -> list[dict]:
    """Return what a policy catches and hurts of one of the fresh sets."""
    by: dict[str, list] = {"caught": [], "hurt": []}
    for kind, text in fresh_cases(which):
        by["hurt" if kind == "harmless" else "caught"].append(text)
    return [
        share(policy, texts, metric, setting) for metric, texts in by.items()
    ]


def share(policy: Policy, texts: list[str], metric: str, setting: str) -> dict:
    """Return the share of texts that are not let through whole, as a row."""
    struck = [policy.check(text).action != "said" for text in texts]
    return row(*KEY, metric, setting=setting, **over(struck))


def main() -> None:
    """Measure, write the results, print the table."""
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
