"""The page of all errors is what the tables of messages say."""

import error_page

from ondol.errors.texts import table


def test_the_page_is_up_to_date():
    """If not: python tests/errors/error_page.py."""
    assert error_page.PAGE.read_text(encoding="utf-8") == error_page.page()


def test_every_code_is_on_it():
    lines = error_page.page().splitlines()
    codes = [code for code in table() if not code.startswith("word-")]
    assert [code for code in codes if lines.count(f"### {code}") != 1] == []


def test_the_kind_of_an_error_is_told_where_the_source_names_it():
    text = error_page.page()
    assert "### linear-shapes\n\n`ShapeError`\n" in text
    assert "### ctc-lengths\n\n```text\n" in text
