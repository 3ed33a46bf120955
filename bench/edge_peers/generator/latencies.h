/* A histogram of times: exact below 64 µs, above it right within 1.6 %, in memory that does not grow with the load. */
#ifndef LATENCIES_H
#define LATENCIES_H

#include <stdint.h>

enum { LATENCY_BUCKETS = 1024 };

struct latencies {
    uint64_t counts[LATENCY_BUCKETS];
    uint64_t total;
    uint64_t longest;
};

void add_latency(struct latencies *latencies, uint64_t microseconds);

/* The time within which this share of all was answered, in milliseconds; 0 without any. */
double quantile_ms(const struct latencies *latencies, double share);

#endif
