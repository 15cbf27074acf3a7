"""The threaded tutorial's chat server, made again from its behaviour, to compare with.

A thread for each client; what a `recv` brings goes to everyone, the speaker included, by one blocking send each.
Run it as `python -m twistchat.bench.tutorial PORT`.
"""

from __future__ import annotations

import socket
import sys
import threading

clients: list[socket.socket] = []


def broadcast(message: bytes) -> None:
    """Send to everyone, one after another."""
    for client in list(clients):
        try:
            client.sendall(message)
        except OSError:
            continue


def serve(client: socket.socket) -> None:
    """Pass on what one client sends until it is gone."""
    client.sendall(b"NICKNAME")
    nickname = client.recv(1024)
    clients.append(client)
    broadcast(nickname + b" joined!\n")
    client.sendall(b"Connected to server!")
    while True:
        try:
            message = client.recv(1024)
        except OSError:
            message = b""
        if not message:
            break
        broadcast(message)
    clients.remove(client)
    client.close()
    broadcast(nickname + b" left!\n")


def main(port: int) -> None:
    """Listen on loopback for ever."""
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
