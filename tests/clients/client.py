"""python-socketio. Runs the checks of README.md over one transport, and prints the passed ones.

    client.py threads|asyncio

The checks are written once. `done` awaits what the asyncio client returns, and passes on what the one with threads does.
"""

import asyncio
import inspect
import os
import socket as tcp
import sys
import time

import socketio
from engineio.payload import Payload

TRANSPORTS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}
TRANSPORT = os.environ["TRANSPORT"]
SERVER_URL = os.environ["SERVER_URL"]
PATIENCE = 20

# By default, the client disconnects if a poll returns more than 16 packets, with any server.
Payload.max_decode_packets = 1000


async def done(result):
    return await result if inspect.isawaitable(result) else result


async def until(what, holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain until {what}")
        await asyncio.sleep(0.002)


def content(length):
    return bytes((i * 31 + 7) & 0xFF for i in range(length))


class Client:
    """A client and its received events."""

    def __init__(self, kind, *namespaces):
        self.sio = kind(reconnection_delay=0.01, reconnection_delay_max=0.05)
        self.seen = {}
        self.connections = 0
        for namespace in namespaces:
            self.sio.on("*", self._take, namespace=namespace)
        self.sio.on("connect", self._connected, namespace="/")
        self.sio.on("disconnect", lambda reason: self._take("disconnect", reason), namespace="/")
        self.sio.on("question", self._answer, namespace="/")
        self.namespaces = list(namespaces)

    async def open(self, auth=None):
        await done(self.sio.connect(
            SERVER_URL, transports=TRANSPORTS[TRANSPORT], namespaces=self.namespaces, auth=auth, wait_timeout=PATIENCE,
        ))
        return self

    async def emit(self, event, *args, namespace="/"):
        await done(self.sio.emit(event, args, namespace=namespace))

    async def ask(self, event, *args, namespace="/"):
        return await done(self.sio.call(event, args, namespace=namespace, timeout=PATIENCE))

    async def take(self, event):
        await until(f'"{event}" has come', lambda: self.seen.get(event))
        return self.seen[event].pop(0)

    async def close(self):
        await done(self.sio.disconnect())

    def _take(self, event, *args):
        self.seen.setdefault(event, []).append(list(args))

    def _connected(self):
        self.connections += 1

    @staticmethod
    def _answer(what):
        return what[::-1] if isinstance(what, bytes) else f"{what}!"


async def connect(kind, main):
    await main.open(auth={"name": "Ann", "token": "secret"})
    assert await main.ask("getId") == main.sio.get_sid("/")


async def order(kind, main):
    for n in range(200):
        await main.emit("tick", n)
    assert [(await main.take("tock"))[0] for _ in range(200)] == list(range(200))


async def transport(kind, main):
    await until("the transport is the last", lambda: main.sio.transport() == TRANSPORTS[TRANSPORT][-1])


async def ack(kind, main):
    for value in [1, "naïve 🦀 \u2028", None, [True, {"deep": [{}]}]]:
        assert await main.ask("echo", value) == value
    assert await main.ask("echoAll", 1, "b", [None]) == (1, "b", [None])


async def arguments(kind, main):
    await main.emit("relay", 1, [2], {"three": None})
    assert await main.take("relayed") == [1, [2], {"three": None}]


async def binary_event(kind, main):
    await main.emit("message", content(300))
    assert await main.take("message") == [content(300)]


async def binary_ack(kind, main):
    assert await main.ask("echo", content(300)) == content(300)
    nested = {"name": "x", "parts": [content(1), content(0), {"last": content(70_000)}]}
    assert await main.ask("echo", nested) == nested


async def question(kind, main):
    assert await main.ask("ask", "why", 20_000) == {"reply": "why!"}


async def binary_question(kind, main):
    assert await main.ask("ask", content(9), 20_000) == {"reply": content(9)[::-1]}


async def namespaces(kind, main):
    assert await main.ask("getId", namespace="/foo") == main.sio.get_sid("/foo")
    assert await main.ask("echo", "in foo", namespace="/foo") == "in foo"


async def auth(kind, main):
    assert await main.ask("whoami", namespace="/members") == "Ann"


async def refused(kind, main):
    client = Client(kind, "/", "/no")
    reasons = []
    client.sio.on("connect_error", reasons.append, namespace="/no")
    try:
        await client.open()
    except socketio.exceptions.ConnectionError as error:
        assert "/no" in str(error), error
    else:
        raise AssertionError("the server let the client in")
    assert reasons == [{"message": "Auth failed (custom namespace)"}], reasons


async def rooms(kind, main):
    other = await Client(kind, "/").open()
    await main.ask("join", ["room"])
    await other.ask("say", {"to": ["room"], "except": [], "me": False, "what": content(20)})
    assert await main.take("news") == [content(20)]
    await other.close()


async def large(kind, main):
    text = "0123456789 ✓ " * 20_000
    assert await main.ask("echo", text) == text
    assert await main.ask("echo", content(500_000)) == content(500_000)


async def reconnect(kind, main):
    before = [main.sio.get_sid("/"), main.sio.get_sid("/foo")]
    with tcp.create_connection(("127.0.0.1", int(os.environ["CUT_PORT"]))):
        await main.take("disconnect")
    back = lambda: all(main.sio.get_sid(nsp) not in (None, *before) for nsp in ("/", "/foo"))
    await until("all namespaces are back", lambda: main.connections == 2 and back())
    assert await main.ask("echo", content(3)) == content(3)
    assert await main.ask("getId", namespace="/foo") == main.sio.get_sid("/foo")


async def kicked(kind, main):
    await main.emit("kick", 20)
    assert [(await main.take("tock"))[0] for _ in range(20)] == list(range(20))
    assert await main.take("disconnect") == [main.sio.reason.SERVER_DISCONNECT]


CHECKS = [
    connect, order, transport, ack, arguments, binary_event, binary_ack, question, binary_question, namespaces, auth,
    refused, rooms, large, reconnect, kicked,
]


async def run(kind):
    main = Client(kind, "/", "/foo", "/members")
    for check in CHECKS:
        await check(kind, main)
        print("ok", check.__name__, flush=True)
    await main.close()


KINDS = {"threads": socketio.Client, "asyncio": socketio.AsyncClient}
asyncio.run(asyncio.wait_for(run(KINDS[sys.argv[1]]), 50))
