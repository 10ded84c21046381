// Attention, a few queries at a time: their scores, for all keys, are never in memory
// that is larger than a cache. What a backward pass needs of them it computes anew.

enum { QUERIES = 4 * ROWS };  // at a time

// The softmax of scores, short of a division by what is returned; see
// `functions.attention`. Scores of keys that are not allowed stand for -infinity.
static __attribute__((noinline)) float exponentials(int64_t n, float *s) {
  float top = -INFINITY;
  int nan = 0;
#pragma omp simd reduction(max : top) reduction(| : nan)
  for (int64_t i = 0; i < n; i++) {
    top = s[i] > top ? s[i] : top;
    nan |= s[i] != s[i];
  }
  const float least = -0x1.fffffep127f;  // -INFINITY - -INFINITY would be NaN
  const float from = nan ? NAN : top < least ? least : top;
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < n; i++) {
    s[i] = exponentialf(s[i] - from);
    total += s[i];
  }
  return total < 1 ? 1 : total;
}

// Exponentials as weights, and gradients of weights as those of scores.
static __attribute__((noinline)) void slopes(int64_t n, float total, float *w, float *g) {
  float mean = 0;
#pragma omp simd reduction(+ : mean)
  for (int64_t i = 0; i < n; i++) {
    w[i] /= total;
    mean += w[i] * g[i];
  }
#pragma omp simd
  for (int64_t i = 0; i < n; i++) g[i] = w[i] * (g[i] - mean);
}

// How far head n is from the first.
static int64_t apart(const attention_t *a, const int64_t *steps, int64_t n) {
  int64_t sum = 0;
  for (int axis = AXES - 1; axis >= 0; axis--) {
    sum += steps[axis] * (n % a->sizes[axis]);
    n /= a->sizes[axis];
  }
  return sum;
}

// Where the rows of a head begin, from row `first` on.
static float *rows_of(const attention_t *a, const heads_t *x, int64_t head, int64_t first) {
  return x->p + apart(a, x->steps, head) + x->row * first;
}

// Rows of n numbers, times one, and zeros up to QUERIES.
static void copy_rows(const float *x, int64_t row, int64_t rows, int64_t n, float by,
                      float *out) {
  for (int64_t r = 0; r < QUERIES; r++)
    for (int64_t c = 0; c < n; c++) out[n * r + c] = r < rows ? by * x[row * r + c] : 0;
}

static void scale_rows(float *x, int64_t row, int64_t rows, int64_t n, float by) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < n; c++) x[row * r + c] *= by;
}

// Matrices as `multiply` takes them: of columns, or with `turned` of rows.
static void pack(const float *x, int64_t row, int64_t k, int64_t n, int turned,
                 float *out) {
  for (int64_t c = 0; c < (turned ? k : n); c += 16)
    if (turned)
      pack_panel(n, k - c < 16 ? k - c : 16, x + row * c, 1, row, out + n * c);
    else
      pack_panel(k, 16, x + c, row, 1, out + k * c);
}

// Some queries of one head.
typedef struct {
  int64_t first, count, keys;  // so many keys are seen by any of them
} span_t;

static span_t span(const attention_t *a, int64_t block) {
  span_t s = {QUERIES * block, QUERIES, a->keys};
  if (s.count > a->queries - s.first) s.count = a->queries - s.first;
  if (a->causal) {
    s.keys = s.first + s.count + a->keys - a->queries;
    if (s.keys < 0) s.keys = 0;
  }
  return s;
}

// Exponentials of the scores of some queries; `totals` is what to divide them by.
static void weigh(const attention_t *a, int64_t head, span_t s, const float *queries,
                  const float *keys, float *scores, int64_t row, float *totals) {
  const int64_t n = a->features, up = (s.keys + 15) / 16 * 16;
  multiply(QUERIES, up, n, queries, n, 1, keys, 16, 16 * n, scores, row, 0);
  for (int64_t r = 0; r < s.count; r++) {
    float *of = scores + row * r;
    const int64_t t = s.first + r, past = t + 1 + a->keys - a->queries;
    const int64_t end = !a->causal ? s.keys : past > 0 ? past : 0;
    if (a->allowed) {
      const _Bool *may = a->allowed + apart(a, a->allowed_steps, head) + a->allowed_row * t;
      for (int64_t i = 0; i < end; i++)
        of[i] = may[a->allowed_column * i] ? of[i] : -INFINITY;
    }
    totals[r] = exponentials(end, of);
    for (int64_t i = end; i < up; i++) of[i] = 0;
  }
}

#ifdef _OPENMP
static int crew(void) {
  return omp_get_max_threads() < CREW ? omp_get_max_threads() : CREW;
}
#endif

