# ruff: noqa: RUF001 - people write in several scripts
"""Words and texts of the day, in several languages: none of them comes out of a corpus."""

import re
from typing import Final, NamedTuple


def _each(block: str) -> list[str]:
    """Return what stands between bars, and on lines of its own."""
    return [_line(one) for one in re.split(r"[|\n]", block.strip())]


def _line(block: str) -> str:
    return " ".join(block.split())


def _words(block: str) -> list[str]:
    return block.split()


POOLS: Final = {
    10: _each("""
        ok|Ok|OK|yes|no|thanks|lol|:)|hi|hello|hey|:D|Thx|ja|nein|hallo|привет|да|нет|ок|спасибо|👍|ciao|sí|oui
        merci|haha|sure|hmm|yep|nope|bye|danke|klar|gut|moin|ага|ладно|понял|hola|vale|salut|好的|嗯|哈哈|谢谢|kk|np
        wow|cool|nice|great|done|what?|where?|why?|when?|?|...|good|fine|soon|later|tschüss|bis dann|super|prima
        bien|grazie|tak|hej|ναι|όχι|γεια
    """),
    20: _each("""
        good morning|Good night!|how are you?|on my way|see you later|thank you!|no problem|I don't know
        what's up?|Are you there?|call me later|just got home|sounds good|not yet|sorry, busy|good evening
        let me check|guten Morgen|bin unterwegs|bis gleich!|wie geht's?|kommst du?|alles klar!|gute Nacht
        доброе утро|как дела?|ты где?|скоро буду|спокойной ночи|созвонимся?|buenos días|¿cómo estás?|ya voy
        bonjour !|ça va ?|bonne nuit|à demain !|早上好|你在吗？|been there|happy new week|love you|miss you|me too
        all good here|ok see you then|haha nice one|καλημέρα σου|iyi geceler
    """),
    40: _each("""
        I'll call you when I get home|see you tomorrow morning|what are you doing tonight?
        are you coming to the party?|sorry I missed your call|ok, see you at the station
        have a nice weekend everyone|what time do we meet?|I'm on the train right now
        let me know when you arrive|bin in zehn Minuten da|wann treffen wir uns morgen?
        soll ich noch was mitbringen?|schönes Wochenende euch allen!|ich melde mich heute Abend
        перезвоню тебе через полчаса|во сколько завтра встречаемся?|что делаешь сегодня вечером?
        te llamo cuando llegue a casa|¿a qué hora quedamos mañana?|on se retrouve à quelle heure ?
        je t'appelle ce soir, bisous|thank you so much for your help!|did you get my last message?
    """),
}
COMMON: Final = (
    _words("""
        the a i you it is to and of in that for on we are have not with this but at be so my was if they
        what can just all do me your no or out up about there get know like time when go one will how got
        see now been more then want some from her him good home did back day think them tomorrow really had
        well by need too should still work today
    """),
    _words("""
        ich du und die der das ist nicht wir mit es auf ein zu den in für so auch noch schon mal aber was
        wie dann habe hat war bin morgen heute kann muss gut wenn oder nur mir dir uns nach bei von um über
        wieder immer doch ganz hier zeit
    """),
    _words("""
        я ты и не на что в это с как мы но так уже да у меня тебя был была если когда там тут ещё только вот
        все его потом сегодня завтра надо можно очень хорошо просто тоже где кто она они для по из до без
        или нам вам дома время
    """),
    _words("""
        yo tú y no que la el de es en un una lo me te con por para si pero como más ya muy está hoy mañana
        casa bien cuando donde todo nada algo ella él nos fue ser tiene vamos aquí ahora luego también sin
        sobre mi tu su
    """),
)
"""The words that make up half of what is said, of each language."""
LETTERS: Final = (("bcdfghklmnprstvz", "aeiou"), ("бвгдзклмнпрстх", "аеиоу"))
"""Of which other words are made up."""
FALLBACK: Final = (
    "I sent you an OMEMO encrypted message but your client doesn’t seem to support that."
    " Find more information on https://conversations.im/omemo"
)
OTR: Final = (
    "?OTRv23? This user has requested an Off-the-Record private conversation. However, you do not have a plugin to"
    " support that. See http://otr.cypherpunks.ca/ for more information."
)
GREETINGS: Final = _each("""
    Good morning! Have a great day!|Good morning everyone ☀️|Happy Saturday!|Have a lovely weekend!
    Guten Morgen zusammen!|Schönes Wochenende!|Доброе утро! Хорошего дня!|С добрым утром, друзья!
    ¡Buenos días! Que tengas un buen día|Bonjour à tous, bonne journée !|Good night, sleep well
    Gute Nacht und schlaf gut|Спокойной ночи, сладких снов
    Blessed Sunday to you and your family, may it be full of peace and of joy|Happy new week my friend
    Wishing you a morning full of sunshine, a day full of smiles and an evening full of rest. Take care of yourself!
    Every sunrise is a message from life: this is a new beginning, do not waste it with yesterday. Good morning!
    Ein kleiner Gruß am Morgen vertreibt Kummer und Sorgen! Ich wünsche dir einen schönen Tag und viel Freude heute.
    Пусть этот день принесёт вам хорошие новости, тёплые встречи и приятные сюрпризы! Доброго утра и отличного дня!
""")
WISHES: Final = _each("""
    Happy birthday!|Happy birthday!! 🎂|Happy Birthday, all the best!|Alles Gute zum Geburtstag!
    Herzlichen Glückwunsch!|С днём рождения!|С днем рождения! Счастья, здоровья и успехов!|¡Feliz cumpleaños!
    Joyeux anniversaire !|HBD|hb!|Many happy returns of the day
    Alles Liebe zum Geburtstag, viel Glück, Gesundheit und Erfolg im neuen Lebensjahr!
    Happy birthday! I wish you health, happiness and success, and that all your dreams come true in the coming year!
""")
OPENINGS: Final = _each("""
    Hi, we met at the {} yesterday, this is {}|Hello! I got your address from {1}, can I ask you about the {0}?
    Hallo, hier ist {1} aus dem {0}|Привет, это {1}, мы виделись на {0}|hi, {1} here, is the {0} still for sale?
    Hola, soy {1}, te escribo por lo del {0}|hey it's {1} :)
    Good afternoon, I saw your post about the {0}. Regards, {1}
""")
MOVED: Final = _each("""
    Hi, this is {}. My old address {} is dead, please add me here.
    Hallo zusammen, {} hier, neue Adresse! Die alte ({}) gibt es nicht mehr
    Привет, это {}, теперь я здесь, {} больше не работает
    new account, it's {} :) the server of {} has been switched off, so use this one from now on
    {} here! I cannot log in at {} any more. This is where you find me now
    Soy {}, he cambiado de servidor: ya no leo {}, escribidme aquí
""")
PLACES: Final = ("meetup", "workshop", "bike", "flat", "concert", "course", "room", "project", "party", "mailing list")


