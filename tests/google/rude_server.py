"""A server that answers in every way that hurts: byte by byte what a test tells it to, over a real socket.

It gives out access tokens too, so that the real google-auth signs in.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ADDRESS = "kpi@factory.iam.example"
Answer = Callable[[socket.socket], None]


@dataclass
class Rude:
    """`script` holds the answers to API requests in their order; the last one is given for ever."""

    port: int
    script: list[Answer]
    token: Answer
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    tokens: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def key_file(self, folder: Path) -> Path:
        path = folder / "key.json"
        path.write_text(json.dumps(service_account(f"{self.url}/token")))
        return path


def service_account(token_uri: str) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return {
        "type": "service_account",
        "project_id": "factory",
        "private_key_id": "1",
        "private_key": pem,
        "client_email": ADDRESS,
        "client_id": "1",
        "token_uri": token_uri,
    }


def says(code: int, body: Any = None, kind: str = "application/json", headers: str = "") -> Answer:
    """A whole answer."""
    data = body.encode() if isinstance(body, str) else json.dumps(body if body is not None else {}).encode()
    known = f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n"  # one request a line
    text = f"HTTP/1.1 {code} X\r\n{known}{headers}\r\n"
    return lambda line: line.sendall(text.encode() + data)


def fails(code: int, message: str = "no", status: str = "X", *, headers: str = "", **more: Any) -> Answer:
    return says(code, {"error": {"code": code, "message": message, "status": status, **more}}, headers=headers)


def cut(after: int, body: Any = None) -> Answer:
    """The line drops after so many bytes of the answer."""
    data = json.dumps(body if body is not None else {"sheets": []}).encode()
    whole = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
    return lambda line: line.sendall(whole[:after])


def reset(line: socket.socket) -> None:
    """The line is torn down instead of closed."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def never(line: socket.socket) -> None:
    """The line stays open until the other side has enough."""
    line.recv(1)


def grants_after(trouble: Answer, times: int) -> Answer:
    """The token host mends after so many answers."""
    left = iter([trouble] * times)
    return lambda line: next(left, grants)(line)


def grants(line: socket.socket) -> None:
    says(200, {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})(line)


@contextmanager
def rude_server(*script: Answer, token: Answer = grants) -> Iterator[Rude]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        rude = Rude(listening.getsockname()[1], list(script), token)
        thread = threading.Thread(target=_serve, args=(listening, rude), daemon=True)
        thread.start()
        yield rude
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve(listening: socket.socket, rude: Rude) -> None:
    while True:
        try:
            line, _ = listening.accept()
        except OSError:
            return
        with line:
            line.settimeout(5)
            try:
                _answer(line, rude)
            except OSError:
                continue


def _answer(line: socket.socket, rude: Rude) -> None:
    """One request a connection."""
    head, _, body = _received(line).partition(b"\r\n\r\n")
    request = head.split(b"\r\n", 1)[0].decode()
    if not request:
        return
    if " /token " in request:
        rude.tokens += 1
        rude.token(line)
        return
    rude.asked.append(request)
    rude.bodies.append(body)
    rude.script[min(len(rude.asked), len(rude.script)) - 1](line)


def _received(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = line.recv(65_536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
    while len(body) < length:
        body += line.recv(65_536)
    return head + b"\r\n\r\n" + body
