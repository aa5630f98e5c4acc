# ruff: noqa: RUF001 - several scripts are what is tested
"""Near copies are counted together, everything is bounded, and nobody can push a campaign out."""

import random
import time
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.operators import disguises
from xmppfilter.duplicates.clusters import Clusters
from xmppfilter.duplicates.index import FIRST_NUMBER
from xmppfilter.duplicates.sketch import Sketch
from xmppfilter.duplicates.tally import Cluster
from xmppfilter.memory.state import State

START = 1_700_000_000.0
SECRET = 0x9E3779B97F4A7C15
OFFER = (
    "Dear customer, your parcel could not be delivered because a small fee is missing. Please pay 1.99 within two days "
    "at http://parcel.example/pay?id=8812 or it will go back to the sender. Thank you for your trust!"
)
WARNING = (
    "Attention everybody: the river will flood the lower town tonight. Bring your cars up the hill and stay away from "
    "the bridge. Please pass this on to your neighbours."
)
OFFER_RU = (
    "Срочно требуются сотрудники на удалённую работу, свободный график и оплата каждый день. Опыт не нужен, всему "
    "научим бесплатно. Пишите в личные сообщения, количество мест ограничено, только до конца недели."
)
OFFER_EL = (
    "Κερδίστε χρήματα από το σπίτι, δύο ώρες την ημέρα, πληρωμή κάθε βράδυ, χωρίς καμία εμπειρία. Γράψτε στον "
    "διαχειριστή μας αμέσως, οι θέσεις είναι λίγες και η προσφορά ισχύει μόνο μέχρι την Παρασκευή."
)
HARMLESS = """\
Good morning Anna, I hope you slept well. Shall we meet for lunch at noon in front of the library?
Good evening Peter, hope your day was fine. Are we still going to the cinema on Friday with the others?
Good morning everybody, the meeting moves to ten o'clock in the large room on the second floor today.
Happy birthday to you, dear Tom! I wish you all the best, health, joy and success in the new year.
Happy new year to you and your family, all the best, health and joy, and see you soon in Berlin!
Merry Christmas to you and your loved ones, may the new year bring you health, luck and much joy.
Hi Mark, thank you for the invitation, I will gladly come on Saturday and bring a salad and some wine.
Hi Julia, thank you for your message, I cannot come on Sunday because my parents are visiting us.
Your parcel 4471 from the bookshop will be delivered tomorrow between nine and twelve, please be at home.
Your order 8812 has been shipped today, it will arrive on Thursday, you can follow it with the link below.
Your appointment with Doctor Stone is on Monday at half past three, please bring your insurance card with you.
Reminder: your appointment at the dentist is on Tuesday at nine, please call us if you cannot come.
Welcome to the room! Please read the rules first, be kind to each other and do not post links to shops.
Welcome to the support room of the project, please tell us which version you use and what the log says.
Can you please send me the slides of yesterday's talk? I would like to show them to my students.
Can you please send me the address of the restaurant where we are going to eat on Wednesday evening?
Does anybody know how to set up a gateway to IRC with this server? The manual says nothing about it.
Does anybody know whether this client can show the history of a room when one joins it the first time?
Доброе утро, Аня, надеюсь, ты хорошо выспалась. Встретимся в полдень перед библиотекой и пойдём обедать?
Добрый вечер, Пётр, надеюсь, день прошёл хорошо. Мы идём в пятницу в кино вместе со всеми остальными?
С днём рождения, дорогой Том! Желаю тебе всего самого лучшего, здоровья, радости и успехов в новом году.
С новым годом тебя и твою семью, всего самого лучшего, здоровья, радости, и до скорой встречи в Берлине!
Ваша посылка 4471 из книжного магазина будет доставлена завтра с девяти до двенадцати, будьте дома.
Ваш заказ 8812 сегодня отправлен, он прибудет в четверг, следить за ним можно по ссылке ниже.
Χρόνια πολλά αγαπητέ Θωμά! Σου εύχομαι ό,τι καλύτερο, υγεία, χαρά και επιτυχία στη νέα χρονιά.
Καλή χρονιά σε σένα και την οικογένειά σου, υγεία, χαρά και να ιδωθούμε σύντομα στο Βερολίνο!
Το δέμα σας 4471 από το βιβλιοπωλείο θα παραδοθεί αύριο μεταξύ εννέα και δώδεκα, να είστε σπίτι.
Η παραγγελία σας 8812 στάλθηκε σήμερα, θα φτάσει την Πέμπτη, δείτε τον σύνδεσμο παρακάτω.
""".splitlines()
SYLLABLES = [first + vowel + last for first in "bdfgklmnprstvz" for vowel in "aeiou" for last in "nrst"]


