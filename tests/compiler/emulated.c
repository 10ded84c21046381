// What is behind the text of a step, to make a program of it: emulated.c LIBRARY NAME...
// Reads how many arrays there are, the size of each in bytes, and the arrays; runs the
// kernels, and writes the arrays.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#define PLAIN(name, real)                                                          \
  static void name##_plain(int order, int ta, int tb, int64_t m, int64_t n, int64_t k, \
                           real alpha, const real *A, int64_t lda, const real *B,  \
                           int64_t ldb, real beta, real *C, int64_t ldc) {         \
    for (int64_t i = 0; i < m; i++)                                                \
      for (int64_t j = 0; j < n; j++) {                                            \
        real sum = 0;                                                              \
        for (int64_t l = 0; l < k; l++)                                            \
          sum += A[ta == 111 ? i * lda + l : l * lda + i] *                        \
                 B[tb == 111 ? l * ldb + j : j * ldb + l];                         \
        C[i * ldc + j] = sum;                                                      \
      }                                                                            \
  }
PLAIN(sgemm, float)
PLAIN(dgemm, double)
static int one(void) { return 1; }
static void set(int n) { (void)n; }
int main(int argc, char **argv) {
  void *tiles = dlopen(argv[1], RTLD_NOW), *found[argc];
  for (int i = 2; i < argc; i++) found[i - 2] = dlsym(tiles, argv[i]);
  ondol_tiles(found);
  ondol_blas((void *[]){sgemm_plain, dgemm_plain, one, set});
  static int threads = 2;
  ondol_threads(&threads);
  int64_t count;
  if (!fread(&count, 8, 1, stdin)) return 1;
  int64_t sizes[count];
  char *m[count];
  if (fread(sizes, 8, count, stdin) < count) return 1;
  for (int64_t i = 0; i < count; i++) {
    m[i] = aligned_alloc(64, (sizes[i] + 64) / 64 * 64);
    if (fread(m[i], 1, sizes[i], stdin) < sizes[i]) return 1;
  }
  RUN(m);
  for (int64_t i = 0; i < count; i++) fwrite(m[i], 1, sizes[i], stdout);
}
