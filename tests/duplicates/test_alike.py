"""Short texts that say the same in nearly the same letters, and such that people say to each other."""

import time

import pytest

from xmppfilter.duplicates.alike import alike
from xmppfilter.duplicates.short import LONGEST, short_of
from xmppfilter.duplicates.sketch import Sketch


def core(text: str) -> bytes:
    return short_of(Sketch(text)).core


ALIKE = [
    ("Work from home, weekly payments", "Work form home, weekly payments"),
    ("Work from home, weekly payments", "Wrok from home, weekly paymants"),
    ("Work from home, weekly payments", "weekly payments, Work from home"),
    ("Work from home, weekly payments", "Work f rom ho me, wee kly pay ments"),
    ("Work from home, weekly payments", "W0rk fr0m h0me, week1y p@yment5"),
    ("Work from home, weekly payments", "Wark fram hima, wookly poyments"),
    ("Work from home, weekly payments", "Wrok form hmoe, wkeely penmtays"),
    ("Ваш аккаунт будет заблокирован", "Ваш акаунт будет заблакирован"),
    ("Twoja paczka czeka na dopłatę", "Twoja paczka na dopłatę czeka"),
    ("Votre compte bancaire est suspendu", "Votre compte bancaires est suspendue"),
]
OF_REPEATED = [
    ("Work from home, weekly payments", "Work from home, really weekly payments"),
    ("Work from home, weekly payments", "Work xqpt from home, weekly ujrm payments"),
    ("Gana dinero desde casa sin experiencia", "Gana mucho dinero ya desde casa sin experiencia"),
]
OTHER = [
    ("what do you think about the new phone?", "what do you think about the new house?"),
    ("see you at the station tomorrow", "see you at the airport tomorrow"),
    ("can you send me the address please", "can you send me the photos please"),
    ("are you coming to the party on Friday?", "are you coming to the meeting on Monday?"),
    ("kannst du bitte Milch mitbringen?", "kannst du bitte Brot mitbringen?"),
    ("спасибо большое за подарок", "спасибо большое за помощь"),
    ("hast du heute Abend schon was vor?", "hast du am Wochenende schon was vor?"),
    ("Waiting for your call.", "Sir, Waiting for your mail."),
    ("see you tomorrow", "see you tomorrow morning"),
    ("昨日はありがとうございました", "誕生日おめでとうございます"),
    ("Work from home, weekly payments", "Work from home, payments in gold and silver bars"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
@pytest.mark.parametrize("repeated", [False, True], ids=["once", "repeated"])
def test_they_say_the_same(one: str, other: str, *, repeated: bool) -> None:
    assert alike(core(one), core(other), repeated=repeated)
    assert alike(core(other), core(one), repeated=repeated)


@pytest.mark.parametrize(("one", "other"), OF_REPEATED)
def test_what_was_repeated_may_have_more_in_it(one: str, other: str) -> None:
    assert alike(core(one), core(other), repeated=True)
    assert not alike(core(one), core(other), repeated=False)


@pytest.mark.parametrize(("one", "other"), OTHER)
@pytest.mark.parametrize("repeated", [False, True], ids=["once", "repeated"])
def test_they_do_not(one: str, other: str, *, repeated: bool) -> None:
    assert not alike(core(one), core(other), repeated=repeated)


@pytest.mark.parametrize("size", range(1, 9))
def test_no_two_texts_take_long(size: int) -> None:
    one = b" ".join(bytes([97 + (at * 7 + each) % 20 for each in range(size)]) for at in range(LONGEST // size))
    other = b" ".join(bytes([97 + (at * 7 + each + 1) % 20 for each in range(size)]) for at in range(LONGEST // size))
    began = time.process_time()
    alike(one, other, repeated=True)
    assert time.process_time() - began < 0.02
