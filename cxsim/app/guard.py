"""Who may speak to the page: this machine's own browser, at this address, in bounded messages at a bounded rate."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

HOST = "127.0.0.1"
LARGEST = 64 * 1024
"""Bytes of a message from the browser; a hand-drawn prediction has some hundred."""
PER_SECOND, BURST = 60, 300
"""Messages that one page may send a second over a longer time, and at once."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'self'; object-src 'none'"
)
"""The browser itself refuses to ask any other place for anything."""


class Guard:
    """Refuses what does not come from a page at ``http://127.0.0.1:port`` or ``http://localhost:port``.

    A foreign Host means that a name of somebody else's was made to point here; a foreign Origin that a page from
    elsewhere asks in the browser's name.
    """

    def __init__(self, app: App, port: int) -> None:
        self._app = app
        names = (HOST, "localhost")
        self._hosts = {name if port == 80 else f"{name}:{port}" for name in names}  # as browsers write them
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed, answer everything else with 403."""
        if scope["type"] == "http":
            if self._refused(scope):
                await _answer(send, 403, b"refused: this page is for this machine only")
                return
            await self._app(scope, receive, _with_policy(send))
        elif scope["type"] == "websocket":
            if self._refused(scope):
                await receive()
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, _Metered(receive), send)
        else:
            await self._app(scope, receive, send)

    def _refused(self, scope: Scope) -> bool:
        def said(header: bytes) -> list[str]:
            return [value.decode("latin-1") for name, value in scope["headers"] if name == header]

        hosts, origins = said(b"host"), said(b"origin")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return True
        if any(o not in self._origins for o in origins):
            return True
        if scope["type"] == "websocket":
            return not origins  # browsers always send one
        foreign = {"cross-site", "same-site"}.intersection(said(b"sec-fetch-site"))
        if foreign and said(b"sec-fetch-dest") != ["document"]:
            return True  # a link from elsewhere may be followed; their pictures and frames would each be a page here
        try:
            query = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=500)
        except ValueError:  # more fields than that
            return True
        return scope["method"] not in ("GET", "HEAD") or "transport" in query  # websockets only


class _Metered:
    """Messages of one websocket; too many close it."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._left, self._at = receive, float(BURST), time.monotonic()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * PER_SECOND) - 1
        self._at = now
        if self._left < 0 or len(message.get("text") or message.get("bytes") or b"") > LARGEST:
            return {"type": "websocket.disconnect", "code": 1008}
        return message


def _with_policy(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [
                (b"content-security-policy", _POLICY.encode()),
                (b"referrer-policy", b"no-referrer"),
                (b"x-content-type-options", b"nosniff"),
                (b"cross-origin-resource-policy", b"same-origin"),
            ]
            message["headers"] = [*message.get("headers", ()), *own]
        await send(message)

    return sent


async def _answer(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