// room: for each thread `each` numbers.
void attend(const attention_t *a, float *room, int64_t each) {
  const int64_t wide = (a->keys + 15) / 16 * 16, row = wide + 16;
  const int64_t blocks = (a->queries + QUERIES - 1) / QUERIES;
  int64_t heads = 1;
  for (int axis = 0; axis < AXES; axis++) heads *= a->sizes[axis];
  const int64_t group = a->sizes[AXES - 1];
  _Pragma("omp parallel num_threads(crew())") {
    float *keys = room + each * thread(), *values = keys + wide * a->features;
    float *queries = values + wide * a->outs, *scores = queries + QUERIES * a->features;
    float totals[QUERIES];
    int64_t packed = -1;
    _Pragma("omp for schedule(static)")
    for (int64_t job = 0; job < heads * blocks; job++) {
      const int64_t head = job / blocks, i = job % blocks;
      // Short spans and long ones in turn, so that every part of the jobs takes as long.
      const span_t s = span(a, i % 2 ? blocks - 1 - i / 2 : i / 2);
      if (head / group != packed) {
        packed = head / group;
        pack(rows_of(a, &a->k, head, 0), a->k.row, a->keys, a->features, 1, keys);
        pack(rows_of(a, &a->v, head, 0), a->v.row, a->keys, a->outs, 0, values);
      }
      copy_rows(rows_of(a, &a->q, head, s.first), a->q.row, s.count, a->features,
                a->scale, queries);
      weigh(a, head, s, queries, keys, scores, row, totals);
      float *y = rows_of(a, &a->y, head, s.first);
      multiply(s.count, a->outs, s.keys, scores, row, 1, values, 16, 16 * a->keys, y,
               a->y.row, 0);
      for (int64_t r = 0; r < s.count; r++)
        scale_rows(y + a->y.row * r, 0, 1, a->outs, 1 / totals[r]);
    }
  }
}

// The heads of one head of keys are one thread's, which adds up what they give.
void attend_back(const attention_t *a, float *room, int64_t each) {
  const int64_t wide = (a->keys + 15) / 16 * 16, row = wide + 16;
  const int64_t blocks = (a->queries + QUERIES - 1) / QUERIES;
  const int64_t n = a->features, outs = a->outs, group = a->sizes[AXES - 1];
  int64_t jobs = 1;
  for (int axis = 0; axis < AXES - 1; axis++) jobs *= a->sizes[axis];
  _Pragma("omp parallel num_threads(crew())") {
    float *turned = room + each * thread(), *keys = turned + wide * n;
    float *values = keys + wide * n, *queries = values + wide * outs;
    float *gradients = queries + QUERIES * n, *weights = gradients + QUERIES * outs;
    float *scores = weights + QUERIES * row;
    float totals[QUERIES];
    _Pragma("omp for schedule(static)")
    for (int64_t job = 0; job < jobs; job++) {
      const int64_t shared = group * job;  // the first of its heads
      const float *k = rows_of(a, &a->k, shared, 0), *v = rows_of(a, &a->v, shared, 0);
      float *dk = rows_of(a, &a->dk, shared, 0), *dv = rows_of(a, &a->dv, shared, 0);
      pack(k, a->k.row, a->keys, n, 1, turned);
      pack(k, a->k.row, a->keys, n, 0, keys);
      pack(v, a->v.row, a->keys, outs, 1, values);
      for (int64_t i = 0; i < group * blocks; i++) {
        // The last queries come first: they see all of the keys.
        const int64_t head = shared + i / blocks, more = i > 0;
        const span_t s = span(a, blocks - 1 - i % blocks);
        const int64_t up = (s.keys + 15) / 16 * 16;
        copy_rows(rows_of(a, &a->q, head, s.first), a->q.row, s.count, n, a->scale,
                  queries);
        copy_rows(rows_of(a, &a->g, head, s.first), a->g.row, s.count, outs, 1,
                  gradients);
        weigh(a, head, s, queries, turned, weights, row, totals);
        multiply(QUERIES, up, outs, gradients, outs, 1, values, 16, 16 * outs, scores,
                 row, 0);
        for (int64_t r = 0; r < s.count; r++)
          slopes(up, totals[r], weights + row * r, scores + row * r);
        multiply(s.keys, outs, s.count, weights, 1, row, gradients, outs, 16, dv,
                 a->dv.row, more);
        multiply(s.keys, n, s.count, scores, 1, row, queries, n, 16, dk, a->dk.row,
                 more);
        float *dq = rows_of(a, &a->dq, head, s.first);
        multiply(s.count, n, s.keys, scores, row, 1, keys, 16, 16 * a->keys, dq,
                 a->dq.row, 0);
        scale_rows(dq, a->dq.row, s.count, n, a->scale);
      }
    }
  }
}
