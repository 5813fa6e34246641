"""Writes, as JSON, everything that the test moves: tables, schema, records, and the pairs."""

import base64
import json
import sys

from pairs import all_pairs
from pair import encode, named


def main(keyspace):
    pairs = all_pairs()
    schema = {"type": "record", "name": "Wide", "fields": [{"name": p.column, "type": named(p.schema, p.column)} for p in pairs]}
    rows = max(len(p.values) for p in pairs)
    records = [encode(schema, {p.column: p.values[i % len(p.values)] for p in pairs}) for i in range(rows)]
    columns = ", ".join(f"{p.column} {p.cql}" for p in pairs)
    json.dump({
        "ddl": [f"CREATE TYPE {keyspace}.addr (street text, zip_code int, tags frozen<list<text>>, door text)",
                f"CREATE TABLE {keyspace}.wide (k text PRIMARY KEY, {columns})"],
        "schema": json.dumps(schema),
        "records": [base64.b64encode(r).decode() for r in records],
        "units": {p.column: p.unit for p in pairs if p.unit},
        "pairs": [[p.avro, p.cql] for p in pairs if not p.extra],
    }, sys.stdout)


main(*sys.argv[1:])
