static __attribute__((noinline)) void k0(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 32;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 4 * r + 1 * j, *y = B + 1 * from + 4 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[4 + 1 * c];
          sum += x2 * y[8 + 1 * c];
          sum += x3 * y[12 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[4 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k1(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 + x1);
      const float v1 = (float)(-v0);
      const float v2 = smallerf(v1, (float)0x1.6000000000000p+6);
      const float v3 = exponentialf(v2);
      const float v4 = (float)((float)0x1.0000000000000p+0 + v3);
      const float v5 = ((float)0x1.0000000000000p+0 / v4);
      const float v6 = (float)((float)0x1.0000000000000p+0 - v5);
      p2[4 * i0 + i1] = v5;
      p3[4 * i0 + i1] = v6;
    }
  }
}

static __attribute__((noinline)) void k2(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 24;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 3; from += 3) {
      const int64_t to = from + 3 < 3 ? from + 3 : 3;
      float row[3];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 4 * r + 1 * j, *y = B + 1 * from + 3 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[3 + 1 * c];
          sum += x2 * y[6 + 1 * c];
          sum += x3 * y[9 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[3 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k3(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    float total0 = -INFINITY;
    float part0 = -INFINITY;
    int nan0 = 0;
#pragma omp simd reduction(max:part0) reduction(|:nan0)
    for (int64_t i1 = 0; i1 < 3; i1++) {
      const float x0 = p0[3 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 + x1);
      p2[3 * i0 + i1] = v0;
      part0 = v0 > part0 ? v0 : part0;
      nan0 |= v0 != v0;
    }
    total0 = largerf(total0, (nan0 ? NAN : part0));
    p3[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k4(const float *p0, const float *p1, float *p2, float *p3, float *p4) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    double total0 = (float)0.0;
    float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
    for (int64_t i1 = 0; i1 < 3; i1++) {
      const float x0 = p0[3 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (float)(x0 - x1);
      const float v1 = exponentialf(v0);
      p2[3 * i0 + i1] = v0;
      p3[3 * i0 + i1] = v1;
      part0 = (part0 + v1);
    }
    total0 = (total0 + part0);
    p4[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k5(const int64_t *p0, const int64_t *p1, int64_t *p2) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 8; i0++) {
    const int64_t x0 = p0[i0];
    const int64_t v0 = (int64_t)(x0 * (int64_t)3LL);
    const int64_t x1 = p1[i0];
    const int v1 = (x1 < (int64_t)0LL);
    const int64_t v2 = (int64_t)(x1 + (int64_t)3LL);
    const int64_t v3 = (v1 ? v2 : x1);
    const int64_t v4 = (int64_t)(v0 + v3);
    p2[i0] = v4;
  }
}

static __attribute__((noinline)) void k6(const float *p0, const int64_t *p1, float *p2) {
  for (int64_t r = 0; r < 8; r++) {
    int64_t at = p1[r] < 0 ? p1[r] + 24 : p1[r];
    at = at < 0 ? 0 : at < 24 ? at : 23;
    memcpy(p2 + r * 1, p0 + at * 1, sizeof(*p2) * 1);
  }
}

static __attribute__((noinline)) void k7(const float *p0, const float *p1, float *p2) {
  double total0 = (float)0.0;
  float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
  for (int64_t i0 = 0; i0 < 8; i0++) {
    const float x0 = p0[i0];
    const float v0 = logf(x0);
    const float x1 = p1[i0];
    const float v1 = (float)(v0 - x1);
    part0 = (part0 + v1);
  }
  total0 = (total0 + part0);
  p2[0] = (float)total0;
}

static __attribute__((noinline)) void k8(const float *p0, float *p1) {
  const float x0 = p0[0];
  const float v0 = (x0 / (float)0x1.0000000000000p+3);
  p1[0] = v0;
}

static __attribute__((noinline)) void k9(const int64_t *p0, int64_t *p1) {
  const int64_t x0 = p0[0];
  const int64_t v0 = (int64_t)(x0 + (int64_t)1LL);
  p1[0] = v0;
}

static __attribute__((noinline)) void k10(const double *p0, float *p1) {
  const double x0 = p0[0];
  const float v0 = (float)x0;
  p1[0] = v0;
}

static __attribute__((noinline)) void k11(float *p0) {
  const float v0 = ((float)0x1.0000000000000p+0 / (float)0x1.0000000000000p+3);
  p0[0] = v0;
}

static __attribute__((noinline)) void k12(const float *p0, const float *p1, const int64_t *p2, const int64_t *p3, const float *p4, float *p5, float *p6) {
  for (int64_t i1 = 0; i1 < 3; i1++) {
    p6[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 3; i1++) {
      const float x0 = p0[3 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (x0 / x1);
      const int64_t x2 = p2[i1];
      const int64_t x3 = p3[i0];
      const int v1 = (x2 == x3);
      const float v2 = (float)v1;
      const float v3 = (float)(v0 - v2);
      const float x4 = p4[0];
      const float v4 = (float)(v3 * x4);
      p5[3 * i0 + i1] = v4;
      p6[i1] = (p6[i1] + v4);
    }
  }
}

static __attribute__((noinline)) void k13(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 32;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 3 * r, *y = B + 3 * from + 3 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 3; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 3];
          t2 += x[1 * j] * y[j + 6];
          t3 += x[1 * j] * y[j + 9];
        }
        row[c + 0] = t0;
        row[c + 1] = t1;
        row[c + 2] = t2;
        row[c + 3] = t3;
      }
      for (int64_t c = 0; c < to - from; c++) C[4 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k14(const float *p0, const float *p1, const float *p2, float *p3, float *p4) {
  for (int64_t i1 = 0; i1 < 4; i1++) {
    p4[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[4 * i0 + i1];
      const float v0 = (float)(x0 * x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(v0 * x2);
      p3[4 * i0 + i1] = v1;
      p4[i1] = (p4[i1] + v1);
    }
  }
}

static __attribute__((noinline)) void k15(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 1 * r + 4 * j, *y = B + 1 * from + 4 * j;
        const float x0 = x[0], x1 = x[4], x2 = x[8], x3 = x[12];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[4 + 1 * c];
          sum += x2 * y[8 + 1 * c];
          sum += x3 * y[12 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[4 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k16(const float *p0, const float *p1, const float *p2, float *p3) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 16; i0++) {
    const float x0 = p0[0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 * x1);
    const float x2 = p2[i0];
    const float v1 = (float)(x2 - v0);
    p3[i0] = v1;
  }
}

static __attribute__((noinline)) void k17(const float *p0, const float *p1, const float *p2, float *p3) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 4; i0++) {
    const float x0 = p0[0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 * x1);
    const float x2 = p2[i0];
    const float v1 = (float)(x2 - v0);
    p3[i0] = v1;
  }
}

static __attribute__((noinline)) void k18(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 12;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 3; from += 3) {
      const int64_t to = from + 3 < 3 ? from + 3 : 3;
      float row[3];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 1 * r + 4 * j, *y = B + 1 * from + 3 * j;
        const float x0 = x[0], x1 = x[4], x2 = x[8], x3 = x[12];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[3 + 1 * c];
          sum += x2 * y[6 + 1 * c];
          sum += x3 * y[9 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[3 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k19(const float *p0, const float *p1, const float *p2, float *p3) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 12; i0++) {
    const float x0 = p0[0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 * x1);
    const float x2 = p2[i0];
    const float v1 = (float)(x2 - v0);
    p3[i0] = v1;
  }
}

static __attribute__((noinline)) void k20(const float *p0, const float *p1, const float *p2, float *p3) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 3; i0++) {
    const float x0 = p0[0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 * x1);
    const float x2 = p2[i0];
    const float v1 = (float)(x2 - v0);
    p3[i0] = v1;
  }
}

void ondol_run0(char **m) {
  k0((float *)m[0], (float *)m[6], (float *)m[15]);
  k1((float *)m[15], (float *)m[8], (float *)m[17], (float *)m[38]);
  k2((float *)m[17], (float *)m[10], (float *)m[18]);
  k3((float *)m[18], (float *)m[12], (float *)m[19], (float *)m[20]);
  k4((float *)m[19], (float *)m[20], (float *)m[21], (float *)m[22], (float *)m[23]);
  k5((int64_t *)m[24], (int64_t *)m[1], (int64_t *)m[27]);
  k6((float *)m[21], (int64_t *)m[27], (float *)m[28]);
  k7((float *)m[23], (float *)m[28], (float *)m[29]);
  k8((float *)m[29], (float *)m[31]);
  k9((int64_t *)m[2], (int64_t *)m[2]);
  k10((double *)m[5], (float *)m[33]);
  k11((float *)m[35]);
  k12((float *)m[22], (float *)m[23], (int64_t *)m[34], (int64_t *)m[1], (float *)m[35], (float *)m[36], (float *)m[13]);
  k13((float *)m[36], (float *)m[10], (float *)m[37]);
  k14((float *)m[37], (float *)m[17], (float *)m[38], (float *)m[39], (float *)m[9]);
  k15((float *)m[0], (float *)m[39], (float *)m[7]);
  k16((float *)m[33], (float *)m[7], (float *)m[6], (float *)m[6]);
  k17((float *)m[33], (float *)m[9], (float *)m[8], (float *)m[8]);
  k18((float *)m[17], (float *)m[36], (float *)m[11]);
  k19((float *)m[33], (float *)m[11], (float *)m[10], (float *)m[10]);
  k20((float *)m[33], (float *)m[13], (float *)m[12], (float *)m[12]);
}
