"""Pairs of types that hold others, three deep and with nothing in them."""

from decimal import Decimal

from logical import STAMPS, UTC, on, scaled
from numbers_and_text import DOUBLES, FLOATS, INT, TEXT, nearest_float
from pair import Pair
from times import floor_ms

ADDR = {"type": "record", "name": "Addr", "fields": [
    {"name": "zipCode", "type": ["null", "int"]}, {"name": "unused", "type": "string"}, {"name": "street", "type": ["null", "string"]},
    {"name": "tags", "type": ["null", {"type": "array", "items": "string"}]}]}
ADDRS = [{"zipCode": 10115, "unused": "u", "street": "Weg 1", "tags": ["a", ""]}, {"zipCode": None, "unused": "", "street": "", "tags": []},
         {"zipCode": -1, "unused": "", "street": None, "tags": None}]


def array(items):
    return {"type": "array", "items": items}


def table(values):
    return {"type": "map", "values": values}


def or_null(v):
    """A collection that is not frozen and holds nothing is null in CQL."""
    return v or None


def udt(v):
    """CQL's addr: street, zip_code, tags, door; records have no door."""
    return (v["street"], v["zipCode"], v["tags"], None)


def tables():
    yield Pair("array", "list<int>", array("int"), [INT, [], [3, 1, 3]], or_null)
    yield Pair("array", "set<int>", array("int"), [INT, [], [3, 1, 3]], lambda v: or_null(sorted(set(v))))
    yield Pair("array", "vector<int, 3>", array("int"), [[1, -2, 3], [0, 0, 0]])
    yield Pair("map", "map<text, int>", table("int"), [{"a": 1, "🎈": -1, "": 0}, {}], or_null)
    yield Pair("record", "tuple<text>", {"type": "record", "name": "R", "fields": [{"name": "a", "type": ["null", "string"]}]},
               [{"a": "x"}, {"a": ""}, {"a": None}], lambda v: (v["a"],))
    yield Pair("record", "addr", ADDR, ADDRS, udt)


def deep():
    def extra(cql, schema, values, expect=lambda v: v):
        return Pair("nested", cql, schema, values, expect, extra=True)

    yield extra("frozen<list<text>>", array("string"), [TEXT, [], [""]])
    yield extra("list<double>", array("double"), [DOUBLES])
    yield extra("list<blob>", array("bytes"), [[b"", b"\x00"]])
    yield extra("list<decimal>", array(on("bytes", "decimal", precision=38, scale=2)), [[Decimal("1.25"), Decimal("-0.01")]],
                lambda v: [scaled(int(d * 100), 2) for d in v])
    yield extra("set<timestamp>", array(on("long", "timestamp-micros")), [[at.replace(tzinfo=UTC) for at in STAMPS]],
                lambda v: sorted(map(floor_ms, v)))
    yield extra("frozen<set<text>>", array("string"), [["b", "a", "b", ""], []], lambda v: sorted(set(v)))
    yield extra("list<frozen<list<frozen<list<int>>>>>", array(array(array("int"))), [[[[1, 2], []], [], [[-1]]]])
    yield extra("map<text, frozen<map<text, frozen<list<bigint>>>>>", table(table(array("long"))), [{"a": {"b": [2**63 - 1], "": []}, "": {}}])
    yield extra("map<text, frozen<addr>>", table(ADDR), [{"x": ADDRS[0], "y": ADDRS[2]}], lambda v: {k: udt(a) for k, a in v.items()})
    yield extra("list<frozen<addr>>", array(ADDR), [ADDRS], lambda v: list(map(udt, v)))
    yield extra("frozen<addr>", ADDR, ADDRS, udt)
    inner = {"type": "record", "name": "In", "fields": [{"name": "d", "type": "double"}, {"name": "a", "type": array(["null", ADDR])}]}
    outer = {"type": "record", "name": "Out", "fields": [{"name": "n", "type": ["null", "int"]}, {"name": "i", "type": inner}]}
    yield extra("tuple<int, frozen<tuple<double, frozen<list<frozen<addr>>>>>>", outer,
                [{"n": None, "i": {"d": 0.5, "a": [ADDRS[2]]}}, {"n": 1, "i": {"d": -0.0, "a": []}}],
                lambda v: (v["n"], (v["i"]["d"], list(map(udt, v["i"]["a"])))))
    yield extra("vector<float, 3>", array("float"), [FLOATS[:3], FLOATS[4:7], FLOATS[6:9]], lambda v: list(map(nearest_float, v)))
    yield extra("vector<text, 2>", array("string"), [["", "🎈"], ["x" * 300, "y"]])
    yield extra("vector<smallint, 2>", array("int"), [[-1, 2]])
    yield extra("vector<frozen<list<int>>, 2>", array(array("int")), [[[1, 2, 3], []]])
    yield extra("list<frozen<vector<float, 2>>>", array(array("float")), [[[1.0, 2.0], [0.0, -1.0]]])
    yield extra("list<timestamp>", ["null", array("string")], [None, ["1970-01-01T00:00:00Z"]],
                lambda v: v and [floor_ms(STAMPS[0])])
