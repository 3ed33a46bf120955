/* MD5 (RFC 1321) and HMAC-MD5 (RFC 2104): the digests that RADIUS is made of. Fast enough that the load generator
 * stays small beside the servers it loads, and free of any library, so that a C compiler is all it needs. */
#ifndef MD5_H
#define MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_OCTETS = 16, MD5_BLOCK = 64 };

struct md5 {
    uint32_t state[4];
    uint64_t total;             /* octets taken so far */
    uint8_t block[MD5_BLOCK];   /* the last, unfinished one */
};

/* A key as HMAC sees it: both hashes after their padded key block, so that a message costs no key block again. */
struct hmac_md5_key {
    struct md5 inner, outer;
};

void md5_begin(struct md5 *md5);
void md5_add(struct md5 *md5, const void *octets, size_t length);
void md5_end(struct md5 *md5, uint8_t digest[MD5_OCTETS]);

/* Keys longer than a block are hashed first (RFC 2104 section 3). */
void hmac_md5_prepare(struct hmac_md5_key *key, const void *secret, size_t length);
void hmac_md5(const struct hmac_md5_key *key, const void *message, size_t length, uint8_t digest[MD5_OCTETS]);

#endif
