/* A RADIUS client that loads a server and tells, as one JSON line, how it was answered.
 *
 *   radius_load --port P --secret S --outstanding 64 --seconds 5     always 64 logins on their way
 *   radius_load --port P --secret S --rate 1000 --seconds 5          1,000 logins a second, answered or not
 *   radius_load --port P --secret S --rate 2000 --count 10000        10,000 logins, 2,000 of them a second
 *
 * Every login is a packet of its own: fresh Request Authenticator, PAP, Message-Authenticator. Every reply is verified.
 * A login that is not answered within --timeout-ms is lost; nothing is ever sent twice, so nothing hides behind a
 * retransmission. One thread, one epoll; 256 logins a socket, because an Identifier has eight bits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "latencies.h"
#include "radius.h"

enum { IDENTIFIERS = 256, MIN_SOCKETS = 16, RECEIVE_BUFFER = 4 << 20, EVENTS = 64 };
static const uint64_t second = 1000000000;
static const uint64_t look_for_lost_every = second / 20;

struct options {
    int port, outstanding, users;
    long count;
    double rate, seconds, timeout_ms;
    const char *secret, *user_prefix, *password;
};

/* One Identifier on one socket. `sent_at` is 0 while it is free. */
struct slot {
    uint64_t sent_at;
    uint8_t authenticator[AUTHENTICATOR_OCTETS];
};

struct tally {
    long sent, unsent, accepted, rejected, challenged, lost, forged, unproven, in_time;
    struct latencies latencies;
    uint64_t latest_start; /* how far the pacing fell behind at worst */
};

static struct options options = {
    .users = 1000, .seconds = 5, .timeout_ms = 5000, .user_prefix = "d0-user", .password = "123456"};
static struct shared_secret secret;
static int *sockets, socket_count, epoll;
static struct slot *slots;
static uint32_t *free_slots, slot_count;
static uint64_t free_head, free_tail; /* the slot that is free longest is taken first */
static struct tally tally;
static uint64_t began_at, ends_at;

static void fail(const char *what) {
    fprintf(stderr, "radius_load: %s: %s\n", what, errno ? strerror(errno) : "wrong usage");
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * second + (uint64_t)time.tv_nsec;
}

/* SplitMix64: authenticators need to be unique here, not secret. */
static uint64_t random_word(void) {
    static uint64_t state;
    if (!state && getrandom(&state, sizeof state, 0) != sizeof state) fail("getrandom");
    uint64_t word = state += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

static void make_authenticator(uint8_t authenticator[AUTHENTICATOR_OCTETS]) {
    uint64_t words[2] = {random_word(), random_word()};
    memcpy(authenticator, words, sizeof words);
}

/* ---- sockets and slots ---- */

static int open_socket(void) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int buffer = RECEIVE_BUFFER, made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (made < 0) fail("socket");
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (connect(made, (struct sockaddr *)&server, sizeof server)) fail("connect");
    return made;
}

/* As many slots as can be on their way at once, and some more, so that an Identifier rests before it is used again. */
static long slots_needed(void) {
    if (options.outstanding) return 4L * options.outstanding;
    double unanswered = options.rate * options.timeout_ms / 1000 * 1.2;
    return options.count && options.count < unanswered ? options.count : (long)unanswered;
}

static void open_sockets(void) {
    socket_count = (int)(slots_needed() / IDENTIFIERS) + 1;
    if (socket_count < MIN_SOCKETS) socket_count = MIN_SOCKETS;
    slot_count = (uint32_t)socket_count * IDENTIFIERS;
    sockets = calloc((size_t)socket_count, sizeof *sockets);
    slots = calloc(slot_count, sizeof *slots);
    free_slots = calloc(slot_count, sizeof *free_slots);
    epoll = epoll_create1(0);
    if (!sockets || !slots || !free_slots || epoll < 0) fail("memory or epoll");
    for (int i = 0; i < socket_count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        sockets[i] = open_socket();
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event)) fail("epoll_ctl");
    }
    for (uint32_t identifier = 0; identifier < IDENTIFIERS; identifier++)
        for (uint32_t i = 0; i < (uint32_t)socket_count; i++)
            free_slots[free_tail++] = i * IDENTIFIERS + identifier;
}

static void set_free(uint32_t slot) {
    slots[slot].sent_at = 0;
    free_slots[free_tail++ % slot_count] = slot;
}

/* ---- one login ---- */

static void send_login(uint64_t time) {
    uint8_t packet[MAX_PACKET_OCTETS];
    char user_name[128];
    tally.sent++;
    if (free_head == free_tail) { /* the server owes an answer under every Identifier */
        tally.unsent++;
        return;
    }
    uint32_t number = free_slots[free_head++ % slot_count];
    struct slot *slot = &slots[number];
    make_authenticator(slot->authenticator);
    snprintf(user_name, sizeof user_name, "%s%06ld", options.user_prefix, tally.sent % options.users);
    size_t length = write_access_request(packet, (uint8_t)(number % IDENTIFIERS), slot->authenticator, user_name,
                                         options.password, &secret);
    slot->sent_at = time;
    if (send(sockets[number / IDENTIFIERS], packet, length, 0) < 0) { /* nobody listens, or no buffer is left */
        tally.unsent++;
        set_free(number);
    }
}

static void count_reply(uint8_t code, uint64_t sent_at, uint64_t time) {
    if (code == ACCESS_ACCEPT) tally.accepted++;
    else if (code == ACCESS_REJECT) tally.rejected++;
    else if (code == ACCESS_CHALLENGE) tally.challenged++;
    else tally.forged++;
    if (time < ends_at) tally.in_time++;
    add_latency(&tally.latencies, (time - sent_at) / 1000);
}

