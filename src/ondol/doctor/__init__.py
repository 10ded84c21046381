"""Mistakes that train a wrong model without an error, found in the first steps."""
