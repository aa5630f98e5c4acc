"""Tigase's spam filter: its ids and options, as its configuration names them."""

from collections.abc import Mapping
from typing import Final

from xmppfilter.cli.migration.draft import Draft, MigrationError
from xmppfilter.cli.migration.tdsl import Bean, Property, is_dsl, read_dsl, read_properties
from xmppfilter.config.mistakes import printable
from xmppfilter.config.tigase import TIGASE
from xmppfilter.judging.options import format_duration

DEFAULTS: Final = (
    "known-spammers",
    "message-error-ensure-error-child",
    "muc-message-ensure-to-full-jid",
    "presence-subscribe",
    "message-same-long-body",
)
"""What `'spam-filter' () {}` alone turns on."""
CLASSES: Final = {
    "KnownSpammersFilter": "known-spammers",
    "MessageErrorFilterEnsureErrorChild": "message-error-ensure-error-child",
    "MucMessageFilterEnsureToFullJid": "muc-message-ensure-to-full-jid",
    "PresenceSubscribeFilter": "presence-subscribe",
    "MessageFilterSameLongBody": "message-same-long-body",
}
"""Filters by what `filter-classes` of init.properties calls them."""
PLUGIN: Final = "sess-man/plugins-conf/spam-filter/"
ELSEWHERE: Final[Mapping[str, str]] = {
    "print-spammers": "the list is always logged, as often as print_frequency says",
    "skip-otr-check": "encrypted messages are never taken for copies of each other",
    "skip-check-rules": "unfiltered_recipients and the filter's own only and except come nearest",
    "presence-subscribe-outgoing": "presence_subscribe_rate counts what reaches us, whoever sends it",
}


def read_tigase(text: str) -> Draft:
    """Draft a configuration from a config.tdsl or an init.properties. Raises MigrationError."""
    return _of_dsl(read_dsl(text)) if is_dsl(text) else _of_properties(read_properties(text))


def _of_dsl(root: Bean) -> Draft:
    draft = Draft()
    _take_places(draft, root.properties.get("default-virtual-host"), root.properties.get("admins"))
    muc = root.beans.get("muc")
    if muc is not None and muc.active is not False:
        _take_rooms(draft, muc.line, "muc")
    session_manager = root.beans.get("sess-man")
    processor = session_manager.beans.get("spam-filter") if session_manager else None
    if processor is None:
        raise MigrationError("found no 'spam-filter' in 'sess-man', so there is nothing to take over")
    if not processor.active:
        draft.tell(processor.line, "spam-filter: does not run in Tigase as it stands there; taken over all the same")
    off = {TIGASE[name].ours for name, bean in processor.beans.items() if name in TIGASE and bean.active is False}
    for name in (*DEFAULTS, *processor.beans):
        if name in TIGASE and TIGASE[name].ours not in off:
            _turn_on(draft, name)
    _take_processor(draft, processor.properties)
    for name, bean in processor.beans.items():
        if bean.active is not False:
            _take_filter(draft, name, bean)
    return draft


def _take_filter(draft: Draft, name: str, bean: Bean) -> None:
    if name not in TIGASE:
        draft.no_counterpart(bean.line, name, ELSEWHERE.get(name, ""))
        return
    for option, given in bean.properties.items():
        _take(draft, name, option, given)
    for option, below in bean.beans.items():
        draft.no_counterpart(below.line, option, ELSEWHERE.get(option, ""))


def _of_properties(properties: dict[str, Property]) -> Draft:
    draft = Draft()
    _take_places(draft, properties.get("--virt-hosts"), properties.get("--admins"))
    for key, given in properties.items():
        if key.startswith("--comp-class-") and given.value == "tigase.muc.MUCComponent":
            named = properties.get(key.replace("class", "name"))
            _take_rooms(draft, given.line, str(named.value) if named else "muc")
    wanted = {key.removeprefix(PLUGIN): given for key, given in properties.items() if key.startswith(PLUGIN)}
    if not wanted and not {"spam-filter", "+spam-filter"} & set(_texts(properties.get("--sm-plugins"))):
        raise MigrationError(f"found neither spam-filter among --sm-plugins nor {PLUGIN}…: nothing to take over")
    for name in _chosen(draft, wanted.pop("filter-classes", None)):
        _turn_on(draft, name)
    general: dict[str, Property] = {}
    for key, given in wanted.items():
        filter_ = _filter_in(key)
        if filter_ in TIGASE:
            _take(draft, filter_, key[len(filter_) + 1 :], given)
        else:
            general[key] = given
    _take_processor(draft, general)
    return draft


def _chosen(draft: Draft, given: Property | None) -> list[str]:
    """Return the filters that `filter-classes` names, or all of them where it is not there."""
    if given is None:
        return list(DEFAULTS)
    classes = [text.rpartition(".")[2] for text in _texts(given)]
    for name in classes:
        if name not in CLASSES:
            draft.no_counterpart(given.line, name)
    return [CLASSES[name] for name in classes if name in CLASSES]


def _take_places(draft: Draft, hosts: Property | None, admins: Property | None) -> None:
    for given, add in ((hosts, draft.add_domain), (admins, draft.add_admin)):
        for text in _texts(given):
            # in init.properties options of a host stand behind a colon
            add(given.line if given else 1, text.partition(":")[0])


def _take_rooms(draft: Draft, line: int, name: str) -> None:
    for domain in draft.domains:
        draft.add_room(line, f"{name}.{domain}")


def _filter_in(key: str) -> str:
    """Return the id of the filter that *key* begins with; the longest, for one id is the beginning of another."""
    ids = (name for name in (*TIGASE, *ELSEWHERE) if key.startswith((f"{name}-", f"{name}/")))
    return max(ids, key=len, default="")


def _turn_on(draft: Draft, name: str) -> None:
    migrant = TIGASE[name]
    draft.turn_on(migrant.ours)
    for option, value in migrant.alike.items():
        draft.set(1, migrant.ours, option, value)


def _take_processor(draft: Draft, properties: dict[str, Property]) -> None:
    for option, given in properties.items():
        if option == "return-error":
            draft.action = "bounce" if given.value is True else "drop"
        else:
            draft.no_counterpart(given.line, option, ELSEWHERE.get(option, ""))


def _take(draft: Draft, name: str, option: str, given: Property) -> None:
    """Take over one option of the filter *name*."""
    migrant = TIGASE[name]
    ours = migrant.options.get(option)
    if name == "known-spammers" and option == "reportedSpammerProbability":
        weight = _number(given)
        if weight is not None:
            draft.set(given.line, migrant.ours, "weights", {"report": weight})
            return
    if ours is None:
        draft.no_counterpart(given.line, option, ELSEWHERE.get(option, ""))
    elif given.value is None:
        draft.tell(given.line, f"{printable(option)}: is worked out by Tigase when it starts; set {ours} yourself")
    else:
        value = given.value
        if option in migrant.minutes and isinstance(value, int) and not isinstance(value, bool):
            value = format_duration(value * 60)
        draft.set(given.line, migrant.ours, ours, value)


def _number(given: Property) -> float | None:
    try:
        return float(str(given.value).rstrip("fFdD"))
    except ValueError:
        return None


def _texts(given: Property | None) -> list[str]:
    """Return the words of a list, or of a text with commas between them."""
    if given is None or isinstance(given.value, bool | int) or given.value is None:
        return []
    words = given.value if isinstance(given.value, list) else given.value.split(",")
    return [word.strip() for word in words if word.strip()]
