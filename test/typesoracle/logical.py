"""Pairs of Avro's logical types, and of Kafka Connect's and Debezium's."""

import datetime as dt
import struct
import uuid
from decimal import Decimal, localcontext

from cassandra.util import Date, Duration, Time
from numbers_and_text import ASCII, INETS, LONG, TIMEUUIDS, UUIDS, address
from pair import Pair, encode
from times import EPOCH, floor_ms, ms_to_datetime, naive, since_epoch

UTC = dt.timezone.utc
MAX38 = "9" * 28 + "." + "9" * 10


def on(base, logical, **more):
    return {"type": base, "logicalType": logical, **more}


def connect(base, name, **more):
    return {"type": base, "connect.version": 1, "connect.name": name, **more}


def scaled(unscaled, scale):
    """A decimal of exactly these digits and this scale."""
    return Decimal((unscaled < 0, tuple(map(int, str(abs(unscaled)))), -scale))


def with_scale(scale):
    def expect(v):
        with localcontext() as c:
            c.prec = 200
            return scaled(int(v.scaleb(scale)), scale)
    return expect


def complement(n):
    return n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True)


def decimals():
    fixed = on("fixed", "decimal", name="D", size=16, precision=38, scale=10)
    for avro, schema in (("decimal on bytes", on("bytes", "decimal", precision=38, scale=10)), ("decimal on fixed", fixed)):
        values = [Decimal(v) for v in ("0", MAX38, "-" + MAX38, "1E-10", "-1E-10", "1.5", "-128", "127")]
        yield Pair(avro, "decimal", schema, values, with_scale(10))
        whole = [Decimal(v) for v in ("0", "-1", "9" * 28, "-" + "9" * 28, "128")]
        yield Pair(avro, "varint", schema, whole, int)
    raw = [b"\x00", b"\x7f", b"\xff\x80"]
    yield Pair("decimal on bytes", "blob", on("bytes", "decimal", precision=38, scale=10), raw, raw=True)
    yield Pair("decimal on fixed", "blob", fixed, [b"\x00" * 16, b"\xff" * 16], raw=True)
    yield Pair("connect decimal, scale -2", "decimal", connect("bytes", "org.apache.kafka.connect.data.Decimal", **{"connect.parameters": {"scale": "-2"}}),
               [complement(n) for n in (0, 12, -99999)], lambda b: scaled(int.from_bytes(b, "big", signed=True), -2), extra=True)
    yield Pair("connect decimal, scale -2", "varint", connect("bytes", "org.apache.kafka.connect.data.Decimal", **{"connect.parameters": {"scale": "-2"}}),
               [complement(n) for n in (0, 12, -(10**30))], lambda b: 100 * int.from_bytes(b, "big", signed=True), extra=True)
    yield from big_decimals()


def big_decimals():
    inner = {"type": "record", "name": "Big", "fields": [{"name": "unscaled", "type": "bytes"}, {"name": "scale", "type": "int"}]}
    numbers = {encode(inner, {"unscaled": complement(n), "scale": s}): scaled(n, s)
               for n, s in ((0, 0), (10**37 + 1, 5), (-(10**38) + 1, 38), (7, -3), (-129, 0))}
    schema = on("bytes", "big-decimal")
    yield Pair("big-decimal", "decimal", schema, list(numbers), numbers.get)
    yield Pair("big-decimal", "blob", schema, list(numbers))
    variable = {"type": "record", "name": "VariableScaleDecimal", "connect.name": "io.debezium.data.VariableScaleDecimal",
                "fields": [{"name": "scale", "type": "int"}, {"name": "value", "type": "bytes"}]}
    yield Pair("Debezium VariableScaleDecimal", "decimal", variable,
               [{"scale": s, "value": complement(n)} for n, s in ((0, 0), (-(10**37), 20), (5, -2))],
               lambda v: scaled(int.from_bytes(v["value"], "big", signed=True), v["scale"]))


def uuids():
    text, raw = on("string", "uuid"), on("fixed", "uuid", name="U", size=16)
    yield Pair("uuid on string", "uuid", text, UUIDS, uuid.UUID, raw=True)
    yield Pair("uuid on string", "timeuuid", text, TIMEUUIDS, uuid.UUID, raw=True)
    yield Pair("uuid on string", "text", text, UUIDS, raw=True)
    yield Pair("uuid on string", "ascii", text, UUIDS, raw=True)
    yield Pair("uuid on string", "blob", text, UUIDS, str.encode, raw=True)
    yield Pair("uuid on string", "inet", text, INETS, address, raw=True)
    yield Pair("uuid on fixed", "uuid", raw, [uuid.UUID(u).bytes for u in UUIDS], lambda b: uuid.UUID(bytes=b), raw=True)
    yield Pair("uuid on fixed", "timeuuid", raw, [uuid.UUID(u).bytes for u in TIMEUUIDS], lambda b: uuid.UUID(bytes=b), raw=True)
    yield Pair("uuid on fixed", "blob", raw, [uuid.UUID(u).bytes for u in UUIDS], raw=True)
    yield Pair("connect uuid", "uuid", connect("string", "io.debezium.data.Uuid"), UUIDS, uuid.UUID, extra=True)


