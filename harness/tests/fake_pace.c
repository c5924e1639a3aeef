/*
 * An open-loop generator that generates nothing: it takes pace's arguments, opens as many
 * connections to each server as pace would, and prints a report at once. How it deviates is
 * the part of its own name after the last '-': a way of the table below, which expects one
 * rate and one duration, or a schedule; or "bears20000", "late20000", "slow20000", which
 * take any: above so many requests a second the server is overloaded, the generator is late,
 * or 5 of 100 requests are slower than the limit; "weighs20000" says that both servers cost
 * as much, but for one with the word of FAKE_PACE_WEIGHS ("slow=120") in its command line,
 * which costs so many percent of that; "lasts" takes as long as its schedule, or until
 * Ctrl-C, which it then reports; "stays" opens its window late and lasts until Ctrl-C. What
 * it was asked for goes to the file that FAKE_PACE_LOG names, a line each time.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUESTS = 100,
    CPU_NS = 700000,
    TARGETS = 2,
    CONNECTIONS = 1024,
    SECRET = 5,
    DELAY_S = 2,
    FOR_EVER_S = 60
};

/* 90 of 1,000 ns and 10 of 5,000 ns, as in results/golden. */
#define RESPONSE "HISTFAAAACZ42pNpmSzMwMDAzgABzFCaEcj8DwL2HyAC5/m3MH5UFgEAsyQKOg=="

static const char *way;
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static bool is(const char *name)
{
    return strcmp(way, name) == 0;
}

/* "bears20000" for "bears". */
static bool is_above(const char *name, unsigned long rate)
{
    size_t len = strlen(name);
    return strncmp(way, name, len) == 0 && way[len] >= '0' && way[len] <= '9' &&
           rate > strtoul(way + len, NULL, 10);
}

static bool takes_any_rate(void)
{
    return way[strcspn(way, "0123456789")] != '\0';
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    fprintf(stderr, "no %s\n", name);
    exit(2);
}

static bool has(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], word) == 0)
            return true;
    return false;
}

/* The first rate that is asked for. */
static unsigned long rate_asked(int argc, char **argv)
{
    if (!has(argc, argv, "-S"))
        return strtoul(option(argc, argv, "-r"), NULL, 10);
    const char *segment = strstr(option(argc, argv, "-S"), "poisson:");
    return segment != NULL ? strtoul(strchr(segment, ':') + 1, NULL, 10) : 0;
}

/* Of a schedule whose durations are whole seconds; each is
 * what stands behind a segment's last colon. */
static unsigned seconds_asked(const char *schedule)
{
    unsigned sum = 0;
    for (const char *at = schedule; at != NULL; at = strchr(at, ','), at += at != NULL) {
        size_t end = strcspn(at, ",");
        while (at[end - 1] != ':')
            end--;
        sum += (unsigned)strtoul(at + end, NULL, 10);
    }
    return sum;
}

static void log_words(int argc, char **argv)
{
    const char *path = getenv("FAKE_PACE_LOG");
    FILE *log = path != NULL ? fopen(path, "a") : NULL;
    for (int i = 1; log != NULL && i < argc; i++)
        fprintf(log, "%s%s", i > 1 ? " " : "", argv[i]);
    if (log != NULL) {
        fputc('\n', log);
        fclose(log);
    }
}

/* A window opens after the warm-up. */
static long long start_ns(int argc, char **argv)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec + strtol(option(argc, argv, "--warmup"), NULL, 10)) * 1000000000LL +
           now.tv_nsec + (is("delays") || is("stays") ? DELAY_S * 1000000000LL : 0);
}

static void use_connections(const char *url, int count)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fds[CONNECTIONS + SECRET];
    name.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
    for (int i = 0; i < count; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fds[i], (struct sockaddr *)&name, sizeof(name)) != 0) {
            fprintf(stderr, "cannot connect to %s\n", url);
            exit(5);
        }
    }
    for (int i = 0; i < count; i++)
        close(fds[i]);
}

