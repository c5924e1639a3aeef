"""Many clients in one process: raw connections on epoll, which send what they are told and note what comes
and how it ends."""
import errno
import select
import socket
import struct
import time

from good import PLAINTEXT_BODY

KEPT_BYTES = 4096  # of what a client is sent, from its end
SOURCE_CLIENTS = 10000  # from one address, before its ports run out
IP_BIND_ADDRESS_NO_PORT = 24  # ip(7): the port is chosen by connect(2)

FIN = "fin"
RESET = "reset"


class Client:
    """ended: empty while it is open, FIN, RESET, or another error's name. answers: to PLAINTEXT."""

    __slots__ = ("crowd", "socket", "tail", "bytes_count", "answers", "opened_s", "ended", "ended_s",
                 "is_connected", "is_reading", "note")

    def __init__(self, crowd, connection):
        self.crowd, self.socket = crowd, connection
        self.tail, self.bytes_count, self.answers = b"", 0, 0
        self.opened_s, self.ended, self.ended_s = time.monotonic(), "", 0.0
        self.is_connected = False
        self.is_reading = True
        self.note = None  # the caller's

    def end(self, how):
        self.ended, self.ended_s = how, time.monotonic()

    def fail(self, error):
        names = {errno.ECONNRESET: RESET, errno.EPIPE: RESET}
        self.end(names.get(error, errno.errorcode.get(error, str(error))))

    def send(self, data):
        """What there is room for; returns how much that was."""
        if self.ended and self.ended != FIN:
            return 0
        try:
            return self.socket.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return 0
        except OSError as error:
            self.fail(error.errno)
            return 0

    def receive(self, limit=65536):
        try:
            data = self.socket.recv(limit)
        except BlockingIOError:
            return b""
        except OSError as error:
            self.fail(error.errno)
            return b""
        if not data:
            self.end(FIN)
        self.bytes_count += len(data)
        joined = self.tail + data
        self.answers += joined.count(PLAINTEXT_BODY, max(0, len(self.tail) - len(PLAINTEXT_BODY) + 1))
        self.tail = joined[-KEPT_BYTES:]
        return data

    def finish(self):
        """Sends FIN and goes on reading."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.fail(error.errno)

    def close(self):
        """Also resets, if something has come that was not read (RFC 9293 section 3.10.4)."""
        del self.crowd.clients[self.socket.fileno()]
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


class Crowd:
    """Clients of one server; all are closed at its end."""

    def __init__(self, port):
        self.port = port
        self.epoll = select.epoll()
        self.clients = {}
        self.opened = 0
        self.hear = None  # called with a client and what has come
        self.answers_fin = False  # with FIN, as clients do; else their ends stay open

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in list(self.clients.values()):
            client.socket.close()
        self.clients.clear()
        self.epoll.close()

    def begin(self, count, receive_bytes=0, segment_bytes=0, is_reading=True):
        """That many clients who begin to connect; run() sees to the rest. With segment_bytes the path is
        one of such segments, on which the server's socket buffers less."""
        return [self.begin_one(receive_bytes, segment_bytes, is_reading) for _ in range(count)]

    def begin_one(self, receive_bytes, segment_bytes, is_reading):
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        if segment_bytes:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment_bytes)
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind((f"127.0.0.{2 + self.opened // SOURCE_CLIENTS % 200}", 0))
        self.opened += 1
        client = Client(self, connection)
        client.is_reading = is_reading
        self.clients[connection.fileno()] = client
        self.epoll.register(connection.fileno(), select.EPOLLOUT)
        error = connection.connect_ex(("127.0.0.1", self.port))
        if error not in (0, errno.EINPROGRESS):
            client.fail(error)
        return client

    def open(self, count, within_s=20, **how):
        """That many who are connected."""
        clients = self.begin(count, **how)
        if not self.run(within_s, lambda: all(c.is_connected or c.ended for c in clients)):
            raise TimeoutError(f"{sum(c.is_connected for c in clients)} of {count} connected")
        failed = [c.ended for c in clients if c.ended]
        if failed:
            raise ConnectionError(f"{len(failed)} of {count} did not connect: {failed[0]}")
        return clients

    def listen(self, client):
        """One that does not read hears of its end alone, and that once."""
        events = (select.EPOLLIN | select.EPOLLRDHUP if client.is_reading
                  else select.EPOLLRDHUP | select.EPOLLET)
        self.epoll.modify(client.socket.fileno(), events)

    def read(self, client):
        """From now on."""
        client.is_reading = True
        if client.is_connected and not client.ended:
            self.listen(client)

    def serve(self, client, events):
        if not client.is_connected:
            error = client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                client.fail(error)
            else:
                client.is_connected = True
                self.listen(client)
        elif client.is_reading:
            data = client.receive()
            if data and self.hear:
                self.hear(client, data)
            if client.ended == FIN and self.answers_fin:
                client.socket.shutdown(socket.SHUT_WR)
        elif events & (select.EPOLLHUP | select.EPOLLERR):
            error = client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            client.fail(error or errno.ECONNRESET)

    def turn(self, seconds):
        """What has come, or comes within that time."""
        for fd, events in self.epoll.poll(seconds, 1024):
            client = self.clients[fd]
            if not client.ended:
                self.serve(client, events)
            if client.ended:
                self.epoll.unregister(fd)

    def run(self, seconds, is_done=None):
        """For so long, or until it is done; returns whether it is."""
        until_s = time.monotonic() + seconds
        while True:
            if is_done and is_done():
                return True
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return False
            self.turn(min(left_s, 0.02 if is_done else left_s))


def ends(clients):
    """How many ended in which way."""
    counts = {}
    for client in clients:
        counts[client.ended or "open"] = counts.get(client.ended or "open", 0) + 1
    return counts
