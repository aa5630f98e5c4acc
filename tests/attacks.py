"""The rows of the attacker's table; see `tests.attackers`."""

from hashlib import sha256
from typing import Final

from tests.attackers import (
    ALICE,
    ARRIVES,
    BANNED,
    CAROL,
    LEARNT,
    LOCKED,
    MUC,
    NEWS,
    NOTICE,
    ROOM,
    ROUND,
    SERVICE,
    STOPPED,
    Attack,
    Siege,
    accounts,
    users,
)
from tests.harness import item
from xmppfilter.judging.case import Case
from xmppfilter.judging.verdict import Finding

BOB: Final = "bob@example.org"
ROUNDS: Final = 4
LINK: Final = "https://garden.example/meeting"
SLOWER: Final = {
    "stranger_rate": {
        "messages_per_minute": 6,
        "domain_messages_per_minute": 60,
        "server_messages_per_minute": 60,
    }
}
"""A tenth of the limits: a flood of thousands takes too long."""

# --- an account of ours is locked


def an_autoresponder_answers(number: int) -> bool:
    """write to an account of yours that answers everybody with one notice"""
    siege = Siege()
    for _ in range(ROUNDS):
        for stranger in accounts(number):
            siege.says(stranger, ALICE)
            siege.says(f"{ALICE}/bot", stranger, NOTICE)
        siege.wait(ROUND)
    return siege.locked(ALICE)


def an_autoresponder_quotes(number: int) -> bool:
    """write each something else to an account of yours that answers everybody at once and quotes what it was told"""
    siege = Siege()
    for round_ in range(ROUNDS):
        for stranger in accounts(number):
            said = _words(f"{stranger} {round_}")
            siege.says(stranger, ALICE, said)
            siege.says(f"{ALICE}/bot", stranger, f"You wrote: {said}")
        siege.wait(ROUND)
    return siege.locked(ALICE)


def an_autoresponder_is_reported(number: int) -> bool:
    """make an account of yours answer everybody, and let one whom it answered, an account of yours, report it"""
    siege = Siege()
    for round_ in range(ROUNDS):
        for stranger in ("user0@example.org/x", *accounts(number)):
            said = _words(f"{stranger} {round_}")
            siege.says(stranger, ALICE, said)
            siege.says(f"{ALICE}/bot", stranger, f"You wrote: {said}")
        siege.wait(ROUND)
    siege.report(ALICE, "user0@example.org")
    return siege.locked(ALICE)


def requests_are_returned(number: int) -> bool:
    """ask an account of yours for subscriptions, whose client asks back"""
    siege = Siege()
    for _ in range(ROUNDS):
        for stranger in accounts(number):
            siege.asks(stranger.partition("/")[0], ALICE)
            siege.asks(ALICE, stranger.partition("/")[0], direction="out")
        siege.wait(ROUND)
    return siege.locked(ALICE)


def a_pattern_is_quoted(number: int) -> bool:
    """write what `patterns` finds to an account that gets everything unfiltered, and quotes it when it answers"""
    siege = Siege(policy={"unfiltered_recipients": [ALICE]})
    for _ in range(ROUNDS):
        for stranger in accounts(number):
            siege.says(stranger, ALICE, "cheap casino")
            siege.says(f"{ALICE}/bot", stranger, "You wrote: cheap casino. What is the matter with it?")
        siege.wait(ROUND)
    return siege.locked(ALICE)


def a_complaint_quotes_what_is_listed(number: int) -> bool:
    """send listed links to an account of yours, which quotes them where it complains"""
    siege = Siege()
    siege.lists("spam_source_domains", "spam.example")
    for _ in range(ROUNDS):
        for stranger in accounts(number):
            siege.says(stranger, ALICE, "Buy at https://spam.example/now")
            siege.says(f"{ALICE}/phone", "abuse@hoster.example", f"{stranger} sent me https://spam.example/now")
        siege.wait(ROUND)
    return siege.locked(ALICE)


