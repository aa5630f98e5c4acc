"""Prosody's mod_anti_spam: its options in prosody.cfg.lua."""

from pathlib import Path
from typing import Final

from xmppfilter.cli.migration.draft import Draft, MigrationError
from xmppfilter.cli.migration.lists import lines_of
from xmppfilter.cli.migration.lua import COMPUTED, Called, Item, Statement, Unknown, Value, read_lua
from xmppfilter.cli.migration.luapattern import to_regex
from xmppfilter.config.mistakes import printable, quoted
from xmppfilter.judging.catalogue import filter_names

NODES: Final = ("spam_source_domains", "spam_source_ips", "spam_source_jids_sha256")
"""What mod_anti_spam subscribes to at each service."""
PORTS: Final = range(1, 1 << 16)
PREFIX: Final = "anti_spam_"
REASONS: Final = {"known-spam-source": "blocklist", "known-spam-jid": "blocklist", "spam-content": "patterns"}
"""What `anti_spam_actions` calls what our filters find."""


def read_prosody(text: str, folder: Path) -> Draft:
    """Draft a configuration from a prosody.cfg.lua, whose own folder is *folder*. Raises MigrationError."""
    return _Reading(folder).read(read_lua(text))


class _Reading:
    def __init__(self, folder: Path) -> None:
        self._draft = Draft(action="bounce")  # as mod_anti_spam does unless it is told otherwise
        self._folder = folder
        self._section = ""
        self._found = False

    def read(self, statements: list[Statement]) -> Draft:
        for statement in statements:
            if isinstance(statement.value, Called):
                self._open(statement, statement.value)
            elif statement.name in COMPUTED and isinstance(statement.value, Unknown):
                self._computed(statement)
            if statement.name.startswith(PREFIX):
                self._found = True
                self._spam(statement)
            else:
                self._place(statement)
        if not self._found:
            raise MigrationError("found no option of mod_anti_spam, so there is nothing to take over")
        return self._draft

    def _place(self, statement: Statement) -> None:
        if statement.name == "admins" and not self._section:
            for item in self._items(statement):
                if self._is_text(statement.name, item):
                    self._draft.add_admin(item.line, item.value)
        elif statement.name in ("component_port", "component_ports"):
            ports = [item.value for item in self._items(statement)]
            self._draft.port = next((int(port) for port in ports if isinstance(port, float) and port in PORTS), None)
        elif statement.name == "modules_enabled":
            self._found = self._found or any(item.value == "anti_spam" for item in self._items(statement))

    def _open(self, statement: Statement, called: Called) -> None:
        match called.function:
            case "VirtualHost" | "Host":
                self._section = f"VirtualHost {called.text}"
                self._draft.add_domain(statement.line, called.text)
            case "Component":
                self._section = f"Component {called.text}"
                if called.second == "muc":
                    self._draft.add_room(statement.line, called.text)
            case "Include":
                self._draft.tell(statement.line, f"{quoted(called.text)} is not read: migrate it too")
            case _:
                pass

    def _computed(self, statement: Statement) -> None:
        """Tell of a host whose name only running the file tells."""
        where = {"Component": "rooms, if it is a MUC service", "Include": ""}.get(statement.name, "domains")
        instead = f"; put it into {where}" if where else ", and its files are not read"
        self._draft.tell(statement.line, f"{statement.name}: what it names is computed{instead}")
        if where:
            self._section = f"a {statement.name} of unknown name"

    def _spam(self, statement: Statement) -> None:
        name, line = statement.name, statement.line
        if statement.in_block:
            self._draft.tell(line, f"{printable(name)}: stands inside of a block, where only running the file tells")
            return
        if self._section:
            self._draft.tell(
                line, f"{printable(name)}: holds for {printable(self._section)} alone, here for all domains"
            )
        match name.removeprefix(PREFIX):
            case "services":
                services = [{"jid": service, "nodes": list(NODES)} for service in self._texts(statement)]
                self._draft.add(line, "blocklist", ("services",), services)
            case "block_strings":
                self._draft.add(line, "patterns", ("strings",), self._texts(statement))
            case "block_patterns":
                self._patterns(statement)
            case "default_action" if not isinstance(statement.value, str):
                self._draft.tell(line, f"{printable(name)}: only running the file tells what it is")
            case "default_action":
                self._draft.action = "bounce" if statement.value == "bounce" else "drop"
            case "actions":
                for item in self._items(statement):
                    self._action(item)
            case _:
                self._draft.no_counterpart(line, name)

    def _patterns(self, statement: Statement) -> None:
        for item in self._items(statement):
            if not self._is_text(statement.name, item) or not isinstance(item.value, str):
                continue
            try:
                regex = to_regex(item.value)
            except ValueError as wrong:
                self._draft.tell(item.line, f"the Lua pattern {quoted(item.value)} is not taken over: {wrong}")
            else:
                self._draft.add(item.line, "patterns", ("regexes",), [regex])

    def _action(self, item: Item) -> None:
        ours = REASONS.get(item.key or "")
        if ours is None or not isinstance(item.value, str):
            self._draft.no_counterpart(item.line, item.key or "an action")
        elif ours in filter_names():
            self._draft.actions[ours] = "bounce" if item.value == "bounce" else "drop"
        else:
            self._draft.tell(
                item.line, f"{printable(item.key or '')}: belongs to policy.actions.{ours} once that is built"
            )

    def _is_text(self, name: str, item: Item) -> bool:
        if isinstance(item.value, str) and item.key is None:
            return True
        self._draft.tell(item.line, f"{printable(name)}: one entry is no plain text, and is not taken over")
        return False

    def _texts(self, statement: Statement) -> list[str]:
        """Return the entries that are plain texts; others are told."""
        return [str(item.value) for item in self._items(statement) if self._is_text(statement.name, item)]

    def _items(self, statement: Statement) -> list[Item]:
        """Return the entries of a table, the lines of a file, or the one value, as Prosody would."""
        value: Value = statement.value
        if isinstance(value, list):
            return value
        if isinstance(value, Called):
            if value.function == "FileLines":
                found = lines_of(self._folder / value.text, statement.line, statement.name, self._draft)
                return [Item(None, text, statement.line) for text in found]
            self._draft.tell(statement.line, f"{printable(statement.name)}: only running the file tells what it is")
            return []
        return [] if value is None else [Item(None, value, statement.line)]
