"""Relays prices to clients from one process: reads what is new a few times a second, whoever and however many listen.

What a client has not been sent yet is a set of topics, not a queue of messages: when its turn comes it is told what leads
from where it is to where the topic is now. So a slow client costs no memory, and is never behind by more than it must.
"""

import asyncio
import functools
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from uuid import UUID

import prometheus_client

from boundary.kernel import clock, errors
from boundary.kernel.runtime import server, telemetry, transaction
from customer_stack.markets import rules as markets_rules
from customer_stack.prices import model
from customer_stack.prices.formats import stream, views
from customer_stack.prices.service import reading, topics

LOOK_MILLIS = 40
REST_MILLIS = 500
"""Between two looks while nobody listens."""
RETRY_MILLIS = 500
HEARTBEAT_SECONDS = 15
IDLE_TOPICS_MAX = 1_000
"""Topics without a subscriber that are kept, so that who comes back may go on where it was."""
REPLIES_MAX = 64

Key = tuple[str, UUID]
NOT_READ = telemetry.Event("prices.not_read", code=telemetry.Word)
SOCKETS = prometheus_client.Gauge("market_sockets", "WebSockets that are open")
SUBSCRIPTIONS = prometheus_client.Gauge("market_subscriptions", "Topics that WebSockets are subscribed to")
SENT = prometheus_client.Counter("market_messages_sent", "Messages sent over WebSockets", ["kind"])


class Bounds(NamedTuple):
    """How much one process gives."""

    connections: int = 1_500
    of_one_network: int = 200
    subscriptions: int = 100
    """Of one connection."""