def reports_of_users_who_never_heard_of_it(number: int) -> bool:
    """report an account of yours, by accounts of yours to which it never wrote"""
    siege = Siege()
    for _ in range(ROUNDS):
        for user in users(number):
            siege.report(ALICE, user)
        siege.wait(ROUND)
    return siege.locked(ALICE)


def reports_of_users_whom_it_wrote_to(number: int) -> bool:
    """report an account of yours, by accounts of yours to which it wrote"""
    siege = Siege()
    for user in users(number):
        siege.says(f"{ALICE}/phone", user, f"Hello {user}, are you coming?")
        siege.wait(ROUND)
    for _ in range(ROUNDS):
        for user in users(number):
            siege.report(ALICE, user)
        siege.wait(ROUND)
    return siege.locked(ALICE)


def reports_of_a_foreign_server(number: int) -> bool:
    """report an account of yours to which it wrote, by accounts of a server that the configuration does not name"""
    siege = Siege()
    for stranger in accounts(number, server="evil.example"):
        siege.says(f"{ALICE}/phone", stranger, f"Hello {stranger}, are you coming?")
        siege.wait(ROUND)
        siege.report(ALICE, stranger.partition("/")[0], origin="evil.example")
    return siege.locked(ALICE)


def a_list_names_it(number: int) -> bool:
    """have a blocklist name an account of yours, its domain and everybody"""
    siege = Siege()
    siege.lists("spam_source_domains", "example.org", "org", "*", "*.org", *(f"d{n}.example" for n in range(number)))
    siege.lists("spam_source_jids_sha256", _sha(ALICE), _sha("example.org"))
    for user in users(ROUNDS):
        siege.says(f"{ALICE}/phone", user, f"Hello {user}, are you coming?")
        siege.says(f"{ALICE}/phone", CAROL, f"Hello from {user}")
        siege.wait(ROUND)
    return siege.locked(ALICE)


def its_text_is_copied(number: int) -> bool:
    """send the text of an account of yours to many, before it does so itself"""
    siege = Siege()
    for round_ in range(ROUNDS):
        _spread(siege, number, NEWS)
        siege.says(f"{ALICE}/phone", f"friend{round_}@friend.example", NEWS)
        siege.wait(ROUND)
    return siege.locked(ALICE)


# --- somebody innocent is banned


def a_text_is_copied_and_its_author_banned(number: int) -> bool:
    """send the text of an honest stranger to many, before the stranger does so itself"""
    siege = Siege()
    _spread(siege, number, NEWS)
    siege.says(f"{CAROL}/x", BOB, NEWS)
    return siege.banned(CAROL)


def a_link_is_spread_and_who_names_it_banned(number: int) -> bool:
    """advertise the link of an honest stranger to many, in other words each time"""
    siege = Siege()
    _spread(siege, number, NEWS, LINK)
    siege.says(f"{CAROL}/x", BOB, f"I will be there with my seedlings. All about it: {LINK}")
    return siege.banned(CAROL)


def an_honest_stranger_is_reported(number: int) -> bool:
    """report an honest stranger, by accounts of yours"""
    siege = Siege()
    for user in users(number):
        siege.report(CAROL, user)
    siege.says(f"{CAROL}/x", BOB, "Are you coming?")
    return siege.banned(CAROL)


def whom_it_wrote_to_report_an_honest_stranger(number: int) -> bool:
    """report an honest stranger, by accounts of yours to which it wrote first"""
    siege = Siege()
    for user in users(number):
        siege.says(f"{CAROL}/x", user, f"Hello {user}, {_words(user)}")
        siege.wait(20 * ROUND)
    for user in users(number):
        siege.report(CAROL, user)
    return siege.says(f"{CAROL}/x", BOB, "Are you coming?")


