/* The octets of GET /bytes/N: i mod APP_PATTERN_PERIOD, long enough for APP_PATTERN_SPAN_BYTES from
 * any of them on. */
#ifndef APP_PATTERN_H
#define APP_PATTERN_H

extern const char app_pattern_octets[];

#endif
