"""Duplicate detection: RFC 5080 section 2.2.2, THREATS B1 to B4."""

from radius_edge.protocol.duplicates import DuplicateCache, Verdict

HERE, THERE = ("10.0.0.1", 4000), ("10.0.0.1", 4001)
RA, OTHER_RA = bytes(16), bytes(15) + b"\1"
DIGEST, OTHER_DIGEST = b"digest", b"another"


def test_an_open_packet_is_met_with_silence() -> None:
    cache = DuplicateCache()
    assert cache.look_up(HERE, 1, RA, DIGEST, now=0) == (Verdict.NEW, None)
    cache.begin(HERE, 1, RA, DIGEST, proven=True)
    for _ in range(10):
        assert cache.look_up(HERE, 1, RA, DIGEST, now=0) == (Verdict.PENDING, None)


def test_a_finished_packet_gets_the_same_octets_for_as_long_as_it_is_remembered() -> None:
    cache = DuplicateCache()
    assert cache.finish(cache.begin(HERE, 1, RA, DIGEST, proven=True), b"reply", now=100, remember_seconds=30)
    assert cache.look_up(HERE, 1, RA, DIGEST, now=129.9) == (Verdict.FINISHED, b"reply")
    assert cache.look_up(HERE, 1, RA, DIGEST, now=130) == (Verdict.NEW, None)
    assert cache.look_up(HERE, 1, RA, OTHER_DIGEST, now=130) == (Verdict.NEW, None)


def test_an_entry_that_was_begun_anew_outlives_its_predecessor() -> None:
    cache = DuplicateCache()
    cache.finish(cache.begin(HERE, 1, RA, DIGEST, proven=True), b"old", now=100, remember_seconds=30)
    cache.finish(cache.begin(HERE, 1, RA, DIGEST, proven=True), b"new", now=131, remember_seconds=30)
    cache.finish(cache.begin(THERE, 1, RA, DIGEST, proven=True), b"other", now=140, remember_seconds=30)
    assert cache.look_up(HERE, 1, RA, DIGEST, now=140) == (Verdict.FINISHED, b"new")


def test_a_long_memory_does_not_keep_the_short_ones() -> None:
    cache = DuplicateCache()
    cache.finish(cache.begin(HERE, 0, RA, DIGEST, proven=True), b"reply", now=100, remember_seconds=500)
    for number in range(1, 100):
        cache.finish(cache.begin(HERE, number, RA, DIGEST, proven=True), b"reply", now=100, remember_seconds=1)
    cache.finish(cache.begin(THERE, 1, RA, DIGEST, proven=True), b"reply", now=103, remember_seconds=1)
    assert len(cache) == 2
    assert cache.look_up(HERE, 0, RA, DIGEST, now=103) == (Verdict.FINISHED, b"reply")


def test_every_part_of_the_key_counts() -> None:
    cache = DuplicateCache()
    cache.begin(HERE, 1, RA, DIGEST, proven=True)
    assert cache.look_up(THERE, 1, RA, DIGEST, now=0)[0] is Verdict.NEW
    assert cache.look_up(("10.0.0.2", 4000), 1, RA, DIGEST, now=0)[0] is Verdict.NEW
    assert cache.look_up(HERE, 2, RA, DIGEST, now=0)[0] is Verdict.NEW
    assert cache.look_up(HERE, 1, OTHER_RA, DIGEST, now=0)[0] is Verdict.NEW


def test_the_same_key_with_other_octets_differs_open_or_finished() -> None:
    cache = DuplicateCache()
    entry = cache.begin(HERE, 1, RA, DIGEST, proven=True)
    assert cache.look_up(HERE, 1, RA, OTHER_DIGEST, now=0) == (Verdict.DIFFERS, None)
    cache.finish(entry, b"reply", now=0, remember_seconds=30)
    assert cache.look_up(HERE, 1, RA, OTHER_DIGEST, now=0) == (Verdict.DIFFERS, None)


def test_a_reused_identifier_supersedes_the_open_packet() -> None:
    cache = DuplicateCache()
    old = cache.begin(HERE, 1, RA, DIGEST, proven=True)
    new = cache.begin(HERE, 1, OTHER_RA, OTHER_DIGEST, proven=True)
    assert not cache.finish(old, b"late", now=0, remember_seconds=30)
    assert cache.finish(new, b"reply", now=0, remember_seconds=30)


def test_an_unproven_packet_never_supersedes_a_proven_one() -> None:
    cache = DuplicateCache()
    good = cache.begin(HERE, 1, RA, DIGEST, proven=True)
    forged = cache.begin(HERE, 1, OTHER_RA, OTHER_DIGEST, proven=False)
    assert cache.finish(good, b"reply", now=0, remember_seconds=30)
    assert cache.finish(forged, b"reject", now=0, remember_seconds=30)


def test_a_proven_packet_supersedes_an_unproven_one_and_both_their_own_kind() -> None:
    for older, newer in ((False, True), (False, False), (True, True)):
        cache = DuplicateCache()
        old = cache.begin(HERE, 1, RA, DIGEST, proven=older)
        cache.begin(HERE, 1, OTHER_RA, OTHER_DIGEST, proven=newer)
        assert not cache.finish(old, b"late", now=0, remember_seconds=30)


def test_a_late_copy_of_the_old_packet_does_not_supersede_the_new_one() -> None:
    cache = DuplicateCache()
    cache.begin(HERE, 1, RA, DIGEST, proven=True)
    new = cache.begin(HERE, 1, OTHER_RA, OTHER_DIGEST, proven=True)
    assert cache.look_up(HERE, 1, RA, DIGEST, now=0) == (Verdict.PENDING, None)
    assert cache.finish(new, b"reply", now=0, remember_seconds=30)


def test_a_packet_that_is_never_answered_stays_unanswered() -> None:
    cache = DuplicateCache()
    cache.finish(cache.begin(HERE, 1, RA, DIGEST, proven=True), None, now=0, remember_seconds=30)
    assert cache.look_up(HERE, 1, RA, DIGEST, now=0) == (Verdict.FINISHED, None)


def test_an_abandoned_packet_begins_anew() -> None:
    cache = DuplicateCache()
    cache.abandon(cache.begin(HERE, 1, RA, DIGEST, proven=True))
    assert cache.look_up(HERE, 1, RA, DIGEST, now=0) == (Verdict.NEW, None)
    assert len(cache) == 0


def test_the_cache_is_bounded_and_drops_the_oldest() -> None:
    cache = DuplicateCache(most_finished=100)
    for number in range(1000):
        authenticator = number.to_bytes(16)
        cache.finish(
            cache.begin(HERE, number % 256, authenticator, DIGEST, proven=True), b"reply", now=0, remember_seconds=1e9
        )
    assert len(cache) == 100
    assert cache.look_up(HERE, 899 % 256, (899).to_bytes(16), DIGEST, now=0)[0] is Verdict.NEW
    assert cache.look_up(HERE, 900 % 256, (900).to_bytes(16), DIGEST, now=0)[0] is Verdict.FINISHED
