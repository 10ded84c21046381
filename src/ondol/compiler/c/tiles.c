// Products of float32 matrices in tiles of ROWS by 16 sums that stay in registers. Each
// sum is taken in one order, however rows and columns are shared out to threads.
enum {
  BLOCK = 4 * ROWS,  // rows that are packed at once: with DEPTH they fit into a cache
  SIDE = 4,          // tiles of filters whose sums stand side by side
  SPAN = 256,        // positions of an image, likewise
  NEAR = 1 << 16     // numbers that stay in a cache while others pass
};
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#ifdef __clang__
#define FUSED _Pragma("clang fp contract(fast)")
#else
#define FUSED
#pragma GCC push_options
#pragma GCC optimize("fp-contract=fast")
#endif

// `rows` rows of A times 16 columns, whose row i is at B + hop * i, or at B + at[i]; with
// `more`, added to what is in C.
static inline __attribute__((always_inline)) void tile(
    const int rows, int64_t k, const float *A, int64_t step, int64_t next,
    const float *B, int64_t hop, const int64_t *at, float *C, int64_t n,
    const int more) {
  FUSED
  lanes sums[ROWS][16 / LANES];
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < 16 / LANES; v++) sums[r][v] = (lanes){0};
  for (int64_t i = 0; i < k; i++) {
    const float *row = B + (at ? at[i] : hop * i);
    for (int r = 0; r < rows; r++)
      for (int v = 0; v < 16 / LANES; v++)
        sums[r][v] += A[r * step + i * next] * *(const lanes *)(row + v * LANES);
  }
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < 16 / LANES; v++) {
      lanes *to = (lanes *)(C + r * n + v * LANES);
      if (more) sums[r][v] += *to;
      *to = sums[r][v];
    }
}

// Few rows, as they stand, times a panel of 16 columns.
void panel(int64_t m, int64_t k, const float *A, int64_t step, int64_t next,
                  const float *B, float *C, int64_t n) {
  int64_t r = 0;
  for (; r + ROWS <= m; r += ROWS)
    tile(ROWS, k, A + r * step, step, next, B, 16, 0, C + r * n, n, 0);
  for (; r + 2 <= m; r += 2)
    tile(2, k, A + r * step, step, next, B, 16, 0, C + r * n, n, 0);
  for (; r < m; r++) tile(1, k, A + r * step, step, next, B, 16, 0, C + r * n, n, 0);
}

