from collections.abc import Callable
from hashlib import blake2b
from math import inf
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.memory.cores import KEYS, START, Cores, Step, restored, schedules
from tests.memory.readers import read
from xmppfilter.memory.bans import Ban, Bans
from xmppfilter.memory.changes import Batch
from xmppfilter.memory.contract import Row

MINUTE, DAY = 60.0, 86400.0
QUARTER = 15 * MINUTE
KEY = b"key-0000"
JID = "spammer@example.org"


def make(capacity: int = 1000, seconds: float = 7 * DAY) -> Bans:
    return Bans(capacity=capacity, seconds=seconds)


def short() -> Bans:
    return make(seconds=100.5)


def offend(bans: Bans, key: bytes = KEY, when: float = START, ban_time: float = QUARTER, weight: int = 400) -> Ban:
    end = bans.offend(key, JID, when=when, ban_time=ban_time, weight=weight)
    ban = bans.get(key, when)
    assert ban is not None
    assert ban.until == end
    return ban


def report(bans: Bans, key: bytes, when: float, reporter: bytes | None) -> Ban:
    return bans.report(key, JID, when=when, weight=100, reporter=reporter)


OPERATIONS: list[Callable[[Bans, bytes, float], object]] = [
    offend,
    lambda bans, key, now: offend(bans, key, now, 60.0, 1000),
    lambda bans, key, now: offend(bans, key, now, 0.1, 300),
    lambda bans, key, now: report(bans, key, now, None),
    lambda bans, key, now: report(bans, key, now, b"reporter"),
    lambda bans, key, now: report(bans, key, now, b"Reporter"),
    lambda bans, key, now: bans.impose(key, JID, when=now, until=now + 50),
    lambda bans, key, now: bans.impose(key, JID, when=now, until=now + 500),
    lambda bans, key, now: bans.pardon(key, when=now),
    lambda bans, key, now: bans.disable(key, when=now),
    lambda bans, _, now: bans.clear(now),
]
# Whether one is disabled depends on what the core knew when it was told to, so it is left to a test of its own.
MERGED = [operation for at, operation in enumerate(OPERATIONS) if at != 9]
EARNED = OPERATIONS[:6]


def told(bans: Bans, now: float) -> list[object]:
    return [*(bans.get(key, now) for key in KEYS), *(bans.banned_until(key, now) for key in KEYS)]


@pytest.mark.parametrize("cores", [2, 3])
@settings(max_examples=200)
@given(data=st.data())
def test_cores_that_exchange_equal_one(cores: int, data: st.DataObject) -> None:
    assert_cores_equal_one(cores, data.draw(schedules(len(MERGED), cores)))


def test_a_shorter_ban_that_is_over_still_ends_the_longer_one_before_it() -> None:
    steps = [("do", 0, 0, 7), ("do", 1, 0, 6), ("wait", 0, 0, 50), ("do", 0, 0, 9)]
    assert_cores_equal_one(2, steps)


def assert_cores_equal_one(cores: int, schedule: list[Step]) -> None:
    net = Cores(make, cores)
    net.run(schedule, MERGED)
    for later in (0.0, 49.0, 1000.0, 8 * DAY):
        for core in net.cores:
            assert told(core, net.now + later) == told(net.one, net.now + later)


@pytest.mark.parametrize("cores", [2, 3])
@given(data=st.data())
def test_cores_forget_alike(cores: int, data: st.DataObject) -> None:
    schedule: list[Step] = data.draw(schedules(len(EARNED), cores, longest=40, jump=3))
    net = Cores(short, cores)
    # Exchanges lag by less than what decides whether somebody is forgotten, as seconds are to days.
    net.run(
        [(*step[:3], 50 * step[3]) if step[0] == "jump" else step for step in schedule if step[0] != "wait"], EARNED
    )
    for later in (0.0, 50.0, 99.0, 101.0):
        for core in net.cores:
            assert told(core, net.now + later) == told(net.one, net.now + later)


def test_what_arrives_late_joins_what_it_is_near_to() -> None:
    here, late = short(), short()
    news = late.deltas()
    offend(here, when=START + 100)
    offend(late, when=START + 50)
    batch = read(news)
    here.absorb(batch, origin=b"late", number=1, now=START + 180)
    ban = here.get(KEY, START + 180)
    assert ban is not None
    assert ban.offences == 2