ANYBODY = (bytes(8), bytes(8), bytes(8), bytes(8))


def key(name: object) -> bytes:
    return blake2b(str(name).encode(), digest_size=8).digest()


def other(number: int, words: int = 25) -> str:
    """A text that nobody else wrote."""
    dice = random.Random(number)
    return " ".join("".join(dice.choices(SYLLABLES, k=dice.randrange(1, 4))) for _ in range(words))


def note(
    clusters: Clusters, text: str, now: float, *, sender: object = "s", recipient: object = "r", domain: object = "d"
) -> Cluster:
    sketch = Sketch(text)
    clusters.note(sketch, now, (key(sender), key(recipient), key(domain), key("example.org")))
    cluster = clusters.match(sketch, now)
    assert cluster is not None
    return cluster


def filled(capacity: int = 64, window: float = 600.0) -> Clusters:
    return Clusters(capacity=capacity, window=window, secret=SECRET)


def test_copies_are_counted_with_their_senders_recipients_and_domains() -> None:
    clusters = filled()
    for number in range(30):
        cluster = note(
            clusters, f"Hi {number}! {OFFER} [{number}]", START, sender=number % 10, recipient=number, domain=number % 3
        )
    assert len(clusters) == 1
    seen = cluster.seen(START)
    assert seen.copies == 30
    assert seen.senders == pytest.approx(10, abs=1)
    assert seen.recipients == pytest.approx(30, abs=2)
    assert seen.domains == (3, 1)


def test_one_is_one() -> None:
    seen = note(filled(), OFFER, START).seen(START)
    assert (seen.copies, seen.varied, seen.senders, seen.recipients, seen.domains) == (1, 0, 1, 1, (1, 1))


def test_many_distinct_keys_are_estimated() -> None:
    clusters = filled()
    for number in range(1000):
        cluster = note(clusters, OFFER, START, sender=number)
    assert cluster.seen(START).senders == pytest.approx(1000, rel=0.1)


def test_matching_changes_nothing() -> None:
    clusters = filled()
    assert clusters.match(Sketch(OFFER), START) is None
    assert len(clusters) == 0
    cluster = note(clusters, OFFER, START)
    assert clusters.match(Sketch(OFFER.upper()), START) is cluster
    assert cluster.seen(START).copies == 1
    assert clusters.match(Sketch(other(1)), START) is None


def test_the_same_sketch_may_be_asked_for_and_noted() -> None:
    clusters = filled()
    text = Sketch(OFFER)
    assert clusters.match(text, START) is None
    clusters.note(text, START, ANYBODY)
    cluster = clusters.match(text, START)
    assert cluster is not None
    clusters.note(text, START, ANYBODY)
    assert clusters.match(text, START) is cluster
    assert cluster.seen(START).copies == 2


def test_short_texts_join_only_their_equals() -> None:
    clusters = filled()
    cluster = note(clusters, "Are you there?", START)
    assert note(clusters, "are you there", START) is cluster
    assert note(clusters, "Are you there? Hello?", START) is not cluster
    assert note(clusters, "👍", START) is not note(clusters, "😀", START)


def test_a_rate_is_of_the_last_minute() -> None:
    clusters = Clusters(capacity=8, window=3600.0, secret=SECRET)
    for second in range(600):
        cluster = note(clusters, OFFER, START + second / 2)
    now = START + 299.5
    assert cluster.per_second(now) == pytest.approx(2, rel=0.05)
    assert cluster.per_second(now + 300) < 0.02


def test_a_text_is_forgotten_a_window_after_its_last_copy() -> None:
    clusters = filled(window=600.0)
    cluster = note(clusters, OFFER, START)
    assert clusters.match(Sketch(OFFER), START + 599) is cluster
    assert clusters.match(Sketch(OFFER), START + 600) is None
    again = note(clusters, OFFER, START + 600)
    assert again is not cluster
    assert again.seen(START + 600).copies == 1
    assert clusters.expire(START + 600, 10) == 1
    assert clusters.match(Sketch(OFFER), START + 600) is again