def a_report_quotes_a_forged_message(number: int) -> bool:
    """report with a forwarded message that is forged, in the name of an honest stranger"""
    siege = Siege()
    for user in users(number):
        siege.send(
            "<message from='example.org' to='filter.example.org'>"
            f"<spam-report xmlns='urn:xmppfilter:check:0' reporter='{user}'>"
            "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></spam-report>"
            f"<forwarded xmlns='urn:xmpp:forward:0'><message from='{CAROL}/x' to='{user}'><body>cheap casino</body>"
            "</message></forwarded></message>"
        )
    return siege.banned(CAROL) or siege.says(f"{CAROL}/x", BOB, "Are you coming?")


def a_server_mate_floods(number: int) -> bool:
    """flood from the server of an honest stranger, by accounts on it, through the same address"""
    siege = Siege(SLOWER)
    _flood(siege, accounts(number, server="friend.example"), ip="192.0.2.7")
    siege.says(f"{CAROL}/x", BOB, "Are you coming?", ip="192.0.2.7")
    return siege.banned(CAROL)


def a_room_hands_on_spam(number: int) -> bool:
    """invite by the dozen from a room that an honest one invites from as well"""
    siege = Siege()
    for nick in range(number):
        for user in users(30):
            siege.invites(ROOM, f"m{nick}@evil.example", user)
            siege.wait(1)
    return siege.banned(ROOM) or siege.banned(f"{ROOM}/carol")


def an_occupant_spams(number: int) -> bool:
    """spam from a room, by occupants of it, for which another occupant of it is banned"""
    siege = Siege()
    mark = f"<x xmlns='{MUC}'/>"
    for nick in range(number):
        for user in users(30):
            siege.says(f"{ROOM}/m{nick}", user, "cheap casino", more=mark)
    siege.says(f"{ROOM}/carol", BOB, "Are you coming?", more=mark)
    return siege.banned(f"{ROOM}/carol") or siege.banned(ROOM)


def it_is_named_as_the_inviter(number: int) -> bool:
    """invite to rooms, each named with an honest stranger as the inviter"""
    siege = Siege()
    _invite_in_name(siege, number)
    siege.invites(ROOM, CAROL, BOB)
    return siege.banned(CAROL) or siege.banned(ROOM)


def it_is_named_in_what_is_not_its_own(number: int) -> bool:
    """send spam that names an honest stranger wherever a stanza can name somebody"""
    siege = Siege()
    named = (
        f"<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='{CAROL}'/>"
        f"<address type='replyto' jid='{CAROL}'/></addresses><delay xmlns='urn:xmpp:delay' from='{CAROL}' "
        "stamp='2020-01-01T00:00:00Z'/><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' "
        f"from='{CAROL}/x' to='{ALICE}' type='error'><body>cheap casino</body></message></forwarded>"
        f"<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' "
        f"from='{CAROL}/x' to='{ALICE}'><body>cheap casino</body></message></forwarded></sent>"
        f"<nick xmlns='http://jabber.org/protocol/nick'>{CAROL}</nick>"
    )
    for stranger in accounts(number):
        for user in users(30):
            siege.says(stranger, user, "cheap casino", more=named)
    return siege.banned(CAROL) or siege.says(f"{CAROL}/x", BOB, "Are you coming?")


# --- what somebody innocent says does not arrive


def a_text_is_copied(number: int) -> bool:
    """send the text of an honest stranger to many, who has not sent it yet"""
    siege = Siege()
    _spread(siege, number, NEWS)
    return siege.says(f"{CAROL}/x", BOB, NEWS)


def a_text_is_copied_to_a_contact(number: int) -> bool:
    """send the text of a contact of yours to many, who has not sent it yet"""
    siege = Siege()
    siege.roster(BOB, item(CAROL, "both"))
    _spread(siege, number, NEWS)
    return siege.says(f"{CAROL}/x", BOB, NEWS)


def a_text_is_padded_with_honest_words(number: int) -> bool:
    """pad spam with the words of an honest stranger, who then says them without the spam"""
    siege = Siege()
    _spread(siege, number, f"{NEWS} Win in our casino tonight: the best slots, the best odds, come and get it now!")
    return siege.says(f"{CAROL}/x", BOB, NEWS)


