static __attribute__((noinline)) void k0(const float *p0, float *p1) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    for (int64_t i1 = 0; i1 < 3; i1++) {
      for (int64_t i2 = 0; i2 < 3; i2++) {
        for (int64_t i3 = 0; i3 < 4; i3++) {
#pragma omp simd
          for (int64_t i4 = 0; i4 < 4; i4++) {
            const float x0 = (-1 + i2 + i4 >= 0 && -1 + i2 + i4 < 4) ? (-1 + i1 + i3 >= 0 && -1 + i1 + i3 < 4) ? p0[-5 + 16 * i0 + 4 * i1 + i2 + 4 * i3 + i4] : (float)0.0 : (float)0.0;
            const float v0 = x0;
            p1[144 * i0 + 48 * i1 + 16 * i2 + 4 * i3 + i4] = v0;
          }
        }
      }
    }
  }
}

static __attribute__((noinline)) void k1(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 2; i++) {
    const float *A = p0 + (0), *B = p1 + (0 + 144 * (i / 1 % 2));
    float *C = p2 + i * 32;
    for (int64_t r = 0; r < 2; r++)
    for (int64_t from = 0; from < 16; from += 16) {
      const int64_t to = from + 16 < 16 ? from + 16 : 16;
      float row[16];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 9 * r + 1 * j, *y = B + 1 * from + 16 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[16 + 1 * c];
          sum += x2 * y[32 + 1 * c];
          sum += x3 * y[48 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t j = 8; j < 9; j += 1) {
        const float *x = A + 9 * r + 1 * j, *y = B + 1 * from + 16 * j;
        const float x0 = x[0];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[16 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k2(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    for (int64_t i1 = 0; i1 < 2; i1++) {
#pragma omp simd
      for (int64_t i2 = 0; i2 < 16; i2++) {
        const float x0 = p0[32 * i0 + 16 * i1 + i2];
        const float x1 = p1[i1];
        const float v0 = (float)(x0 + x1);
        const float v1 = largerf(v0, (float)0.0);
        const int v2 = (v0 > (float)0.0);
        const float v3 = (float)v2;
        p2[32 * i0 + 16 * i1 + i2] = v1;
        p3[32 * i0 + 16 * i1 + i2] = v3;
      }
    }
  }
}

static __attribute__((noinline)) void k3(const float *p0, float *p1, int32_t *p2) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 2; i1++) {
      const float x0 = p0[8 * i0 + 2 * i1];
      const float x1 = p0[1 + 8 * i0 + 2 * i1];
      const float v0 = largerf(x0, x1);
      const float x2 = p0[4 + 8 * i0 + 2 * i1];
      const float v1 = largerf(v0, x2);
      const float x3 = p0[5 + 8 * i0 + 2 * i1];
      const float v2 = largerf(v1, x3);
      const int v3 = (x0 != v2);
      const int v4 = (x0 == x0);
      const int v5 = (v3 & v4);
      const int32_t v6 = (int32_t)v5;
      const int v7 = (x1 != v2);
      const int v8 = (x1 == x1);
      const int v9 = (v7 & v8);
      const int32_t v10 = (int32_t)v9;
      const int v11 = (x2 != v2);
      const int v12 = (x2 == x2);
      const int v13 = (v11 & v12);
      const int32_t v14 = (int32_t)v13;
      const int32_t v15 = (int32_t)((int32_t)0 + (int32_t)1);
      const int32_t v16 = (int32_t)(v14 * v15);
      const int32_t v17 = (int32_t)(v16 + (int32_t)1);
      const int32_t v18 = (int32_t)(v10 * v17);
      const int32_t v19 = (int32_t)(v18 + (int32_t)1);
      const int32_t v20 = (int32_t)(v6 * v19);
      p1[2 * i0 + i1] = v2;
      p2[2 * i0 + i1] = v20;
    }
  }
}