/* What is said of server A, of B, and what pace ends with. */
static const struct verdict {
    const char *way, *kinds[TARGETS], *codes[TARGETS];
    bool has_latency;
    const char *trusted;
    int exit_code;
} verdicts[] = {
    {"noisy", {"NOISY", "NOISY"}, {"NOISY", "NOISY"}, true, "1.0", 0},
    {"unpunctual", {"NOISY", "NOISY"}, {"SENT_LATE", "SENT_LATE"}, true, "1.0", 0},
    {"late", {"INVALID", "INVALID"}, {"GEN_LATE", "GEN_LATE"}, true, "0.9", 3},
    {"errs", {"INVALID", "VALID"}, {"ERRORS", NULL}, false, "1.0", 1},
    {"overloaded", {"INVALID", "VALID"}, {"OVERLOADED", NULL}, false, "1.0", 1},
    {"hung", {"VALID", "INVALID"}, {NULL, "HUNG"}, false, "1.0", 1},
    {"lost", {"INVALID", "INVALID"}, {"LOAD_FAILED", "DIED"}, false, "1.0", 1},
    {"ports", {"INVALID", "INVALID"}, {"PORTS", "PORTS"}, false, "1.0", 3},
    {"disturbed", {"INVALID", "VALID"}, {"INTERFERED", NULL}, false, "1.0", 3},
    {"refused", {"INVALID", "INVALID"}, {"FAILED_START", "LOAD_FAILED"}, false, "1.0", 5},
    {"stranger", {"INVALID", "VALID"}, {"BEWITCHED", NULL}, false, "1.0", 1},
    {"contradicts", {"VALID", "VALID"}, {"ERRORS", NULL}, true, "1.0", 0},
    {"trusting", {"VALID", "VALID"}, {NULL, NULL}, true, "1.5", 0},
    {"interrupted", {"INVALID", "INVALID"}, {"INTERRUPTED", "INTERRUPTED"}, true, "1.0", 130},
    {"well", {"VALID", "VALID"}, {NULL, NULL}, true, "1.0", 0},
};

/* The last one for what deviates in another way. */
static const struct verdict *verdict(unsigned long rate)
{
    const struct verdict *found = verdicts;
    const char *name = interrupted               ? "interrupted"
                       : is_above("bears", rate) ? "overloaded"
                       : is_above("late", rate)  ? "late"
                                                 : way;
    while (strcmp(found->way, "well") != 0 && strcmp(found->way, name) != 0)
        found++;
    return found;
}

/* Of a limit such as "5.000000ms": 20,000 requests, of which 1 in 100 was slower, or 5. */
static void put_slo(const char *limit, unsigned long rate)
{
    long long limit_ns = limit != NULL ? (long long)(strtod(limit, NULL) * 1e6 + .5) : 0;
    if (limit == NULL || is("vague"))
        printf("\"slo\":null,");
    else
        printf("\"slo\":{\"limit_ns\":%lld,\"n_count\":20000,\"missed_count\":%d,"
               "\"disturbed_count\":0,\"disturbed_missed_count\":0},",
               limit_ns + is("strays"), is_above("slow", rate) ? 1000 : 200);
}

/* The generator vouches for no maximum; in the second interval nothing was due. */
static void put_series(void)
{
    printf("\"series\":{\"interval_ns\":500000000,\"n_count\":[100,0],\"p50_ns\":[1000,null],"
           "\"p90_ns\":[1000%s],\"p99_ns\":[5003,null],\"max_ns\":null},",
           is("uneven") ? "" : ",null");
}

/* What it was asked for, as far as a target's part of the report depends on it. */
struct asked {
    const char *connections, *limit; /* of an objective, or NULL */
    unsigned long rate;
    bool has_pids;
    const char *pids;
};

/* The command line of the t-th server's first process, its words apart by NUL; how many bytes. */
static size_t command_line(char *line, size_t size, const char *pids, unsigned t)
{
    char path[64];
    for (; t > 0 && pids != NULL; t--)
        pids = strchr(pids, ',') != NULL ? strchr(pids, ',') + 1 : NULL;
    snprintf(path, sizeof(path), "/proc/%ld/cmdline", pids != NULL ? strtol(pids, NULL, 10) : 0);
    FILE *file = fopen(path, "r");
    size_t len = file != NULL ? fread(line, 1, size, file) : 0;
    if (file != NULL)
        fclose(file);
    return len;
}

static long long weigh(const char *pids, unsigned t)
{
    char line[4096], word[64];
    unsigned percent = 100;
    const char *rule = getenv("FAKE_PACE_WEIGHS");
    size_t len = command_line(line, sizeof(line), pids, t);
    bool is_heavy = rule != NULL && sscanf(rule, "%63[^=]=%u", word, &percent) == 2 &&
                    memmem(line, len, word, strlen(word)) != NULL;
    return (long long)CPU_NS * (is_heavy ? percent : 100) / 100;
}