class HandedOn(NamedTuple):
    """A text that people hand on."""

    kind: str
    reach: float
    """How many hand it on: of an eighth of the users' number the part,"""
    middle: float
    """and the hour at which half of them have."""
    body: str


_CHAIN: Final = """
    ATTENTION! Tomorrow the messenger starts charging 0.10 for every message unless you are a frequent user. If you have
    at least 10 contacts send them this message. Then your logo turns blue and it stays free for you. This was on the
    news tonight, it is really true, so please do not break the chain!
"""
_JOKE: Final = """
    A man walks into a library and asks for fish and chips. The librarian says: sir, this is a library. The man says: oh
    sorry, and whispers: fish and chips, please.
"""
_WARNING: Final = """
    ВНИМАНИЕ! Сегодня вечером с 22 до 6 часов отключат воду во всём районе, наберите заранее. Передайте соседям и
    родственникам, чтобы никто не остался без воды!
"""
HANDED_ON: Final = (
    HandedOn("chain letter", 1.0, 13.5, _line(_CHAIN)),
    HandedOn("joke", 0.5, 18.0, _line(_JOKE)),
    HandedOn("warning", 0.5, 11.0, _line(_WARNING)),
    HandedOn("meme", 0.4, 20.0, "https://memes.pictures.example/2024/11/that-cat-again.jpg"),
)
ADVERTISED: Final = _each("""
    Рассылка по jabber! Более 100 000 активных пользователей, любые объёмы, быстрый запуск и честные цены. Пишите на \
    mailer@spam.example, постоянным клиентам скидка 30 процентов!
    Hello dear! Do you want to earn money from home? Our project pays 500 dollars a day, no experience needed, only \
    two hours of work. Write to our manager @fast_money_manager on telegram right now and get your bonus!
    Обмен криптовалют без комиссии и без проверки! Лучший курс, мгновенные выплаты на карту, работаем круглосуточно. \
    Контакт: obmen@spam.example, гарант на всех форумах.
""")
HEADS: Final = ("", "", "Hi {}! ", "{}, ", "Привет, {}! ", "hey {} ")
