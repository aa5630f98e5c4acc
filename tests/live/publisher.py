"""Somebody who publishes a blocklist at a real pubsub service."""

from tests.live.rawclient import RawClient

PUBSUB = "http://jabber.org/protocol/pubsub"


class Publisher:
    """The owner of nodes at the pubsub service *service*."""

    def __init__(self, client: RawClient, service: str) -> None:
        self._client = client
        self._service = service

    async def create(self, node: str) -> None:
        """Create a node that keeps what is published and lets everybody subscribe."""
        form = (
            "<x xmlns='jabber:x:data' type='submit'>"
            f"<field var='FORM_TYPE' type='hidden'><value>{PUBSUB}#node_config</value></field>"
            "<field var='pubsub#max_items'><value>max</value></field>"
            "<field var='pubsub#persist_items'><value>true</value></field></x>"
        )
        await self._ask(f"<create node='{node}'/><configure>{form}</configure>")

    async def publish(self, node: str, item: str) -> None:
        await self._ask(f"<publish node='{node}'><item id='{item}'><x xmlns='urn:x'/></item></publish>")

    async def retract(self, node: str, item: str) -> None:
        await self._ask(f"<retract node='{node}' notify='true'><item id='{item}'/></retract>")

    async def _ask(self, inside: str) -> None:
        answer = await self._client.iq(f"<pubsub xmlns='{PUBSUB}'>{inside}</pubsub>", to=self._service, type_="set")
        assert answer.get("type") == "result", answer.raw
