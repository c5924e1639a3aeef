"""What a single-server queue must do, by arithmetic: the other side of pace's tests against known_server.

M/G/1, first come, first served, arrivals at rate l, service S, load r = l E[S] < 1. The waiting time in line W has the
moments of Takacs' recursion (Takacs, "A single-server queue with Poisson input", Operations Research 10(3), 1962):

    E[W^k] = l / (1 - r) * sum over i = 1..k of  C(k, i) * E[S^(i+1)] / (i + 1) * E[W^(k-i)]

so E[W] = l E[S^2] / (2 (1 - r)), for constant service D: r D / (2 (1 - r)).

The mean of n successive waits varies more than that of n independent ones, because a long wait is followed by long ones.
How much is exact here. W' = max(0, W + S - T) with T exponential is a Markov chain, and its sample mean has the asymptotic
variance v / n with v = E[f (2 g - f)], f(w) = w - E[W], where g solves Poisson's equation g - Pg = f (Meyn and Tweedie,
"Markov Chains and Stochastic Stability", 17.4). Write g = G + G'/l with G(u) = E[g(max(0, u - T))]; then the equation is
G(w) + G'(w)/l - E[G(w + S)] = w - E[W] with G'(0) = 0, and G(w) = b w^2 with b = l / (2 (1 - r)) solves it. So

    v = 2 (b (E[W^3] - E[W] E[W^2]) + (2 b / l) Var W) - Var W

For exponential service of mean 1 this is r (2 + 5r - 4r^2 + r^3) / (1 - r)^4, the known result for M/M/1 (Whitt, "Planning
queueing simulations", Management Science 35(11), 1989); the test of this file compares the two.
"""
import math


def waiting_moments(arrivals, service_moments):
    """E[W], E[W^2], E[W^3]; service_moments are E[S] to E[S^4]."""
    load = arrivals * service_moments[0]
    moments = [1.0]
    for k in (1, 2, 3):
        moments.append(arrivals / (1 - load) * sum(
            math.comb(k, i) * service_moments[i] / (i + 1) * moments[k - i] for i in range(1, k + 1)))
    return moments[1:]


def waiting_variance(arrivals, service_moments):
    """v: n times the variance of the mean of n successive waits."""
    load = arrivals * service_moments[0]
    mean, square, cube = waiting_moments(arrivals, service_moments)
    variance = square - mean * mean
    b = arrivals / (2 * (1 - load))
    return 2 * (b * (cube - mean * square) + 2 * b / arrivals * variance) - variance


def lindley(times, service):
    """The mean wait of those who came at these times, first come, first served (Lindley, "The theory of queues with a single
    server", Proceedings of the Cambridge Philosophical Society 48(2), 1952); 0: nobody came. All in one unit of time."""
    free, waited, count = 0.0, 0.0, 0
    for came in sorted(times):
        waited += max(0.0, free - came)
        free = max(free, came) + service
        count += 1
    return waited / count if count else 0.0


def constant(service):
    return [service ** k for k in (1, 2, 3, 4)]


def md1(load, service):
    """Mean wait and the standard deviation of one wait's share in a mean: sigma of a mean of n is the second / sqrt(n)."""
    arrivals = load / service
    return waiting_moments(arrivals, constant(service))[0], math.sqrt(waiting_variance(arrivals, constant(service)))


class Stall:
    """Arrivals at an even rate to a server that stands still for `stall` of each `period` (seconds), and needs `service`
    for each request when it moves.

    Who comes x into the stall waits for its end, stall - x, and then for those before it, rate x service: stall - x (1 - r)
    with r = rate x service. After the end the line shortens at the same slope. So the response time, less `least`, that of a
    request that meets nobody, falls evenly from stall to 0 over stall / (1 - r), once a period; the rest meet an empty line."""

    def __init__(self, rate, service, stall, period, least):
        self.load, self.stall, self.period, self.least = rate * service, stall, period, least

    def share_later(self, than):
        return max(0.0, self.stall - max(0.0, than - self.least)) / (1 - self.load) / self.period

    def percentile(self, p):
        """Of p above 1 - share_later(least)."""
        return self.least + self.stall - (1 - p) * self.period * (1 - self.load)