DATES = [dt.date(1970, 1, 1), dt.date(1969, 12, 31), dt.date(2038, 1, 20), dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2000, 2, 29)]
TIMES = [dt.time(), dt.time(23, 59, 59, 999000), dt.time(13, 30, 0, 500000)]


def days(v):
    return (v - EPOCH.date()).days


def micros_of_day(v):
    return ((v.hour * 60 + v.minute) * 60 + v.second) * 10**6 + v.microsecond


def dates_and_times():
    date = on("int", "date")
    yield Pair("date", "date", date, DATES, Date)
    yield Pair("date", "date", date, [2**31 - 1, -(2**31)], Date, raw=True, extra=True)
    yield Pair("date", "date", connect("int", "io.debezium.time.Date"), [0, -1, 20487], Date, extra=True)
    yield Pair("date", "timestamp", date, DATES, lambda v: dt.datetime.combine(v, dt.time()))
    yield Pair("date", "int", date, DATES, days)
    yield Pair("date", "bigint", date, DATES, days)
    for avro, schema, unit in (("time-millis", on("int", "time-millis"), 1000), ("time-micros", on("long", "time-micros"), 1)):
        yield Pair(avro, "time", schema, TIMES, lambda v: Time(micros_of_day(v) * 1000))
        for cql in ("int", "bigint") if unit == 1000 else ("bigint",):
            yield Pair(avro, cql, schema, TIMES, lambda v, unit=unit: micros_of_day(v) // unit)
    nanos = connect("long", "io.debezium.time.NanoTime")
    yield Pair("Debezium NanoTime", "time", nanos, [0, 86_399_999_999_999], Time)
    yield Pair("Debezium NanoTime", "bigint", nanos, LONG)
    yield Pair("connect time", "time", connect("long", "io.debezium.time.MicroTime"), [0, 86_399_999_999], lambda v: Time(v * 1000), extra=True)


STAMPS = [EPOCH, dt.datetime(1969, 12, 31, 23, 59, 59, 999999), dt.datetime(2038, 1, 20, 3, 14, 8, 123456), dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999000)]


def timestamps():
    for local in (False, True):
        stamps = STAMPS if local else [at.replace(tzinfo=UTC) for at in STAMPS]
        for name, unit in (("millis", 1000), ("micros", 1)):
            avro = ("local-" if local else "") + "timestamp-" + name
            schema = on("long", avro)
            yield Pair(avro, "timestamp", schema, stamps, floor_ms)
            yield Pair(avro, "date", schema, stamps, lambda v: Date(naive(v).date()))
            yield Pair(avro, "bigint", schema, stamps, lambda v, unit=unit: since_epoch(v, unit))
            yield Pair(avro, "bigint", schema, LONG, raw=True, extra=True)
            yield Pair(avro, "timestamp", schema, LONG, lambda v, unit=unit: v // (1000 // unit), raw=True, extra=True,
                       select="blobasbigint(timestampasblob({}))")
        avro = ("local-" if local else "") + "timestamp-nanos"
        schema = on("long", avro)
        yield Pair(avro, "timestamp", schema, LONG, lambda v: ms_to_datetime(v // 10**6))
        yield Pair(avro, "date", schema, LONG, lambda v: Date(v // (86_400 * 10**9)))
        yield Pair(avro, "bigint", schema, LONG)
    yield Pair("connect timestamp", "timestamp", connect("long", "io.debezium.time.NanoTimestamp"), LONG, lambda v: ms_to_datetime(v // 10**6), extra=True)
    yield Pair("connect timestamp", "timestamp", connect("long", "io.debezium.time.MicroTimestamp"), [-1, 0, 10**15], lambda v: ms_to_datetime(v // 1000), extra=True)


def spans():
    duration = on("fixed", "duration", name="P", size=12)
    counts = [(0, 0, 0), (14, 3, 4500), (2**31 - 1, 2**31 - 1, 2**32 - 1)]
    packed = {struct.pack("<III", *c): Duration(c[0], c[1], c[2] * 10**6) for c in counts}
    yield Pair("duration", "duration", duration, list(packed), packed.get)
    yield Pair("duration", "blob", duration, list(packed))
    micro, nano = connect("long", "io.debezium.time.MicroDuration"), connect("long", "io.debezium.time.NanoDuration")
    yield Pair("Debezium MicroDuration", "duration", micro, [0, 1, -1, 9_223_372_036_854_775], lambda v: Duration(0, 0, v * 1000))
    yield Pair("Debezium MicroDuration", "bigint", micro, LONG)
    yield Pair("Debezium NanoDuration", "duration", nano, [0, 1, -1, 2**62, -(2**62)], lambda v: Duration(0, 0, v))
    yield Pair("Debezium NanoDuration", "bigint", nano, LONG)


def bits():
    schema = connect("bytes", "io.debezium.data.Bits", **{"connect.parameters": {"length": "64"}})
    for cql, values in (("int", [0, 1, 2**31 - 1]), ("bigint", [0, 255, 2**63 - 1]), ("varint", [0, 128, 2**64 - 1])):
        yield Pair("Debezium Bits", cql, schema, [n.to_bytes(8, "little") for n in values], lambda b: int.from_bytes(b, "little"))
    yield Pair("Debezium Bits", "blob", schema, [b"", b"\x01\x80"])
    yield Pair("connect json", "text", connect("string", "io.debezium.data.Json"), ASCII, extra=True)
