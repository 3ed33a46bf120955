#include "md5.h"

#include <math.h>
#include <string.h>

/* RFC 1321 section 3.4: T[i] = floor(2^32 * |sin(i + 1)|), with i + 1 in radians. A double holds enough of sin for
 * that, so the table is computed instead of typed. */
static uint32_t table[64];

static const uint8_t rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

__attribute__((constructor)) static void fill_table(void) {
    for (int i = 0; i < 64; i++) table[i] = (uint32_t)(4294967296.0 * fabs(sin(i + 1.0)));
}

static uint32_t rotate(uint32_t value, int by) {
    return value << by | value >> (32 - by);
}

/* One round of 16 steps: its mixing function, and which word of the block step i takes. Macros, because the compiler
 * has to see constants here to be fast. */
#define ROUND(number, MIX, WORD)                                                     \
    for (int i = 0; i < 16; i++) {                                                   \
        uint32_t sum = a + (MIX) + table[16 * number + i] + words[(WORD) & 15];      \
        a = d, d = c, c = b;                                                         \
        b += rotate(sum, rotations[number][i & 3]);                                  \
    }

static void add_block(uint32_t state[4], const uint8_t *block) {
    uint32_t words[16], a = state[0], b = state[1], c = state[2], d = state[3];
    memcpy(words, block, MD5_BLOCK); /* little endian, like every machine this runs on */
    ROUND(0, (b & c) | (~b & d), i)
    ROUND(1, (b & d) | (c & ~d), 5 * i + 1)
    ROUND(2, b ^ c ^ d, 3 * i + 5)
    ROUND(3, c ^ (b | ~d), 7 * i)
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

void md5_begin(struct md5 *md5) {
    static const uint32_t start[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    memcpy(md5->state, start, sizeof start);
    md5->total = 0;
}

void md5_add(struct md5 *md5, const void *octets, size_t length) {
    const uint8_t *from = octets;
    size_t have = md5->total % MD5_BLOCK;
    md5->total += length;
    if (have && have + length >= MD5_BLOCK) {
        size_t missing = MD5_BLOCK - have;
        memcpy(md5->block + have, from, missing);
        add_block(md5->state, md5->block);
        from += missing, length -= missing, have = 0;
    }
    for (; length >= MD5_BLOCK; from += MD5_BLOCK, length -= MD5_BLOCK) add_block(md5->state, from);
    memcpy(md5->block + have, from, length);
}

void md5_end(struct md5 *md5, uint8_t digest[MD5_OCTETS]) {
    static const uint8_t padding[MD5_BLOCK] = {0x80};
    uint64_t bits = md5->total * 8;
    size_t have = md5->total % MD5_BLOCK;
    md5_add(md5, padding, (have < 56 ? 56 : 120) - have);
    md5_add(md5, &bits, sizeof bits);
    memcpy(digest, md5->state, MD5_OCTETS);
}

static void begin_with_key(struct md5 *md5, const uint8_t key[MD5_BLOCK], uint8_t pad) {
    uint8_t padded[MD5_BLOCK];
    for (int i = 0; i < MD5_BLOCK; i++) padded[i] = key[i] ^ pad;
    md5_begin(md5);
    md5_add(md5, padded, sizeof padded);
}

void hmac_md5_prepare(struct hmac_md5_key *key, const void *secret, size_t length) {
    uint8_t block[MD5_BLOCK] = {0};
    if (length > MD5_BLOCK) {
        struct md5 md5;
        md5_begin(&md5);
        md5_add(&md5, secret, length);
        md5_end(&md5, block);
    } else {
        memcpy(block, secret, length);
    }
    begin_with_key(&key->inner, block, 0x36);
    begin_with_key(&key->outer, block, 0x5c);
}

void hmac_md5(const struct hmac_md5_key *key, const void *message, size_t length, uint8_t digest[MD5_OCTETS]) {
    struct md5 inner = key->inner, outer = key->outer;
    md5_add(&inner, message, length);
    md5_end(&inner, digest);
    md5_add(&outer, digest, MD5_OCTETS);
    md5_end(&outer, digest);
}
