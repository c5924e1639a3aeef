#include "tests/known/behaviour.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000000000 };

enum number {
    SERVICE_US,
    RATE_RPS,
    STALL_MS,
    AFTER,
    EVERY,
    DEATH_MS,
};

static const struct mode {
    const char *name;
    enum number number;
    enum fault fault;
    enum counted counted;
    const char *what;
} modes[] = {
    {"constant", SERVICE_US, FAULT_NOT, COUNT_ANSWERS,
     "works US microseconds for each request, one after the other"},
    {"slow", RATE_RPS, FAULT_NOT, COUNT_ANSWERS, "the same with RATE requests a second at most"},
    {"stall", STALL_MS, FAULT_NOT, COUNT_ANSWERS,
     "stands still in the last MS milliseconds of each second"},
    {"hang", AFTER, FAULT_SILENCE, COUNT_ANSWERS, "gives N answers, then none"},
    {"mute", EVERY, FAULT_SILENCE, COUNT_ANSWERS, "does not answer every N-th request"},
    {"die", AFTER, FAULT_DEATH, COUNT_ANSWERS, "gives N answers, then ends"},
    {"die-ms", DEATH_MS, FAULT_NOT, COUNT_ANSWERS, "ends MS milliseconds after its start"},
    {"reset", EVERY, FAULT_RESET, COUNT_ANSWERS, "resets instead of every N-th answer"},
    {"reset-connections", EVERY, FAULT_RESET, COUNT_CONNECTIONS,
     "resets every N-th connection when it is asked"},
    {"stale", AFTER, FAULT_STALE, COUNT_ANSWERS, "gives N answers, then old ones"},
    {"unasked", EVERY, FAULT_UNASKED, COUNT_ANSWERS, "gives every N-th answer twice"},
    {"close", EVERY, FAULT_CLOSE, COUNT_ANSWERS_OF_CONNECTION,
     "closes a connection, and says so, with its every N-th answer"},
    {"alert", AFTER, FAULT_ALERT, COUNT_ANSWERS, "gives N answers, then alerts of TLS"},
    {"garbage", EVERY, FAULT_GARBAGE, COUNT_ANSWERS, "every N-th answer is no HTTP"},
    {"status", EVERY, FAULT_STATUS, COUNT_ANSWERS, "every N-th answer is 503"},
    {"body", EVERY, FAULT_SHORT_BODY, COUNT_ANSWERS, "every N-th body is a shorter one"},
    {"cut", EVERY, FAULT_CUT, COUNT_ANSWERS, "every N-th answer breaks off half-way"},
    {"late", EVERY, FAULT_LATE, COUNT_ANSWERS,
     "every N-th answer comes 100 ms later, and holds up nobody"},
    {"again", EVERY, FAULT_AGAIN, COUNT_ANSWERS, "every N-th answer comes once more, 100 ms later"},
};
enum { MODES = sizeof modes / sizeof *modes };

static const char *const number_names[] = {
    [SERVICE_US] = "US", [RATE_RPS] = "RATE", [STALL_MS] = "MS",
    [AFTER] = "N",       [EVERY] = "N",       [DEATH_MS] = "MS",
};

__attribute__((noreturn)) static void usage(const char *wrong)
{
    fprintf(stderr,
            "known_server: %s\n"
            "usage: known_server MODE NUMBER [--service-us US] [--spins] [--journal FILE]\n",
            wrong);
    for (int i = 0; i < MODES; i++)
        fprintf(stderr, "  %-17s %-4s  %s\n", modes[i].name, number_names[modes[i].number],
                modes[i].what);
    exit(2);
}

static int64_t number_of(const char *text, int64_t least)
{
    char *end;
    errno = 0;
    long long value = text ? strtoll(text, &end, 10) : -1;
    if (!text || end == text || *end || errno || value < least || value > MOST)
        usage(text ? text : "a number is missing");
    return value;
}

static const struct mode *mode_of(const char *name)
{
    for (int i = 0; name && i < MODES; i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    usage(name ? name : "a mode is missing");
}

static void set_mode(struct behaviour *behaviour, const struct mode *mode, const char *number)
{
    *behaviour = (struct behaviour){.fault = mode->fault, .counted = mode->counted, .every = 1};
    int64_t value = number_of(number, mode->number == AFTER || mode->number == SERVICE_US ? 0 : 1);
    switch (mode->number) {
    case SERVICE_US:
        behaviour->service_ns = value * 1000;
        break;
    case RATE_RPS:
        behaviour->service_ns = 1000000000 / value;
        break;
    case STALL_MS:
        behaviour->stall_ns = value * 1000000;
        behaviour->period_ns = 1000000000;
        break;
    case AFTER:
        behaviour->after = (uint64_t)value;
        break;
    case EVERY:
        behaviour->every = (uint64_t)value;
        break;
    case DEATH_MS:
        behaviour->death_ns = value * 1000000;
        break;
    }
    if (behaviour->stall_ns >= 1000000000)
        usage("a stall is shorter than the second it is in");
}

void behaviour_read(struct behaviour *behaviour, int argc, char **argv)
{
    set_mode(behaviour, mode_of(argc > 1 ? argv[1] : NULL), argc > 2 ? argv[2] : NULL);
    for (int i = 3; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--spins") == 0)
            behaviour->spins = true;
        else if (strcmp(argv[i], "--service-us") == 0 && ++i)
            behaviour->service_ns = number_of(value, 0) * 1000;
        else if (strcmp(argv[i], "--journal") == 0 && ++i && value)
            behaviour->journal = value;
        else
            usage(argv[i < argc ? i : argc - 1]);
    }
}

bool behaviour_strikes(const struct behaviour *behaviour, uint64_t number)
{
    return behaviour->fault != FAULT_NOT && number > behaviour->after &&
           (number - behaviour->after) % behaviour->every == 0;
}

int64_t behaviour_done_ns(const struct behaviour *behaviour, int64_t origin_ns, int64_t start_ns)
{
    int64_t moves_ns = behaviour->period_ns - behaviour->stall_ns, left_ns = behaviour->service_ns;
    if (behaviour->stall_ns == 0)
        return start_ns + left_ns;
    int64_t phase_ns = (start_ns - origin_ns) % behaviour->period_ns;
    int64_t period_start_ns = start_ns - phase_ns;
    if (phase_ns > moves_ns)
        phase_ns = moves_ns; /* it can begin no earlier than the next period does */
    while (left_ns > moves_ns - phase_ns ||
           phase_ns == moves_ns) { /* what is left does not fit in before the stall */
        left_ns -= moves_ns - phase_ns;
        period_start_ns += behaviour->period_ns;
        phase_ns = 0;
    }
    return period_start_ns + phase_ns + left_ns;
}
