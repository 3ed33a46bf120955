#include "radius.h"

#include <string.h>

enum { ACCESS_REQUEST = 1 };
enum { USER_NAME = 1, USER_PASSWORD = 2, MESSAGE_AUTHENTICATOR = 80 };
enum { MESSAGE_AUTHENTICATOR_OCTETS = 18, PASSWORD_BLOCK = 16, MAX_PASSWORD_OCTETS = 128 };

/* What a VPN gateway or a directory tells about itself beside name and password. */
static const uint8_t about_the_nas[] = {
    4,  6,  192, 0,   2,   10,                                                         /* NAS-IP-Address */
    5,  6,  0,   0,   0,   1,                                                          /* NAS-Port */
    61, 6,  0,   0,   0,   5,                                                          /* NAS-Port-Type Virtual */
    32, 12, 'v', 'p', 'n', '-', 'g', 'w', '-', '0', '0', '1',                          /* NAS-Identifier */
    31, 14, '1', '9', '8', '.', '5', '1', '.', '1', '0', '0', '.', '7',                /* Calling-Station-Id */
};

void use_secret(struct shared_secret *secret, const char *text) {
    secret->length = strlen(text);
    memcpy(secret->octets, text, secret->length);
    hmac_md5_prepare(&secret->key, text, secret->length);
}

static uint8_t *write_attribute(uint8_t *at, uint8_t kind, const void *value, size_t length) {
    at[0] = kind;
    at[1] = (uint8_t)(length + 2);
    memcpy(at + 2, value, length);
    return at + 2 + length;
}

/* RFC 2865 section 5.2: each block is hidden by MD5(secret + what stands before it), first the authenticator. */
static uint8_t *write_password(uint8_t *at, const char *password, const uint8_t *authenticator,
                               const struct shared_secret *secret) {
    uint8_t text[MAX_PASSWORD_OCTETS] = {0}, mask[MD5_OCTETS];
    size_t length = strlen(password), blocks = length ? (length + PASSWORD_BLOCK - 1) / PASSWORD_BLOCK : 1;
    const uint8_t *before = authenticator;
    memcpy(text, password, length);
    at[0] = USER_PASSWORD;
    at[1] = (uint8_t)(2 + blocks * PASSWORD_BLOCK);
    uint8_t *hidden = at + 2;
    for (size_t block = 0; block < blocks; block++, hidden += PASSWORD_BLOCK) {
        struct md5 md5;
        md5_begin(&md5);
        md5_add(&md5, secret->octets, secret->length);
        md5_add(&md5, before, PASSWORD_BLOCK);
        md5_end(&md5, mask);
        for (int i = 0; i < PASSWORD_BLOCK; i++) hidden[i] = text[block * PASSWORD_BLOCK + i] ^ mask[i];
        before = hidden;
    }
    return hidden;
}

size_t write_access_request(uint8_t *packet, uint8_t identifier, const uint8_t authenticator[AUTHENTICATOR_OCTETS],
                            const char *user_name, const char *password, const struct shared_secret *secret) {
    static const uint8_t zeros[MD5_OCTETS];
    packet[0] = ACCESS_REQUEST;
    packet[1] = identifier;
    memcpy(packet + 4, authenticator, AUTHENTICATOR_OCTETS);
    uint8_t *proof = packet + HEADER_OCTETS + 2;
    uint8_t *end = write_attribute(packet + HEADER_OCTETS, MESSAGE_AUTHENTICATOR, zeros, sizeof zeros);
    end = write_attribute(end, USER_NAME, user_name, strlen(user_name));
    end = write_password(end, password, authenticator, secret);
    memcpy(end, about_the_nas, sizeof about_the_nas);
    size_t length = (size_t)(end - packet) + sizeof about_the_nas;
    packet[2] = (uint8_t)(length >> 8);
    packet[3] = (uint8_t)length;
    hmac_md5(&secret->key, packet, length, proof); /* RFC 3579 section 3.2: over itself as zeros */
    return length;
}

/* Where the Message-Authenticator stands: 0 if there is none, -1 if the attributes are malformed. */
static long find_message_authenticator(const uint8_t *packet, size_t length) {
    long found = 0;
    for (size_t at = HEADER_OCTETS; at < length; at += packet[at + 1]) {
        if (at + 2 > length || packet[at + 1] < 2 || at + packet[at + 1] > length) return -1;
        if (packet[at] != MESSAGE_AUTHENTICATOR) continue;
        if (found || packet[at + 1] != MESSAGE_AUTHENTICATOR_OCTETS) return -1;
        found = (long)at;
    }
    return found;
}

/* RFC 2865 section 3: MD5(code + identifier + length + the request's authenticator + attributes + secret). */
static int response_authenticator_is_right(const uint8_t *packet, size_t length, const uint8_t *authenticator,
                                           const struct shared_secret *secret) {
    uint8_t digest[MD5_OCTETS];
    struct md5 md5;
    md5_begin(&md5);
    md5_add(&md5, packet, 4);
    md5_add(&md5, authenticator, AUTHENTICATOR_OCTETS);
    md5_add(&md5, packet + HEADER_OCTETS, length - HEADER_OCTETS);
    md5_add(&md5, secret->octets, secret->length);
    md5_end(&md5, digest);
    return memcmp(digest, packet + 4, MD5_OCTETS) == 0;
}

/* RFC 3579 section 3.2: as the server made it, with the request's authenticator in the header and zeros for itself. */
static int message_authenticator_is_right(uint8_t *packet, size_t length, size_t at, const uint8_t *authenticator,
                                          const struct shared_secret *secret) {
    uint8_t digest[MD5_OCTETS], claimed[MD5_OCTETS];
    memcpy(claimed, packet + at + 2, sizeof claimed);
    memset(packet + at + 2, 0, sizeof claimed);
    memcpy(packet + 4, authenticator, AUTHENTICATOR_OCTETS);
    hmac_md5(&secret->key, packet, length, digest);
    return memcmp(digest, claimed, sizeof claimed) == 0;
}

enum verdict judge_reply(uint8_t *packet, size_t received, const uint8_t authenticator[AUTHENTICATOR_OCTETS],
                         const struct shared_secret *secret) {
    if (received < HEADER_OCTETS) return FORGED;
    size_t length = (size_t)packet[2] << 8 | packet[3];
    if (length < HEADER_OCTETS || length > received) return FORGED;
    long proof = find_message_authenticator(packet, length);
    if (proof < 0 || !response_authenticator_is_right(packet, length, authenticator, secret)) return FORGED;
    if (proof == 0) return UNPROVEN;
    return message_authenticator_is_right(packet, length, (size_t)proof, authenticator, secret) ? PROVEN : FORGED;
}