def a_link_is_spread(number: int) -> bool:
    """advertise the link of an honest stranger to many, in other words each time"""
    siege = Siege()
    _spread(siege, number, NEWS, LINK)
    return siege.says(f"{CAROL}/x", BOB, f"I will be there with my seedlings. All about it: {LINK}")


def its_server_is_flooded_from(number: int) -> bool:
    """flood from the server of an honest stranger, by accounts on it, through the same address"""
    siege = Siege(SLOWER)
    _flood(siege, accounts(number, server="friend.example"), ip="192.0.2.7")
    return siege.says(f"{CAROL}/x", BOB, "Are you coming?", ip="192.0.2.7")


def requests_flood_from_its_server(number: int) -> bool:
    """ask for subscriptions without end from the server of an honest stranger, who asks for one"""
    siege = Siege()
    for user in users(60):
        for stranger in accounts(number, server="friend.example"):
            siege.asks(stranger.partition("/")[0], user, ip="192.0.2.7")
    return siege.asks(CAROL, BOB, ip="192.0.2.7")


def a_crowd_closes_a_door(number: int) -> bool:
    """write to one user of yours, to whom an honest stranger then writes for the first time"""
    siege = Siege()
    for stranger in accounts(number):
        siege.says(stranger, BOB, f"{stranger} says hello in words of its own")
        siege.wait(0.5)
    return siege.says(f"{CAROL}/x", BOB, "Are you coming?")


def a_crowd_closes_a_door_to_whom_the_user_wrote(number: int) -> bool:
    """write to one user of yours, who waits for the answer of an honest stranger"""
    siege = Siege()
    siege.says(f"{BOB}/phone", CAROL, "Are you coming?")
    for stranger in accounts(number):
        siege.says(stranger, BOB, f"{stranger} says hello in words of its own")
        siege.wait(0.5)
    return siege.says(f"{CAROL}/x", BOB, "Yes, of course.", contacted="true")


def requests_close_a_door(number: int) -> bool:
    """ask one user of yours for subscriptions, whom an honest stranger then asks"""
    siege = Siege()
    for _ in range(6):
        for stranger in accounts(number):
            siege.asks(stranger.partition("/")[0], BOB)
            siege.wait(0.5)
    return siege.asks(CAROL, BOB)


def errors_close_a_door(number: int) -> bool:
    """send errors, groupchat, IQs, receipts and chat states without end to one user of yours"""
    siege = Siege()
    error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    state = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
    for stranger in accounts(number):
        for _ in range(100):
            siege.says(stranger, BOB, None, type="error", more=error)
            siege.says(stranger, BOB, None, more=state)
            siege.says(stranger, BOB, "cheap casino", type="groupchat")
            siege.iq(sender=stranger, to=f"{BOB}/phone")
    return siege.says(f"{CAROL}/x", BOB, "Are you coming?")


def a_room_invites_on(number: int) -> bool:
    """invite from a room by the dozen, from which an honest one then invites an hour later"""
    siege = Siege()
    for nick in range(number):
        for user in users(30):
            siege.invites(ROOM, f"m{nick}@evil.example", user)
            siege.wait(1)
    siege.wait(3600)
    return siege.invites(ROOM, CAROL, BOB)


def an_honest_inviter_is_named(number: int) -> bool:
    """invite to rooms of one's own, with an honest stranger named as the inviter, who then invites to another room"""
    siege = Siege()
    _invite_in_name(siege, number)
    return siege.invites(ROOM, CAROL, BOB)


def a_list_names_our_domain(number: int) -> bool:
    """have a blocklist name your domain, whose links honest strangers mention"""
    siege = Siege()
    siege.lists("spam_source_domains", "example.org", "org", "*", *(f"d{n}.example" for n in range(number)))
    siege.lists("spam_source_jids_sha256", _sha(BOB), _sha("conference.example.org"))
    return siege.says(f"{CAROL}/x", BOB, "Is https://example.org/register where I get an account, as bob@example.org?")


