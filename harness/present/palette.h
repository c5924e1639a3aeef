/*
 * One colour per model, the same in every plot, table and run; told apart by people with any common
 * colour vision (ordered also by lightness), and with a contrast of at least 4.5 on paper and on
 * dark, so that a label may carry its model's colour. Colours reach the page as CSS variables:
 * light and dark are a matter of the style sheet.
 */
#ifndef PRESENT_PALETTE_H
#define PRESENT_PALETTE_H

#include <stddef.h>
#include <stdio.h>

#include "data/result.h"

enum palette_ink { INK_TEXT, INK_MUTED, INK_GRID, INK_PAPER, INKS };

/* The CSS variable of an arm's model: "--m-epoll". Ceilings share one. */
const char *palette_variable(const struct result *result, size_t arm);

/* Numbers that stand for colours while gnuplot draws (0xRRGGBB, all distinct, none of them meant to
 * be seen). */
unsigned palette_stand_in(const struct result *result, size_t arm);
/* What replaces a stand-in: "var(--m-epoll, #00629b)"; NULL if it is none. */
const char *palette_replacement(unsigned stand_in, char *buffer, size_t size);

/* How slow, from the fastest step on: of one hue after another, ever further from the paper in
 * lightness, so that order is seen with any colour vision and in print. */
enum { HEATS = 9 };
unsigned palette_heat(unsigned step);

/* ":root{...}" with its dark counterpart. */
void palette_css(FILE *out);

#endif
