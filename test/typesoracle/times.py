"""Dates and times of Python, without a detour through floating point."""

import datetime as dt

EPOCH = dt.datetime(1970, 1, 1)


def ms_to_datetime(ms):
    return EPOCH + dt.timedelta(milliseconds=ms)


def since_epoch(at, unit):
    """Whole units since 1970, towards the past; at may have a zone."""
    return (naive(at) - EPOCH) // dt.timedelta(microseconds=unit)


def naive(at):
    return at.astimezone(dt.timezone.utc).replace(tzinfo=None) if at.tzinfo else at


def floor_ms(at):
    return ms_to_datetime(since_epoch(at, 1000))


def iso(text):
    """RFC 3339, with nanoseconds: Python reads six digits of a fraction."""
    text = text.replace("Z", "+00:00")
    if "." in text:
        head, tail = text.split(".")
        digits = tail[: tail.index("+")]
        text = f"{head}.{digits[:6]:0<6}{tail[len(digits):]}"
    return floor_ms(dt.datetime.fromisoformat(text))
