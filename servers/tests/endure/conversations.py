"""What a client says to a server, what it must hear, byte for byte, and whether it did."""
import re
import select
import socket
import time

PATTERN = bytes(i % 251 for i in range(251)) * 4200
HELLO = b"Hello, World!"
HEAD = re.compile(
    rb"HTTP/1\.1 (\d{3}) [A-Za-z ]+\r\n(?:[A-Za-z-]+: [^\r\n]+\r\n)*?Date: [A-Z][a-z]{2}, [^\r\n]{20} GMT\r\n"
    rb"(?:[A-Za-z-]+: [^\r\n]+\r\n)*\r\n")
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n")


class Wrong(Exception):
    """An answer that no fault excuses."""


class Gone(Exception):
    """The server has closed or reset the connection; what came until then was right."""


class Refused(Exception):
    """An answer of status 400 or more to what is to be answered otherwise."""


class Late(Exception):
    """Nothing has come for too long."""


def get(target):
    return b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % target


def post(body):
    return b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def post_chunked(body):
    """Chunks of growing size, one with an extension, and a trailer."""
    said = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    at, size = 0, 1
    while at < len(body):
        piece = body[at:at + size]
        said += b"%x%s\r\n%s\r\n" % (len(piece), b";a=b" if size == 4 else b"", piece)
        at, size = at + size, 2 * size
    return said + b"0\r\nX-Trailer: 1\r\n\r\n"


class Conversation:
    """Requests, sent at once, and the (status, body) of their answers."""

    def __init__(self, name, said, answers, least_s=0.0):
        self.name, self.said, self.answers, self.least_s = name, said, answers, least_s


PLAINTEXT = Conversation("plaintext", get(b"/plaintext"), [(200, HELLO)])
PIPELINED = Conversation(
    "pipelined", (get(b"/plaintext") + post(b"abc") + get(b"/bytes/300") + get(b"/nowhere")) * 8,
    [(200, HELLO), (200, b"abc"), (200, PATTERN[:300]), (404, None)] * 8)
ECHO_4K = Conversation("echo 4 KiB", post(PATTERN[:4096]), [(200, PATTERN[:4096])])
ECHO_100K = Conversation("echo 100 KiB", post(PATTERN[:102400]), [(200, PATTERN[:102400])])
BYTES_64K = Conversation("bytes 64 KiB", get(b"/bytes/65536"), [(200, PATTERN[:65536])])
BYTES_1M = Conversation("bytes 1 MiB", get(b"/bytes/1048576"), [(200, PATTERN[:1048576])])
CHUNKED = Conversation("a chunked body", post_chunked(PATTERN[:20000]), [(200, PATTERN[:20000])])
WAIT = Conversation("wait 50 ms", get(b"/wait/50"), [(204, b"")], 0.05)
PROXIED = [
    Conversation("proxied plaintext", get(b"/proxy/plaintext"), [(200, HELLO)]),
    Conversation("proxied, pipelined",
                 (get(b"/proxy/plaintext") + get(b"/proxy/bytes/300") + get(b"/plaintext")) * 4,
                 [(200, HELLO), (200, PATTERN[:300]), (200, HELLO)] * 4),
    Conversation("proxied bytes 64 KiB", get(b"/proxy/bytes/65536"), [(200, PATTERN[:65536])]),
    Conversation("proxied 404", get(b"/proxy/nowhere"), [(404, None)]),
    Conversation("proxied wait 50 ms", get(b"/proxy/wait/50"), [(204, b"")], 0.05)]
ALL = [PLAINTEXT, PIPELINED, ECHO_4K, CHUNKED, WAIT, ECHO_100K, BYTES_64K, BYTES_1M]


def next_answer(heard):
    """(status, body, what follows) of the first answer in heard; None: it is not whole yet."""
    end = heard.find(b"\r\n\r\n")
    if end < 0:
        if len(heard) > 8192:
            raise Wrong(f"no head in {bytes(heard[:80])!r}")
        return None
    head = HEAD.fullmatch(heard, 0, end + 4)
    if not head:
        raise Wrong(f"not the head of an answer: {bytes(heard[:end + 4])!r}")
    status = int(head.group(1))
    length = LENGTH.search(heard, 0, end + 4)
    if bool(length) == (status == 204):
        raise Wrong(f"Content-Length of a {status}: {bytes(heard[:end + 4])!r}")
    body_end = end + 4 + (int(length.group(1)) if length else 0)
    if len(heard) < body_end:
        return None
    return status, bytes(heard[end + 4:body_end]), heard[body_end:]


class Client:
    """One connection."""

    def __init__(self, port, patience_s=10.0):
        self.patience_s = patience_s
        self.heard = bytearray()
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience_s)
        except OSError as error:
            raise Gone(str(error)) from error
        self.socket.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, said):
        """Sends and hears at the same time, until all is sent."""
        said = memoryview(said)
        while said:
            readable, writable, _ = select.select([self.socket], [self.socket], [], self.patience_s)
            if not readable and not writable:
                raise Late("takes no more of a request")
            if readable:
                self.hear()
            if writable:
                try:
                    said = said[self.socket.send(said):]
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise Gone(str(error)) from error

    def hear(self):
        try:
            piece = self.socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError as error:
            raise Gone(str(error)) from error
        if not piece:
            raise Gone("closed")
        self.heard += piece

    def answer(self):
        """The next answer: (status, body)."""
        while True:
            answer = next_answer(self.heard)
            if answer:
                self.heard = answer[2]
                return answer[:2]
            if not select.select([self.socket], [], [], self.patience_s)[0]:
                raise Late(f"no answer but {bytes(self.heard[:200])!r} after {self.patience_s} s")
            self.hear()

    def listen(self, conversation):
        """Hears the answers to a conversation whose requests have been said."""
        for number, (status, body) in enumerate(conversation.answers):
            got_status, got_body = self.answer()
            if got_status >= 500 or got_status >= 400 > status:
                raise Refused(f"{conversation.name}: answer {number}: {got_status}")
            if got_status != status or (body is not None and got_body != body):
                raise Wrong(f"{conversation.name}: answer {number}: {got_status} with {len(got_body)} octets, "
                            f"first {got_body[:40]!r}, where {status} with {len(body or b'')} is right")
        if self.heard:
            raise Wrong(f"{conversation.name}: {len(self.heard)} octets too many: {bytes(self.heard[:80])!r}")

    def hold(self, conversation):
        began = time.monotonic()
        self.say(conversation.said)
        self.listen(conversation)
        if time.monotonic() - began < conversation.least_s:
            raise Wrong(f"{conversation.name}: answered after {time.monotonic() - began:.3f} s")


def hold_all(port, conversations, patience_s=10.0):
    """All on one connection. Returns what was wrong, or nothing."""
    at = "connecting"
    try:
        with Client(port, patience_s) as client:
            for conversation in conversations:
                at = conversation.name
                client.hold(conversation)
    except (Wrong, Refused, Gone, Late) as error:
        return f"{at}: {type(error).__name__}: {error}"
    return ""