def a_list_names_our_rooms(number: int) -> bool:
    """have a blocklist name your domains and rooms, to which users of yours invite"""
    siege = Siege()
    siege.lists("spam_source_domains", "example.org", "conference.example.org", *(f"d{n}" for n in range(number)))
    siege.lists("spam_source_jids_sha256", _sha(ALICE), _sha("garden@conference.example.org"))
    return siege.invites("garden@conference.example.org", ALICE, BOB)


def a_list_names_everybody(number: int) -> bool:
    """have a blocklist name top-level domains and everybody"""
    siege = Siege()
    siege.lists("spam_source_domains", "example", "*", "*.example", "", ".", "com", *(f"d{n}" for n in range(number)))
    return siege.says(f"{CAROL}/x", BOB, "Are you coming? See https://garden.example/")


def a_false_service_publishes(number: int) -> bool:
    """publish a list in the name of a service that is not configured"""
    siege = Siege()
    for stranger in (*accounts(number), f"{SERVICE}.evil.example", f"x@{SERVICE}"):
        siege.send(
            f"<message from='{stranger}' to='filter.example.org' type='headline'>"
            "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='spam_source_domains'>"
            "<item id='friend.example'/></items></event></message>"
        )
    return siege.says(f"{CAROL}/x", BOB, "Are you coming?")


def an_outsider_gives_orders(number: int) -> bool:
    """speak the protocol of servers to the component: bans, verdicts, unlocked accounts, questions, hellos"""
    siege = Siege()
    forged = f"<message xmlns='jabber:client' type='error' from='{CAROL}/x' to='{BOB}'><body>x</body></message>"
    said = (
        f"<bans xmlns='urn:xmppfilter:check:0' full='true'><ban jid='{CAROL}' until='2099-01-01T00:00:00Z'/></bans>",
        f"<unlocked xmlns='urn:xmppfilter:check:0' jid='{ALICE}'/>",
        "<hello xmlns='urn:xmppfilter:check:0' software='evil' route='verdict' options='bans locks'/>",
        "<query xmlns='jabber:iq:roster'><item jid='evil.example' subscription='both'/></query>",
        f"<check xmlns='urn:xmppfilter:check:0'><forwarded xmlns='urn:xmpp:forward:0'>{forged}</forwarded></check>",
    )
    for stranger in accounts(number):
        for payload in said:
            siege.send(f"<iq type='set' id='i' from='{stranger}' to='filter.example.org'>{payload}</iq>")
            siege.send(f"<message from='{stranger}' to='filter.example.org'>{payload}</message>")
    return siege.banned(CAROL) or siege.says(f"{CAROL}/x", BOB, "Are you coming?")


# --- the attackers' own spam arrives


def a_spammer_exempts_itself(number: int) -> bool:
    """put into spam what only servers may say of it: that the recipient wrote first, that it is an answer"""
    siege = Siege()
    more = (
        "<meta xmlns='urn:xmppfilter:check:0' contacted='true' inviter='contact' direction='out' exists='true'/>"
        "<spam xmlns='urn:xmppfilter:tag:0' score='-99' filter='patterns'/>"
        f"<x xmlns='{MUC}'/><delay xmlns='urn:xmpp:delay' from='example.org' stamp='2020-01-01T00:00:00Z'/>"
    )
    return any(not siege.says(stranger, BOB, "cheap casino", more=more) for stranger in accounts(number))


def a_spammer_changes_its_resource(number: int) -> bool:
    """write on as a room's occupant, with another resource each time, after a ban"""
    siege = Siege()
    for stranger in accounts(number):
        siege.says(stranger, BOB, "cheap casino")
    mark = f"<x xmlns='{MUC}'/>"
    return any(
        not siege.says(f"{stranger.partition('/')[0]}/other{n}", BOB, "Hello", more=mark)
        for n, stranger in enumerate(accounts(number))
    )


