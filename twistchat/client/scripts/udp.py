#!/usr/bin/env python3
"""Chat over UDP with nothing but Python: python3 chat.py HOST [PORT] NAME

What you type is said, what the others say is shown. /help shows the commands; Ctrl-D leaves. Datagrams may get lost.
A name that is refused is asked for again, or its code where it is your own; that is not shown while you type it.
"""

import getpass
import socket
import sys
import threading
import time

ALIVE_SECONDS = 30


def harmless(text: str) -> str:
    """What a terminal would act on is left out."""
    return "".join(c for c in text if c == "\n" or (c >= " " and not "\x7f" <= c <= "\x9f"))


def log_in(sock: socket.socket, name: str) -> str:
    """Log in, and return the name; at a terminal, a refused one is asked for again, or its code."""
    code = ""
    while refusal := ask_for(sock, name, code):
        print(harmless(refusal))
        if not sys.stdin.isatty():
            sys.exit(1)
        typed = getpass.getpass("? ").strip()
        is_code = typed.replace("-", "").replace(" ", "").isdigit()
        name, code = (name, typed.replace(" ", "")) if is_code else (typed or name, "")
    return name


def ask_for(sock: socket.socket, name: str, code: str) -> str:
    """Ask for the name until it is answered, and return why it is refused, if it is.

    A server that is far away wants a proof that this address is ours.
    """
    words = ["L", name, *([code] if code else [])]
    login = " ".join(words).encode()
    for _ in range(10):
        sock.send(login.ljust(32))
        try:
            answer = sock.recv(2048)
        except TimeoutError:
            continue
        if answer == b"OK":
            return ""
        if not answer.startswith(b"K "):
            return answer.decode("utf-8", "replace")
        login = " ".join([*words[:2], answer[2:].decode("ascii", "replace"), *words[2:]]).encode()
    sys.exit("No answer.")


def listen(sock: socket.socket, ended: threading.Event) -> None:
    """Show what comes until the goodbye."""
    while not ended.is_set():
        try:
            data = sock.recv(2048)
        except OSError:
            continue
        if data == b"EXIT":
            ended.set()
        elif data not in (b"P", b"OK"):
            print(harmless(data.decode("utf-8", "replace")), flush=True)


def stay_alive(sock: socket.socket, name: str, ended: threading.Event) -> None:
    while not ended.wait(ALIVE_SECONDS):
        sock.send(("P " + name).encode())


def main(host: str, port: str, name: str) -> None:
    family, kind, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
    sock = socket.socket(family, kind)
    sock.connect(address)
    sock.settimeout(1)
    name = log_in(sock, name)
    ended = threading.Event()
    threading.Thread(target=listen, args=(sock, ended), daemon=True).start()
    threading.Thread(target=stay_alive, args=(sock, name, ended), daemon=True).start()
    try:
        for line in sys.stdin:
            sock.send(f"C {name} {line.rstrip()}".encode("utf-8", "replace"))
            time.sleep(0.01)
    except KeyboardInterrupt:
        pass
    for _ in range(5):
        if not ended.is_set():
            sock.send(("Q " + name).encode())
            ended.wait(1)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 4 else "8888", sys.argv[-1])
