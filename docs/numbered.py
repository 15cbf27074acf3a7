"""Chat by numbered datagrams (see protocol.md), for Python and MicroPython: python3 numbered.py HOST PORT NAME"""

import binascii
import os
import select
import socket
import sys
import time

passed = [0, 0]  # MicroPython's ticks, which begin anew every 12 days, and milliseconds


def now():  # milliseconds, whole ones: the numbers with a point of small devices have seven digits
    if hasattr(time, "monotonic"):
        return int(1000 * time.monotonic())
    ticks = time.ticks_ms()
    passed[:] = [ticks, passed[1] + time.ticks_diff(ticks, passed[0])]
    return passed[1]


class Numbered:
    def __init__(self, host, port):
        self.token, self.sent_at = binascii.hexlify(os.urandom(8)).decode(), now() - 9000
        self.open = self.over = False
        family, kind, _, _, self.address = socket.getaddrinfo(host, port, 0, socket.SOCK_DGRAM)[0]
        self.socket = socket.socket(family, kind)
        self.queue, self.flight, self.next, self.heard, self.patience = b"", {}, 1, 0, 1000
        self.read, self.ahead, self.asked, self.confirm_at, self.line = 0, {}, {}, 0, b""

    def send(self, packet):
        self.sent_at = now()
        self.socket.sendto(packet, self.address)

    def send_data(self, number, payload, missing="-"):
        self.confirm_at = 0
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
        time_now, lines = now(), []
        if self.flight and min(self.flight) <= confirmed:
            self.heard, self.patience = time_now, 1000
        self.flight = {n: sent for n, sent in self.flight.items() if n > confirmed}
        for first, _, last in (part.partition("-") for part in missing.split(",") if part != "-"):
            for n in [n for n in self.flight if int(first) <= n <= int(last or first)]:
                self.send_data(n, self.flight[n])
        if self.read < number <= self.read + 32:
            self.ahead[number] = payload
            for n in range(self.read + 1, number):
                self.asked.setdefault(n, time_now + 60)
        if number:
            self.confirm_at = self.confirm_at or time_now + 200
        while self.read + 1 in self.ahead:
            self.read += 1
            self.asked.pop(self.read, None)
            *whole, self.line = (self.line + self.ahead.pop(self.read)).split(b"\n")
            lines += whole
        return lines

    def tick(self, alive):  # sends what is due; to be called about every 50 ms
        time_now = now()
        if not self.open:
            if time_now - self.sent_at > 1000:
                self.send((f"H {self.token}".encode() + b" " * 64)[:64])
            return
        if self.flight and time_now - self.heard > self.patience:
            self.heard, self.patience = time_now, min(8000, 2 * self.patience)
            self.send_data(max(self.flight), self.flight[max(self.flight)])
        while self.queue and (not self.flight or self.next - min(self.flight) < 32):
            self.heard = self.heard if self.flight else time_now
            self.flight[self.next], self.queue = self.queue[:900], self.queue[900:]
            self.send_data(self.next, self.flight[self.next])
            self.next += 1
        due = sorted(n for n, at in self.asked.items() if at <= time_now and n not in self.ahead)[:8]
        self.asked.update({n: time_now + 400 for n in due})
        if due or (self.confirm_at and self.confirm_at <= time_now):
            self.send_data(0, b"", ",".join(map(str, due)) or "-")
        if time_now - self.sent_at > alive:
            self.send(f"A {self.token}".encode())


def polled(source):
    poll = select.poll()
    poll.register(source, select.POLLIN)
    return poll


def main(host, port, name):
    chat, keys, typing = Numbered(host, int(port)), polled(sys.stdin), True
    is_piped = hasattr(sys.stdin, "isatty") and not sys.stdin.isatty()  # then: this name or none, see protocol.md
    arriving, chat.queue = polled(chat.socket), b"/nick " * is_piped + name.encode() + b"\n"
    answered = 0 if is_piped else now() - 500  # a refusal ends it within a moment; until then nothing is read
    while not chat.over:
        for line in chat.receive(chat.socket.recv(2048)) if arriving.poll(50) else []:
            print("".join(c for c in line.decode() if " " <= c <= "~" or c > "\x9f"))
            answered = answered or now()
        while typing and answered and now() - answered >= 500 and len(chat.queue) < 4096 and keys.poll(0):
            typed = os.read(0, 4096) if hasattr(os, "read") else sys.stdin.buffer.read(1)
            chat.queue, typing = chat.queue + (typed or b"\n/quit\n"), bool(typed)
        if hasattr(sys.stdout, "flush"):
            sys.stdout.flush()
        chat.tick(20000 if typing else 1000)  # soon at the end, in case the E got lost
    return int(typing or bool(chat.queue or chat.flight))  # 1 where something is not said


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
