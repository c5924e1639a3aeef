/* The octets of GET /bytes/N, i mod APP_PATTERN_PERIOD: one period more than the longest span. */
#ifndef APP_PATTERN_H
#define APP_PATTERN_H

extern const char app_pattern_octets[];

#endif
