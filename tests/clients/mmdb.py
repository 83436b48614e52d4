"""Writes databases of places of addresses in the public MMDB format (binary format 2.0): a tree over the bits of addresses,
the records that its leaves point at, and metadata."""

import ipaddress
import struct

RECORD_BITS = 24
SEPARATOR = bytes(16)
METADATA_MARK = b"\xab\xcd\xefMaxMind.com"
POINTER, TEXT, DOUBLE, UINT16, UINT32, MAP, UINT64, ARRAY, BOOLEAN = 1, 2, 3, 5, 6, 7, 9, 11, 14


class Number(int):
    """A number with its kind."""

    def __new__(cls, value, kind):
        made = super().__new__(cls, value)
        made.kind = kind
        return made


class Data:
    """The data section. What was written is pointed at when it comes again, as real databases do."""

    def __init__(self, points=True):
        self.bytes, self.known, self.points = bytearray(), {}, points

    def add(self, value):
        """Writes a value at the end; where it begins."""
        at = len(self.bytes)
        self.bytes += self.encode(value, at)
        return at

    def encode(self, value, at):
        key = repr(value)
        if self.points and len(key) > 8:
            if key in self.known:
                return bytes([POINTER << 5 | 3 << 3]) + struct.pack(">I", self.known[key])
            self.known[key] = at
        match value:
            case bool():
                return control(BOOLEAN, int(value))
            case Number():
                raw = int(value).to_bytes(8, "big").lstrip(b"\0")
                return control(value.kind, len(raw)) + raw
            case float():
                return control(DOUBLE, 8) + struct.pack(">d", value)
            case str():
                return control(TEXT, len(value.encode())) + value.encode()
            case list():
                made = control(ARRAY, len(value))
                for member in value:
                    made += self.encode(member, at + len(made))
                return made
            case dict():
                made = control(MAP, len(value))
                for name, member in value.items():
                    made += self.encode(name, at + len(made))
                    made += self.encode(member, at + len(made))
                return made
        raise TypeError(value)


def control(kind, size):
    """The bytes before a value: its kind and its size."""
    extended = bytes([kind - 7]) if kind > 7 else b""
    first = (0 if kind > 7 else kind) << 5
    if size < 29:
        return bytes([first | size]) + extended
    if size < 285:
        return bytes([first | 29]) + extended + bytes([size - 29])
    return bytes([first | 30]) + extended + struct.pack(">H", size - 285)


def write(path, networks, ip_version=6):
    """A database of these networks and what is to be said of them. Networks of IPv4 lie below ::/96."""
    nodes, data = [[None, None]], Data()
    width = 128 if ip_version == 6 else 32
    for network, record in networks.items():
        network = ipaddress.ip_network(network)
        length = network.prefixlen + (width - network.max_prefixlen)
        bits = f"{int(network.network_address):0{width}b}"[:length]
        node = 0
        for bit in map(int, bits[:-1]):
            if nodes[node][bit] is None:
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit]
        nodes[node][int(bits[-1])] = ("data", data.add(record))
    tree = bytearray()
    for node in nodes:
        for side in node:
            number = len(nodes) if side is None else side
            if isinstance(side, tuple):
                number = len(nodes) + len(SEPARATOR) + side[1]
            tree += number.to_bytes(RECORD_BITS // 8, "big")
    metadata = Data(points=False)
    metadata.add({
        "node_count": Number(len(nodes), UINT32), "record_size": Number(RECORD_BITS, UINT16),
        "ip_version": Number(ip_version, UINT16), "database_type": "Test-City", "languages": ["en", "zh-CN"],
        "binary_format_major_version": Number(2, UINT16), "binary_format_minor_version": Number(0, UINT16),
        "build_epoch": Number(1_795_334_400, UINT64), "description": {"en": "places for a test"},
    })
    path.write_bytes(bytes(tree) + SEPARATOR + bytes(data.bytes) + METADATA_MARK + bytes(metadata.bytes))
    return path