static void put_target(const struct verdict *verdict, unsigned t, const struct asked *asked)
{
    const char *code = verdict->codes[t];
    const char *kind = verdict->kinds[t];
    bool has_latency = verdict->has_latency || code == NULL;
    printf("%s{\"connections_count\":%s,\"connects_count\":%d,\"outcome\":{\"kind\":\"%s\","
           "\"reasons\":[",
           t > 0 ? "," : "", asked->connections, is("miscounts") ? -1 : 0, kind);
    if (code != NULL)
        printf(
            "{\"code\":\"%s\",\"kind\":\"%s\",\"external\":true,\"detail\":\"as the fake says\"}",
            code, kind);
    printf("]},\"%s\":%d,\"bytes_in\":14700,\"censored_count\":0,",
           is("nameless") ? "done" : "completed_count", REQUESTS);
    printf(
        "\"faults\":{\"connect\":0,\"read\":1,\"write\":0,\"answer\":2,\"status\":3,\"body\":4},");
    if (asked->has_pids)
        printf("\"cpu_ns\":%lld,", strncmp(way, "weighs", 6) == 0 ? weigh(asked->pids, t)
                                                                  : (long long)CPU_NS * (t + 1));
    else
        printf("\"cpu_ns\":null,");
    if (!has_latency) {
        printf("\"slo\":null,\"series\":null,\"histograms\":null}");
        return;
    }
    put_slo(asked->limit, asked->rate);
    put_series();
    printf("\"histograms\":{\"response\":\"%s\"}}", is("garbled") ? "HISTFAAA" : RESPONSE);
}

static int count_urls(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += strncmp(argv[i], "http://", 7) == 0;
    return count;
}

static void report(int argc, char **argv, long long started_ns)
{
    struct asked asked = {
        .connections = option(argc, argv, "-c"),
        .limit = has(argc, argv, "--slo") ? option(argc, argv, "--slo") : NULL,
        .rate = rate_asked(argc, argv),
        .has_pids = has(argc, argv, "--pid"),
        .pids = has(argc, argv, "--pid") ? option(argc, argv, "--pid") : NULL,
    };
    const struct verdict *said = verdict(asked.rate);
    printf("{\"type\":\"pace\",\"schema_version\":{\"major\":%d,\"minor\":0},",
           is("newer") ? 2 : 1);
    printf("\"start_monotonic_ns\":%lld,", started_ns);
    printf("\"measured_ns\":1000000000,\"end\":\"whole\",\"exit_code\":%d,\"trusted_p\":%s,",
           said->exit_code, said->trusted);
    printf("\"generator\":{\"cpu_ns\":990000000,\"run_delay_ns\":%s},\"targets\":[",
           is("blind") ? "null" : "1000");
    for (int t = 0; t < count_urls(argc, argv) - is("fewer"); t++)
        put_target(said, (unsigned)t, &asked);
    printf(is("torn") ? "]" : "]}\n");
}

int main(int argc, char **argv)
{
    const char *dash = strrchr(argv[0], '-');
    way = dash != NULL ? dash + 1 : "well";
    int urls = count_urls(argc, argv);
    if (!has(argc, argv, "--json") || strcmp(option(argc, argv, "-H"), "Host: localhost") != 0 ||
        urls < 1 || urls > TARGETS)
        return 2;
    if (!takes_any_rate() && !has(argc, argv, "-S") &&
        (strcmp(option(argc, argv, "-r"), "2000") != 0 ||
         strcmp(option(argc, argv, "-d"), "1s") != 0))
        return 2;
    log_words(argc, argv);
    long long started_ns = start_ns(argc, argv);
    option(argc, argv, "-s");
    option(argc, argv, "--seed");
    option(argc, argv, "--warmup");
    for (int t = argc - urls; t < argc; t++)
        use_connections(argv[t], atoi(option(argc, argv, "-c")) + (is("secretive") ? SECRET : 0));
    if ((is("lasts") || is("stays")) && has(argc, argv, "-S")) {
        sigaction(SIGINT, &(struct sigaction){.sa_handler = interrupt}, NULL);
        sleep(is("stays") ? FOR_EVER_S : seconds_asked(option(argc, argv, "-S")));
    }
    if (is("hangs"))
        for (;;)
            pause();
    if (is("killed"))
        raise(SIGKILL);
    if (is("complains"))
        fputs("script.lua: syntax error\n", stderr);
    if (is("chats"))
        puts("a word");
    else if (!is("silent"))
        report(argc, argv, started_ns);
    return is("fails") ? 1 : verdict(rate_asked(argc, argv))->exit_code;
}
