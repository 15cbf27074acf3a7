"""Chat by numbered datagrams (see protocol.md), to be ported to other devices: python3 numbered.py HOST PORT NAME"""

import os
import secrets
import select
import socket
import sys
import time


class Numbered:
    def __init__(self, host, port):
        self.token, self.sent_at = secrets.token_urlsafe(12), -9.0
        self.open = self.over = False
        family, kind, _, _, self.address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self.socket = socket.socket(family, kind)
        self.queue, self.flight, self.next, self.heard, self.patience = b"", {}, 1, 0.0, 1.0
        self.read, self.ahead, self.asked, self.confirm_at, self.line = 0, {}, {}, 0.0, b""

    def send(self, packet):
        self.sent_at = time.monotonic()
        self.socket.sendto(packet, self.address)

    def send_data(self, number, payload, missing="-"):
        self.confirm_at = 0.0
        self.send(f"D {self.token} {number} {self.read} {missing}\n".encode() + payload)

    def receive(self, packet):  # returns the lines that are whole now
        verb, _, rest = packet.partition(b" ")
        if verb == b"K":  # at first, and where the address of this end has changed
            self.send(b"H " + self.token.encode() + b" " + rest)
        if not rest.startswith(self.token.encode()):
            return []
        self.open, self.over = self.open or verb == b"O", self.over or verb == b"E"
        if verb != b"D":
            return []
        header, _, payload = rest.partition(b"\n")
        _, number, confirmed, missing = header.decode().split()
        return self.take(int(number), int(confirmed), missing, payload)

    def take(self, number, confirmed, missing, payload):
        now, lines = time.monotonic(), []
        if self.flight and min(self.flight) <= confirmed:
            self.heard, self.patience = now, 1.0
        self.flight = {n: sent for n, sent in self.flight.items() if n > confirmed}
        for first, _, last in (part.partition("-") for part in missing.split(",") if part != "-"):
            for n in [n for n in self.flight if int(first) <= n <= int(last or first)]:
                self.send_data(n, self.flight[n])
        if self.read < number <= self.read + 32:
            self.ahead[number] = payload
            for n in range(self.read + 1, number):
                self.asked.setdefault(n, now + 0.06)
        if number:
            self.confirm_at = self.confirm_at or now + 0.2
        while self.read + 1 in self.ahead:
            self.read += 1
            self.asked.pop(self.read, None)
            *whole, self.line = (self.line + self.ahead.pop(self.read)).split(b"\n")
            lines += whole
        return lines

    def tick(self, alive):  # sends what is due; to be called about every 50 ms
        now = time.monotonic()
        if not self.open:
            if now - self.sent_at > 1.0:
                self.send(f"H {self.token}".encode().ljust(64))
            return
        if self.flight and now - self.heard > self.patience:
            self.heard, self.patience = now, min(8.0, 2 * self.patience)
            self.send_data(max(self.flight), self.flight[max(self.flight)])
        while self.queue and (not self.flight or self.next - min(self.flight) < 32):
            self.heard = self.heard if self.flight else now
            self.flight[self.next], self.queue = self.queue[:900], self.queue[900:]
            self.send_data(self.next, self.flight[self.next])
            self.next += 1
        due = sorted(n for n, at in self.asked.items() if at <= now and n not in self.ahead)[:8]
        self.asked.update(dict.fromkeys(due, now + 0.4))
        if due or (self.confirm_at and self.confirm_at <= now):
            self.send_data(0, b"", ",".join(map(str, due)) or "-")
        if now - self.sent_at > alive:
            self.send(f"A {self.token}".encode())


def main(host, port, name):
    chat, sources = Numbered(host, int(port)), [0]
    chat.queue = name.encode() + b"\n"
    while not chat.over:
        for ready in select.select([chat.socket, *sources], [], [], 0.05)[0]:
            if ready == 0:
                typed = os.read(0, 4096)
                chat.queue, sources = chat.queue + (typed or b"\n/quit\n"), sources if typed else []
                continue
            for line in chat.receive(chat.socket.recv(2048)):
                print("".join(c for c in line.decode("utf-8", "replace") if " " <= c <= "~" or c > "\x9f"), flush=True)
        chat.tick(20 if sources else 1)  # soon at the end, in case the E got lost


if __name__ == "__main__":
    main(*sys.argv[1:])
