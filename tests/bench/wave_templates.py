# ruff: noqa: RUF001 - people and spammers write in several scripts
"""What a wave says: twelve texts in nine languages, short ones and long ones, none of them out of a corpus."""

from typing import Final, NamedTuple


class Template(NamedTuple):
    """A text that is sent to many, with places for what differs."""

    name: str
    language: str
    body: str
    """With `{name}`, `{path}` (of a link) and `{number}` where copies differ."""
    plain: float = 0.0
    """The share of copies that no operator changes."""


LINK: Final = "https://claim-airdrop.spam.example/"
"""What one of the texts links, with another path each time."""


def _line(block: str) -> str:
    return " ".join(block.split())


TEMPLATES: Final = (
    Template("short", "en", "Hi {name}, how are you?", plain=0.5),
    Template(
        "to the letter",
        "en",
        _line("""
            We buy unused gift cards of every shop and pay within the hour. Send a photo of the card and its receipt to
            our desk, seven days a week, and choose how you want your money.
        """),
        plain=1.0,
    ),
    Template(
        "link",
        "en",
        _line("""
            {name}, your wallet was chosen for the autumn airdrop! Connect it before Sunday and {number} tokens are
            yours: https://claim-airdrop.spam.example/{path}
        """),
    ),
    Template(
        "handle",
        "ru",
        _line("""
            Требуются курьеры в твоём городе, оплата каждый день от {number} рублей, опыт не нужен. Подробности у
            менеджера @rabota_kurier_24 или в комнате rabota@rooms.spam.example
        """),
    ),
    Template(
        "loan",
        "ru",
        _line("""
            Добрый день! Срочно нужны деньги, а банки отказывают? Оформим заём под залог автомобиля или квартиры за один
            визит, без справок о доходах и без поручителей. Машина остаётся у вас, ставка от двух процентов в месяц,
            досрочное погашение в любой момент без штрафов. Работаем честно с 2009 года, тысячи довольных клиентов по
            всей стране. Напишите слово ЗАЁМ в ответ, и специалист рассчитает сумму в течение пятнадцати минут.
        """),
    ),
    Template(
        "investment",
        "de",
        _line("""
            Guten Tag {name}, unser Handelsroboter hat letzten Monat 34 Prozent Rendite erzielt, ganz automatisch und
            ohne Vorkenntnisse. Schon ab 250 Euro Einlage sind Sie dabei, die Auszahlung ist täglich möglich. Antworten
            Sie mit JA und wir richten Ihr Konto heute noch ein.
        """),
    ),
    Template(
        "lottery",
        "es",
        _line("""
            ¡Enhorabuena {name}! Su número ha sido premiado en el sorteo de nuestros supermercados con un vale de
            {number} euros. Responda hoy mismo con su nombre y su dirección para recibir el premio.
        """),
    ),
    Template("job", "fr", "Gagne 90 euros par jour avec ton portable, ça t'intéresse ?"),
    Template(
        "pills",
        "pt",
        _line("""
            Perca 12 quilos em um mês sem dieta nem academia: as gotas naturais que os médicos não querem que você
            conheça. Frete grátis para todo o Brasil, só até domingo!
        """),
    ),
    Template(
        "part time",
        "zh",
        "招聘线上兼职，只需一部手机，每天工作一小时，日结工资三百到八百元，不收任何费用，想了解的请直接回复数字一，名额有限",
    ),
    Template(
        "inheritance",
        "ar",
        _line("""
            تحية طيبة، أنا محامي عائلة ثرية توفي صاحبها دون ورثة، وأبحث عن شريك موثوق لتحويل مبلغ كبير من المال إلى
            حسابه مقابل أربعين بالمئة منه. أرجو الرد بسرعة وبسرية تامة لإرسال بقية التفاصيل.
        """),
    ),
    Template(
        "betting",
        "tr",
        _line("""
            Merhaba {name}, ilk yatırımına yüzde 200 bonus! Canlı bahis, en yüksek oranlar ve beş dakikada çekim.
            Davet kodun {number}, hemen üye ol ve kazanmaya başla.
        """),
    ),
)
_NAMES: Final = """
    Anna Ben Carla David Elena Felix Greta Hugo Ines Jan Katja Leo Maria Nils Olga Paul Rosa Stefan Tanja Uwe Vera Alex
    Boris Chloe Dmitri Emma Farid Galina Igor Julia Kofi Lena Mehmet Nadia Oskar Pia Rafael Sofia Tom Yusuf Анна Иван
    Ольга Дмитрий Ayşe Zeynep José Zoë
"""
NAMES: Final = tuple(_NAMES.split())
