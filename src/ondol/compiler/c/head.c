#include <math.h>
#include <stdint.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
static int64_t thread(void) { return omp_get_thread_num(); }
static int64_t threads(void) { return omp_get_num_threads(); }
static const int *allowed;  // threads; 0 for as many as OpenMP has
static int enter(void) {
  const int usual = omp_get_max_threads();
  if (*allowed) omp_set_num_threads(*allowed);
  return usual;
}
static void leave(int usual) { omp_set_num_threads(usual); }
void ondol_threads(const int *n) { allowed = n; }
#else
static int64_t thread(void) { return 0; }
static int64_t threads(void) { return 1; }
static int enter(void) { return 1; }
static void leave(int usual) { (void)usual; }
void ondol_threads(const int *n) { (void)n; }
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

// exp(x) = 2**n * exp(r), r from -ln(2) / 2 to ln(2) / 2: within 1.1 units in the last
// place, and as quick for infinities and denormals, of which masks make many, as for
// the rest; the C library takes them one by one. The polynomial is our own fit.
static inline float exponentialf(float x) {
  const float above = x < -104.0f ? -104.0f : x;
  const float c = above > 89.0f ? 89.0f : above;
  const float shifted = c * 0x1.715476p+0f + 0x1.8p+23f;  // n in its last bits
  const float n = shifted - 0x1.8p+23f;
  const float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;  // the first is exact
  float p = 1.3926184e-3f;
  p = p * r + 8.363179e-3f;
  p = p * r + 4.1666556e-2f;
  p = p * r + 1.6666577e-1f;
  p = p * r + 0.5f;
  const float y = p * (r * r) + r + 1;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  const uint32_t m = bits - 0x4b400000u, half = (uint32_t)((int32_t)m >> 1);
  const uint32_t a = (half + 127) << 23, b = (m - half + 127) << 23;
  float u, v;  // 2**n in two parts, neither of which is out of range
  memcpy(&u, &a, sizeof u);
  memcpy(&v, &b, sizeof v);
  return y * u * v;
}
#define exponential exp

// NumPy's maximum and minimum, of which a NaN is the result. In two steps: compilers
// make no vectors of one condition with an "or" in it.
#define EXTREME(name, real, sign)                                                     \
  static inline real name(real a, real b) {                                           \
    const real y = a sign b ? a : b;                                                  \
    return a != a ? a : y;                                                            \
  }
EXTREME(largerf, float, >)
EXTREME(larger, double, >)
EXTREME(smallerf, float, <)
EXTREME(smaller, double, <)

// What follows a product, on its rows from `low` to `high`, while they are in a cache;
// at: where the arrays are that it reads and writes.
typedef void rows_t(char **at, int64_t low, int64_t high);
enum { AT_ONCE = 32 };  // rows
static inline void finish_rows(rows_t *finish, char **at, int64_t low, int64_t high) {
  for (int64_t r = low; r < high; r += AT_ONCE)
    finish(at, r, r + AT_ONCE < high ? r + AT_ONCE : high);
}
// The same by all threads that are here, once they have all that comes before.
static inline void finish_shared(rows_t *finish, char **at, int64_t m) {
  _Pragma("omp barrier")
  finish_rows(finish, at, m * thread() / threads(), m * (thread() + 1) / threads());
}

// BLAS computes on one thread; the work is divided here, among the threads of OpenMP,
// which are still awake from the loop before. `finish` may be 0.
#define GEMM(name, real)                                                              \
  typedef void (*name##_t)(int, int, int, int64_t, int64_t, int64_t, real,            \
                           const real *, int64_t, const real *, int64_t, real,        \
                           real *, int64_t);                                          \
  static name##_t name;                                                               \
  static void name##_shared(int ta, int tb, int64_t m, int64_t n, int64_t k,          \
                            const real *A, int64_t lda, const real *B, int64_t ldb,   \
                            real *C, int64_t ldc, rows_t *finish, char **at) {        \
    const int rows = m >= n;                                                          \
    const int64_t all = rows ? m : n, blocks = (all + 15) / 16;                       \
    _Pragma("omp parallel") {                                                         \
      const int64_t from = 16 * (blocks * thread() / threads());                      \
      const int64_t to = 16 * (blocks * (thread() + 1) / threads());                  \
      const int64_t size = (to < all ? to : all) - from;                              \
      if (size > 0 && rows)                                                           \
        name(101, ta, tb, size, n, k, 1, A + (ta == 111 ? from * lda : from), lda, B, \
             ldb, 0, C + from * ldc, ldc);                                            \
      else if (size > 0)                                                              \
        name(101, ta, tb, m, size, k, 1, A, lda, B + (tb == 111 ? from : from * ldb), \
             ldb, 0, C + from, ldc);                                                  \
      if (finish && rows)                                                             \
        finish_rows(finish, at, from, from + size);                                   \
      else if (finish)                                                                \
        finish_shared(finish, at, m);                                                 \
    }                                                                                 \
  }
GEMM(sgemm, float)
GEMM(dgemm, double)

static int (*blas_threads)(void);
static void (*set_blas_threads)(int);
void ondol_blas(void **f) {
  sgemm = (sgemm_t)f[0];
  dgemm = (dgemm_t)f[1];
  blas_threads = (int (*)(void))f[2];
  set_blas_threads = (void (*)(int))f[3];
}