static void take_reply(uint32_t from, uint8_t *packet, size_t received) {
    uint64_t time = now();
    uint32_t number = from * IDENTIFIERS + packet[1];
    struct slot *slot = &slots[number];
    if (!slot->sent_at) return; /* too late: that login was lost */
    enum verdict verdict = judge_reply(packet, received, slot->authenticator, &secret);
    if (verdict == FORGED) {
        tally.forged++;
        return;
    }
    if (verdict == UNPROVEN) tally.unproven++;
    count_reply(packet[0], slot->sent_at, time);
    set_free(number);
    if (options.outstanding && time < ends_at) send_login(now());
}

static void take_replies(uint32_t from) {
    uint8_t packet[MAX_PACKET_OCTETS];
    for (;;) {
        ssize_t received = recv(sockets[from], packet, sizeof packet, 0);
        if (received >= 2) take_reply(from, packet, (size_t)received);
        else if (received < 0 && errno != ECONNREFUSED) return; /* read empty */
    }
}

static void count_lost(uint64_t time) {
    static uint64_t looked_at;
    if (time - looked_at < look_for_lost_every) return;
    looked_at = time;
    uint64_t patience = (uint64_t)(options.timeout_ms * 1e6);
    for (uint32_t number = 0; number < slot_count; number++) {
        if (!slots[number].sent_at || time - slots[number].sent_at < patience) continue;
        tally.lost++;
        set_free(number);
        if (options.outstanding && time < ends_at) send_login(time);
    }
}

/* ---- the run ---- */

static uint64_t due_at(long number) {
    return began_at + (uint64_t)((double)number / options.rate * 1e9);
}

static int may_send(uint64_t time) {
    return options.count ? tally.sent < options.count : time < ends_at;
}

/* Sends what is due; returns when to be back at the latest. */
static uint64_t keep_pace(uint64_t time) {
    uint64_t back_at = time + look_for_lost_every;
    if (options.outstanding || !may_send(time)) return back_at;
    for (; due_at(tally.sent) <= time && may_send(time); time = now()) {
        uint64_t late = time - due_at(tally.sent);
        if (late > tally.latest_start) tally.latest_start = late;
        send_login(time);
    }
    return due_at(tally.sent) < back_at ? due_at(tally.sent) : back_at;
}

static void wait_until(uint64_t back_at) {
    struct epoll_event events[EVENTS];
    uint64_t time = now(), left = back_at > time ? back_at - time : 0;
    struct timespec pause = {.tv_sec = (time_t)(left / second), .tv_nsec = (long)(left % second)};
    int ready = epoll_pwait2(epoll, events, EVENTS, &pause, NULL);
    for (int i = 0; i < ready; i++) take_replies(events[i].data.u32);
}

static int is_over(uint64_t time) {
    long answered = tally.accepted + tally.rejected + tally.challenged;
    return !may_send(time) && answered + tally.lost + tally.unsent >= tally.sent;
}

static void run(void) {
    began_at = now();
    ends_at = began_at + (uint64_t)(options.seconds * 1e9);
    if (options.count) ends_at = UINT64_MAX;
    for (int i = 0; i < options.outstanding; i++) send_login(now());
    for (uint64_t time = now(); !is_over(time); time = now()) {
        wait_until(keep_pace(time));
        count_lost(now());
    }
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(void) {
    double elapsed = (double)(now() - began_at) / 1e9;
    double seconds = options.count ? elapsed : options.seconds;
    printf("{\"sent\":%ld,\"accepted\":%ld,\"rejected\":%ld,\"challenged\":%ld,\"lost\":%ld,\"unsent\":%ld,"
           "\"forged\":%ld,\"unproven\":%ld,",
           tally.sent, tally.accepted, tally.rejected, tally.challenged, tally.lost, tally.unsent, tally.forged,
           tally.unproven);
    printf("\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"behind_ms\":%.3f,"
           "\"elapsed\":%.3f,\"cpu_seconds\":%.3f}\n",
           (double)tally.in_time / seconds, quantile_ms(&tally.latencies, 0.5), quantile_ms(&tally.latencies, 0.99),
           (double)tally.latencies.longest / 1000, (double)tally.latest_start / 1e6, elapsed, cpu_seconds());
}

static void read_options(int argc, char **argv) {
    static const struct option known[] = {
        {"port", 1, 0, 'p'},       {"secret", 1, 0, 's'},      {"outstanding", 1, 0, 'o'}, {"rate", 1, 0, 'r'},
        {"count", 1, 0, 'c'},      {"seconds", 1, 0, 'd'},     {"timeout-ms", 1, 0, 't'},  {"user-prefix", 1, 0, 'u'},
        {"password", 1, 0, 'w'},   {"users", 1, 0, 'n'},       {0, 0, 0, 0}};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (option) {
        case 'p': options.port = atoi(optarg); break;
        case 's': options.secret = optarg; break;
        case 'o': options.outstanding = atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'c': options.count = atol(optarg); break;
        case 'd': options.seconds = atof(optarg); break;
        case 't': options.timeout_ms = atof(optarg); break;
        case 'u': options.user_prefix = optarg; break;
        case 'w': options.password = optarg; break;
        case 'n': options.users = atoi(optarg); break;
        default: exit(1);
    }
    if (!options.port || !options.secret || strlen(options.secret) > MAX_SECRET_OCTETS) fail("--port and --secret");
    if (!options.outstanding == !options.rate || options.users < 1) fail("either --outstanding or --rate");
    if (options.count && !options.rate) fail("--count needs --rate");
    if (strlen(options.password) > 128 || strlen(options.user_prefix) > 64) fail("too long a name or password");
}

int main(int argc, char **argv) {
    read_options(argc, argv);
    use_secret(&secret, options.secret);
    open_sockets();
    run();
    report();
    return 0;
}
