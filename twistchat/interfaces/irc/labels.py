"""What a labelled line brings, put together to the one answer that bears its label (IRCv3 labeled-response)."""

from __future__ import annotations


class LabelledAnswer:
    """Lines that a command brings to whoever gave it, until all of it is done."""

    def __init__(self, label: str, batch: str) -> None:
        """Collect nothing yet.

        Args:
            label: The client's.
            batch: What a batch of several lines is called.
        """
        self._label = label
        self._batch = batch
        self._lines: list[bytes] = []
        self._to_self: set[bytes] = set()

    def takes(self, line: bytes, server: str, names: set[str]) -> bool:
        """Take a line if it is a part of the answer: from the server, or from the reader.

        What somebody sends to themselves comes twice: as its echo, which is a part, and as the message.

        Args:
            line: With its end.
            server: The server's name.
            names: Those that the reader has, or had when they sent the command.
        """
        said = line.partition(b" ")[2] if line.startswith(b"@") else line
        source, _, rest = said.partition(b" ")
        if source != b":" + server.encode():
            name = source[1:].partition(b"!")[0].decode()
            if name not in names:
                return False
            target = rest.strip().split(b" ", 2)[1:2]
            if target == [name.encode()] and rest.startswith((b"PRIVMSG", b"NOTICE", b"TAGMSG")):
                if said in self._to_self:
                    return False
                self._to_self.add(said)
        self._lines.append(line)
        return True

    def finished(self, server: str) -> bytes:
        """The answer: an ACK, a line, or a batch."""
        lines = self._lines
        if not lines:
            return f"@label={self._label} :{server} ACK\r\n".encode()
        if len(lines) == 1 or _is_batch(lines):
            return b"".join([tagged(lines[0], f"label={self._label}"), *lines[1:]])
        begin = f"@label={self._label} :{server} BATCH +{self._batch} labeled-response\r\n".encode()
        inside = [line if line.startswith(b"@batch=") else tagged(line, f"batch={self._batch}") for line in lines]
        return b"".join([begin, *inside, f":{server} BATCH -{self._batch}\r\n".encode()])


def _is_batch(lines: list[bytes]) -> bool:
    """Whether all of it is one batch already."""
    first, last = lines[0].split(b" BATCH +"), lines[-1].split(b" BATCH -")
    return len(first) == len(last) == 2 and first[1].split()[0] == last[1].split()[0]


def tagged(line: bytes, tag: str) -> bytes:
    """A line with one more tag."""
    return f"@{tag};".encode() + line[1:] if line.startswith(b"@") else f"@{tag} ".encode() + line
