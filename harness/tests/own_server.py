#!/usr/bin/env python3
"""A server of one's own, as docs/servers.md describes it: one route, kept alive, pipelined, and the process contract."""
import argparse, asyncio, signal

HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!"
NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

class Client(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.rest = transport, b""
    def data_received(self, data):
        *heads, self.rest = (self.rest + data).split(b"\r\n\r\n")
        self.transport.write(b"".join(HELLO if head.startswith(b"GET /plaintext ") else NOTHING for head in heads))

async def main(options):
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(Client, options.address, options.port)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await stopped.wait()

parser = argparse.ArgumentParser()
for name, default in (("address", "127.0.0.1"), ("port", 0), ("workers", 1), ("max-connections", 10000)):
    parser.add_argument("--" + name, type=type(default), default=default)
asyncio.run(main(parser.parse_args()))
