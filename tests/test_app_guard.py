"""Who may speak to the page: foreign hosts and origins, too much and too often are refused."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from command_line import fails
from cxsim import cli
from cxsim.app import guard
from cxsim.app.serve import FIRST_PORT, free_port

PORT = 8123
OURS = f"127.0.0.1:{PORT}"


def ask(kind: str, headers: dict[str, str], query: str = "", method: str = "GET") -> list[dict[str, Any]]:
    """What is sent back: by the page, which answers 200 or accepts, or by its guard."""
    sent: list[dict[str, Any]] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        else:
            await send({"type": "websocket.accept"})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    scope = {
        "type": kind,
        "method": method,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "query_string": query.encode(),
    }
    asyncio.run(guard.Guard(page, PORT)(scope, receive, send))
    return sent


def status(*args: Any, **more: Any) -> int:
    return int(ask("http", *args, **more)[0]["status"])


def test_the_own_browser_is_let_in() -> None:
    assert status({"host": OURS}) == 200
    assert status({"host": f"localhost:{PORT}", "origin": f"http://localhost:{PORT}"}) == 200
    assert ask("websocket", {"host": OURS, "origin": f"http://{OURS}"})[0]["type"] == "websocket.accept"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "evil.example"},
        {"host": f"evil.example:{PORT}"},
        {"host": "127.0.0.1:9999"},
        {"host": f"127.0.0.1.evil.example:{PORT}"},
        {"host": OURS, "origin": "http://evil.example"},
        {"host": OURS, "origin": "null"},
        {"host": OURS, "origin": "http://127.0.0.1:9999"},
        {"host": OURS, "origin": f"https://{OURS}"},
        {"host": OURS, "origin": f"http://{OURS}.evil.example"},
        {"host": OURS, "origin": f"http://{OURS}@evil.example"},
        {"host": OURS, "origin": "http://[::1"},
    ],
)
def test_foreign_hosts_and_origins_are_refused(headers: dict[str, str]) -> None:
    assert status(headers) == 403
    closed = ask("websocket", {"origin": f"http://{OURS}", **headers})
    assert closed == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_from_elsewhere_is_followed_and_nothing_else(site: str) -> None:
    for wanted, answer in (("document", 200), ("image", 403), ("iframe", 403), ("empty", 403)):
        assert status({"host": OURS, "sec-fetch-site": site, "sec-fetch-dest": wanted}) == answer
    assert status({"host": OURS, "sec-fetch-site": "same-origin", "sec-fetch-dest": "script"}) == 200


def test_browsers_leave_out_the_port_that_is_usual() -> None:
    kept = guard.Guard(None, 80)  # type: ignore[arg-type]
    headers = [(b"host", guard.HOST.encode()), (b"origin", f"http://{guard.HOST}".encode())]
    assert not kept._refused({"type": "websocket", "headers": headers})
    assert kept._refused({"type": "websocket", "headers": [headers[0], (b"origin", b"http://evil.example")]})


def test_a_websocket_without_an_origin_is_no_browser() -> None:
    assert ask("websocket", {"host": OURS})[0]["type"] == "websocket.close"


def test_nothing_is_posted_and_polled() -> None:
    assert status({"host": OURS}, method="POST") == 403
    assert status({"host": OURS}, "EIO=4&transport=polling") == 403
    assert status({"host": OURS}, "&".join(["a=1"] * 501)) == 403, "and nothing is asked in too many words"


def test_the_browser_is_told_to_ask_nobody_else() -> None:
    (start,) = ask("http", {"host": OURS})
    policy = dict(start["headers"])[b"content-security-policy"].decode()
    assert "default-src 'self'" in policy and "connect-src 'self'" in policy and "http" not in policy


def test_messages_are_bounded_in_size_and_rate() -> None:
    async def many(text: str, n: int) -> list[str]:
        async def receive() -> Any:
            return {"type": "websocket.receive", "text": text}

        metered = guard._Metered(receive)
        return [(await metered())["type"] for _ in range(n)]

    kinds = asyncio.run(many("move", guard.BURST + 100))
    assert kinds[: guard.BURST] == ["websocket.receive"] * guard.BURST and kinds[-1] == "websocket.disconnect"
    assert asyncio.run(many("x" * (guard.LARGEST + 1), 1)) == ["websocket.disconnect"]


def test_ports() -> None:
    with socket.socket() as taken:
        taken.bind((guard.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} is taken; choose another with --port"):
            free_port(port)
    assert free_port(port) == port
    assert free_port(None) >= FIRST_PORT


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxsim.app.serve.find_spec", lambda name: object())  # here or not
    assert "two scenarios, or none, not 1" in fails(capsys, ["app", "baseline"])
    assert "did you mean" in fails(capsys, ["app", "baselin", "baseline"])
    assert "expected a whole number" in fails(capsys, ["app", "--port", "70000"])
    monkeypatch.setattr("cxsim.app.serve.find_spec", lambda name: None)
    assert 'pip install "cxsim[app]"' in fails(capsys, ["app"])


def test_ctrl_c_is_how_it_ends(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cxsim.app.serve.serve", stop)
    assert cli.main(["app"]) == 0 and capsys.readouterr() == ("", "")


def test_assets_are_ours_and_ask_for_nothing() -> None:
    folder = Path(guard.__file__).parent
    for file in [*folder.glob("*.js"), *folder.glob("*.css")]:
        assert "http" not in file.read_text(encoding="utf-8").replace("//", ""), file.name
