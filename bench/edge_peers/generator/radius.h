/* The two packets of a login (RFC 2865): an Access-Request with PAP and Message-Authenticator, and its reply. */
#ifndef RADIUS_H
#define RADIUS_H

#include <stddef.h>
#include <stdint.h>

#include "md5.h"

enum { ACCESS_ACCEPT = 2, ACCESS_REJECT = 3, ACCESS_CHALLENGE = 11 };
enum { HEADER_OCTETS = 20, AUTHENTICATOR_OCTETS = 16, MAX_PACKET_OCTETS = 4096, MAX_SECRET_OCTETS = 128 };

struct shared_secret {
    char octets[MAX_SECRET_OCTETS];
    size_t length;
    struct hmac_md5_key key;
};

enum verdict {
    FORGED,     /* malformed, or signed with another secret or for another request */
    UNPROVEN,   /* Response Authenticator right, no Message-Authenticator in it */
    PROVEN,     /* both are there and right */
};

void use_secret(struct shared_secret *secret, const char *text);

/* Fill `packet` (at least MAX_PACKET_OCTETS) and return its length. The Request Authenticator is given, not made. */
size_t write_access_request(uint8_t *packet, uint8_t identifier, const uint8_t authenticator[AUTHENTICATOR_OCTETS],
                            const char *user_name, const char *password, const struct shared_secret *secret);

/* Judge a reply to the request that had this authenticator. The packet is changed while it is judged. */
enum verdict judge_reply(uint8_t *packet, size_t received, const uint8_t authenticator[AUTHENTICATOR_OCTETS],
                         const struct shared_secret *secret);

#endif