def test_old_copies_stop_counting_while_new_ones_come() -> None:
    clusters = filled(window=600.0)
    for minute in range(60):
        cluster = note(clusters, OFFER, START + 60 * minute, recipient=minute)
    now = START + 3540
    assert 5 <= cluster.seen(now).copies <= 10
    assert 5 <= cluster.seen(now).recipients <= 10
    assert cluster.seen(now + 600).copies == 0


def test_one_off_texts_do_not_push_out_what_is_repeated() -> None:
    clusters = filled(capacity=64)
    cluster = note(clusters, OFFER, START)
    note(clusters, OFFER, START)
    for number in range(500):
        note(clusters, other(number), START + number / 100)
    assert len(clusters) == 64
    assert clusters.match(Sketch(f"hello, {OFFER}"), START + 5) is cluster


def test_repeated_texts_leave_room_for_new_ones() -> None:
    clusters = filled(capacity=64)
    for number in range(200):
        note(clusters, other(number), START)
        note(clusters, other(number), START)
    cluster = note(clusters, OFFER, START)
    assert note(clusters, OFFER + " x", START) is cluster


@pytest.mark.parametrize("each", [2, 3])
def test_texts_sent_a_few_times_do_not_push_out_what_is_sent_often(each: int) -> None:
    clusters = filled(64)
    for at in range(8):
        note(clusters, OFFER, START + at, sender=at, recipient=at)
    for number in range(300):
        for _ in range(each):
            note(clusters, other(number), START + 10)
    assert len(clusters) <= 64
    assert note(clusters, OFFER, START + 20).seen(START + 20).copies == 9


def test_what_was_sent_often_leaves_room_for_what_begins() -> None:
    clusters = filled(64)
    for number in range(80):
        for _ in range(20):
            note(clusters, other(number), START)
    for at in range(8):
        note(clusters, OFFER, START + at, sender=at)
        for number in range(10):
            note(clusters, other(1000 + 20 * at + number), START + at)
    assert note(clusters, OFFER, START + 20).seen(START + 20).copies == 9


def test_pieces_sent_before_do_not_hide_a_text() -> None:
    """Who sends fragments first makes them own every key of the text to come."""
    clusters = filled()
    words = OFFER.split()
    for at in range(0, len(words), 6):
        for rest in range(3):
            note(clusters, " ".join(words[at : at + 6]) + " " + other(1000 * at + rest), START)
    cluster = note(clusters, OFFER, START)
    assert cluster.seen(START).copies == 1
    for at in range(0, len(words), 6):
        note(clusters, " ".join(words[at : at + 6]) + " " + other(1000 * at + 9), START)
    assert note(clusters, f"Hello Ann! {OFFER}", START) is cluster


def test_a_long_text_is_known_by_several_stretches() -> None:
    clusters = filled()
    long = " ".join(other(number) for number in range(12))
    cluster = note(clusters, long, START)
    assert note(clusters, f"{other(50)} {long} {other(51)}", START) is cluster


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 400)), max_size=120))
def test_everything_stays_within_its_bounds(steps: list[tuple[int, int]]) -> None:
    clusters = Clusters(capacity=8, window=600.0, secret=SECRET)
    now = START
    for number, pause in steps:
        now += pause
        text = Sketch(other(number))
        before = clusters.match(text, now)
        clusters.note(text, now, ANYBODY)
        cluster = clusters.match(text, now)
        assert cluster is not None
        assert before in (None, cluster)
        assert len(clusters) <= 8
        assert len(clusters._cold._asked) <= 8
        assert len(clusters._equal) <= 8 * 5
    assert clusters._slots.mask == 511, "64 slots for each text"


