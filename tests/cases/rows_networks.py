"""Rows of the table of cases: what networks are made of."""

from collections.abc import Iterator

import references

from cases.makers import Case, unary


def rows() -> Iterator[Case]:
    yield unary("erf", reference=references.erf)
