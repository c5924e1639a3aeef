/*
 * Distinct requests stand in an array; an open-addressed table of their places finds an equal one
 * by its hash. Most scripts give the same bytes again and again, so the last one is compared first.
 */
#include "pace/requests.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"
#include "pace/request_scan.h"

enum { FIRST_CAPACITY = 64 };

struct requests_index {
    uint32_t *slots; /* place in distinct, plus one; 0: free. More than twice as many as requests */
    uint64_t *hashes; /* of each distinct one */
    size_t slot_count, distinct_capacity, ring_capacity;
};

/* Eight bytes a step; equal bytes are told by memcmp, so it need not be a strong one. */
static uint64_t hash_of(const char *bytes, size_t len)
{
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio, odd */
    uint64_t hash = len * factor;
    while (len > 0) {
        uint64_t word = 0;
        size_t step = len < sizeof(word) ? len : sizeof(word);
        memcpy(&word, bytes, step);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
        bytes += step;
        len -= step;
    }
    return hash;
}

static bool request_is(const struct request *request, const char *bytes, size_t len)
{
    return request->len == len && memcmp(request->bytes, bytes, len) == 0;
}

/* The slot of an equal one, or the free one where it belongs. */
static uint32_t *find_slot(const struct requests *requests, uint64_t hash, const char *bytes,
                           size_t len)
{
    const struct requests_index *index = requests->index;
    size_t at = hash & (index->slot_count - 1);
    while (index->slots[at] != 0) {
        size_t place = index->slots[at] - 1;
        if (index->hashes[place] == hash && request_is(&requests->distinct[place], bytes, len))
            break;
        at = (at + 1) & (index->slot_count - 1);
    }
    return &index->slots[at];
}

/* Room for one more, with every known one at its new slot. */
static void grow(struct requests *requests)
{
    struct requests_index *index = requests->index;
    if (requests->distinct_count < index->distinct_capacity)
        return;
    size_t capacity = index->distinct_capacity > 0 ? 2 * index->distinct_capacity : FIRST_CAPACITY;
    requests->distinct = xreallocarray(requests->distinct, capacity, sizeof(*requests->distinct));
    index->hashes = xreallocarray(index->hashes, capacity, sizeof(*index->hashes));
    index->distinct_capacity = capacity;
    free(index->slots);
    index->slot_count = 4 * capacity;
    index->slots = xcalloc(index->slot_count, sizeof(*index->slots));
    for (size_t i = 0; i < requests->distinct_count; i++) {
        const struct request *request = &requests->distinct[i];
        *find_slot(requests, index->hashes[i], request->bytes, request->len) = (uint32_t)i + 1;
    }
}

static void append(struct requests *requests, uint32_t place)
{
    struct requests_index *index = requests->index;
    if (requests->ring_count == index->ring_capacity) {
        index->ring_capacity = index->ring_capacity > 0 ? 2 * index->ring_capacity : FIRST_CAPACITY;
        requests->ring =
            xreallocarray(requests->ring, index->ring_capacity, sizeof(*requests->ring));
    }
    requests->ring[requests->ring_count++] = place;
}

/* One that is not yet there, at its slot. */
static int add_distinct(struct requests *requests, const char *bytes, size_t len, uint64_t hash,
                        char **error)
{
    struct request_shape shape;
    if (len > UINT32_MAX || requests->distinct_count >= UINT32_MAX - 1)
        return text_error(error, "it is larger than 4 GiB, or one of more than 4 billion");
    if (request_scan(&shape, bytes, len, error) != 0)
        return -1;
    grow(requests);
    char *copy = xcalloc(len, 1);
    memcpy(copy, bytes, len);
    uint32_t place = (uint32_t)requests->distinct_count++;
    requests->distinct[place] = (struct request){copy, (uint32_t)len, shape.answers, shape.heads};
    requests->index->hashes[place] = hash;
    *find_slot(requests, hash, bytes, len) = place + 1;
    append(requests, place);
    return 0;
}

void requests_init(struct requests *requests)
{
    *requests = (struct requests){.index = xcalloc(1, sizeof(struct requests_index))};
}

int requests_add(struct requests *requests, const char *bytes, size_t len, char **error)
{
    if (requests->ring_count > 0) {
        uint32_t last = requests->ring[requests->ring_count - 1];
        if (request_is(&requests->distinct[last], bytes, len)) {
            append(requests, last);
            return 0;
        }
    }
    uint64_t hash = hash_of(bytes, len);
    uint32_t known = requests->distinct_count > 0 ? *find_slot(requests, hash, bytes, len) : 0;
    if (known == 0)
        return add_distinct(requests, bytes, len, hash, error);
    append(requests, known - 1);
    return 0;
}

void requests_release(struct requests *requests)
{
    for (size_t i = 0; i < requests->distinct_count; i++)
        free((char *)requests->distinct[i].bytes);
    free(requests->distinct);
    free(requests->ring);
    if (requests->index != NULL) {
        free(requests->index->slots);
        free(requests->index->hashes);
    }
    free(requests->index);
    *requests = (struct requests){0};
}

const struct request *requests_next(struct requests *requests)
{
    assert(requests->ring_count > 0);
    const struct request *request = &requests->distinct[requests->ring[requests->next]];
    if (++requests->next == requests->ring_count)
        requests->next = 0;
    return request;
}

void requests_hash(const struct requests *requests, char hex[65])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
        abort(); /* without memory or without SHA-256 there is nothing true to say */
    for (size_t i = 0; i < requests->ring_count; i++) {
        const struct request *request = &requests->distinct[requests->ring[i]];
        EVP_DigestUpdate(digest, request->bytes, request->len);
    }
    EVP_DigestFinal_ex(digest, sum, &len);
    EVP_MD_CTX_free(digest);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}