def test_what_arrives_late_and_was_forgotten_before_is_left_out() -> None:
    here, late = short(), short()
    news = late.deltas()
    offend(here, when=START + 200)
    offend(late, when=START + 50)
    late.disable(KEY, when=START + 60)
    batch = read(news)
    here.absorb(batch, origin=b"late", number=1, now=START + 201)
    ban = here.get(KEY, START + 201)
    assert ban is not None
    assert (ban.offences, ban.disabled) == (1, False)


@given(st.lists(st.floats(0, 3600), min_size=65, max_size=400), st.integers(2, 4))
def test_floods_beyond_what_is_kept_singly_still_add_up(waits: list[float], cores: int) -> None:
    net = Cores(make, cores)
    for at, wait in enumerate(waits):
        net.now += wait / 100
        for bans in (net.cores[at % cores], net.one):
            offend(bans, when=net.now)
    net.settle()
    want = net.one.get(KEY, net.now)
    assert want is not None
    for core in net.cores:
        ban = core.get(KEY, net.now)
        assert ban is not None
        assert (ban.offences, ban.sureness, ban.last) == (want.offences, want.sureness, want.last)
        # Where cores folded what overlapped, they may be off by as long as it went on.
        assert ban.until == pytest.approx(want.until, abs=net.now - START + 0.01)


@given(st.lists(st.tuples(st.floats(0, 3600), st.sampled_from([0.0, 60.0, 900.0])), min_size=1, max_size=300))
def test_a_ban_ends_where_folding_says(offences: list[tuple[float, float]]) -> None:
    bans, now, end = make(), START, 0.0
    for wait, ban_time in offences:
        now += wait
        end = max(now, end) + ban_time
        assert offend(bans, when=now, ban_time=ban_time).until == end


@given(st.lists(st.tuples(st.floats(0, 3600), st.sampled_from([60.0, 900.0])), min_size=1, max_size=64), st.randoms())
def test_the_order_of_arrival_makes_no_difference(offences: list[tuple[float, float]], random: object) -> None:
    in_order = sorted((START + when, ban_time) for when, ban_time in offences)
    shuffled = list(in_order)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    ends = []
    for order in (in_order, shuffled):
        bans = make()
        for when, ban_time in order:
            offend(bans, when=when, ban_time=ban_time)
        ends.append(bans.banned_until(KEY, START))
    assert ends[0] == ends[1]


def test_twenty_offences_of_a_quarter_are_five_hours() -> None:
    bans = make()
    for _ in range(20):
        ban = offend(bans)
    assert ban.until == START + 300 * MINUTE
    assert bans.banned_until(KEY, START + 300 * MINUTE - 1) == ban.until
    assert bans.banned_until(KEY, START + 300 * MINUTE) == 0.0


@pytest.mark.parametrize("cores", [2, 4])
def test_spread_over_cores_they_are_as_many(cores: int) -> None:
    net = Cores(make, cores)
    for number in range(20):
        offend(net.cores[number % cores])
    net.settle()
    assert [core.banned_until(KEY, START) for core in net.cores] == [START + 300 * MINUTE] * cores


def test_a_ban_that_is_over_does_not_count_towards_the_next() -> None:
    bans = make()
    offend(bans)
    assert offend(bans, when=START + 2 * QUARTER).until == START + 3 * QUARTER


def test_an_offence_of_before_a_long_silence_bans_nobody() -> None:
    bans = short()
    bans.pardon(KEY, when=START)
    report(bans, KEY, START + 200, None)
    assert offend(bans, when=START).until == 0.0


def test_ten_tenths_are_exactly_one() -> None:
    bans = make()
    for _ in range(10):
        ban = report(bans, KEY, START, None)
    assert ban.sureness == 1000
    assert ban.until == 0.0
    assert bans.banned_until(KEY, START) == 0.0


def test_a_named_reporter_counts_once_on_however_many_cores() -> None:
    net = Cores(make, 3)
    for core in net.cores:
        report(core, KEY, START, b"reporter")
        report(core, KEY, START + 5, b"reporter")
    report(net.cores[0], KEY, START, b"Reporter")
    net.settle()
    bans = [core.get(KEY, START + 5) for core in net.cores]
    assert [ban.sureness for ban in bans if ban] == [200] * 3


def test_a_reporter_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="8 are wanted"):
        report(make(), KEY, START, b"short")


def test_reporters_beyond_what_is_kept_still_count_and_are_bounded() -> None:
    bans = make()
    for number in range(1000):
        ban = report(bans, KEY, START + number, b"%08d" % number)
    assert ban.sureness == 100_000
    (row,) = bans.snapshot([KEY])
    assert len(row.value) < 64 * 20 + 200


