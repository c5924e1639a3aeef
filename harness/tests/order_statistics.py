"""The statistics of harness/analyse/stats.h for the pages that Python writes: medians, robust spread, and the interval of a
median by order statistics. docs/method.md gives the reasons; test_pace_figures.py holds both to the same values.
"""
import math
from typing import NamedTuple, Optional

INTERVAL_LEAST_N = 6      # below it no interval of the median is worth printing
INTERVAL_ERROR_MOST = 0.04
NORMAL = 1.4826           # robust_sd of a normal distribution is its standard deviation


def median(values):
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def robust_sd(values):
    middle = median(values)
    return NORMAL * median([abs(value - middle) for value in values])


def coverage(n, rank):
    """How probably the median of the population lies from the rank-th lowest to the rank-th highest of n: exact, from the
    binomial with 1/2."""
    return 1 - 2 * sum(math.comb(n, below) for below in range(rank)) / 2**n


def interval_rank(n):
    """The largest whose coverage is at least 96 %; 0: n is too small."""
    if n < INTERVAL_LEAST_N:
        return 0
    rank = 1
    while rank + 1 <= n // 2 and 1 - coverage(n, rank + 1) <= INTERVAL_ERROR_MOST:
        rank += 1
    return rank


class Estimate(NamedTuple):
    """Of ratios: their median, its interval where there are enough, and how much one block differs from the next."""
    n: int
    value: float
    low: Optional[float]
    high: Optional[float]
    sd: float               # robust, of ln ratio


def estimate(ratios):
    """None: there is no ratio at all."""
    if not ratios:
        return None
    logs = sorted(map(math.log, ratios))
    n, rank = len(logs), interval_rank(len(logs))
    low, high = (math.exp(logs[rank - 1]), math.exp(logs[n - rank])) if rank else (None, None)
    return Estimate(n, math.exp(median(logs)), low, high, robust_sd(logs))
