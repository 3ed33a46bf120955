from mfa.domain.rate_limit import TokenBuckets


def test_a_burst_is_allowed_then_the_long_run_rate() -> None:
    buckets = TokenBuckets[str](burst=3, per_second=0.5)
    assert [buckets.take("a", 0) for _ in range(4)] == [True, True, True, False]
    assert not buckets.take("a", 1)
    assert buckets.take("a", 2)
    assert not buckets.take("a", 2)


def test_one_key_does_not_use_up_another() -> None:
    buckets = TokenBuckets[str](burst=1, per_second=1)
    assert buckets.take("a", 0)
    assert buckets.take("b", 0)
    assert not buckets.take("a", 0)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    buckets = TokenBuckets[str](burst=2, per_second=1)
    assert buckets.take("a", 0)
    assert [buckets.take("a", 10**6) for _ in range(3)] == [True, True, False]


def test_a_clock_that_runs_backwards_gives_nothing() -> None:
    buckets = TokenBuckets[str](burst=1, per_second=1)
    assert buckets.take("a", 100)
    assert not buckets.take("a", 50)


def test_memory_is_bounded_and_the_longest_unused_key_gives_way() -> None:
    buckets = TokenBuckets[int](burst=1, per_second=0.001, max_keys=10)
    for key in range(10):
        buckets.take(key, 0)
    buckets.take(0, 0)  # refused, but used
    buckets.take(99, 0)
    assert not buckets.take(0, 0)
    assert buckets.take(1, 0)  # forgotten
    assert len(buckets._levels) == 10
