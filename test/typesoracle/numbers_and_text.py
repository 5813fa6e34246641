"""Pairs of Avro's types without a logical type."""

import ipaddress
import math
import struct
import uuid
from decimal import Decimal

from cassandra.util import Date, Duration, Time
from pair import Pair
from times import iso, ms_to_datetime

INT = [0, 1, -1, 2**31 - 1, -(2**31)]
LONG = [0, -1, 2**63 - 1, -(2**63), 2**32]
SMALL = {"tinyint": [0, 127, -128], "smallint": [0, 32767, -32768], "int": INT}
# Milliseconds of 1970, before, after 2038, and of the first and last year that Python has.
MILLIS = [0, -1, 2**31 * 1000, -62135596800000, 253402300799999]
TEXT = ["", "plain", "grüße, 世界 🎈", "\x00", "\U0010ffff", "x" * 5000]
ASCII = ["", "plain", "\x00\x7f"]
BYTES = [b"", b"\x00", b"\xff\x00\x10", bytes(range(256))]
UUIDS = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0F5A3C10-1b2c-4d3e-8f90-a1b2c3d4e5f6"]
TIMEUUIDS = ["50554d6e-29bb-11e5-b345-feff819cdc9f", "00000000-0000-1000-8080-808080808080", "ffffffff-ffff-1fff-bf7f-7f7f7f7f7f7f"]
INETS = ["0.0.0.0", "255.255.255.255", "::", "2001:db8::8:800:200c:417a", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:192.0.2.1"]
DECIMALS = ["0", "-0.50", "1.10", "12345678901234567890123456789012345678", "-.5", "1e3", "-12.5E-7", "+7"]
FLOATS = [0.0, -0.0, 1.5, 0.1, math.nan, math.inf, -math.inf, 3.4028234663852886e38, 1.401298464324817e-45]
DOUBLES = [0.0, -0.0, 0.1, math.nan, math.inf, -math.inf, 1.7976931348623157e308, 5e-324]
ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B_2", "lower"]}
FIXED = {"type": "fixed", "name": "F", "size": 8}
TABLE = {"text", "ascii", "blob", "boolean", "tinyint", "smallint", "int", "bigint", "varint", "decimal", "float", "double",
         "timestamp", "date", "time", "duration", "uuid", "timeuuid", "inet"}


def address(text):
    ip = ipaddress.ip_address(text)
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def exact_decimal(text):
    return Decimal(text)


def integers(avro, schema, wide):
    for cql in ("tinyint", "smallint"):
        yield Pair(avro, cql, schema, SMALL[cql])
    yield Pair(avro, "int", schema, INT)
    yield Pair(avro, "bigint", schema, wide)
    yield Pair(avro, "varint", schema, wide + [127, 128, -128, -129])
    yield Pair(avro, "decimal", schema, wide, Decimal)
    yield Pair(avro, "float", schema, [0, 2**24, -(2**24), 2**30, -(2**31)], float)
    yield Pair(avro, "double", schema, [0, 2**31 - 1, -(2**31)] + ([2**53, -(2**63)] if wide is LONG else []), float)


def plain():
    for cql in sorted(TABLE) + ["list<int>", "set<int>", "map<text, int>", "tuple<text>", "addr", "vector<int, 3>"]:
        yield Pair("null", cql, "null", [None])
    yield Pair("boolean", "boolean", "boolean", [True, False])
    yield from integers("int", "int", INT)
    yield from integers("long", "long", LONG)
    yield Pair("int", "timestamp", "int", INT, ms_to_datetime)
    yield Pair("long", "timestamp", "long", MILLIS, ms_to_datetime)
    yield Pair("long", "timestamp", "long", LONG, extra=True, select="blobasbigint(timestampasblob({}))")
    yield Pair("int", "timestamp", "int", INT, lambda v: ms_to_datetime(v * 1000), unit="s", extra=True)
    yield Pair("long", "timestamp", "long", [-1, -1000, 999, 1000], lambda v: ms_to_datetime(v // 1000), unit="us", extra=True)
    yield Pair("long", "timestamp", "long", [-1, 999_999, 10**6], lambda v: ms_to_datetime(v // 10**6), unit="ns", extra=True)
    yield Pair("float", "float", "float", FLOATS)
    yield Pair("float", "double", "float", FLOATS)
    yield Pair("double", "double", "double", DOUBLES)
    yield Pair("bytes", "blob", "bytes", BYTES)
    yield Pair("fixed", "blob", FIXED, [b"\x00" * 8, b"\xff" * 8])
    yield Pair("enum", "text", ENUM, ENUM["symbols"])
    yield Pair("enum", "ascii", ENUM, ENUM["symbols"])


def text():
    schema = "string"
    yield Pair("string", "text", schema, TEXT)
    yield Pair("string", "ascii", schema, ASCII)
    yield Pair("string", "blob", schema, TEXT, str.encode)
    yield Pair("string", "uuid", schema, UUIDS, uuid.UUID)
    yield Pair("string", "timeuuid", schema, TIMEUUIDS, uuid.UUID)
    yield Pair("string", "inet", schema, INETS, address)
    yield Pair("string", "decimal", schema, DECIMALS, exact_decimal)
    yield Pair("string", "varint", schema, ["0", "-1", "+7", "9" * 100, "-" + "9" * 100], int)
    yield Pair("string", "timestamp", schema, ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59.9999Z", "2038-01-20T03:14:08.123456789+05:30",
                                               "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"], iso)
    yield Pair("string", "date", schema, ["1970-01-01", "1969-12-31", "2038-01-20", "2000-02-29", "0001-01-01", "9999-12-31"], Date)
    yield Pair("string", "time", schema, ["00:00:00", "23:59:59.999999999", "13:30:00.5", "13:30:05"], Time)
    spans = {"P1Y2M3DT4H5M6.7S": Duration(14, 3, (4 * 3600 + 5 * 60 + 6) * 10**9 + 7 * 10**8), "-P1DT1S": Duration(0, -1, -(10**9)),
             "PT0S": Duration(0, 0, 0), "P2W": Duration(0, 14, 0), "P-1Y-2DT-3.5S": Duration(-12, -2, -3_500_000_000),
             "1y2mo3d4h": Duration(14, 3, 4 * 3600 * 10**9)}
    yield Pair("string", "duration", schema, list(spans), spans.get)


def unions():
    numbers, mixed = ["null", "int", "long"], ["null", "int", "string"]
    for pair in integers("union of int and long", numbers, LONG):
        yield pair
    yield Pair("union of int and long", "timestamp", numbers, MILLIS, ms_to_datetime)
    yield Pair("union of int and string", "varint", mixed, [1, "-2", "9" * 50, None], lambda v: v if v is None else int(v))
    yield Pair("union of int and string", "decimal", mixed, [1, "-2.50", None], lambda v: v if v is None else Decimal(v))
    yield Pair("union of int and string", "timestamp", mixed, [1, "1970-01-01T00:00:00Z", None],
               lambda v: v if v is None else iso(v) if isinstance(v, str) else ms_to_datetime(v))
    yield Pair("union of int and string", "text", ["null", "string"], [None, "", "x"], extra=True)


def nearest_float(v):
    return struct.unpack("f", struct.pack("f", v))[0]
