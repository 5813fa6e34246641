"""Reads the rows back with cassandra-driver and prints each difference from what the pairs expect."""

import datetime as dt
import struct
import sys
from decimal import Decimal

from cassandra.cluster import Cluster
from cassandra.util import Date, Duration, OrderedMap, OrderedMapSerializedKey, SortedSet, Time
from pair import expected
from pairs import all_pairs
from times import since_epoch


def plain(v):
    """Makes values comparable to the last bit: a NaN is itself, 1.50 is not 1.5."""
    if isinstance(v, float):
        return "NaN" if v != v else struct.pack(">d", v)
    if isinstance(v, Decimal):
        return tuple(v.as_tuple())
    if isinstance(v, dt.datetime):
        # The driver makes a datetime of a floating point number of seconds.
        return ("timestamp", since_epoch(v + dt.timedelta(microseconds=500), 1000))
    if isinstance(v, Date):
        return ("date", v.days_from_epoch)
    if isinstance(v, Time):
        return ("time", v.nanosecond_time)
    if isinstance(v, Duration):
        return ("duration", v.months, v.days, v.nanoseconds)
    if isinstance(v, (dict, OrderedMap, OrderedMapSerializedKey)):
        return {k: plain(e) for k, e in v.items()}
    if isinstance(v, (list, tuple, SortedSet)):
        return [plain(e) for e in v]
    return v


def main(host, port, keyspace):
    pairs = all_pairs()
    cluster = Cluster([host], port=int(port))
    session = cluster.connect(keyspace)
    selected = ", ".join(p.select.format(p.column) for p in pairs)
    rows = max(len(p.values) for p in pairs)
    faults = compared = 0
    for i in range(rows):
        row = session.execute(f"SELECT {selected} FROM wide WHERE k = %s", [str(i)]).one()
        if row is None:
            print(f"row {i} is not there")
            faults += 1
            continue
        for pair, got in zip(pairs, row):
            value = pair.values[i % len(pair.values)]
            want = expected(pair, value)
            compared += 1
            if plain(got) != plain(want) or type(got) is bool and type(want) is not bool:
                print(f"{pair.column} {pair.avro} into {pair.cql}: {value!r} is {got!r}, want {want!r}")
                faults += 1
    cluster.shutdown()
    print(f"{compared} values of {len(pairs)} pairs compared, {faults} differ")
    sys.exit(1 if faults else 0)


main(*sys.argv[1:])
