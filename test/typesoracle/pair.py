"""One Avro type in one CQL type, with values and what they must become.

Nothing here knows the worker: values are written by fastavro, and what is
expected is said in the types that cassandra-driver reads a column as.
"""

import io
from dataclasses import dataclass, field
from typing import Any, Callable

import fastavro


@dataclass
class Pair:
    avro: str  # the row of docs/types.md
    cql: str  # the column of docs/types.md, or any other type of an extra pair
    schema: Any
    values: list
    # From a value, as fastavro reads back what it wrote, to what the driver reads.
    expect: Callable[[Any], Any] = lambda v: v
    unit: str = ""
    extra: bool = False  # beyond the table
    raw: bool = False  # fastavro's own types cannot hold the value: expect gets it as written
    select: str = "{}"  # how the column is read
    column: str = field(default="", init=False)


def encode(schema, value) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema, expand=True), value)
    return out.getvalue()


def named(schema, column: str):
    """Gives each named type of a schema a name of its own, so that many share a record."""
    if isinstance(schema, list):
        return [named(branch, column) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: named(v, column) if k in ("type", "items", "values", "fields") else v for k, v in schema.items()}
    if schema.get("type") in ("fixed", "enum", "record") and "namespace" not in schema:
        out["name"] = f"{schema['name']}_{column}"
    return out


def expected(pair: Pair, value):
    if pair.raw:
        return pair.expect(value)
    schema = fastavro.parse_schema(named(pair.schema, "x"))
    data = io.BytesIO(encode(named(pair.schema, "x"), value))
    return pair.expect(fastavro.schemaless_reader(data, schema))