def test_a_flood_from_one_sender_takes_a_bounded_record() -> None:
    bans = make()
    for number in range(5000):
        ban = offend(bans, when=START + number * 0.01)
        (row,) = bans.snapshot([KEY])
        assert len(row.value) < 4100
    assert (ban.offences, ban.sureness) == (5000, 2_000_000)
    assert ban.until == START + 7 * DAY + 49.99, "forgotten, ban and all, a week after the last"


@pytest.mark.parametrize(
    ("later", "remembered"), [(0.0, True), (7 * DAY - 1, True), (7 * DAY, False), (7 * DAY + 1, False)]
)
def test_a_sender_is_forgotten_whole(later: float, remembered: bool) -> None:
    bans = make()
    for _ in range(700):
        offend(bans)
    bans.disable(KEY, when=START)
    now = START + later
    assert (bans.get(KEY, now) is not None) is remembered
    assert bool(bans.banned_until(KEY, now)) is remembered
    assert len(list(bans.current(now))) == remembered


def test_whoever_was_forgotten_begins_anew() -> None:
    bans = make()
    offend(bans)
    offend(bans)
    bans.disable(KEY, when=START)
    ban = offend(bans, when=START + 7 * DAY)
    assert (ban.offences, ban.sureness, ban.disabled) == (1, 400, False)
    assert bans.disable(KEY, when=START + 7 * DAY)


def test_each_offence_and_report_prolongs_the_memory() -> None:
    bans = make()
    offend(bans)
    report(bans, KEY, START + 6 * DAY, None)
    offend(bans, when=START + 12 * DAY)
    ban = bans.get(KEY, START + 18 * DAY)
    assert ban is not None
    assert (ban.offences, ban.last) == (2, START + 12 * DAY)


def test_nothing_is_known_of_the_clean() -> None:
    bans = make()
    assert bans.get(KEY, START) is None
    assert bans.banned_until(KEY, START) == 0.0
    assert not bans.pardon(KEY, when=START)
    assert not bans.disable(KEY, when=START)
    assert list(bans.current(START)) == []


def test_an_imposed_ban_outlasts_memory_and_a_later_edit_replaces_it() -> None:
    bans = make(seconds=100)
    offend(bans)
    ban = bans.impose(KEY, JID, when=START, until=START + 1000)
    assert (ban.until, ban.imposed, ban.offences) == (START + 1000, True, 1)
    ban = bans.get(KEY, START + 500)  # type: ignore[assignment]
    assert (ban.jid, ban.until, ban.imposed, ban.offences, ban.last) == (JID, START + 1000, True, 0, 0.0)
    assert bans.impose(KEY, JID, when=START + 500, until=START + 600).until == START + 600
    assert bans.banned_until(KEY, START + 600) == 0.0
    assert bans.get(KEY, START + 600) is None


def test_offences_go_on_below_an_imposed_ban() -> None:
    bans = make()
    bans.impose(KEY, JID, when=START, until=START + 60)
    for _ in range(300):
        ban = offend(bans, when=START + 1, ban_time=1.0)
    assert ban.until == START + 301
    assert ban.offences == 300


def test_a_pardon_takes_everything() -> None:
    bans = make()
    for _ in range(500):
        offend(bans)
    report(bans, KEY, START, b"reporter")
    bans.impose(KEY, JID, when=START, until=START + DAY)
    bans.disable(KEY, when=START)
    assert bans.pardon(KEY, when=START + 1)
    assert bans.get(KEY, START + 1) is None
    assert bans.banned_until(KEY, START + 1) == 0.0
    assert not bans.pardon(KEY, when=START + 2)
    ban = report(bans, KEY, START + 3, b"reporter")
    assert (ban.sureness, ban.disabled) == (100, False)


def test_at_one_instant_the_order_of_the_calls_holds() -> None:
    bans = make()
    for _ in range(3):
        assert offend(bans).until == pytest.approx(START + QUARTER)
        assert bans.pardon(KEY, when=START)
        assert bans.get(KEY, START) is None
        assert bans.impose(KEY, JID, when=START, until=START + 60).imposed
        assert bans.impose(KEY, JID, when=START, until=START + 30).until == START + 30
        assert bans.pardon(KEY, when=START)
    bans.clear(START)
    assert offend(bans).offences == 1


