"""What passes over loopback, by the kernel's own clock: a packet socket (packet(7)) whose packets carry the time at which the
kernel took them (SO_TIMESTAMPNS, socket(7)). It takes a privilege (CAP_NET_RAW)."""
import ctypes
import socket
import struct

ETH_P_IP, PACKET_OUTGOING = 0x0800, 4
SO_ATTACH_FILTER, SO_RCVBUFFORCE, SO_TIMESTAMPNS = 26, 33, 35
ROOM_BYTES = 128 << 20


def port_filter(port):
    """Classic BPF for packets that begin with an IPv4 head of 20 bytes: either port is this one."""
    code = [(0x28, 0, 0, 20), (0x15, 2, 0, port), (0x28, 0, 0, 22), (0x15, 0, 1, port), (0x06, 0, 0, 0xffff), (0x06, 0, 0, 0)]
    return b"".join(struct.pack("HBBI", *line) for line in code), len(code)


class Wire:
    """Packets of a TCP port, from the moment it is made."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        code, length = port_filter(port)
        memory = ctypes.create_string_buffer(code)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", length, ctypes.addressof(memory)))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM_BYTES)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind(("lo", ETH_P_IP))
        self.socket.setblocking(False)

    def segments(self):
        """(time_ns, client's port, is it the client's) of each segment that carries bytes, in their order; what is sent again
        (RFC 8985: probes, too) is not, which may come behind newer bytes."""
        last = {}
        while True:
            try:
                packet, ancillary, _, address = self.socket.recvmsg(65536, 64)
            except BlockingIOError:
                return
            if address[2] == PACKET_OUTGOING:  # loopback shows each twice: as it leaves and as it comes
                continue
            from_port, to_port, sequence = struct.unpack_from(">HHI", packet, 20)
            length = struct.unpack_from(">H", packet, 2)[0] - 20 - (packet[32] >> 4) * 4
            way = from_port, to_port
            if length == 0 or not 0 < (sequence - last.get(way, sequence - 1)) % 2 ** 32 < 2 ** 31:
                continue
            last[way] = sequence
            seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
            yield (seconds * 10 ** 9 + nanoseconds, from_port if to_port == self.port else to_port, to_port == self.port)

    def lost(self):
        """How many it could not keep (PACKET_STATISTICS)."""
        return struct.unpack("II", self.socket.getsockopt(263, 6, 8))[1]

    def services_us(self):
        """From each request to its answer, in the order of the requests: the n-th segment of a connection's client and the
        n-th of its server, for requests and answers that are one segment each and not pipelined."""
        asked, found = {}, []
        for time_ns, client, is_request in self.segments():
            if is_request:
                if client in asked:
                    raise ValueError("a request before the last one was answered")
                asked[client] = (time_ns, len(found))
                found.append(None)
            elif client in asked:
                sent_ns, index = asked.pop(client)
                found[index] = (time_ns - sent_ns) / 1e3
        return [service for service in found if service is not None]
