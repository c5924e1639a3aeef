"""HdrHistogram's V2 compressed form in base64, as harness/data/histogram_v2.h describes it: read only, 3 significant digits."""
import base64
import struct
import zlib

COOKIE, COMPRESSED_COOKIE, SUB_BUCKETS_HALF = 0x1c849303, 0x1c849304, 1024


def _varints(payload):
    """ZigZag LEB128 of 64 bits: the ninth byte of one has eight bits of value."""
    value = shift = 0
    for byte in payload:
        is_ninth = shift == 56
        value |= (byte if is_ninth else byte & 127) << shift
        shift += 7
        if byte < 128 or is_ninth:
            yield value >> 1 ^ -(value & 1)
            value = shift = 0


def _middle(index):
    """Of the values that are counted there."""
    bucket = max(0, index // SUB_BUCKETS_HALF - 1)
    return ((index - bucket * SUB_BUCKETS_HALF) << bucket) + ((1 << bucket) - 1) / 2


def read(text):
    """[(value, count)], ascending."""
    data = base64.b64decode(text)
    cookie, length = struct.unpack_from(">II", data)
    plain = zlib.decompress(data[8:8 + length])
    inner, payload = struct.unpack_from(">II", plain)
    if cookie & ~0xf0 != COMPRESSED_COOKIE or inner & ~0xf0 != COOKIE:
        raise ValueError(f"no V2 histogram: {cookie:#x}, {inner:#x}")
    index, found = 0, []
    for count in _varints(plain[40:40 + payload]):
        if count > 0:
            found.append((_middle(index), count))
        index += max(1, -count)  # less than 0: so many indexes without a value
    return found