def test_a_pardon_outlives_older_offences_that_arrive_later() -> None:
    net = Cores(make, 2)
    for number in range(200):
        offend(net.cores[0], when=START + number)
    net.cores[1].pardon(KEY, when=START + 500)
    offend(net.cores[0], when=START + 501)
    net.now = START + 501
    net.settle()
    for core in net.cores:
        ban = core.get(KEY, net.now)
        assert ban is not None
        assert (ban.offences, ban.until) == (1, START + 501 + QUARTER)


def test_it_does_so_across_a_restart() -> None:
    here, there = make(), make()
    news = there.deltas()
    offend(there)
    batch = read(news)
    here.pardon(KEY, when=START + 1)
    again = restored(here, make, START + 2)
    again.absorb(batch, origin=b"there", number=1, now=START + 2)
    assert again.get(KEY, START + 2) is None


def test_clearing_forgets_what_was_earned_and_keeps_what_was_imposed() -> None:
    bans = make()
    offend(bans)
    bans.disable(KEY, when=START)
    report(bans, b"reported", START, None)
    bans.impose(b"imposed", JID, when=START, until=START + DAY)
    bans.clear(START)
    assert bans.get(KEY, START) is None
    assert bans.get(b"reported", START) is None
    assert bans.banned_until(b"imposed", START) == START + DAY
    again = restored(bans, make, START + 1)
    late = Batch("bans", 1, tuple((row.key, row.value) for row in _offended(START - 5).snapshot()))
    again.absorb(late, origin=b"o", number=1, now=START + 1)
    assert again.get(KEY, START + 1) is None, "also after a restart, of what arrives later"


def _offended(when: float) -> Bans:
    bans = make()
    offend(bans, when=when)
    return bans


def test_one_is_disabled_once_until_pardoned() -> None:
    bans = make()
    offend(bans)
    assert bans.disable(KEY, when=START)
    assert not bans.disable(KEY, when=START + 1)
    assert offend(bans, when=START + 2).disabled
    bans.pardon(KEY, when=START + 3)
    assert not offend(bans, when=START + 4).disabled
    assert bans.disable(KEY, when=START + 5)


def test_cores_tell_each_other_who_is_disabled() -> None:
    net = Cores(make, 2)
    offend(net.cores[0])
    net.settle()
    net.cores[0].disable(KEY, when=START)
    net.settle()
    assert not net.cores[1].disable(KEY, when=START)


@pytest.mark.parametrize(
    ("offended", "gone"),
    [
        ("abc", "a"),  # the oldest of those with as few offences
        ("abca", "b"),
        ("aabbc", "c"),  # two is more than one
        ("aabbbcc", "a"),  # two and three count alike: the oldest
        ("aabbbcca", "b"),
        ("aaaabbbcccc", "b"),  # four is more than three
    ],
)
def test_who_goes_when_one_more_comes(offended: str, gone: str) -> None:
    bans = make(capacity=3)
    for letter in offended:
        offend(bans, letter.encode())
    offend(bans, b"x")
    assert {letter for letter in "abc" if bans.get(letter.encode(), START) is None} == {gone}
    assert bans.get(b"x", START) is not None


def test_a_flood_of_one_off_offenders_evicts_no_repeated_and_no_imposed_one() -> None:
    here, there = make(capacity=50), make(capacity=100_000)
    news = there.deltas()
    for _ in range(2):
        offend(here, b"repeated")
    here.impose(b"imposed", JID, when=START, until=START + DAY)
    for number in range(500):
        report(here, b"reported %d" % number, START, None)
        offend(here, b"here %d" % number)
        offend(there, b"there %d" % number)
        assert len(here) <= 50
    batch = read(news)
    here.absorb(batch, origin=b"there", number=1, now=START)
    assert len(here) == 50
    assert here.banned_until(b"repeated", START)
    assert here.banned_until(b"imposed", START) == START + DAY


@given(st.lists(st.tuples(st.integers(0, len(OPERATIONS) - 1), st.integers(0, 20), st.floats(0, 60))))
def test_it_never_holds_more_than_its_capacity_and_never_loses_track(steps: list[tuple[int, int, float]]) -> None:
    bans, now = make(capacity=5, seconds=100), START
    for operation, number, wait in steps:
        now += wait
        OPERATIONS[operation](bans, b"%d" % number, now)
        bans.expire(now, 2)
        assert len(bans) <= 5
        (shard,) = bans._records.shards
        assert sum(map(len, shard.ranks.values())) == len(bans)
    bans.expire(now + 1000, 100)
    assert len(bans) == 0


