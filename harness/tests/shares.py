"""Shares with their intervals, as words of a table."""
import math


def below(k, n, p):
    """How probable at most k of n are."""
    if p <= 0 or p >= 1:
        return 1.0 if p <= 0 or k >= n else 0.0
    logs = (math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)
            for i in range(k + 1))
    return min(1.0, sum(math.exp(log) for log in logs))


def solve(falling, due):
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > due else (low, middle)
    return low


def interval(k, n):
    """Of a share, by Clopper and Pearson (Biometrika 26, 1934): 95 %."""
    return (0.0 if k == 0 else solve(lambda p: below(k - 1, n, p), 0.975),
            1.0 if k == n else solve(lambda p: below(k, n, p), 0.025))


def percent(share):
    if share in (0, 1):
        return f"{share * 100:.0f} %"
    return f"{share * 100:.2f} %" if share < 0.0995 or share > 0.9005 else f"{share * 100:.1f} %"


def with_interval(k, n):
    low, high = interval(k, n)
    return f"{percent(k / n)} | {percent(low)} … {percent(high)}"
