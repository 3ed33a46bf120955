#include "latencies.h"

/* Buckets 0 to 63 are a microsecond wide. After them every power of two is cut into 32 equal buckets, so a bucket is
 * at most 1/32 of its value wide and its middle is at most 1/64 off. */
enum { EXACT = 64, PER_OCTAVE = 32 };

static unsigned bucket_of(uint64_t microseconds) {
    unsigned shift = 0;
    while (microseconds >> shift >= EXACT) shift++;
    unsigned bucket = shift * PER_OCTAVE + (unsigned)(microseconds >> shift);
    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static double middle_of(unsigned bucket) {
    if (bucket < EXACT) return bucket;
    unsigned shift = bucket / PER_OCTAVE - 1;
    double width = (double)(1ull << shift);
    return (bucket - shift * PER_OCTAVE + 0.5) * width;
}

void add_latency(struct latencies *latencies, uint64_t microseconds) {
    latencies->counts[bucket_of(microseconds)]++;
    latencies->total++;
    if (microseconds > latencies->longest) latencies->longest = microseconds;
}

double quantile_ms(const struct latencies *latencies, double share) {
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
        seen += latencies->counts[bucket];
        if (!seen || (double)seen < share * (double)latencies->total) continue;
        double middle = middle_of(bucket), longest = (double)latencies->longest;
        return (middle < longest ? middle : longest) / 1000;
    }
    return 0;
}