@given(st.lists(st.tuples(st.integers(0, len(OPERATIONS) - 1), st.integers(0, 2), st.floats(0, 60)), max_size=80))
def test_rows_round_trip(steps: list[tuple[int, int, float]]) -> None:
    bans, now = make(), START
    for operation, number, wait in steps:
        now += wait
        OPERATIONS[operation](bans, KEYS[number], now)
    again = restored(bans, make, now + 1)
    assert {row for row in again.snapshot() if row.expires > now + 1} == {
        row for row in restored(again, make, now + 1).snapshot() if row.expires > now + 1
    }
    for later in (1.0, 100.0, DAY):
        assert told(again, now + later) == told(bans, now + later)


def test_expiry_drops_what_is_over_within_its_budget() -> None:
    bans = make(seconds=100)
    for number in range(10):
        offend(bans, b"%d" % number, when=START + number)
    bans.impose(b"lasting", JID, when=START, until=START + 1000)
    bans.impose(b"imposed", JID, when=START, until=START + 50)
    bans.pardon(b"pardoned", when=START + 5)
    assert bans.expire(START + 104, 3) == 3
    assert bans.expire(START + 104, 100) == 3
    assert bans.expire(START + 105, 100) == 2
    assert {ban.jid for ban in bans.current(START + 105)} == {JID}
    assert bans.banned_until(b"lasting", START + 105) == START + 1000
    assert bans.expire(START + 1000, 100) == len(bans) + 5


def test_an_imposed_ban_that_is_over_gives_up_its_rank() -> None:
    bans = make(capacity=2)
    bans.impose(KEY, JID, when=START, until=START + 10)
    offend(bans, when=START + 1)
    bans.expire(START + 20, 100)
    for _ in range(2):
        offend(bans, b"repeated", when=START + 21)
    offend(bans, b"x", when=START + 22)
    assert bans.get(KEY, START + 22) is None


def test_resizing_keeps_the_worst() -> None:
    bans = make()
    for number in range(10):
        for _ in range(number + 1):
            offend(bans, b"%d" % number)
    bans.resize(capacity=3, seconds=50)
    assert {number for number in range(10) if bans.get(b"%d" % number, START)} == {7, 8, 9}
    assert bans.get(b"9", START + 51) is None


def test_a_clock_that_is_ahead_elsewhere_prolongs_nothing() -> None:
    there, here = make(), make()
    news = there.deltas()
    ahead = START + 30 * DAY
    offend(there, when=ahead)
    there.impose(b"imposed", JID, when=ahead, until=ahead + 60)
    there.pardon(b"pardoned", when=ahead)
    batch = read(news)
    here.absorb(batch, origin=b"there", number=1, now=START)
    assert here.banned_until(KEY, START) == START + QUARTER
    assert offend(here, b"pardoned", when=START + 1).offences == 1
    assert here.impose(b"imposed", JID, when=START + 1, until=START + 5).until == START + 5


@pytest.mark.parametrize("jid", ["ünï@例え.jp", "", "lone\ud800@x", "x" * 3071])
def test_the_jid_is_kept_in_clear(jid: str) -> None:
    bans = make()
    bans.offend(KEY, jid, when=START, ban_time=1.0, weight=1)
    ban = restored(bans, make, START).get(KEY, START)
    assert ban is not None
    assert ban.jid == jid


def test_the_jid_is_sent_with_every_change() -> None:
    net = Cores(make, 2)
    offend(net.cores[0])
    read(net.changes[0, 1])  # and lost
    net.cores[0].disable(KEY, when=START + 1)
    net.settle()
    offend(net.cores[0], when=START + 2)
    net.settle()
    ban = net.cores[1].get(KEY, START + 2)
    assert ban is not None
    assert (ban.jid, ban.offences) == (JID, 1)