def test_a_hostile_body_among_clusters_made_for_it_is_still_quick() -> None:
    clusters = Clusters(capacity=512, window=600.0, secret=SECRET)
    pieces = [other(number, words=60) for number in range(300)]
    for at in range(300):
        note(clusters, " ".join(pieces[at : at + 4]), START)
    body = " ".join(piece[: len(piece) // 3] for piece in pieces * 2)[:65_536]

    def spent() -> float:
        start = time.process_time()
        clusters.match(Sketch(body), START)
        return time.process_time() - start

    assert min(spent() for _ in range(3)) < 0.1


def test_a_capacity_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        Clusters(capacity=3, window=60.0, secret=SECRET)


def test_copies_that_are_not_the_first_text_to_the_letter_are_told_apart() -> None:
    clusters = filled()
    for text in (OFFER, OFFER, OFFER.upper(), f"Hello Ann! {OFFER}", f"Hello Bob! {OFFER}"):
        cluster = note(clusters, text, START)
    assert (cluster.seen(START).copies, cluster.seen(START).varied) == (5, 2)


def test_the_time_since_the_first_copy() -> None:
    clusters = filled(window=600.0)
    note(clusters, OFFER, START)
    assert note(clusters, OFFER, START + 90).seen(START + 100).start == START


def test_resizing_keeps_the_texts() -> None:
    clusters = filled(capacity=64, window=600.0)
    cluster = note(clusters, OFFER, START)
    note(clusters, OFFER, START)
    for number in range(40):
        note(clusters, other(number), START)
    clusters.resize(capacity=8, window=60.0, secret=SECRET)
    assert len(clusters) == 8
    assert clusters.match(Sketch(OFFER), START + 59) is cluster
    assert clusters.match(Sketch(OFFER), START + 60) is None


def test_a_state_gives_the_same_again_with_what_it_knows() -> None:
    state = State()
    note(state.scoped("campaign").open("texts", Clusters, capacity=64, window=600.0, secret=SECRET), OFFER, START)
    again = state.scoped("campaign").open("texts", Clusters, capacity=32, window=300.0, secret=SECRET)
    assert list(state.structures) == ["campaign.texts"]
    assert (len(again), again.capacity, again.lifetime) == (1, 32, 300.0)


def test_expiry_drops_what_is_over_within_its_budget() -> None:
    clusters = filled(capacity=200, window=600.0)
    for number in range(100):
        note(clusters, other(number), START + number)
    note(clusters, other(99), START + 99)
    assert clusters.expire(START + 650, 30) == 30
    assert clusters.expire(START + 650, 1000) == 21
    assert clusters.expire(START + 700, 1000) == 49
    assert len(clusters._cold._asked) == len(clusters._equal) == 0


def test_what_is_remembered_of_varied_copies_is_bounded_and_goes_with_the_text() -> None:
    clusters = filled()
    for number in range(50):
        note(clusters, f"{OFFER} {other(number, 3)}", START)
        note(clusters, f"{OFFER} {other(number, 3)}", START)
    assert len(clusters) == 1
    assert len(clusters._equal) <= 5
    clusters.expire(START + 600, 10)
    assert len(clusters._equal) == 0


def test_a_text_that_lost_slots_takes_them_back_with_a_varied_copy() -> None:
    """Between its copies come texts made of pieces of it, none a copy, which take what they find."""
    clusters = filled(capacity=4096)
    cluster = note(clusters, OFFER, START)
    words = OFFER.split()
    for number in range(40):
        at = 7 * number % (len(words) - 5)
        piece = " ".join(words[at : at + 5])
        assert note(clusters, f"{piece} {other(number, 3)} {piece}", START) is not cluster
        assert note(clusters, f"{other(number, 3)} {OFFER}", START) is cluster


def test_campaigns_of_the_same_phrases_are_all_recognised_among_texts_of_those_phrases() -> None:
    dice = random.Random(5)
    vocabulary = list({"".join(dice.choices(SYLLABLES, k=dice.randrange(1, 3))) for _ in range(100)})
    campaigns = [dice.choices(vocabulary, k=24) for _ in range(100)]
    clusters = filled(capacity=2_000)

    def copy(campaign: list[str]) -> str:
        words = list(campaign)
        words[dice.randrange(len(words))] = str(dice.randrange(10**6))
        return " ".join(words)

    seen = [[note(clusters, copy(campaign), START) for _ in range(20)][-1] for campaign in campaigns]
    missed = 0
    for number in range(6_000):
        if number % 3:
            note(clusters, " ".join(dice.choices(vocabulary, k=24)), START)
        else:
            which = dice.randrange(len(campaigns))
            missed += note(clusters, copy(campaigns[which]), START) is not seen[which]
    assert missed <= 20, "of two thousand"


def test_more_texts_than_the_table_was_made_for_are_found_all_the_same() -> None:
    clusters = Clusters(capacity=4_000, window=3600.0, secret=SECRET)
    once, often = note(clusters, OFFER, START), note(clusters, WARNING, START)
    assert note(clusters, WARNING, START) is often
    before = clusters._slots.mask
    dice = random.Random(1)
    for _ in range(1_100):
        clusters.note(Sketch("".join(dice.choices("bcdfghaeio", k=60))), START, ANYBODY)
    assert clusters._slots.mask == 2 * before + 1
    for text, cluster in ((OFFER, once), (WARNING, often)):
        assert clusters.match(Sketch(f"Hello Ann! {text}"), START) is cluster
        assert note(clusters, f"Hello Bob! {text} {other(1, 3)}", START) is cluster


def test_when_there_are_no_numbers_left_all_begins_anew() -> None:
    clusters = filled()
    note(clusters, OFFER, START)
    note(clusters, OFFER, START)
    clusters._cold.next = clusters._cold.oldest = (1 << 31) - 2
    for number in range(4):
        note(clusters, other(number), START)
        assert note(clusters, other(number), START).seen(START).copies == 2
    assert clusters._cold.next == FIRST_NUMBER + 2
    assert note(clusters, OFFER, START).seen(START).copies == 1


def test_who_is_forgotten_while_somebody_asks_is_not_found() -> None:
    clusters = filled(window=600.0)
    text = Sketch(OFFER)
    clusters.note(text, START, ANYBODY)
    assert clusters.match(text, START + 700) is None
    assert clusters.match(text, START + 599) is not None
    assert clusters.expire(START + 700, 10) == 1
    assert clusters.match(text, START + 599) is None


BEYOND = {"every vowel wrong", "letters of words reversed", "a random word after every one"}
"""Disguises that are found in part only: hardly anything is left, or it is found again only by its own kind."""


@pytest.mark.parametrize("original_seen", [True, False])
@pytest.mark.parametrize("name", sorted(disguises().keys() - BEYOND))
def test_copies_with_every_word_disguised_are_counted_together(name: str, original_seen: bool) -> None:
    disguise = disguises()[name]
    clusters = filled(capacity=2000)
    for text in HARMLESS:
        note(clusters, text, START)
    for offer in (OFFER, WARNING, OFFER_RU, OFFER_EL):
        first = offer if original_seen else disguise(offer, random.Random(f"first {name}"))
        cluster = note(clusters, first, START)
        found = [note(clusters, disguise(offer, random.Random(f"{name} {n}")), START + n) is cluster for n in range(30)]
        assert sum(found) >= 28, offer


def test_harmless_texts_of_one_kind_are_not_counted_together() -> None:
    clusters = filled(capacity=2000)
    for text in HARMLESS:
        assert clusters.match(Sketch(text), START) is None, text
        note(clusters, text, START)


def test_a_disguised_campaign_is_found_again_among_thousands_of_texts() -> None:
    disguise = disguises()["inner letters scrambled"]
    clusters = filled(capacity=2000)
    cluster = note(clusters, disguise(OFFER, random.Random("first")), START)
    for number in range(20):
        for one_off in range(100):
            note(clusters, other(100 * number + one_off), START)
        assert note(clusters, disguise(OFFER, random.Random(number)), START) is cluster


def test_the_same_words_and_first_letters_in_one_place_make_no_copy() -> None:
    """Two people quote the same sentence, and say something else each."""
    quoted = "Bring your cars up the hill and stay away from the bridge."
    clusters = filled()
    cluster = note(clusters, f"{quoted} {other(1, 12)}", START)
    assert note(clusters, f"{other(2, 12)} {quoted}", START) is not cluster
    assert note(
        clusters, disguises()["every vowel wrong"](f"{quoted} {other(3, 12)}", random.Random(1)), START
    ) is not (cluster)


HOSTILE = {
    "words of one letter": "a b c d e f g h ",
    "one word": "abcdefgh",
    "two words": "buy now ",
    "marks": "a" + "\u0301" * 20_000,
    "right to left": "\u202eab cd ",
    "loose Hangul": "\u1100",
    "Cyrillic": "слово дело ",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_written_takes_no_long_time(unit: str) -> None:
    clusters = filled()
    text = unit * (65_536 // len(unit.encode()))
    spent = []
    for number in range(3):
        sketch = Sketch(f"{number} {text}")
        start = time.process_time()
        clusters.match(sketch, START)
        clusters.note(sketch, START, ANYBODY)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.1  # some ms
