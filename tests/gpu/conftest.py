"""These tests run wherever there is a GPU, and CuPy to use it; elsewhere none of them.

What can be told without one, that nothing leaves the device, is in
``tests/test_dispatch.py``.
"""

from ondol.dezero import cuda

collect_ignore_glob = [] if cuda.gpu_enable else ["test_*.py"]