HEAD = "<dddQqBBBH"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"short",
        pack(HEAD, 0, 0, 0, 0, 0, 0, 1, 0, 0),  # an offence is announced and missing
        pack(HEAD, 0, 0, 0, 0, 0, 0, 0, 0, 0) + b"x",
        pack(HEAD, 0, 0, 0, 0, 0, 0, 1, 0, 0) + pack("<ddi", inf, 1.0, 1),
        pack(HEAD, 0, 0, 0, 0, 0, 0, 1, 0, 0) + pack("<ddi", START, float("nan"), 1),
        pack(HEAD, 0, 0, 0, 0, 0, 0, 0, 1, 0) + pack("<di8s", inf, 1, b"reporter"),
        pack(HEAD, 0, 0, 0, 0, 0, 1, 0, 0, 0) + pack("<ddd", inf, 0, 0),
        pack(HEAD, 0, 0, 0, 0, 0, 2, 0, 0, 0) + pack("<dddQq", 0, 0, 0, 1 << 60, 0),
        pack(HEAD, 0, 0, 0, 0, 0, 0, 0, 0, 1) + b"\xff",
    ],
)
def test_garbage_is_refused_by_name_and_changes_nothing(value: bytes) -> None:
    bans = Bans(capacity=10, seconds=60, name="known_spammers.senders")
    good = tuple((row.key, row.value) for row in _offended(START).snapshot())
    with pytest.raises(ValueError, match=r"known_spammers\.senders"):
        bans.absorb(Batch("bans", 1, (*good, (b"bad", value))), origin=b"o", number=1, now=START)
    with pytest.raises(ValueError, match=r"known_spammers\.senders"):
        bans.restore([Row(b"bad", value, START + 1)], START)
    with pytest.raises(ValueError, match=r"known_spammers\.senders"):
        bans.restore([Row(b"", b"not a time", START + 1)], START)
    assert len(bans) == 0


def test_sums_that_another_core_claims_are_not_believed() -> None:
    lie = pack(HEAD, inf, START, -inf, 1 << 60, 1 << 60, 0, 1, 0, 3) + b"a@b" + pack("<ddi", START, 900.0, 400)
    bans = make()
    bans.absorb(Batch("bans", 1, ((KEY, lie),)), origin=b"o", number=1, now=START)
    ban = bans.get(KEY, START)
    assert ban is not None
    assert (ban.offences, ban.sureness, ban.until) == (1, 400, START + 900)


def named(bans: Bans, jid: str, when: float = START) -> bytes:
    key = blake2b(jid.encode(), digest_size=8).digest()
    bans.offend(key, jid, when=when, ban_time=QUARTER, weight=400)
    return key


@pytest.mark.parametrize("capacity", [200, 200_000], ids=["one shard", "many shards"])
def test_occupants_and_long_addresses_push_out_no_ban_of_a_bare_jid(capacity: int) -> None:
    """Ten thousand of them with the longest resources, and as many with the longest names: an eighth holds them."""
    bans = make(capacity=capacity)
    keys = [named(bans, f"user{n}@evil.example") for n in range(capacity // 2)]
    for n in range(10_000):
        named(bans, f"room{n % 7}@conf.example/{n}{'x' * 1000}")
        named(bans, f"{n}{'y' * 1000}@evil.example")
    assert all(bans.banned_until(key, START) for key in keys)
    assert len(bans) <= len(keys) + capacity // 8
    rows = sum(len(row.value) for row in bans.snapshot() if b"xxxx" in row.value or b"yyyy" in row.value)
    assert rows <= capacity // 8 * 1200


def test_one_room_pushes_out_no_occupant_of_another() -> None:
    bans = make(capacity=800)
    quiet = [named(bans, f"quiet@conf.example/{n}") for n in range(10)]
    for n in range(10_000):
        named(bans, f"loud@conf.example/{n}")
    assert all(bans.banned_until(key, START) for key in quiet)
    assert len(bans) == 100


def test_an_occupant_that_an_operator_banned_goes_last() -> None:
    bans = make(capacity=80)
    jid = "room@conf.example/mallory"
    key = blake2b(jid.encode(), digest_size=8).digest()
    bans.impose(key, jid, when=START, until=START + DAY)
    for n in range(1000):
        named(bans, f"room@conf.example/{n}")
        named(bans, f"user{n}@evil.example")
    assert bans.banned_until(key, START)


def test_occupants_expire_like_everybody() -> None:
    bans = make(seconds=100.0)
    for n in range(50):
        named(bans, f"room{n}@conf.example/x")
    assert bans.expire(START + 101, 1000) == 50
    assert len(bans) == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a@b", "a@b/c", f"{'x' * 200}@b", "d@e/f", "g@h/i"]), st.integers(0, 60), st.booleans()
        ),
        max_size=300,
    )
)
def test_the_bounds_hold_whoever_comes(steps: list[tuple[str, int, bool]]) -> None:
    bans = make(capacity=16)
    for at, (jid, number, cleared) in enumerate(steps):
        if cleared and number == 0:
            bans.clear(START + at)
        named(bans, f"{number}{jid}", START + at)
        held = [ban.jid for ban in bans.current(START + at)]
        assert len(held) <= len(bans) <= 16
        assert sum("/" in jid or len(jid) > 128 for jid in held) <= 2
