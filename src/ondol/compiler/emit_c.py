"""A schedule as C: a function for each different step, and one that calls them."""

from __future__ import annotations

from .graph import Node
from .kernel import Kernel
from .loops import loop_kernel
from .schedule import Call, Loop, Schedule
from .single import KERNELS, has_kernel
from .templates import C_TYPES

HEAD = """\
#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

// The C library's functions of several numbers at once, where it has them.
#if defined(__GLIBC__) && defined(__x86_64__)
#define SIMD __attribute__((simd("notinbranch"), const))
SIMD float expf(float); SIMD double exp(double);
SIMD float logf(float); SIMD double log(double);
SIMD float sinf(float); SIMD double sin(double);
SIMD float cosf(float); SIMD double cos(double);
SIMD float powf(float, float); SIMD double pow(double, double);
#if __GLIBC_PREREQ(2, 35)
SIMD float tanhf(float); SIMD double tanh(double);
SIMD float expm1f(float); SIMD double expm1(double);
SIMD float erff(float); SIMD double erf(double);
SIMD float log1pf(float); SIMD double log1p(double);
#endif
#endif

typedef void (*sgemm_t)(int, int, int, int64_t, int64_t, int64_t, float, const float *,
                        int64_t, const float *, int64_t, float, float *, int64_t);
typedef void (*dgemm_t)(int, int, int, int64_t, int64_t, int64_t, double,
                        const double *, int64_t, const double *, int64_t, double,
                        double *, int64_t);
static sgemm_t sgemm;
static dgemm_t dgemm;
void ondol_blas(void *s, void *d) { sgemm = (sgemm_t)s; dgemm = (dgemm_t)d; }
"""


class Source:
    """C for a schedule: kernels, and functions that call runs of them.

    Attributes:
        segments: for each function, or for each operation that is left to NumPy, in
            order: the name of the function, or the node.
    """

    def __init__(self, schedule: Schedule, places: dict[Node, str]) -> None:
        self.kernels: dict[str, str] = {}
        self.segments: list[str | Node] = []
        self.functions: list[str] = []
        calls: list[str] = []
        for step in schedule.steps:
            if isinstance(step, Call) and not has_kernel(step.node):
                self._end(calls)
                self.segments.append(step.node)
                continue
            kernel = (
                loop_kernel(step, schedule)
                if isinstance(step, Loop)
                else KERNELS[step.node.op](step.node, schedule)
            )
            name = self._named(kernel)
            arguments = ", ".join(
                f"({C_TYPES[n.dtype]} *){places[n]}" for n in kernel.buffers
            )
            calls.append(f"  {name}({arguments});")
        self._end(calls)

    def _named(self, kernel: Kernel) -> str:
        body = f"({kernel.signature()}) {{\n" + "\n".join(kernel.text.lines) + "\n}\n"
        return self.kernels.setdefault(body, f"k{len(self.kernels)}")

    def _end(self, calls: list[str]) -> None:
        if calls:
            name = f"ondol_run{len(self.functions)}"
            self.functions.append(
                f"void {name}(char **m) {{\n" + "\n".join(calls) + "\n}\n"
            )
            self.segments.append(name)
            calls.clear()

    @property
    def text(self) -> str:
        """The whole file."""
        kernels = [
            f"static __attribute__((noinline)) void {name}{body}"
            for body, name in self.kernels.items()
        ]
        return "\n".join([HEAD, *kernels, *self.functions])
