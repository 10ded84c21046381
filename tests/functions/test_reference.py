"""The page of all functions is what the docstrings say."""

import reference

import ondol.functions as F


def test_the_page_is_up_to_date():
    """If not: python tests/functions/reference.py."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()


def test_every_function_is_on_it():
    text = reference.page()
    assert [name for name in F.__all__ if f"`{name}" not in text] == []
