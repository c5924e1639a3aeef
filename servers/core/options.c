#include "core/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { OWN_LIMIT = 8 };

enum {
    KEY_ADDRESS = 256,
    KEY_PORT,
    KEY_WORKERS,
    KEY_MAX_CONNECTIONS,
    KEY_UPSTREAM,
    KEY_DATABASE,
    KEY_DESCRIBE,
    KEY_HELP,
    KEY_OWN, /* and up: the model's table, in order */
};

static const struct option contract_options[] = {
    {"address", required_argument, NULL, KEY_ADDRESS},
    {"port", required_argument, NULL, KEY_PORT},
    {"workers", required_argument, NULL, KEY_WORKERS},
    {"max-connections", required_argument, NULL, KEY_MAX_CONNECTIONS},
    {"upstream", required_argument, NULL, KEY_UPSTREAM},
    {"database", required_argument, NULL, KEY_DATABASE},
    {"describe", no_argument, NULL, KEY_DESCRIBE},
    {"help", no_argument, NULL, KEY_HELP},
};

enum { CONTRACT_COUNT = sizeof contract_options / sizeof contract_options[0] };

static bool parse_number(const char *text, unsigned long min, unsigned long max, unsigned *value)
{
    char *end;
    unsigned long number;

    if (*text < '0' || *text > '9') /* strtoul would take a sign or white space */
        return false;
    errno = 0;
    number = strtoul(text, &end, 10);
    if (errno || *end || number < min || number > max)
        return false;
    *value = (unsigned)number;
    return true;
}

/* A zone, as in fe80::1%eth0, is the resolver's to check. */
static bool address_is_numeric(const char *text)
{
    char host[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
    struct in6_addr address;
    size_t len = strcspn(text, "%");

    if (inet_pton(AF_INET, text, &address) == 1)
        return true;
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    return inet_pton(AF_INET6, host, &address) == 1;
}

/* A colon within the host is an IPv6 address's, in brackets (RFC 3986 section 3.2.2). */
static bool is_host_and_port(const char *text)
{
    const char *colon = strrchr(text, ':');
    unsigned port;

    return colon && colon != text && (*text == '[' || strchr(text, ':') == colon) &&
           parse_number(colon + 1, 1, UINT16_MAX, &port);
}

static bool take_option(struct options *options, const struct option_number *own, int key,
                        const char *text)
{
    unsigned number = 0;

    switch (key) {
    case KEY_ADDRESS:
        options->address = text;
        return address_is_numeric(text);
    case KEY_PORT:
        if (!parse_number(text, 0, UINT16_MAX, &number))
            return false;
        options->port = (uint16_t)number;
        return true;
    case KEY_WORKERS:
        return parse_number(text, 1, OPTIONS_WORKERS_LIMIT, &options->workers);
    case KEY_MAX_CONNECTIONS:
        return parse_number(text, 1, INT32_MAX, &options->max_connections);
    case KEY_UPSTREAM:
        options->upstream = text;
        return is_host_and_port(text);
    case KEY_DATABASE:
        options->database = text;
        return *text != '\0';
    default:
        own += key - KEY_OWN;
        return parse_number(text, own->min, own->max, own->value);
    }
}

/* The contract's options followed by the model's; returns how many. */
static int long_options(struct option table[], const struct option_number *own)
{
    int count = CONTRACT_COUNT;

    memcpy(table, contract_options, sizeof contract_options);
    for (int i = 0; own && own[i].name && i < OWN_LIMIT; i++)
        table[count++] = (struct option){own[i].name, required_argument, NULL, KEY_OWN + i};
    table[count] = (struct option){0};
    return count;
}

enum options_result options_parse(struct options *options, const struct option_number *own,
                                  int argc, char **argv)
{
    struct option table[CONTRACT_COUNT + OWN_LIMIT + 1];
    int key, which;

    *options = (struct options){.address = "127.0.0.1", .port = 8080, .workers = 1};
    long_options(table, own);
    while ((key = getopt_long(argc, argv, "", table, &which)) != -1) {
        if (key == '?')
            return OPTIONS_BAD;
        if (key == KEY_DESCRIBE)
            return OPTIONS_DESCRIBE;
        if (key == KEY_HELP)
            return OPTIONS_HELP;
        if (!take_option(options, own, key, optarg)) {
            fprintf(stderr, "%s: bad value for --%s: '%s'\n", argv[0], table[which].name, optarg);
            return OPTIONS_BAD;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'\n", argv[0], argv[optind]);
        return OPTIONS_BAD;
    }
    return OPTIONS_RUN;
}

void options_usage(FILE *out, const char *program, const struct option_number *own)
{
    fprintf(out,
            "usage: %s [options]\n"
            "  --address A            numeric IPv4 or IPv6 address to listen on (127.0.0.1)\n"
            "  --port N               0 lets the kernel choose (8080)\n"
            "  --workers N            see workers-meaning of --describe (1)\n"
            "  --max-connections N    further ones wait in the backlog (10000, or what\n"
            "                         the limit on open files allows)\n"
            "  --upstream HOST:PORT   where /proxy fetches from\n"
            "  --database CONNINFO    a libpq connection string\n"
            "  --describe             print what this server is, as `key value` lines\n"
            "  --help\n",
            program);
    for (; own && own->name; own++)
        fprintf(out, "  --%-20s %s, %u to %u (%u)\n", own->name, own->help, own->min, own->max,
                *own->value);
    fputs(
        "Once it listens it prints `ready PORT`. SIGTERM drains and ends it within two seconds.\n",
        out);
}