def a_ban_is_pushed_out(number: int) -> bool:
    """offend by each account until an earlier ban is forgotten, where `max_senders` is 100"""
    siege = Siege({"known_spammers": {"max_senders": 100}})
    for _ in range(3):
        siege.says("spammer@evil.example/x", BOB, "cheap casino")
    for stranger in accounts(number):
        for _ in range(3):
            siege.says(stranger, BOB, "cheap casino")
    return not siege.banned("spammer@evil.example")


def a_spammer_looks_like_a_newsletter(number: int) -> bool:
    """send one text to many, by as few accounts as a service has"""
    return _newsletter(Siege(), accounts(number, server="evil.example"))


def a_spammer_looks_like_a_newsletter_on_the_server_of_others(number: int) -> bool:
    """do the same from a server where others have accounts"""
    siege = Siege()
    for n in range(9):
        siege.says(f"friend{n}@evil.example/x", f"user{n}@example.org", f"Hello, are you number {n}?")
    return _newsletter(siege, accounts(number, server="evil.example"))


def _newsletter(siege: Siege, senders: list[str]) -> bool:
    for n, user in enumerate(users(200)):
        siege.wait(1.0)
        stopped = siege.says(senders[n % len(senders)], user, f"{NEWS} All about it: https://evil.example/offers")
    return not stopped


def a_campaign_is_pushed_out_of_memory(number: int) -> bool:
    """send other texts, each once and twice, so that the copies of one are forgotten where 100 texts are remembered"""
    siege = Siege({"same_long_body": {"counter_size_limit": 100}, "campaign": {"max_texts": 100}})
    spam = f"{NEWS} Win in our casino tonight!"
    arrived = 0
    for copy in range(60):
        arrived += not siege.says(f"spammer{copy % 6}@evil.example/x", f"user{copy}@example.org", spam)
        for stranger in accounts(number):
            said = " ".join(_words(f"{stranger} {copy} {part}") for part in range(3))
            siege.says(stranger, ALICE, said)
            siege.says(stranger, ALICE, said)
        siege.wait(1)
    return arrived > 30


