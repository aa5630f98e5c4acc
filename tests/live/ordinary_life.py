"""The table of situations that must come out the same with and without the filter in the path.

Each row says how many stanzas of each kind are brought before the component: what passes between contacts, with the own
account and with the server never is.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.live import ordinary_contacts as contacts
from tests.live import ordinary_crowds as crowds
from tests.live import ordinary_messages as messages
from tests.live import ordinary_payloads as payloads
from tests.live import ordinary_rooms as rooms
from tests.live.ordinary_servers import Run
from tests.live.ordinary_transcript import Transcript, errors_by_content


@dataclass(frozen=True, slots=True)
class Situation:
    """A script, and what the component is asked while it is played."""

    script: Callable[[Run], Awaitable[None]]
    asked: Mapping[str, int] = field(default_factory=dict)
    elsewhere: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What is asked instead by a server (`prosody`), or by a server on a route (`prosody inline`)."""
    errors_differ: str = ""
    """Where (`prosody inline`) errors are other in little things: see `errors_by_content`."""
    because: str = ""
    """Why that is so."""

    @property
    def name(self) -> str:
        return self.script.__name__

    def asks(self, kind: str, route: str) -> Mapping[str, int]:
        """Return how many stanzas of each kind the component is brought."""
        return self.elsewhere.get(f"{kind} {route}", self.elsewhere.get(kind, self.asked))

    def comparable(self, told: Transcript, kind: str, route: str) -> Transcript:
        """Return what must be the same there as without a filter."""
        return errors_by_content(told) if self.errors_differ == f"{kind} {route}" else told


_NOT_ELSEWHERE = (
    "a request comes back over the event of what leaves the server, and a component of its own does not pass it"
)
_ERRORS_RETURN = (
    "what is answered with an error was sent by the component, so the error goes back through it, to be archived"
)
_PRIVATE_WORDS = "what is sent to single occupants, or for a room to hand on, is asked about though the sender is in it"
_BODILESS = len(payloads.BODILESS)

SITUATIONS = (
    Situation(contacts.two_users_become_contacts, {"subscribe": 1}),
    Situation(contacts.a_request_between_users_is_refused, {"subscribe": 1}),
    Situation(contacts.a_request_waits_for_a_user_who_is_offline, {"subscribe": 1}),
    Situation(contacts.contacts_part),
    Situation(contacts.a_contact_is_removed),
    Situation(contacts.a_stranger_becomes_a_contact_and_leaves, {"subscribe": 1}),
    Situation(contacts.a_user_asks_a_stranger, {"subscribe": 1}, {"prosody inline": {}}, because=_NOT_ELSEWHERE),
    Situation(contacts.a_user_takes_a_request_back, {"subscribe": 1}, {"prosody inline": {}}, because=_NOT_ELSEWHERE),
    Situation(contacts.presence_of_contacts),
    Situation(contacts.profiles),
    Situation(contacts.avatar_and_nick),
    Situation(contacts.questions_and_answers),
    Situation(contacts.private_storage),
    Situation(contacts.a_stranger_is_blocked, {"message": 2}),
    Situation(messages.contacts_chat),
    Situation(messages.users_who_are_no_contacts_chat, {"message": 5}),
    Situation(messages.a_stranger_chats, {"message": 4}),
    Situation(messages.messages_wait_for_a_user_who_is_offline, {"message": 7}),
    Situation(messages.receipts_markers_and_states_of_contacts),
    Situation(messages.receipts_markers_and_states_of_strangers, {"message": 3 * _BODILESS}),
    Situation(messages.a_contact_calls),
    Situation(messages.a_stranger_calls, {"message": 2 * len(payloads.CALL)}),
    Situation(messages.encrypted_messages),
    Situation(messages.encrypted_messages_of_strangers, {"message": 3 * len(payloads.ENCRYPTED)}),
    Situation(messages.headlines, {"message": 2}),
    Situation(
        messages.nobody_there,
        {"message": 4, "groupchat": 1, "subscribe": 1},
        {"prosody inline": {"message": 4, "groupchat": 1, "subscribe": 1, "error": 3}},
        errors_differ="prosody inline",
        because=_ERRORS_RETURN,
    ),
    Situation(messages.errors_come_back, {"message": 2}),
    Situation(messages.talking_to_oneself),
    Situation(messages.several_sessions, {"message": 10}),
    Situation(
        rooms.a_room,
        {"message": 4, "groupchat": 1},
        {"prosody inline": {"message": 4, "groupchat": 1, "error": 2}},
        errors_differ="prosody inline",
        because=f"{_PRIVATE_WORDS}; {_ERRORS_RETURN}",
    ),
    Situation(rooms.two_sessions_in_a_room),
    Situation(rooms.a_mediated_invitation, {"message": 2}, because=_PRIVATE_WORDS),
    Situation(rooms.a_mediated_invitation_by_a_contact, {"message": 2}, because=_PRIVATE_WORDS),
    Situation(rooms.a_mediated_invitation_of_a_stranger, {"message": 2}, because=_PRIVATE_WORDS),
    Situation(rooms.a_direct_invitation, {"message": 1}),
    Situation(rooms.a_direct_invitation_by_a_contact),
    Situation(crowds.news_of_a_service, {"message": 30}),
    Situation(crowds.news_of_our_own_service, {"message": 30}),
    Situation(crowds.a_room_by_subscription, {"message": 72}),
    Situation(crowds.a_newsletter, {"message": 12}),
    Situation(crowds.a_newsletter_to_many, {"message": 45}),
    Situation(crowds.puppets_of_a_gateway, {"message": 25}),
    Situation(crowds.a_bot_reports, {"message": 24}),
    Situation(crowds.an_old_address_is_dead, {"message": 6, "subscribe": 5}),
    Situation(crowds.an_autoresponder, {"message": 20}),
    Situation(crowds.a_pest_in_a_room, {"message": 45}, because=_PRIVATE_WORDS),
)