// Eight runs of eight numbers, `step` apart, as eight columns of rows that are `next`
// apart: to[next * i + r] = from[step * r + i].
typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));
#if defined(__clang__) || __GNUC__ >= 12
#define PICK(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
typedef int32_t places __attribute__((vector_size(32)));
#define PICK(x, y, ...) __builtin_shuffle(x, y, (places){__VA_ARGS__})
#endif
static inline void turn(const float *from, int64_t step, float *to, int64_t next) {
  eight a[8], b[8];
  for (int r = 0; r < 8; r++) a[r] = *(const eight *)(from + step * r);
  for (int r = 0; r < 8; r += 2) {
    b[r] = PICK(a[r], a[r + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    b[r + 1] = PICK(a[r], a[r + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int r = 0; r < 8; r += 4)
    for (int c = 0; c < 2; c++) {
      a[r + 2 * c] = PICK(b[r + c], b[r + c + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      a[r + 2 * c + 1] = PICK(b[r + c], b[r + c + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int c = 0; c < 4; c++) {
    *(eight *)(to + next * c) = PICK(a[c], a[c + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *(eight *)(to + next * (c + 4)) = PICK(a[c], a[c + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

// `width` columns of k rows, of which the runs in memory go down, side by side in rows of
// `next` numbers.
static __attribute__((noinline)) void turn_all(int64_t k, int64_t width, const float *from, int64_t step,
                     float *to, int64_t next) {
  int64_t i = 0;
  if (width % 8 == 0)
    for (; i + 8 <= k; i += 8)
      for (int64_t c = 0; c < width; c += 8)
        turn(from + step * c + i, step, to + next * i + c, next);
  for (; i < k; i++)
    for (int64_t c = 0; c < width; c++) to[next * i + c] = from[step * c + i];
}

// `width` columns of B, of at most 16, row after row, and zeros for the rest.
static __attribute__((noinline)) void pack_panel(int64_t k, int64_t width, const float *B, int64_t step,
                       int64_t next, float *out) {
  if (width < 16) memset(out, 0, 4 * 16 * k);
  if (step == 1)
    turn_all(k, width, B, next, out, 16);
  else if (width == 16 && next == 1)
    for (int64_t i = 0; i < k; i++) memcpy(out + 16 * i, B + step * i, 4 * 16);
  else
    for (int64_t i = 0; i < k; i++)
      for (int64_t c = 0; c < width; c++) out[16 * i + c] = B[step * i + next * c];
}

// m rows of A in tiles: ROWS numbers of a column, then those of the next; the last tile
// is filled up with zeros.
void pack_tiles(int64_t m, int64_t k, const float *A, int64_t step, int64_t next,
                       float *out) {
  const int64_t whole = m / ROWS * ROWS;
  if (step == 1)
    for (int64_t i = 0; i < k; i++)
      for (int64_t r = 0; r < whole; r += ROWS)
        memcpy(out + r * k + ROWS * i, A + r + next * i, 4 * ROWS);
  else if (next == 1)
    for (int64_t r = 0; r < whole; r += ROWS)
      turn_all(k, ROWS, A + step * r, step, out + r * k, ROWS);
  else
    for (int64_t r = 0; r < whole; r++)
      for (int64_t i = 0; i < k; i++)
        out[r / ROWS * ROWS * k + ROWS * i + r % ROWS] = A[step * r + next * i];
  if (whole < m)
    for (int64_t i = 0; i < k; i++)
      for (int c = 0; c < ROWS; c++) {
        const int64_t r = whole + c;
        out[whole * k + ROWS * i + c] = r < m ? A[step * r + next * i] : 0;
      }
}

// A tile of packed rows, of which the first `rows` and `columns` count.
static __attribute__((noinline)) void place(int64_t rows, int64_t columns, int64_t k, const float *A,
                  const float *B, float *C, int64_t n, int more) {
  if (rows >= ROWS && columns >= 16) {
    if (more)
      tile(ROWS, k, A, 1, ROWS, B, 16, 0, C, n, 1);
    else
      tile(ROWS, k, A, 1, ROWS, B, 16, 0, C, n, 0);
    return;
  }
  float whole[ROWS * 16];
  tile(ROWS, k, A, 1, ROWS, B, 16, 0, whole, 16, 0);
  for (int64_t r = 0; r < rows && r < ROWS; r++)
    for (int64_t c = 0; c < columns && c < 16; c++)
      C[r * n + c] = whole[16 * r + c] + (more ? C[r * n + c] : 0);
}

// C = A B, where A has m rows and B n columns, which stand in memory as their steps say.
// Rows or columns are shared out; B is packed by all, into `packed`, which has room
// for DEPTH rows of whole panels. If there is a `finish`, it follows: block by block, or,
// where it would push a large B out of the cache, when a thread has all of its rows.
void product(int64_t m, int64_t n, int64_t k, const float *A, int64_t a_step,
                    int64_t a_next, const float *B, int64_t b_step, int64_t b_next,
                    float *C, int64_t c_step, float *packed, rows_t *finish,
                    char **at) {
  const int64_t panels = (n + 15) / 16, tiles = (m + ROWS - 1) / ROWS;
  const int64_t room = 16 * (k < DEPTH ? k : DEPTH);  // of a panel
  _Pragma("omp parallel") {
    const int64_t t = thread(), all = threads();
    const int by_rows = m >= n || tiles % all == 0;
    const int64_t mine = panels * t / all, next = panels * (t + 1) / all;
    const int64_t first = by_rows ? 0 : mine, last = by_rows ? panels : next;
    const int64_t end = by_rows ? ROWS * (tiles * (t + 1) / all) : m;
    const int soon = by_rows && room * panels <= NEAR;
    float block[BLOCK * DEPTH] __attribute__((aligned(64)));
    for (int64_t from = 0; from < k; from += DEPTH) {
      const int64_t depth = k - from < DEPTH ? k - from : DEPTH;
      if (by_rows && from) {
        _Pragma("omp barrier")
      }
      for (int64_t p = mine; p < next; p++)
        pack_panel(depth, n - 16 * p < 16 ? n - 16 * p : 16,
                   B + b_step * from + b_next * 16 * p, b_step, b_next,
                   packed + room * p);
      if (by_rows) {
        _Pragma("omp barrier")
      }
      for (int64_t r = by_rows ? ROWS * (tiles * t / all) : 0; r < end && r < m;
           r += BLOCK) {
        const int64_t stop = end < m ? end : m, rows = stop - r < BLOCK ? stop - r : BLOCK;
        pack_tiles(rows, depth, A + a_step * r + a_next * from, a_step, a_next, block);
        for (int64_t p = first; p < last; p++)
          for (int64_t i = 0; i < rows; i += ROWS)
            place(rows - i, n - 16 * p, depth, block + i * depth,
                  packed + room * p, C + (r + i) * c_step + 16 * p, c_step, from > 0);
        if (finish && soon && from + depth == k) finish(at, r, r + rows);
      }
    }
    if (finish && !by_rows)
      finish_shared(finish, at, m);
    else if (finish && !soon)
      finish_rows(finish, at, ROWS * (tiles * t / all), end < m ? end : m);
  }
}

// C = A B, or C + A B with `more`, for m rows and n columns; whole tiles of A are read.
// B: panels of 16 columns, `apart` from each other, with rows `hop` apart.
static __attribute__((noinline)) void multiply(
    int64_t m, int64_t n, int64_t k, const float *A, int64_t step, int64_t next,
    const float *B, int64_t hop, int64_t apart, float *C, int64_t c_step, int more) {
  for (int64_t c = 0; c < n; c += 16, B += apart)
    for (int64_t r = 0; r < m; r += ROWS) {
      const float *rows = A + step * r;
      float *to = C + c_step * r + c, whole[ROWS * 16];
      if (r + ROWS > m)
        tile(ROWS, k, rows, step, next, B, hop, 0, whole, 16, 0);
      else if (more)
        tile(ROWS, k, rows, step, next, B, hop, 0, to, c_step, 1);
      else
        tile(ROWS, k, rows, step, next, B, hop, 0, to, c_step, 0);
      for (int64_t i = 0; r + ROWS > m && i < m - r; i++)
        for (int64_t j = 0; j < 16; j++)
          to[c_step * i + j] = whole[16 * i + j] + (more ? to[c_step * i + j] : 0);
    }
}

// A tile of packed filters, over 16 positions. Of several tiles each is at least half
// of ROWS high; one that is alone may be lower, and is filled up with zeros to there.
static __attribute__((noinline)) void place_filters(
    int64_t rows, int64_t k, const float *A, const float *x, const int64_t *at,
    float *sums, int more) {
  switch (rows) {
    case ROWS: tile(ROWS, k, A, 1, ROWS, x, 0, at, sums, SPAN, more); break;
    case ROWS - 1: tile(ROWS - 1, k, A, 1, ROWS, x, 0, at, sums, SPAN, more); break;
    case ROWS - 2: tile(ROWS - 2, k, A, 1, ROWS, x, 0, at, sums, SPAN, more); break;
    case ROWS - 3: tile(ROWS - 3, k, A, 1, ROWS, x, 0, at, sums, SPAN, more); break;
    default: tile(ROWS / 2, k, A, 1, ROWS, x, 0, at, sums, SPAN, more);
  }
}

#ifdef __AVX512F__
typedef int32_t bits __attribute__((vector_size(64), aligned(4), may_alias));

// Positions one after the other: those from `turn` on are in the next row of results, and
// are read `gap` further on than if there were none; those from `end` on are in the next
// image, and are written `later` behind the first. Of 16 the first `count` are there.
typedef struct {
  const float *x;
  float *y;
  int64_t turn, gap, end, later, count;
} positions_t;

// Filters of one tile, or of two that are `apart`, over 16 positions. Beside two tiles it
// takes no time to choose between a row and the next.
static inline __attribute__((always_inline)) void over_rows(
    const int tiles, const int rows, int64_t k, const float *A, int64_t apart,
    const int64_t *at, const positions_t *p, float *C, int64_t n, int more) {
  FUSED
  bits here;
  lanes sums[2 * ROWS];
  for (int c = 0; c < 16; c++) here[c] = c < p->turn ? -1 : 0;
  for (int r = 0; r < tiles * rows; r++) {
    sums[r] = (lanes){0};
    __builtin_prefetch(C + r * n + 15, 1);  // else the stores would be waited for
  }
  for (int64_t i = 0; i < k; i++) {
    const float *row = p->x + at[i];
    const lanes now = (lanes)((*(const bits *)row & here) |
                              (*(const bits *)(row + p->gap) & ~here));
    for (int t = 0; t < tiles; t++)
      for (int r = 0; r < rows; r++)
        sums[t * rows + r] += A[t * apart + ROWS * i + r] * now;
  }
  for (int r = 0; r < tiles * rows; r++) {
    lanes *to = (lanes *)(C + r * n);
    if (more) sums[r] += *to;
    *to = sums[r];
  }
}

// The same for a tile of any height (as in `place_filters`), and for positions that end
// early or in another image: what stands beside them is not written over.
static __attribute__((noinline)) void place_over_rows(
    int64_t tiles, int64_t rows, int64_t k, const float *A, int64_t apart,
    const int64_t *at, const positions_t *p, int64_t n, int more) {
  const int whole = p->count == 16 && p->end >= 16 && tiles * rows >= ROWS / 2;
  const int add = more && whole;
  float some[2 * ROWS * 16], *C = whole ? p->y : some;
  const int64_t next = whole ? n : 16;
#define OF(tiles, rows)                                                               \
  over_rows(tiles, rows, k, A, apart, at, p, C, next, add);                           \
  break
  switch (tiles * rows) {
    case 2 * ROWS: OF(2, ROWS);
    case ROWS: OF(1, ROWS);
    case ROWS - 1: OF(1, ROWS - 1);
    case ROWS - 2: OF(1, ROWS - 2);
    case ROWS - 3: OF(1, ROWS - 3);
    default: OF(1, ROWS / 2);
  }
#undef OF
  for (int64_t r = 0; !whole && r < tiles * rows; r++)
    for (int64_t c = 0; c < p->count; c++) {
      float *to = p->y + n * r + c + (c < p->end ? 0 : p->later);
      *to = some[16 * r + c] + (more ? *to : 0);
    }
}

// `convolve` where 16 positions are in two rows of results at most. None are thrown away,
// as they go on from row to row and from image to image.
static void convolve_rows(int64_t images, int64_t outs, int64_t k, const float *A,
                          const int64_t *at, const float *x, int64_t size, int64_t rows,
                          int64_t width, const int64_t *starts, float *y) {
  const int64_t each = rows * width, all = images * each;
  const int64_t tiles = (outs + ROWS - 1) / ROWS, groups = (tiles + SIDE - 1) / SIDE;
  const int64_t spans = (all + SPAN - 1) / SPAN;
  _Pragma("omp parallel for schedule(static) if (outs * k * all > SHARED)")
  for (int64_t job = 0; job < groups * spans; job++) {
    const int64_t begin = job % groups * SIDE, low = job / groups * SPAN;
    const int64_t stop = tiles - begin < SIDE ? tiles : begin + SIDE;
    const int64_t high = all - low < SPAN ? all : low + SPAN;
    for (int64_t from = 0; from < k; from += DEPTH) {
      const int64_t depth = k - from < DEPTH ? k - from : DEPTH;
      for (int64_t t = begin, both; t < stop; t += both) {
        const int64_t o = outs * t / tiles, next = outs * (t + 1) / tiles;
        both = t + 1 < stop && outs * (t + 2) / tiles == o + 2 * ROWS ? 2 : 1;
        int64_t image = low / each, j = low % each / width, c = low % width;
        for (int64_t q = low; q < high; q += 16) {
          const int64_t step = j + 1 < rows         ? starts[j + 1] - starts[j]
                               : image + 1 < images ? size + starts[0] - starts[j]
                                                    : width;
          const positions_t p = {
              .x = x + image * size + starts[j] + c,
              .y = y + (image * outs + o) * each + j * width + c,
              .turn = width - c,
              .gap = step - width,
              .end = each - j * width - c,
              .later = (outs - 1) * each,
              .count = high - q < 16 ? high - q : 16,
          };
          place_over_rows(both, next - o, depth, A + ROWS * (k * t + from), ROWS * k,
                          at + from, &p, each, from > 0);
          for (c += 16; c >= width; c -= width)
            if (++j == rows) j = 0, image++;
        }
      }
    }
  }
}
#endif

// Filters over images, without a copy of their windows. An element of a filter is always
// at[i] behind the position that it is for, and so 16 positions in a row of memory are
// 16 columns of a product. Positions go on from row to row; those between the end of a
// row of results and the start of the next are thrown away.
//
// A: the filters, spread evenly over as few tiles as can hold them: a last tile of few
// would take as long as a whole one. y: rows of `width` positions for each image and
// filter, of which row j begins at starts[j].
void convolve(int64_t images, int64_t outs, int64_t k, const float *A,
                     const int64_t *at, const float *x, int64_t size, int64_t rows,
                     int64_t width, const int64_t *starts, float *y) {
#ifdef __AVX512F__
  if (width + (width & -width) >= 16)  // 16 of them end in the next row at the latest
    return convolve_rows(images, outs, k, A, at, x, size, rows, width, starts, y);
#endif
  const int64_t all = starts[rows - 1] + width;
  const int64_t tiles = (outs + ROWS - 1) / ROWS, groups = (tiles + SIDE - 1) / SIDE;
  const int64_t spans = (all + SPAN - 1) / SPAN;
  const int64_t jobs = images * groups * spans;
  _Pragma("omp parallel for schedule(static) if (images * outs * k * all > SHARED)")
  for (int64_t job = 0; job < jobs; job++) {
    const int64_t image = job / (groups * spans), begin = job / spans % groups * SIDE;
    const int64_t stop = tiles - begin < SIDE ? tiles : begin + SIDE;
    const int64_t first = outs * begin / tiles, count = outs * stop / tiles - first;
    const int64_t low = job % spans * SPAN, most = all - low < SPAN ? all - low : SPAN;
    float sums[SIDE * ROWS * SPAN] __attribute__((aligned(64)));
    for (int64_t from = 0; from < k; from += DEPTH) {
      const int64_t depth = k - from < DEPTH ? k - from : DEPTH;
      for (int64_t t = begin; t < stop; t++) {
        const int64_t o = outs * t / tiles, next = outs * (t + 1) / tiles;
        for (int64_t q = 0; q < most; q += 16)
          place_filters(next - o, depth, A + ROWS * (k * t + from),
                        x + image * size + low + q, at + from,
                        sums + (o - first) * SPAN + q, from > 0);
      }
    }
    for (int64_t j = 0; j < rows; j++) {
      const int64_t a = starts[j] > low ? starts[j] : low;
      const int64_t end = starts[j] + width, b = end < low + most ? end : low + most;
      for (int64_t o = 0; o < count && a < b; o++)
        memcpy(y + ((image * outs + first + o) * rows + j) * width + a - starts[j],
               sums + o * SPAN + a - low, 4 * (b - a));
    }
  }
}

// `rows` rows of the gradient of 16 filters: sums over runs of positions of an element of
// the window, times the gradients, which stand position after position.
static inline __attribute__((always_inline)) void filter_tile(
    const int rows, int64_t runs, int64_t width, const float *x, const int64_t *at,
    const int64_t *starts, int64_t stride, const float *g, float *C, int64_t n,
    const int more) {
  FUSED
  const float *from[ROWS];
  lanes sums[ROWS][16 / LANES];
  for (int r = 0; r < rows; r++) {
    from[r] = x + at[r];
    for (int v = 0; v < 16 / LANES; v++) sums[r][v] = (lanes){0};
  }
  for (int64_t j = 0; j < runs; j++)
    for (int64_t i = 0; i < width; i++, g += 16)
      for (int r = 0; r < rows; r++)
        for (int v = 0; v < 16 / LANES; v++)
          sums[r][v] += from[r][starts[j] + stride * i] * *(const lanes *)(g + v * LANES);
  for (int r = 0; r < rows; r++)
    for (int v = 0; v < 16 / LANES; v++) {
      lanes *to = (lanes *)(C + r * n + v * LANES);
      if (more) sums[r][v] += *to;
      *to = sums[r][v];
    }
}

// The same for any number of rows up to ROWS.
static __attribute__((noinline)) void add_filters(
    int64_t rows, int64_t runs, int64_t width, const float *x, const int64_t *at,
    const int64_t *starts, int64_t stride, const float *g, float *C, int64_t n,
    int more) {
#define OF(count)                                                                     \
  filter_tile(count, runs, width, x, at, starts, stride, g, C, n, more);              \
  break
  switch (rows) {
    case ROWS: OF(ROWS);
    case ROWS - 1: OF(ROWS - 1);
    case ROWS - 2: OF(ROWS - 2);
    case ROWS - 3: OF(ROWS - 3);
    default:
      for (int64_t r = 0; r < rows; r++, at++, C += n) {
        filter_tile(1, runs, width, x, at, starts, stride, g, C, n, more);
      }
  }
#undef OF
}

// The gradient of filters: k rows of as many columns as there are filters, filled up to
// whole panels, in tiles as evenly high as can be. at: where each element of a window
// is; starts: where each row of positions begins; g: gradients like the results of
// `convolve`.
void convolve_back(int64_t images, int64_t outs, int64_t k, const int64_t *at,
                          const float *x, int64_t size, int64_t rows, int64_t width,
                          const int64_t *starts, int64_t stride, const float *g,
                          float *C) {
  const int64_t panels = (outs + 15) / 16, tiles = (k + ROWS - 1) / ROWS;
  const int64_t n = 16 * panels, runs = images * rows, most = PLACES / width;
  _Pragma("omp parallel if (n * k * runs * width > SHARED)") {
    const int64_t t = thread(), all = threads();
    const int64_t low = panels * tiles * t / all, high = panels * tiles * (t + 1) / all;
    float packed[16 * PLACES] __attribute__((aligned(64)));
    int64_t begin[PLACES];
    for (int64_t first = 0; first < runs; first += most) {
      const int64_t count = runs - first < most ? runs - first : most;
      for (int64_t j = 0; j < count; j++)
        begin[j] = (first + j) / rows * size + starts[(first + j) % rows];
      for (int64_t p = low / tiles; p * tiles < high; p++) {
        for (int64_t j = 0, next; j < count; j = next) {  // what is of one image
          const int64_t image = (first + j) / rows, row = (first + j) % rows;
          next = j + rows - row < count ? j + rows - row : count;
          pack_panel((next - j) * width, outs - 16 * p < 16 ? outs - 16 * p : 16,
                     g + ((image * outs + 16 * p) * rows + row) * width, 1,
                     rows * width, packed + 16 * width * j);
        }
        const int64_t from = low > p * tiles ? low - p * tiles : 0;
        const int64_t to = high < (p + 1) * tiles ? high - p * tiles : tiles;
        for (int64_t i = from; i < to; i++) {
          const int64_t r = k * i / tiles;
          add_filters(k * (i + 1) / tiles - r, count, width, x, at + r, begin, stride,
                      packed, C + r * n + 16 * p, n, first > 0);
        }
      }
    }
  }
}
#ifndef __clang__
#pragma GCC pop_options
#endif
