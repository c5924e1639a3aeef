/* SHA-256 of files and bytes, by OpenSSL's EVP; see host.h. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/strings.h"
#include "measure/host.h"

enum { BLOCK_BYTES = 65536 };

/* Ends the digest and frees it. */
static char *finish(EVP_MD_CTX *digest)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_DigestFinal_ex(digest, bytes, &len);
    EVP_MD_CTX_free(digest);
    char *hex = xcalloc(2 * (size_t)len + 1, 1);
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return hex;
}

static EVP_MD_CTX *begin(void)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
        abort(); /* without memory or without SHA-256 there is nothing true to say */
    return digest;
}

char *bytes_sha256(const void *bytes, size_t len)
{
    EVP_MD_CTX *digest = begin();
    EVP_DigestUpdate(digest, bytes, len);
    return finish(digest);
}

char *file_sha256(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    EVP_MD_CTX *digest = begin();
    char *block = xcalloc(BLOCK_BYTES, 1);
    for (size_t got; (got = fread(block, 1, BLOCK_BYTES, file)) > 0;)
        EVP_DigestUpdate(digest, block, got);
    bool whole = ferror(file) == 0;
    fclose(file);
    free(block);
    char *hex = finish(digest);
    if (whole)
        return hex;
    free(hex);
    return NULL;
}