class Session:
    """One client: what it is subscribed to, how far it has come in it, and what it is to be sent."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.topics: dict[Key, topics.Topic] = {}
        self._places: dict[topics.Topic, int] = {}
        self._due: dict[topics.Topic, None] = {}
        self._replies: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def reply(self, message: bytes) -> None:
        """Waits while a client does not read its answers: then it is not heard either."""
        await self._room.wait()
        self._replies.append(message)
        if len(self._replies) >= REPLIES_MAX:
            self._room.clear()
        self._wake.set()

    def follow(self, topic: topics.Topic, since: int) -> None:
        self._places[topic] = since
        self.due(topic)

    def end(self, topic: topics.Topic) -> None:
        self._places.pop(topic, None)
        self._due.pop(topic, None)

    def due(self, topic: topics.Topic) -> None:
        self._due[topic] = None
        self._wake.set()

    def beat(self, message: bytes) -> None:
        """Only to who has nothing else to read."""
        if not self._replies:
            self._replies.append(message)
            self._wake.set()

    async def send(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Until this is cancelled, or the client is gone."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._replies or self._due:
                message = self._next()
                if message is not None:
                    await send(message)

    def _next(self) -> bytes | None:
        if self._replies:
            self._room.set()
            SENT.labels("reply").inc()
            return self._replies.popleft()
        topic = next(iter(self._due))
        del self._due[topic]
        since = self._places.get(topic)
        if since is None:
            return None
        message = topic.told(since)
        self._places[topic] = topic.place
        SENT.labels("update").inc()
        return message


class Hub:
    """Every topic and every client of one process."""

    def __init__(self, db: transaction.Database, time: clock.Clock, bounds: Bounds = Bounds()) -> None:  # noqa: B008 -- it is immutable
        self._db = db
        self._clock = time
        self.bounds = bounds
        self._sessions: set[Session] = set()
        self._networks: dict[str, int] = {}
        self._topics: dict[Key, topics.Topic] = {}
        self._idle: OrderedDict[Key, None] = OrderedDict()
        self._subscribers: dict[Key, set[Session]] = {}
        self._of_instrument: dict[UUID, set[Key]] = {}
        self._instruments: set[UUID] = set()
        self._revision = 0
        self._numbers = 0
        self._beat_at = 0.0
        self._stale = False

    # ---- clients

    def join(self, network: str) -> Session:
        """A new client; raises if there are too many."""
        if (
            len(self._sessions) >= self.bounds.connections
            or self._networks.get(network, 0) >= self.bounds.of_one_network
        ):
            raise model.TooManyConnections("too many connections are open", retry_after_seconds=10)
        session = Session(network)
        self._sessions.add(session)
        self._networks[network] = self._networks.get(network, 0) + 1
        SOCKETS.inc()
        return session

    def leave(self, session: Session) -> None:
        self._sessions.discard(session)
        for key in list(session.topics):
            self._drop(session, key)
        self._networks[session.network] -= 1
        if not self._networks[session.network]:
            del self._networks[session.network]
        SOCKETS.dec()

    async def subscribe(self, session: Session, asked: stream.Subscribe) -> None:
        """Subscribing again begins the topic anew."""
        key = (asked.channel, asked.instrument)
        if key not in session.topics and len(session.topics) >= self.bounds.subscriptions:
            raise model.TooManySubscriptions("a connection has so many subscriptions", most=self.bounds.subscriptions)
        topic = self._topics.get(key) or topics.make(asked.channel, self._numbers + 1, asked.instrument)
        await self._known(asked.instrument)
        topic = self._keep(key, topic)
        if not self._subscribers.get(key):
            await self._db.look("prices.load", topic.load)
        if key not in session.topics:
            SUBSCRIPTIONS.inc()
        session.topics[key] = topic
        self._subscribers.setdefault(key, set()).add(session)
        self._idle.pop(key, None)
        await session.reply(stream.subscribed(topic.number, asked))
        session.follow(topic, topics.NOTHING if asked.since is None else asked.since)

    async def unsubscribe(self, session: Session, asked: stream.Unsubscribe) -> None:
        """Of what it is not subscribed to, a client may unsubscribe too."""
        key = (asked.channel, asked.instrument)
        if key in session.topics:
            self._drop(session, key)
        await session.reply(stream.unsubscribed(asked))

    async def _known(self, instrument: UUID) -> None:
        if instrument not in self._instruments:
            await self._db.look("prices.instrument", lambda tx: reading.require_instrument(tx, instrument))
            self._instruments.add(instrument)

    def _keep(self, key: Key, made: topics.Topic) -> topics.Topic:
        """The topic that everybody shares: while we looked, somebody else may have made it."""
        topic = self._topics.setdefault(key, made)
        if topic is made:
            self._numbers = max(self._numbers, made.number)
            self._of_instrument.setdefault(key[1], set()).add(key)
        return topic

    def _drop(self, session: Session, key: Key) -> None:
        topic = session.topics.pop(key)
        session.end(topic)
        SUBSCRIPTIONS.dec()
        subscribers = self._subscribers[key]
        subscribers.discard(session)
        if not subscribers:
            del self._subscribers[key]
            self._idle[key] = None
            while len(self._idle) > IDLE_TOPICS_MAX:
                self._forget(next(iter(self._idle)))

    def _forget(self, key: Key) -> None:
        del self._idle[key]
        del self._topics[key]
        keys = self._of_instrument[key[1]]
        keys.discard(key)
        if not keys:
            del self._of_instrument[key[1]]

    # ---- what is new

    async def loop(self, stop: asyncio.Event) -> None:
        failed = False
        while not stop.is_set():
            try:
                await self.look()
                failed = False
            except (errors.Refusal, OSError) as refusal:
                if not failed:
                    code = telemetry.Word(getattr(refusal, "code", "unavailable"))
                    telemetry.emit(NOT_READ, "warning", code=code)
                failed = self._stale = True
                self._beat()
                await server.pause(stop, RETRY_MILLIS / 1000)
                continue
            self._beat()
            await server.pause(stop, (LOOK_MILLIS if self._subscribers else REST_MILLIS) / 1000)

    async def look(self) -> None:
        """Read what changed, if anybody wants it, and tell everybody that it did."""
        revision, heard_at = await self._db.look("prices.newest", reading.newest)
        self._stale = markets_rules.is_stale(heard_at, self._clock.now())
        if any(topic.revision > revision for topic in self._topics.values()):
            revision, heard_at = await self._db.look("prices.newest", reading.newest)  # it was loaded a moment later
        before, self._revision = self._revision, revision
        if revision < max((before, *(topic.revision for topic in self._topics.values()))):  # the database was restored
            before = 0
            for topic in self._topics.values():
                topic.doubt()
        if revision == before or not self._subscribers:
            return
        wanted = {instrument for _, instrument in self._subscribers}
        changing = functools.partial(reading.changed, revision=before, instruments=sorted(wanted))
        for book in await self._db.look("prices.changed", changing):
            for key in list(self._of_instrument.get(book.instrument, ())):
                if key in self._subscribers:
                    await self._tell(key, book)

    async def _tell(self, key: Key, book: model.Book) -> None:
        topic = self._topics[key]
        news = topic.put(book)
        if news and topic.needs_load:
            news = await self._db.look("prices.load", topic.load)
        if news:
            for session in self._subscribers.get(key, ()):
                session.due(topic)

    def _beat(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._beat_at < HEARTBEAT_SECONDS:
            return
        self._beat_at = now
        message = stream.heartbeat(views.moment(self._clock.now()), stale=self._stale)
        for session in self._sessions:
            session.beat(message)
