"""The kinds of error: what to catch."""


class OndolError(Exception):
    """The base of every error that ondol raises on purpose.

    Attributes:
        code: its name in ``docs/errors.md``; "" if it is not in the table.
    """

    code = ""


class ShapeError(OndolError, ValueError):
    """Shapes that do not fit together."""


class DtypeError(OndolError, TypeError):
    """A value of a type or dtype that the function cannot work with."""


class ArgumentError(OndolError, ValueError):
    """An argument outside of what the function accepts."""


class IndexingError(OndolError, IndexError):
    """An index outside of the array, or one that selects nothing sensible."""


class GradientError(OndolError, RuntimeError):
    """A backward pass that cannot be right."""


class UsageError(OndolError, RuntimeError):
    """Something that has to be done before, and was not."""


class MissingMethodError(OndolError, NotImplementedError):
    """A method that a subclass has to define, and did not."""


class UnsupportedError(OndolError, TypeError):
    """A NumPy function, or a way to call it, that has no derivative here."""


class FileError(OndolError, OSError):
    """A file or folder that the system does not let be read or written.

    ``errno`` is the system's number for the reason, where there is one.
    """


class MissingFileError(FileError, FileNotFoundError):
    """A file or folder that is not there."""


class ForbiddenFileError(FileError, PermissionError):
    """A file or folder that may not be written to."""


class MissingLibraryError(OndolError, ImportError):
    """An optional library that is not installed."""


class MissingAttributeError(OndolError, AttributeError):
    """An attribute that is not there, or not there yet."""


class MissingNameError(OndolError, KeyError):
    """A name that is none of those that there are."""

    __str__ = Exception.__str__  # KeyError's own shows the words in quotes


class NonFiniteError(OndolError, ArithmeticError):
    """A NaN or an infinity where only numbers should be."""
