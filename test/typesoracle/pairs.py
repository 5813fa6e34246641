"""All pairs, each with a column of its own."""

import logical
import nested
import numbers_and_text


def all_pairs():
    groups = (numbers_and_text.plain, numbers_and_text.text, numbers_and_text.unions, logical.decimals, logical.uuids,
              logical.dates_and_times, logical.timestamps, logical.spans, logical.bits, nested.tables, nested.deep)
    pairs = [pair for group in groups for pair in group()]
    for i, pair in enumerate(pairs):
        pair.column = f"c{i:03d}"
    return pairs
