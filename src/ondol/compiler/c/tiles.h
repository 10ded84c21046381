// What steps call of tiles.c.
#if defined(__AVX512F__)
#define TILES  // they are quicker than BLAS here
enum { LANES = 16, ROWS = 8 };
#elif defined(__AVX__) || defined(__aarch64__)
enum { LANES = 8, ROWS = 6 };
#else
enum { LANES = 4, ROWS = 2 };
#endif
typedef void panel_t(int64_t m, int64_t k, const float *A, int64_t step, int64_t next,
                     const float *B, float *C, int64_t n);
typedef void pack_tiles_t(int64_t m, int64_t k, const float *A, int64_t step, int64_t
                          next, float *out);
typedef void product_t(int64_t m, int64_t n, int64_t k, const float *A, int64_t a_step,
                       int64_t a_next, const float *B, int64_t b_step, int64_t b_next,
                       float *C, int64_t c_step, float *packed, rows_t *finish,
                       char **at);
typedef void convolve_t(int64_t images, int64_t outs, int64_t k, const float *A, const
                        int64_t *at, const float *x, int64_t size, int64_t rows, int64_t
                        width, const int64_t *starts, float *y);
typedef void convolve_back_t(int64_t images, int64_t outs, int64_t k, const int64_t *at,
                             const float *x, int64_t size, int64_t rows, int64_t width,
                             const int64_t *starts, int64_t stride, const float *g,
                             float *C);
enum { AXES = 4 };  // of heads, at most
// Matrices of heads: where the first is, and how far apart rows are, and heads along each
// of their axes. Numbers of a row stand side by side.
typedef struct {
  float *p;
  int64_t row, steps[AXES];
} heads_t;
// sizes: of the axes of the heads; heads along the last share their keys and values.
typedef struct {
  int64_t sizes[AXES], queries, keys, features, outs;
  float scale;
  int causal;
  heads_t q, k, v, y, g, dq, dk, dv;
  const _Bool *allowed;  // may be 0
  int64_t allowed_row, allowed_column, allowed_steps[AXES];
} attention_t;
typedef void attend_t(const attention_t *a, float *room, int64_t each);
