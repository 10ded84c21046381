"""Mistakes that train a wrong model without an error, found in the first steps.

`Doctor` watches a training loop; ``python -m ondol.doctor script.py`` watches a whole
script. What it finds is listed in ``docs/doctor.md``.
"""

from .doctor import Doctor
from .finding import DoctorWarning, Finding

__all__ = ["Doctor", "DoctorWarning", "Finding"]
