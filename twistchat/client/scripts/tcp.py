#!/usr/bin/env python3
"""Chat over TCP with nothing but Python: python3 chat.py HOST [PORT] NAME

What you type is said, what the others say is shown. /help shows the commands; Ctrl-D leaves.
"""

import codecs
import socket
import sys
import threading


def harmless(text: str) -> str:
    """What a terminal would act on, and line ends of other systems, are left out."""
    return "".join(c for c in text if c == "\n" or (c >= " " and not "\x7f" <= c <= "\x9f"))


def listen(connection: socket.socket) -> None:
    """Show what comes until the server hangs up; a character may be cut between two reads."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    while True:
        try:
            data = connection.recv(4096)
        except OSError:
            data = b""
        if not data:
            return
        sys.stdout.write(harmless(decode(data)))
        sys.stdout.flush()


def main(host: str, port: str, name: str) -> None:
    connection = socket.create_connection((host, int(port)))
    prompt = b""
    while len(prompt) < len(b"NICKNAME"):
        data = connection.recv(8 - len(prompt))
        if not data:
            sys.exit("The server hung up: " + prompt.decode("utf-8", "replace"))
        prompt += data
    connection.sendall((name + "\n").encode())
    listener = threading.Thread(target=listen, args=(connection,), daemon=True)
    listener.start()
    try:
        for line in sys.stdin:
            connection.sendall(line.rstrip("\n").encode("utf-8", "replace") + b"\n")
        connection.sendall(b"/quit\n")
    except (OSError, KeyboardInterrupt):
        pass
    listener.join(5)
    connection.close()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 4 else "7976", sys.argv[-1])
