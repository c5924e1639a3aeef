#include "cmd/run_options.h"

#include <getopt.h>
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/parse.h"

static void usage(FILE *out)
{
    fputs("usage: backbench run EXPERIMENT [OPTIONS]\n"
          "\n"
          "Measures an experiment (backbench list names them, or give the path of an .ini) and "
          "writes\n"
          "results/<utc>-<host>-<experiment>/ with every round, a summary, report.md and "
          "report.html.\n"
          "\n"
          "  --servers LIST       only these servers, separated by commas\n"
          "  --server PATH        also this executable of yours (docs/servers.md says what it must "
          "do)\n"
          "  --workloads LIST     only these of the experiment's workloads\n"
          "  --reference NAME     the server every ratio is taken against\n"
          "  --require NAME       fail (exit 1) if this server could not be measured\n"
          "  --workers N          event loops per server\n"
          "  --connections N      connections per worker\n"
          "  --budget TIME        fit into this time (90s, 10m, 1h): fewer blocks, then fewer "
          "workloads\n"
          "  --seed N             of the random order of rounds (printed by every run)\n"
          "  --server-cpus LIST   CPUs for the servers, as 1 or 2-3,5\n"
          "  --load-cpus LIST     CPUs for the generator\n"
          "  --results DIR        where the run's folder goes (results)\n"
          "  --wrk PROGRAM        the generator (wrk)\n"
          "  --dry-run            print the rounds and the time they take, measure nothing\n"
          "  --json               print the summary as JSON\n"
          "\n"
          "examples:\n"
          "  backbench run quick\n"
          "  backbench run bench --servers epoll,uring --workloads plaintext\n"
          "  backbench run bench --server ./my-server --budget 5m\n",
          out);
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
    enum {
        SERVERS = 256,
        SERVER,
        WORKLOADS,
        REFERENCE,
        REQUIRE,
        WORKERS,
        CONNECTIONS,
        BUDGET,
        SEED,
        SERVER_CPUS,
        LOAD_CPUS,
        RESULTS,
        WRK,
        DRY_RUN,
        JSON
    };
    static const struct option table[] = {
        {"servers", required_argument, NULL, SERVERS},
        {"server", required_argument, NULL, SERVER},
        {"workloads", required_argument, NULL, WORKLOADS},
        {"reference", required_argument, NULL, REFERENCE},
        {"require", required_argument, NULL, REQUIRE},
        {"workers", required_argument, NULL, WORKERS},
        {"connections", required_argument, NULL, CONNECTIONS},
        {"budget", required_argument, NULL, BUDGET},
        {"seed", required_argument, NULL, SEED},
        {"server-cpus", required_argument, NULL, SERVER_CPUS},
        {"load-cpus", required_argument, NULL, LOAD_CPUS},
        {"results", required_argument, NULL, RESULTS},
        {"wrk", required_argument, NULL, WRK},
        {"dry-run", no_argument, NULL, DRY_RUN},
        {"json", no_argument, NULL, JSON},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    uint64_t number;
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case SERVERS:
            strings_split(&options->selection.servers, optarg);
            break;
        case SERVER:
            strings_add(&options->selection.paths, optarg);
            break;
        case WORKLOADS:
            strings_split(&options->selection.workloads, optarg);
            break;
        case REFERENCE:
            options->selection.reference = optarg;
            break;
        case REQUIRE:
            strings_split(&options->required, optarg);
            break;
        case SERVER_CPUS:
            options->server_cpus = optarg;
            break;
        case LOAD_CPUS:
            options->load_cpus = optarg;
            break;
        case RESULTS:
            options->results = optarg;
            break;
        case WRK:
            options->wrk = optarg;
            break;
        case DRY_RUN:
            options->dry_run = true;
            break;
        case JSON:
            options->json = true;
            break;
        case WORKERS:
            if (!parse_number(optarg, 1, 1024, &number))
                return fail(EXIT_USAGE, "--workers %s: give a number from 1 to 1024", optarg);
            options->selection.workers = (unsigned)number;
            break;
        case CONNECTIONS:
            if (!parse_number(optarg, 1, 65536, &number))
                return fail(EXIT_USAGE, "--connections %s: give a number from 1 to 65536", optarg);
            options->selection.connections = (unsigned)number;
            break;
        case BUDGET:
            if (!parse_duration(optarg, &options->budget_s))
                return fail(EXIT_USAGE, "--budget %s: give a time such as 90s, 10m or 1h", optarg);
            break;
        case SEED:
            if (!parse_number(optarg, 0, RESULT_SEED_LIMIT - 1, &options->seed))
                return fail(EXIT_USAGE, "--seed %s: give a whole number", optarg);
            options->has_seed = true;
            break;
        case 'h':
            usage(stdout);
            return -1;
        default:
            fputs("backbench run --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind + 1 != argc)
        return fail(EXIT_USAGE, "%s; backbench list shows the experiments",
                    optind < argc ? "run takes one experiment" : "which experiment?");
    options->experiment = argv[optind];
    return 0;
}

void run_options_release(struct run_options *options)
{
    strings_release(&options->selection.servers);
    strings_release(&options->selection.paths);
    strings_release(&options->selection.workloads);
    strings_release(&options->required);
}