def a_filter_is_muted(number: int) -> bool:
    """send again and again what a filter fails on, so that it is muted for everybody"""
    siege = Siege()
    pipeline = siege.gateway.setup.pipeline
    broken = next(mount for mount in pipeline.mounts if mount.name == "patterns")
    check = broken.filter.check

    def fails(case: Case, now: float) -> tuple[Finding, ...] | Finding | None:
        if "poison" in "".join(case.stanza.bodies):
            raise ValueError("a mistake of ours")
        return check(case, now)

    broken.filter.check = fails  # type: ignore[method-assign]
    pipeline._compile()
    for _ in range(200 // number):
        for stranger in accounts(number):
            siege.says(stranger, BOB, "poison")
    return siege.mute


# --- a stranger learns what is not its business


def whether_an_account_exists(number: int) -> bool:
    """write to an account, and to one that does not exist, and compare what comes back"""
    return _differs(number, ({"exists": "true"}, []), ({"exists": "false"}, []))


def whether_somebody_is_online(number: int) -> bool:
    """write to a user who is online, and to one who is not, and compare what comes back"""
    return _differs(number, ({"online": "true"}, []), ({"online": "false"}, []))


def whether_somebody_is_a_contact(number: int) -> bool:
    """write in the likeness of somebody's contact, or of nobody, and compare what comes back"""
    likeness = [item(f"rn{n}@evil{n}.example", "both") for n in range(number)]
    return _differs(number, ({}, likeness), ({}, []))


def whether_an_inviter_is_a_contact(number: int) -> bool:
    """invite to a room in the name of somebody's contact, or of nobody, and compare what comes back"""

    def heard(contacts: list[str]) -> list[object]:
        siege = Siege(policy={"action": "bounce"})
        siege.roster(BOB, *(item(contact, "both") for contact in contacts))
        siege.lists("spam_source_domains", "spam.example")
        rows: list[object] = []
        for stranger in accounts(number):
            reason = "<reason>cheap casino at https://spam.example/</reason>"
            invite = f"<x xmlns='{MUC}'><invite from='{CAROL}'>{reason}</invite></x>"
            room = f"room@{stranger.partition('@')[2].partition('/')[0]}"
            for _ in range(10):
                row = siege.message("cheap casino", sender=room, to=BOB, type="normal", more=invite)
                rows.append(row["replies"])
                rows.append(siege.iq(sender=room, to=f"{BOB}/phone")["replies"])
        return rows

    return heard([CAROL]) != heard([])


def _differs(number: int, one: tuple[dict[str, str], list], other: tuple[dict[str, str], list]) -> bool:  # type: ignore[type-arg]
    def heard(peer: dict[str, str], contacts: list) -> list[object]:  # type: ignore[type-arg]
        siege = Siege(policy={"action": "bounce"})
        siege.roster(BOB, *contacts)
        rows: list[object] = []
        for round_ in range(30):
            for stranger in accounts(number):
                said = f"Call +49 170 1234567{round_}, see https://shop{round_}.example/ or @telegram{round_}"
                rows.append(
                    siege.message(said, sender=stranger, to=BOB, type="normal", at=siege.now, **peer)["replies"]
                )
                rows.append(siege.subscribe(sender=stranger.partition("/")[0], to=BOB, at=siege.now, **peer)["replies"])
                rows.append(siege.iq(sender=stranger, to=f"{BOB}/phone")["replies"])
            siege.wait(7)
        return rows

    return heard(*one) != heard(*other)


# --- what they have in common


def _words(of: str) -> str:
    """Return a sentence that resembles no other: of words that nobody uses."""
    digest = sha256(of.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    return " ".join(digest[at : at + 5] for at in range(0, len(digest), 5))


def _sha(address: str) -> str:
    return sha256(address.encode()).hexdigest()


def _spread(siege: Siege, number: int, text: str, link: str = "") -> None:
    """Have so many accounts send *text* to fifty users together, five each at least; with a *link*, in other words."""
    words = text.split()
    each = max(5, 50 // number)
    for at, stranger in enumerate(accounts(number)):
        for user in range(each):
            turn = (at * each + user) % len(words)
            said = f"{' '.join(words[turn:] + words[:turn])[: 40 + turn]} {link}" if link else text
            siege.says(stranger, f"user{at * each + user}@example.org", said)
            siege.wait(0.2)


def _flood(siege: Siege, strangers: list[str], ip: str) -> None:
    """Send eighteen messages a second for a minute, each to another user and in other words."""
    for number in range(1080):
        said = _words(f"{number}")
        siege.says(strangers[number % len(strangers)], f"user{number}@example.org", said, ip=ip)
        siege.wait(60 / 1080)


def _invite_in_name(siege: Siege, number: int) -> None:
    for stranger in accounts(number):
        room = f"room@{stranger.partition('@')[2].partition('/')[0]}"
        for user in users(max(10, 60 // number)):
            siege.invites(room, CAROL, user)
            siege.wait(0.5)


# --- the table

_COPY: Final = (
    "the text or link, known beforehand; until `window` after the last copy; contacts, and whom the user wrote to, are "
    "heard all the same"
)
TABLE: Final = (
    Attack(an_autoresponder_answers, LOCKED),
    Attack(an_autoresponder_quotes, LOCKED),
    Attack(an_autoresponder_is_reported, LOCKED),
    Attack(requests_are_returned, LOCKED),
    Attack(a_pattern_is_quoted, LOCKED),
    Attack(a_complaint_quotes_what_is_listed, LOCKED),
    Attack(its_text_is_copied, LOCKED),
    Attack(reports_of_users_who_never_heard_of_it, LOCKED),
    Attack(
        reports_of_users_whom_it_wrote_to,
        LOCKED,
        tried=(1, 9, 10),
        works_from=10,
        because="accounts of yours that the victim has written to; each counts once in `cache_time`",
    ),
    Attack(reports_of_a_foreign_server, LOCKED),
    Attack(a_list_names_it, LOCKED),
    Attack(a_text_is_copied_and_its_author_banned, BANNED),
    Attack(a_link_is_spread_and_who_names_it_banned, BANNED),
    Attack(an_honest_stranger_is_reported, BANNED),
    Attack(a_report_quotes_a_forged_message, BANNED),
    Attack(a_server_mate_floods, BANNED),
    Attack(a_room_hands_on_spam, BANNED, tried=(1, 20)),
    Attack(an_occupant_spams, BANNED),
    Attack(it_is_named_as_the_inviter, BANNED),
    Attack(it_is_named_in_what_is_not_its_own, BANNED),
    Attack(
        whom_it_wrote_to_report_an_honest_stranger,
        STOPPED,
        tried=(1, 4, 5),
        works_from=5,
        because="accounts of yours that the victim has written to unasked; for `ban_time`, and contacts are heard",
    ),
    Attack(a_text_is_copied, STOPPED, works_from=9, because=_COPY),
    Attack(a_text_is_padded_with_honest_words, STOPPED),
    Attack(a_link_is_spread, STOPPED, works_from=1, because=_COPY),
    Attack(a_text_is_copied_to_a_contact, STOPPED),
    Attack(its_server_is_flooded_from, STOPPED),
    Attack(
        requests_flood_from_its_server,
        STOPPED,
        tried=(1, 9, 13),
        works_from=13,
        because="a minute; the server asks again by itself",
    ),
    Attack(
        a_crowd_closes_a_door,
        STOPPED,
        tried=(9, 60, 240),
        works_from=240,
        because="new ones within ten minutes each time; contacts, and whom the user wrote to, are heard all the same",
    ),
    Attack(a_crowd_closes_a_door_to_whom_the_user_wrote, STOPPED, tried=(9, 240)),
    Attack(
        requests_close_a_door,
        STOPPED,
        works_from=60,
        because="new ones each hour; messages arrive, and the server asks again by itself",
    ),
    Attack(errors_close_a_door, STOPPED, tried=(1, 20)),
    Attack(a_room_invites_on, STOPPED, tried=(1, 20)),
    Attack(an_honest_inviter_is_named, STOPPED),
    Attack(a_list_names_our_domain, STOPPED),
    Attack(a_list_names_our_rooms, STOPPED),
    Attack(a_list_names_everybody, STOPPED),
    Attack(a_false_service_publishes, STOPPED),
    Attack(an_outsider_gives_orders, STOPPED),
    Attack(a_spammer_exempts_itself, ARRIVES),
    Attack(a_spammer_changes_its_resource, ARRIVES),
    Attack(
        a_ban_is_pushed_out,
        ARRIVES,
        tried=(9, 60, 120),
        works_from=120,
        because="as many accounts as `max_senders` (100,000), each of which offends as often as the one forgotten",
    ),
    Attack(a_campaign_is_pushed_out_of_memory, ARRIVES, tried=(1, 20)),
    Attack(
        a_filter_is_muted,
        ARRIVES,
        works_from=1,
        because="a mistake in a filter, and twenty such stanzas in a row; that filter is silent for ten minutes",
    ),
    Attack(
        a_spammer_looks_like_a_newsletter,
        ARRIVES,
        tried=(1,),
        works_from=1,
        because="a server of its own, and nothing advertised but its domain; a thousand strangers a day "
        "(`service_strangers`), until three who got it report it",
    ),
    Attack(a_spammer_looks_like_a_newsletter_on_the_server_of_others, ARRIVES, tried=(1, 4)),
    Attack(whether_an_account_exists, LEARNT, tried=(1, 9)),
    Attack(whether_somebody_is_online, LEARNT, tried=(1, 9)),
    Attack(whether_somebody_is_a_contact, LEARNT, tried=(1, 9)),
    Attack(whether_an_inviter_is_a_contact, LEARNT),
)
