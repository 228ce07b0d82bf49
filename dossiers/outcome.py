"""The outcome of a dossier as a value: what the competent person will sign."""

from typing import Literal

from pydantic import Field

from dossiers.papers import Line, Lookup, OfficialSheet
from dossiers.values import Value


class Entry(Value):
    """One labelled line of an outcome, such as `Họ và tên: …`."""

    label: Line
    text: Line


class Outcome(OfficialSheet):
    """
    A numbered outcome, granted or refused (kết quả giải quyết).

    The number is reserved before any ink and stands on the page (NĐ 30/2020 Đ14, Đ15);
    `verification_id` is random, a hash of the file cannot stand in the file.
    """

    form: Literal["outcome"] = "outcome"
    title: Line = Field(min_length=1)
    holder: Line
    grounds: tuple[Line, ...] = ()
    entries: tuple[Entry, ...] = ()
    body: tuple[Line, ...] = ()
    verification_id: Line
    lookup: Lookup