static __attribute__((noinline)) void k4(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 6;
    for (int64_t r = 0; r < 2; r++)
    for (int64_t from = 0; from < 3; from += 3) {
      const int64_t to = from + 3 < 3 ? from + 3 : 3;
      float row[3];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 8 * r + 1 * j, *y = B + 1 * from + 3 * j;
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

static __attribute__((noinline)) void k5(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
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

static __attribute__((noinline)) void k6(const float *p0, const float *p1, float *p2, float *p3, float *p4) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
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

static __attribute__((noinline)) void k7(const int64_t *p0, const int64_t *p1, int64_t *p2) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 2; i0++) {
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

static __attribute__((noinline)) void k8(const float *p0, const int64_t *p1, float *p2) {
  for (int64_t r = 0; r < 2; r++) {
    int64_t at = p1[r] < 0 ? p1[r] + 6 : p1[r];
    at = at < 0 ? 0 : at < 6 ? at : 5;
    memcpy(p2 + r * 1, p0 + at * 1, sizeof(*p2) * 1);
  }
}

static __attribute__((noinline)) void k9(const float *p0, const float *p1, float *p2) {
  double total0 = (float)0.0;
  float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
  for (int64_t i0 = 0; i0 < 2; i0++) {
    const float x0 = p0[i0];
    const float v0 = logf(x0);
    const float x1 = p1[i0];
    const float v1 = (float)(v0 - x1);
    part0 = (part0 + v1);
  }
  total0 = (total0 + part0);
  p2[0] = (float)total0;
}

static __attribute__((noinline)) void k10(const float *p0, float *p1) {
  const float x0 = p0[0];
  const float v0 = (x0 / (float)0x1.0000000000000p+1);
  p1[0] = v0;
}

static __attribute__((noinline)) void k11(float *p0) {
  const float v0 = ((float)0x1.0000000000000p+0 / (float)0x1.0000000000000p+1);
  p0[0] = v0;
}

static __attribute__((noinline)) void k12(const float *p0, const float *p1, const int64_t *p2, const int64_t *p3, const float *p4, float *p5, float *p6) {
  for (int64_t i1 = 0; i1 < 3; i1++) {
    p6[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 2; i0++) {
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
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 2; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
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
      for (int64_t c = 0; c < to - from; c++) C[8 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k14(const int32_t *p0, const int32_t *p1, const float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 4; i0++) {
    for (int64_t i1 = 0; i1 < 4; i1++) {
#pragma omp simd
      for (int64_t i2 = 0; i2 < 4; i2++) {
        const int32_t x0 = p0[4 * i0 + i2];
        const int32_t x1 = p1[i1];
        const int v0 = (x0 == x1);
        const float x2 = p2[4 * i0 + i2];
        const float v1 = (v0 ? x2 : (float)0.0);
        p3[16 * i0 + 4 * i1 + i2] = v1;
      }
    }
  }
}

static __attribute__((noinline)) void k15(float *p0, const float *p1) {
  for (int64_t i0 = 0; i0 < 4; i0++) {
    for (int64_t i1 = 0; i1 < 2; i1++) {
      for (int64_t i2 = 0; i2 < 2; i2++) {
#pragma omp simd
        for (int64_t i3 = 0; i3 < 2; i3++) {
          const float x0 = p1[16 * i0 + 8 * i1 + 2 * i2 + i3];
          const float x1 = p1[4 + 16 * i0 + 8 * i1 + 2 * i2 + i3];
          p0[16 * i0 + 4 * i1 + 8 * i2 + 2 * i3] = x0;
          p0[1 + 16 * i0 + 4 * i1 + 8 * i2 + 2 * i3] = x1;
        }
      }
    }
  }
}

static __attribute__((noinline)) void k16(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    double total0 = (float)0.0;
    for (int64_t i1 = 0; i1 < 2; i1++) {
      float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
      for (int64_t i2 = 0; i2 < 16; i2++) {
        const float x0 = p0[16 * i0 + 32 * i1 + i2];
        const float x1 = p1[16 * i0 + 32 * i1 + i2];
        const float v0 = (float)(x0 * x1);
        p2[16 * i0 + 32 * i1 + i2] = v0;
        part0 = (part0 + v0);
      }
      total0 = (total0 + part0);
    }
    p3[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k17(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 2; i++) {
    const float *A = p0 + (0 + 32 * (i / 1 % 2)), *B = p1 + (0 + 144 * (i / 1 % 2));
    float *C = p2 + i * 18;
    for (int64_t r = 0; r < 2; r++)
    for (int64_t from = 0; from < 9; from += 9) {
      const int64_t to = from + 9 < 9 ? from + 9 : 9;
      float row[9];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 16 * r, *y = B + 16 * from + 16 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 16; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 16];
          t2 += x[1 * j] * y[j + 32];
          t3 += x[1 * j] * y[j + 48];
        }
        row[c + 0] = t0;
        row[c + 1] = t1;
        row[c + 2] = t2;
        row[c + 3] = t3;
      }
      for (; c + 1 <= to - from; c += 1) {
        const float *x = A + 16 * r, *y = B + 16 * from + 16 * c;
        float t0 = 0;
#pragma omp simd reduction(+:t0)
        for (int64_t j = 0; j < 16; j++) {
          t0 += x[1 * j] * y[j + 0];
        }
        row[c + 0] = t0;
      }
      for (int64_t c = 0; c < to - from; c++) C[9 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k18(const float *p0, float *p1) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    for (int64_t i2 = 0; i2 < 9; i2++) {
      p1[9 * i0 + i2] = (float)0.0;
    }
    for (int64_t i1 = 0; i1 < 2; i1++) {
#pragma omp simd
      for (int64_t i2 = 0; i2 < 9; i2++) {
        const float x0 = p0[9 * i0 + 18 * i1 + i2];
        p1[9 * i0 + i2] = (p1[9 * i0 + i2] + x0);
      }
    }
  }
}

static __attribute__((noinline)) void k19(const float *p0, float *p1) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 18; i0++) {
    const float x0 = p0[i0];
    const float v0 = x0;
    p1[i0] = v0;
  }
}

static __attribute__((noinline)) void k20(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 24;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 3; from += 3) {
      const int64_t to = from + 3 < 3 ? from + 3 : 3;
      float row[3];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 2; j += 1) {
        const float *x = A + 1 * r + 8 * j, *y = B + 1 * from + 3 * j;
        const float x0 = x[0];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[3 * r + from + c] = row[c];
    }
  }
}

void ondol_run0(char **m) {
  k0((float *)m[0], (float *)m[12]);
  k1((float *)m[4], (float *)m[12], (float *)m[13]);
  k2((float *)m[13], (float *)m[6], (float *)m[15], (float *)m[42]);
  k3((float *)m[15], (float *)m[16], (int32_t *)m[33]);
  k4((float *)m[16], (float *)m[8], (float *)m[17]);
  k5((float *)m[17], (float *)m[10], (float *)m[18], (float *)m[19]);
  k6((float *)m[18], (float *)m[19], (float *)m[20], (float *)m[21], (float *)m[22]);
  k7((int64_t *)m[23], (int64_t *)m[1], (int64_t *)m[26]);
  k8((float *)m[20], (int64_t *)m[26], (float *)m[27]);
  k9((float *)m[22], (float *)m[27], (float *)m[28]);
  k10((float *)m[28], (float *)m[30]);
  k11((float *)m[37]);
  k12((float *)m[21], (float *)m[22], (int64_t *)m[35], (int64_t *)m[1], (float *)m[37], (float *)m[38], (float *)m[11]);
  k13((float *)m[38], (float *)m[8], (float *)m[39]);
  k14((int32_t *)m[33], (int32_t *)m[34], (float *)m[39], (float *)m[40]);
  k15((float *)m[41], (float *)m[40]);
  k16((float *)m[41], (float *)m[42], (float *)m[43], (float *)m[7]);
  k17((float *)m[43], (float *)m[12], (float *)m[44]);
  k18((float *)m[44], (float *)m[45]);
  k19((float *)m[45], (float *)m[5]);
  k20((float *)m[16], (float *)m[38], (float *)m[9]);
}
