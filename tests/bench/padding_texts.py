# ruff: noqa: RUF001 - several scripts are what is padded
"""Spam that is padded, what it is padded with, and what honest people write around that."""

from typing import Final

SPAM: Final = (
    "Earn 900 euros a week from home, two hours a day, paid every evening, no experience needed. Write to our manager.",
    "Your account will be closed within one day. Confirm your data at http://bank.example/login or lose your money.",
    "Verdiene 900 Euro in der Woche von zu Hause aus, zwei Stunden am Tag, ohne Erfahrung. Schreib gleich dem Manager.",
    "Gagnez 900 euros par semaine depuis chez vous, deux heures par jour, sans expérience. Écrivez au responsable.",
    "Kazançlı iş fırsatı: günde iki saat çalış, her akşam ödeme al, deneyim gerekmez. Hemen yöneticiye yaz.",
    "Требуются сотрудники на удалённую работу, два часа в день, оплата каждый вечер. Пишите менеджеру прямо сейчас.",
)
KINDS: Final = {
    "a chain letter": """\
Send this to everybody you know: from tomorrow on all messages will cost money unless you pass this one on to twenty
friends. It is not a joke, it was in the news this morning, so please do not break the chain!""",
    "a signature": """\
--
Dr. Maria Lindqvist, Institute of Marine Biology, University of Bergen
Office 4.117, by appointment""",
    "a footer of a list": """\
You get this message because you are subscribed to the list of the allotment society. To leave the list write to the
secretary, or ask at the gate on Saturday mornings.""",
    "a disclaimer": """\
This message is confidential and meant for the addressee only. If you got it by mistake please tell the sender and
delete it. Any copying or use of its content without permission is forbidden.""",
    "an absence": """\
Ich bin bis zum 14. August im Urlaub und lese meine Nachrichten nur selten. In dringenden Fällen wenden Sie sich bitte
an meine Kollegin in der Verwaltung. Ihre Nachricht wird nicht weitergeleitet.""",
    "a famous text": """\
Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty, and
dedicated to the proposition that all men are created equal. Now we are engaged in a great civil war, testing whether
that nation, or any nation so conceived and so dedicated, can long endure. We are met on a great battle-field of that
war. We have come to dedicate a portion of that field, as a final resting place for those who here gave their lives that
that nation might live. It is altogether fitting and proper that we should do this.""",
    "a poem": """\
Я помню чудное мгновенье: передо мной явилась ты, как мимолётное виденье, как гений чистой красоты.""",
    "a wish": """\
Que tengas un muy feliz cumpleaños, lleno de alegría, salud y amor, y que todos tus deseos se hagan realidad.""",
    "a greeting of the day": """\
صباح الخير يا صديقي العزيز، أتمنى لك يوما جميلا مليئا بالسعادة والنجاح، ولا تنس أن تبتسم اليوم لكل من تلقاه.""",
    "a proverb": """\
山不在高，有仙则名。水不在深，有龙则灵。斯是陋室，惟吾德馨。苔痕上阶绿，草色入帘青。谈笑有鸿儒，往来无白丁。""",
}
"""Texts that many people send, some of them with something else."""
OWN: Final = (
    "Look what somebody has sent me yesterday evening, have you ever seen this before, or is it only me?",
    "Hallo Peter, das hier wollte ich dir schon lange einmal schicken, sag mir doch was du davon hältst:",
    "Ciao Lucia, mi hanno girato questo messaggio stamattina in ufficio, secondo te è vero oppure no?",
)
"""What honest people put before it."""
