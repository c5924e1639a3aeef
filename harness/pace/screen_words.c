/* How a trial came out, in words, and what to do about it. */
#include "pace/screen_parts.h"

#include <math.h>

#include "data/strings.h"
#include "pace/verdict.h"

/* A share of requests that is left out and could move a p99. */
static const double WORTH_SAYING = 0.001;

static char *valid_words(const struct trial *trial, const struct record *record)
{
    char count[QUANTITY_SIZE], p[QUANTITY_SIZE], share[QUANTITY_SIZE];
    uint64_t answered = record->completed;
    double left_out = record_left_out_share(&record, 1);

    quantity_count(count, answered);
    if (trial->trusted_p < 1)
        return text_format("VALID up to %s: %s requests were answered as expected; further out "
                           "pace itself was late",
                           quantity_percentile(p, trial->trusted_p), count);
    if (left_out < WORTH_SAYING)
        return text_format("VALID: %s%s requests were answered as expected, and pace was on time",
                           answered == record->offered ? "all " : "", count);
    return text_format("VALID: %s%s requests were answered as expected; %s of them are left out of "
                       "the latency, because pace was kept away",
                       answered == record->offered ? "all " : "", count,
                       quantity_share(share, left_out));
}

char *screen_outcome(const struct trial *trial, unsigned target)
{
    const struct outcome *outcome = &trial->outcome[target];
    const struct reason *cause = verdict_cause(outcome);
    char measured[QUANTITY_SIZE], whole[QUANTITY_SIZE];

    if (!cause)
        return valid_words(trial, &trial->targets[target].record);
    if (outcome->kind == OUTCOME_NOISY)
        return text_format("%s: usable, but %s", verdict_word(outcome), cause->detail);
    if (cause->code == REASON_INTERRUPTED && !trial->has_window)
        return xstrdup("INTERRUPTED before the window opened: nothing was measured");
    if (cause->code == REASON_INTERRUPTED)
        return text_format("INTERRUPTED after %s of %s: what follows is partial",
                           quantity_seconds(measured, (double)trial->measured_ns),
                           quantity_seconds(whole, (double)trial->schedule->duration_ns));
    return text_format("%s: %s", verdict_word(outcome), cause->detail);
}

const char *screen_exit(const struct trial *trial)
{
    static const struct {
        int code;
        const char *words;
    } exits[] = {
        {1, "code 1: the server failed or was overloaded"},
        {3, "code 3: disturbed from outside, not by the server"},
        {5, "code 5: connections could not be made"},
        {130, "code 130: interrupted"},
    };
    int code = verdict_exit_code(trial);

    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        if (exits[i].code == code)
            return exits[i].words;
    return NULL;
}

/* Has it said nothing at all, but closed the first connection? */
static bool has_closed_without_a_word(const struct trial *trial, const struct record *record)
{
    return !trial->has_window && record->last_byte_ns == 0 && record->faults[FAULT_READ] > 0;
}

/* A server that ends connections may do nothing worse:
 * requests that are sent just then are lost with it. */
static const char *advice_on_errors(const struct trial_target *target)
{
    uint64_t faults = 0;

    for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
        faults += target->record.faults[kind];
    if (verdict_keeps_none(target) && faults < target->record.reconnects / 2)
        return "have the server keep connections alive for longer; or, if it is not meant to, ask "
               "with --requests-per-connection 1, where connecting is part of each latency; or "
               "with fewer connections (-c), if it ends those that rest";
    return "fetch the URL with curl -i and look; in a script, --| expect-status says what is right";
}

static const char *advice_on_lateness(bool is_outrun)
{
    if (is_outrun)
        return "ask for less than pace made (-r); for more, give it a faster CPU (--cpu), or run "
               "two "
               "of it at half the rate, each on a CPU of its own";
    return "run again; if it stays so, lower the rate or give pace a quieter CPU (--cpu)";
}

const char *screen_advice(const struct trial *trial, unsigned target)
{
    const struct reason *cause = verdict_cause(&trial->outcome[target]);

    switch (cause ? cause->code : REASON_CODES) {
    case REASON_OVERLOADED:
        return "ask for less than it answered (-r), to see its latency";
    case REASON_HUNG:
        if (trial->targets[target].leaves_unended)
            return "compare the length that an answer names with that of its body (curl -i); one "
                   "without a length ends when the server closes the connection";
        if (trial->end == TRIAL_SILENT)
            return "ask over fewer connections (-c), if it serves only so many at once; or look "
                   "into the server's own log";
        return "look into the server's own log";
    case REASON_DIED:
    case REASON_FAILED_START:
        return "look into the server's own log";
    case REASON_ERRORS:
        if (has_closed_without_a_word(trial, &trial->targets[target].record))
            return "look whether that port speaks TLS (https), which pace does not: some servers "
                   "then "
                   "close without a word; else look into the server's own log";
        return advice_on_errors(&trial->targets[target]);
    case REASON_INTERFERED:
        return "give pace a CPU of its own (--cpu) that neither the server nor others use, and run "
               "again";
    case REASON_NOISY:
        return "run again on a quieter machine, or with --cpu, before small differences are "
               "believed";
    case REASON_SENT_LATE:
    case REASON_GEN_LATE:
        return advice_on_lateness(trial->is_outrun[target]);
    case REASON_PORTS:
        return "wait a minute for old connections to expire, or keep connections alive";
    case REASON_LOAD_FAILED:
        return trial->end == TRIAL_WHOLE ? "ask for longer (-d), or at a higher rate (-r)" : NULL;
    default:
        return NULL;
    }
}

const char *screen_why_none(const struct trial *trial, unsigned target)
{
    const struct reason *cause = verdict_cause(&trial->outcome[target]);

    switch (cause ? cause->code : REASON_CODES) {
    case REASON_ERRORS:
        return "what was answered is not what was asked for";
    case REASON_HUNG:
    case REASON_DIED:
        return "what never came back has none";
    case REASON_INTERFERED:
        return "it would not be the server's alone";
    default:
        return "it would not be this server's at this rate";
    }
}

const char *screen_why_nothing(const struct record *record)
{
    return record->disturbed.total > 0 ? "all requests are left out, because pace was kept away"
                                       : "nothing was measured";
}

/* A run that is long enough to have RECORD_SUPPORT requests beyond the percentile. */
static char *words_unsupported(const struct trial *trial, const struct record *record,
                               const struct percentile *percentile)
{
    double counted_rps = (double)percentile->n / ((double)trial->measured_ns * 1e-9);
    char length[QUANTITY_SIZE];

    if (percentile->n == 0)
        return xstrdup(screen_why_nothing(record));
    double seconds = ceil(RECORD_SUPPORT / (1 - percentile->p) / counted_rps - 1e-6);
    double slower = floor((double)percentile->n * (1 - percentile->p));
    return text_format("only %.0f request%s slower, %d are needed: a run of %s", slower,
                       slower == 1 ? " was" : "s were", RECORD_SUPPORT,
                       quantity_seconds(length, seconds * 1e9));
}

bool screen_may_show(const struct trial *trial, const struct percentile *percentile)
{
    return percentile->is_supported && percentile->p <= trial->trusted_p;
}

char *screen_why_not(const struct trial *trial, const struct record *record,
                     const struct percentile *percentile)
{
    return percentile->is_supported ? xstrdup("the generator was late: not measurable here")
                                    : words_unsupported(trial, record, percentile);
}
