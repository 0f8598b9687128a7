"""How is a twin asked faster than it can answer? By bare sockets that send what was made and signed beforehand."""

from __future__ import annotations

import re
import socket
import time

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
GOOD = (b"HTTP/1.1 20", b"HTTP/1.1 304")


def hammer(host: str, port: int, prepared: list[bytes], connections: int, begin: float) -> tuple[float, float]:
    """Send all requests over so many connections at once, each waiting for its answer; returns begin and end."""
    sockets = [socket.create_connection((host, port)) for _ in range(connections)]
    for one in sockets:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while time.time() < begin:
        pass
    start = time.time()
    for place in range(0, len(prepared), connections):
        turn = prepared[place : place + connections]
        for one, request in zip(sockets, turn, strict=False):
            one.sendall(request)
        for one, _ in zip(sockets, turn, strict=False):
            _answer(one)
    end = time.time()
    for one in sockets:
        one.close()
    return start, end


def _answer(one: socket.socket) -> None:
    """Read one whole answer; anything but success is an error of the bench."""
    found = one.recv(65536)
    while b"\r\n\r\n" not in found:
        found += one.recv(65536)
    head, _, body = found.partition(b"\r\n\r\n")
    if not head.startswith(GOOD):
        raise RuntimeError(found[:2000].decode("utf-8", "replace"))
    length = LENGTH.search(head)
    left = int(length.group(1)) - len(body) if length else 0
    while left > 0:
        left -= len(one.recv(left))
