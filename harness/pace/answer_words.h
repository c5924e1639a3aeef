/*
 * Which bytes may stand where in HTTP, and words of them as a
 * reading takes them (answer_reading.h).
 */
#ifndef PACE_ANSWER_WORDS_H
#define PACE_ANSWER_WORDS_H

#include <endian.h>

#include "pace/answer_reading.h"

enum { TOKEN = 1, TEXT = 2, BLANK = 4 };

/* RFC 9110, 5.6.2 (tchar) and 5.5 (field-vchar, SP and HTAB). */
static const uint8_t kinds[256] = {
    ['\t'] = TEXT | BLANK,
    [' '] = TEXT | BLANK,
    ['!'] = TEXT | TOKEN,
    ['"'] = TEXT,
    ['#' ... '\''] = TEXT | TOKEN,
    ['('] = TEXT,
    [')'] = TEXT,
    ['*' ... '+'] = TEXT | TOKEN,
    [','] = TEXT,
    ['-' ... '.'] = TEXT | TOKEN,
    ['/'] = TEXT,
    ['0' ... '9'] = TEXT | TOKEN,
    [':' ... '@'] = TEXT,
    ['A' ... 'Z'] = TEXT | TOKEN,
    ['[' ... ']'] = TEXT,
    ['^' ... 'z'] = TEXT | TOKEN,
    ['{'] = TEXT,
    ['|'] = TEXT | TOKEN,
    ['}'] = TEXT,
    ['~'] = TEXT | TOKEN,
    [0x80 ... 0xff] = TEXT,
};

static inline bool is(char c, unsigned kind)
{
    return (kinds[(unsigned char)c] & kind) != 0;
}

static inline uint64_t eight(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return le64toh(word);
}

/*
 * Eight bytes at once: the top bits of those that may be other than sought
 * are set, and bits behind the first of these mean nothing, for a borrow or
 * a carry may come from it. What stops here is looked at again by itself.
 */
static const uint64_t ones = UINT64_MAX / 255, tops = UINT64_MAX / 255 * 0x80;

/* Other than 0x20 to 0x7e. */
static inline uint64_t no_text_in(uint64_t word)
{
    return ((word - ones * 0x20) | (word + ones) | word) & tops;
}

/* Other than letters and '-'. */
static inline uint64_t no_name_in(uint64_t word)
{
    uint64_t lower = word | ones * 0x20, dash = word ^ ones * '-';
    uint64_t no_letter = (lower - ones * 'a') | (lower + ones * (0x80 - 'z' - 1));
    return ((no_letter & (dash + ones * 0x7f)) | word) & tops;
}

static inline const char *skip(const char *at, const char *limit, unsigned kind)
{
    while (at < limit && is(*at, kind))
        at++;
    return at;
}

static inline const char *skip_eights(const char *at, const char *limit,
                                      uint64_t (*others)(uint64_t word))
{
    for (; limit - at >= 8; at += 8) {
        uint64_t found = others(eight(at));
        if (found)
            return at + ((unsigned)__builtin_ctzll(found) >> 3);
    }
    return at;
}

static inline const char *skip_text(const char *at, const char *limit)
{
    return skip(skip_eights(at, limit, no_text_in), limit, TEXT);
}

static inline const char *skip_token(const char *at, const char *limit)
{
    return skip(skip_eights(at, limit, no_name_in), limit, TOKEN);
}

/* word is lower-case letters and '-', bytes are a token: there 0x20 is all that makes letters
 * differ in case, and no other byte becomes one of these. */
static inline bool same_word(const char *bytes, const char *word, size_t len)
{
    const uint64_t lower = UINT64_MAX / 255 * 0x20;
    for (size_t i = 0; i + 8 <= len; i += 8)
        if ((eight(bytes + i) | lower) != eight(word + i))
            return false;
    if (len >= 8)
        return (eight(bytes + (len - 8)) | lower) == eight(word + (len - 8));
    for (size_t i = 0; i < len; i++)
        if ((bytes[i] | 0x20) != word[i])
            return false;
    return true;
}

struct word {
    const char *bytes;
    size_t len; /* as long as it is, or longer than any that matters */
};

static inline bool is_word(struct word word, const char *literal)
{
    size_t len = strlen(literal);
    return word.len == len && same_word(word.bytes, literal, len);
}

static inline void keep(struct answer *answer, const char *bytes, size_t len)
{
    size_t room = sizeof(answer->word) - answer->word_len;
    if (len > room)
        len = room;
    memcpy(answer->word + answer->word_len, bytes, len);
    answer->word_len = (uint8_t)(answer->word_len + len);
}

/* Takes a token, or the rest of one. If it stops at the limit,
 * the token's end has not come yet, and it is kept. */
static inline const char *take_word(struct reading *reading, const char *at, struct word *word)
{
    struct answer *answer = reading->answer;
    const char *end = skip_token(at, reading->limit);
    *word = (struct word){at, (size_t)(end - at)};
    if (answer->word_len == 0 && end < reading->limit)
        return end;
    keep(answer, word->bytes, word->len);
    if (end < reading->limit) {
        *word = (struct word){answer->word, answer->word_len};
        answer->word_len = 0;
    }
    return end;
}

/* Lengths are read in 63 bits; false if it is longer. */
static inline bool add_digit(struct answer *answer, unsigned base, unsigned digit)
{
    if (answer->left > ((uint64_t)INT64_MAX - digit) / base)
        return false;
    answer->left = answer->left * base + digit;
    answer->matched = 1;
    return true;
}

#endif
