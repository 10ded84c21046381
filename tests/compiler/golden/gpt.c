static __attribute__((noinline)) void k0(const int64_t *p0, int64_t *p1) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 8; i0++) {
    const int64_t x0 = p0[i0];
    const int v0 = (x0 < (int64_t)0LL);
    const int64_t v1 = (int64_t)(x0 + (int64_t)5LL);
    const int64_t v2 = (v0 ? v1 : x0);
    p1[i0] = v2;
  }
}

static __attribute__((noinline)) void k1(const float *p0, const int64_t *p1, float *p2) {
  for (int64_t r = 0; r < 8; r++) {
    int64_t at = p1[r] < 0 ? p1[r] + 5 : p1[r];
    at = at < 0 ? 0 : at < 5 ? at : 4;
    memcpy(p2 + r * 8, p0 + at * 8, sizeof(*p2) * 8);
  }
}

static __attribute__((noinline)) void k2(const float *p0, const int64_t *p1, float *p2) {
  for (int64_t r = 0; r < 4; r++) {
    int64_t at = p1[r] < 0 ? p1[r] + 4 : p1[r];
    at = at < 0 ? 0 : at < 4 ? at : 3;
    memcpy(p2 + r * 8, p0 + at * 8, sizeof(*p2) * 8);
  }
}

static __attribute__((noinline)) void k3(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    for (int64_t i1 = 0; i1 < 4; i1++) {
      double total0 = (float)0.0;
      float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
      for (int64_t i2 = 0; i2 < 8; i2++) {
        const float x0 = p0[32 * i0 + 8 * i1 + i2];
        const float x1 = p1[8 * i1 + i2];
        const float v0 = (float)(x0 + x1);
        p2[32 * i0 + 8 * i1 + i2] = v0;
        part0 = (part0 + v0);
      }
      total0 = (total0 + part0);
      p3[4 * i0 + i1] = (float)total0;
    }
  }
}

static __attribute__((noinline)) void k4(const float *p0, float *p1) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 8; i0++) {
    const float x0 = p0[i0];
    const float v0 = (x0 / (float)0x1.0000000000000p+3);
    p1[i0] = v0;
  }
}

static __attribute__((noinline)) void k5(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    double total0 = (float)0.0;
    float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (float)(x0 - x1);
      const float v1 = (float)(v0 * v0);
      p2[8 * i0 + i1] = v0;
      part0 = (part0 + v1);
    }
    total0 = (total0 + part0);
    p3[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k6(const float *p0, float *p1, float *p2) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 8; i0++) {
    const float x0 = p0[i0];
    const float v0 = (x0 / (float)0x1.0000000000000p+3);
    const float v1 = (float)(v0 + (float)0x1.4f8b580000000p-17);
    const float v2 = sqrtf(v1);
    const float v3 = ((float)0x1.0000000000000p+0 / v2);
    p1[i0] = v2;
    p2[i0] = v3;
  }
}

static __attribute__((noinline)) void k7(const float *p0, const float *p1, const float *p2, const float *p3, float *p4) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[i1];
      const float x1 = p1[i0];
      const float v0 = (x0 / x1);
      const float x2 = p2[8 * i0 + i1];
      const float v1 = (float)(x2 * v0);
      const float x3 = p3[i1];
      const float v2 = (float)(v1 + x3);
      p4[8 * i0 + i1] = v2;
    }
  }
}

static __attribute__((noinline)) void k8(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 64;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 8 * r + 1 * j, *y = B + 1 * from + 8 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[8 + 1 * c];
          sum += x2 * y[16 + 1 * c];
          sum += x3 * y[24 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[8 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k9(const float *p0, const float *p1, float *p2) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 + x1);
      p2[8 * i0 + i1] = v0;
    }
  }
}

static __attribute__((noinline)) void k10(const float *p0, float *p1) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    for (int64_t i1 = 0; i1 < 2; i1++) {
      for (int64_t i2 = 0; i2 < 4; i2++) {
#pragma omp simd
        for (int64_t i3 = 0; i3 < 4; i3++) {
          const float x0 = p0[32 * i0 + 4 * i1 + 8 * i2 + i3];
          const float v0 = (float)(x0 * (float)0x1.0000000000000p-1);
          p1[32 * i0 + 16 * i1 + 4 * i2 + i3] = v0;
        }
      }
    }
  }
}

static __attribute__((noinline)) void k11(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 4; i++) {
    const float *A = p0 + (0 + 32 * (i / 2 % 2) + 16 * (i / 1 % 2)), *B = p1 + (0 + 32 * (i / 2 % 2) + 4 * (i / 1 % 2));
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 4 * r, *y = B + 8 * from + 8 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 4; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 8];
          t2 += x[1 * j] * y[j + 16];
          t3 += x[1 * j] * y[j + 24];
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

static __attribute__((noinline)) void k12(const _Bool *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 4; i0++) {
    for (int64_t i1 = 0; i1 < 4; i1++) {
      float total0 = -INFINITY;
      float part0 = -INFINITY;
      int nan0 = 0;
#pragma omp simd reduction(max:part0) reduction(|:nan0)
      for (int64_t i2 = 0; i2 < 4; i2++) {
        const int x0 = p0[4 * i1 + i2];
        const float x1 = p1[16 * i0 + 4 * i1 + i2];
        const float v0 = (x0 ? x1 : (float)(-INFINITY));
        p2[16 * i0 + 4 * i1 + i2] = v0;
        part0 = v0 > part0 ? v0 : part0;
        nan0 |= v0 != v0;
      }
      total0 = largerf(total0, (nan0 ? NAN : part0));
      p3[4 * i0 + i1] = (float)total0;
    }
  }
}

static __attribute__((noinline)) void k13(const float *p0, float *p1) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 16; i0++) {
    const float x0 = p0[i0];
    const float v0 = largerf(x0, (float)-0x1.fffffe0000000p+127);
    p1[i0] = v0;
  }
}

static __attribute__((noinline)) void k14(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 16; i0++) {
    double total0 = (float)0.0;
    float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (float)(x0 - x1);
      const float v1 = exponentialf(v0);
      p2[4 * i0 + i1] = v1;
      part0 = (part0 + v1);
    }
    total0 = (total0 + part0);
    p3[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k15(const float *p0, float *p1) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 16; i0++) {
    const float x0 = p0[i0];
    const float v0 = largerf(x0, (float)0x1.0000000000000p+0);
    p1[i0] = v0;
  }
}

static __attribute__((noinline)) void k16(const float *p0, const float *p1, float *p2) {
  for (int64_t i0 = 0; i0 < 16; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (x0 / x1);
      p2[4 * i0 + i1] = v0;
    }
  }
}

static __attribute__((noinline)) void k17(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 4; i++) {
    const float *A = p0 + (0 + 32 * (i / 2 % 2) + 16 * (i / 1 % 2)), *B = p1 + (0 + 32 * (i / 2 % 2) + 4 * (i / 1 % 2));
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 4 * r + 1 * j, *y = B + 1 * from + 8 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[8 + 1 * c];
          sum += x2 * y[16 + 1 * c];
          sum += x3 * y[24 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[4 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k18(const float *p0, float *p1) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    for (int64_t i1 = 0; i1 < 4; i1++) {
      for (int64_t i2 = 0; i2 < 2; i2++) {
#pragma omp simd
        for (int64_t i3 = 0; i3 < 4; i3++) {
          const float x0 = p0[32 * i0 + 4 * i1 + 16 * i2 + i3];
          const float v0 = x0;
          p1[32 * i0 + 8 * i1 + 4 * i2 + i3] = v0;
        }
      }
    }
  }
}

static __attribute__((noinline)) void k19(const float *p0, const float *p1, const float *p2, float *p3, float *p4) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    double total0 = (float)0.0;
    float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 + x1);
      const float x2 = p2[8 * i0 + i1];
      const float v1 = (float)(x2 + v0);
      p3[8 * i0 + i1] = v1;
      part0 = (part0 + v1);
    }
    total0 = (total0 + part0);
    p4[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k20(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 256;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 32; from += 32) {
      const int64_t to = from + 32 < 32 ? from + 32 : 32;
      float row[32];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 8 * r + 1 * j, *y = B + 1 * from + 32 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[32 + 1 * c];
          sum += x2 * y[64 + 1 * c];
          sum += x3 * y[96 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[32 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k21(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 32; i1++) {
      const float x0 = p0[32 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 + x1);
      const float v1 = largerf(v0, (float)0.0);
      const float v2 = fabsf(v0);
      const float v3 = smallerf(v2, (float)0x1.4000000000000p+5);
      const float v4 = (float)(v3 * v3);
      const float v5 = (float)((float)-0x1.0000000000000p-1 * v4);
      const float v6 = exponentialf(v5);
      const float v7 = (float)(v3 * v6);
      const float v8 = (float)((float)0x1.0b38b20000000p-8 * v3);
      const float v9 = (float)(v8 + (float)0x1.4ab98e0000000p-5);
      const float v10 = (float)(v9 * v3);
      const float v11 = (float)(v10 + (float)0x1.75ad3a0000000p-3);
      const float v12 = (float)(v11 * v3);
      const float v13 = (float)(v12 + (float)0x1.bfbdd40000000p-2);
      const float v14 = (float)(v13 * v3);
      const float v15 = (float)(v14 + (float)0x1.0000000000000p-1);
      const float v16 = (float)((float)0x1.4ee8820000000p-7 * v3);
      const float v17 = (float)(v16 + (float)0x1.9e87ae0000000p-4);
      const float v18 = (float)(v17 * v3);
      const float v19 = (float)(v18 + (float)0x1.dea3fc0000000p-2);
      const float v20 = (float)(v19 * v3);
      const float v21 = (float)(v20 + (float)0x1.33040a0000000p+0);
      const float v22 = (float)(v21 * v3);
      const float v23 = (float)(v22 + (float)0x1.ac211a0000000p+0);
      const float v24 = (float)(v23 * v3);
      const float v25 = (float)(v24 + (float)0x1.0000000000000p+0);
      const float v26 = (v15 / v25);
      const float v27 = (float)(v7 * v26);
      const float v28 = (float)(v1 - v27);
      const int v29 = (v0 > (float)0.0);
      const float v30 = (float)(v6 * v26);
      const float v31 = (v7 / (float)0x1.40d9320000000p+1);
      const float v32 = (float)(v30 - v31);
      const float v33 = (float)((float)0x1.0000000000000p+0 - v32);
      const float v34 = (v29 ? v33 : v32);
      p2[32 * i0 + i1] = v28;
      p3[32 * i0 + i1] = v34;
    }
  }
}

static __attribute__((noinline)) void k22(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 64;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 32; j += 4) {
        const float *x = A + 32 * r + 1 * j, *y = B + 1 * from + 8 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[8 + 1 * c];
          sum += x2 * y[16 + 1 * c];
          sum += x3 * y[24 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[8 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k23(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 40;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 5; from += 5) {
      const int64_t to = from + 5 < 5 ? from + 5 : 5;
      float row[5];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 8 * r + 1 * j, *y = B + 1 * from + 5 * j;
        const float x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[5 + 1 * c];
          sum += x2 * y[10 + 1 * c];
          sum += x3 * y[15 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[5 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k24(const float *p0, float *p1) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    float total0 = -INFINITY;
    float part0 = -INFINITY;
    int nan0 = 0;
#pragma omp simd reduction(max:part0) reduction(|:nan0)
    for (int64_t i1 = 0; i1 < 5; i1++) {
      const float x0 = p0[5 * i0 + i1];
      part0 = x0 > part0 ? x0 : part0;
      nan0 |= x0 != x0;
    }
    total0 = largerf(total0, (nan0 ? NAN : part0));
    p1[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k25(const float *p0, const float *p1, float *p2, float *p3, float *p4) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    double total0 = (float)0.0;
    float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
    for (int64_t i1 = 0; i1 < 5; i1++) {
      const float x0 = p0[5 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (float)(x0 - x1);
      const float v1 = exponentialf(v0);
      p2[5 * i0 + i1] = v0;
      p3[5 * i0 + i1] = v1;
      part0 = (part0 + v1);
    }
    total0 = (total0 + part0);
    p4[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k26(const int64_t *p0, const int64_t *p1, int64_t *p2) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 8; i0++) {
    const int64_t x0 = p0[i0];
    const int64_t v0 = (int64_t)(x0 * (int64_t)5LL);
    const int64_t x1 = p1[i0];
    const int64_t v1 = (int64_t)(v0 + x1);
    p2[i0] = v1;
  }
}

static __attribute__((noinline)) void k27(const float *p0, const int64_t *p1, float *p2) {
  for (int64_t r = 0; r < 8; r++) {
    int64_t at = p1[r] < 0 ? p1[r] + 40 : p1[r];
    at = at < 0 ? 0 : at < 40 ? at : 39;
    memcpy(p2 + r * 1, p0 + at * 1, sizeof(*p2) * 1);
  }
}

static __attribute__((noinline)) void k28(const float *p0, const float *p1, float *p2) {
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

static __attribute__((noinline)) void k29(const float *p0, float *p1) {
  const float x0 = p0[0];
  const float v0 = (x0 / (float)0x1.0000000000000p+3);
  p1[0] = v0;
}

static __attribute__((noinline)) void k30(const int64_t *p0, int64_t *p1, const double *p2, double *p3, double *p4, float *p5, float *p6) {
  const int64_t x0 = p0[0];
  const int64_t v0 = (int64_t)(x0 + (int64_t)1LL);
  const double v1 = (double)v0;
  const double v2 = pow((double)0x1.ff7ced916872bp-1, v1);
  const double v3 = (double)((double)0x1.0000000000000p+0 - v2);
  const double v4 = sqrt(v3);
  const double x1 = p2[0];
  const double v5 = (double)(x1 * v4);
  const double v6 = pow((double)0x1.ccccccccccccdp-1, v1);
  const double v7 = (double)((double)0x1.0000000000000p+0 - v6);
  const double v8 = (v5 / v7);
  const double v9 = (double)((double)0x1.5798ee2308c3ap-27 * v4);
  const float v10 = (float)v8;
  const float v11 = (float)v9;
  const float v12 = (float)(v11 + (float)0x1.0000000000000p-126);
  p1[0] = v0;
  p3[0] = v8;
  p4[0] = v9;
  p5[0] = v10;
  p6[0] = v12;
}

static __attribute__((noinline)) void k31(float *p0) {
  const float v0 = ((float)0x1.0000000000000p+0 / (float)0x1.0000000000000p+3);
  p0[0] = v0;
}

static __attribute__((noinline)) void k32(const float *p0, const float *p1, const int64_t *p2, const int64_t *p3, const float *p4, float *p5) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 5; i1++) {
      const float x0 = p0[5 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (x0 / x1);
      const int64_t x2 = p2[i1];
      const int64_t x3 = p3[i0];
      const int v1 = (x2 == x3);
      const float v2 = (float)v1;
      const float v3 = (float)(v0 - v2);
      const float x4 = p4[0];
      const float v4 = (float)(v3 * x4);
      p5[5 * i0 + i1] = v4;
    }
  }
}

static __attribute__((noinline)) void k33(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 64;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 5 * r, *y = B + 5 * from + 5 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 5; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 5];
          t2 += x[1 * j] * y[j + 10];
          t3 += x[1 * j] * y[j + 15];
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

static __attribute__((noinline)) void k34(const float *p0, const float *p1, float *p2, const float *p3, const float *p4, float *p5, float *p6, float *p7, float *p8) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    double total0 = (float)0.0;
    double total1 = (float)0.0;
    float part0 = (float)0.0;
    float part1 = (float)0.0;
#pragma omp simd reduction(+:part0) reduction(+:part1)
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 * x1);
      const float x2 = p3[8 * i0 + i1];
      const float x3 = p4[i0];
      const float v1 = (float)(x2 * x3);
      const float v2 = (float)(v0 * v1);
      const float v3 = (float)(x0 * v1);
      p2[8 * i0 + i1] = v0;
      p5[8 * i0 + i1] = v1;
      p6[8 * i0 + i1] = v3;
      part0 = (part0 + v2);
      part1 = (part1 + v0);
    }
    total0 = (total0 + part0);
    total1 = (total1 + part1);
    p7[i0] = (float)total0;
    p8[i0] = (float)total1;
  }
}

static __attribute__((noinline)) void k35(const float *p0, const float *p1, const float *p2, const float *p3, const float *p4, float *p5, float *p6) {
  for (int64_t i1 = 0; i1 < 8; i1++) {
    p6[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (float)(x0 * x1);
      const float x2 = p2[i0];
      const float v1 = (float)(v0 + x2);
      const float x3 = p3[8 * i0 + i1];
      const float v2 = (float)(x3 - v1);
      const float x4 = p4[i0];
      const float v3 = (float)(v2 * x4);
      p5[8 * i0 + i1] = v3;
      p6[i1] = (p6[i1] + v3);
    }
  }
}

static __attribute__((noinline)) void k36(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 256;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 32; from += 32) {
      const int64_t to = from + 32 < 32 ? from + 32 : 32;
      float row[32];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 8 * r, *y = B + 8 * from + 8 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 8; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 8];
          t2 += x[1 * j] * y[j + 16];
          t3 += x[1 * j] * y[j + 24];
        }
        row[c + 0] = t0;
        row[c + 1] = t1;
        row[c + 2] = t2;
        row[c + 3] = t3;
      }
      for (int64_t c = 0; c < to - from; c++) C[32 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k37(const float *p0, const float *p1, float *p2, float *p3) {
  for (int64_t i1 = 0; i1 < 32; i1++) {
    p3[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 32; i1++) {
      const float x0 = p0[32 * i0 + i1];
      const float x1 = p1[32 * i0 + i1];
      const float v0 = (float)(x0 * x1);
      p2[32 * i0 + i1] = v0;
      p3[i1] = (p3[i1] + v0);
    }
  }
}

static __attribute__((noinline)) void k38(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 64;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 32 * r, *y = B + 32 * from + 32 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 32; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 32];
          t2 += x[1 * j] * y[j + 64];
          t3 += x[1 * j] * y[j + 96];
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

static __attribute__((noinline)) void k39(const float *p0, const float *p1, const float *p2, const float *p3, const float *p4, const float *p5, float *p6, float *p7) {
  for (int64_t i1 = 0; i1 < 8; i1++) {
    p7[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (float)(x0 * x1);
      const float x2 = p2[i0];
      const float v1 = (float)(v0 + x2);
      const float x3 = p3[8 * i0 + i1];
      const float v2 = (float)(x3 - v1);
      const float x4 = p4[i0];
      const float v3 = (float)(v2 * x4);
      const float x5 = p5[8 * i0 + i1];
      const float v4 = (float)(x5 + v3);
      p6[8 * i0 + i1] = v4;
      p7[i1] = (p7[i1] + v4);
    }
  }
}

static __attribute__((noinline)) void k40(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 64;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 8 * r, *y = B + 8 * from + 8 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 8; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 8];
          t2 += x[1 * j] * y[j + 16];
          t3 += x[1 * j] * y[j + 24];
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

static __attribute__((noinline)) void k41(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 4; i++) {
    const float *A = p0 + (0 + 32 * (i / 2 % 2) + 16 * (i / 1 % 2)), *B = p1 + (0 + 32 * (i / 2 % 2) + 4 * (i / 1 % 2));
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 1 * r + 4 * j, *y = B + 1 * from + 8 * j;
        const float x0 = x[0], x1 = x[4], x2 = x[8], x3 = x[12];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[8 + 1 * c];
          sum += x2 * y[16 + 1 * c];
          sum += x3 * y[24 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[4 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k42(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 4; i++) {
    const float *A = p0 + (0 + 32 * (i / 2 % 2) + 4 * (i / 1 % 2)), *B = p1 + (0 + 32 * (i / 2 % 2) + 4 * (i / 1 % 2));
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 8 * r, *y = B + 8 * from + 8 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 4; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 8];
          t2 += x[1 * j] * y[j + 16];
          t3 += x[1 * j] * y[j + 24];
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

static __attribute__((noinline)) void k43(const float *p0, const float *p1, float *p2) {
  for (int64_t i0 = 0; i0 < 16; i0++) {
    double total0 = (float)0.0;
    float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[4 * i0 + i1];
      const float v0 = (float)(x0 * x1);
      part0 = (part0 + v0);
    }
    total0 = (total0 + part0);
    p2[i0] = (float)total0;
  }
}

static __attribute__((noinline)) void k44(const float *p0, const float *p1, const float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 16; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[i0];
      const float v0 = (float)(x0 - x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(x2 * v0);
      p3[4 * i0 + i1] = v1;
    }
  }
}

static __attribute__((noinline)) void k45(const float *p0, float *p1) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 64; i0++) {
    const float x0 = p0[i0];
    const float v0 = (float)(x0 * (float)0x1.0000000000000p-1);
    p1[i0] = v0;
  }
}

static __attribute__((noinline)) void k46(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 4; i++) {
    const float *A = p0 + (0 + 32 * (i / 2 % 2) + 16 * (i / 1 % 2)), *B = p1 + (0 + 32 * (i / 2 % 2) + 16 * (i / 1 % 2));
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
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

static __attribute__((noinline)) void k47(const float *p0, float *p1) {
  for (int64_t i0 = 0; i0 < 2; i0++) {
    for (int64_t i1 = 0; i1 < 4; i1++) {
#pragma omp simd
      for (int64_t i2 = 0; i2 < 8; i2++) {
        const float x0 = p0[32 * i0 + i1 + 4 * i2];
        const float v0 = x0;
        p1[32 * i0 + 8 * i1 + i2] = v0;
      }
    }
  }
}

static __attribute__((noinline)) void k48(const float *p0, const float *p1, const float *p2, float *p3, const float *p4, float *p5, const float *p6, const float *p7, float *p8, float *p9, float *p10, float *p11) {
  for (int64_t i0 = 0; i0 < 8; i0++) {
    double total0 = (float)0.0;
    double total1 = (float)0.0;
    float part0 = (float)0.0;
    float part1 = (float)0.0;
#pragma omp simd reduction(+:part0) reduction(+:part1)
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      const float x1 = p1[8 * i0 + i1];
      const float v0 = (float)(x0 + x1);
      const float x2 = p2[8 * i0 + i1];
      const float v1 = (float)(v0 + x2);
      const float x3 = p4[i1];
      const float v2 = (float)(v1 * x3);
      const float x4 = p6[8 * i0 + i1];
      const float x5 = p7[i0];
      const float v3 = (float)(x4 * x5);
      const float v4 = (float)(v2 * v3);
      const float v5 = (float)(v1 * v3);
      p3[8 * i0 + i1] = v1;
      p5[8 * i0 + i1] = v2;
      p8[8 * i0 + i1] = v3;
      p9[8 * i0 + i1] = v5;
      part0 = (part0 + v4);
      part1 = (part1 + v2);
    }
    total0 = (total0 + part0);
    total1 = (total1 + part1);
    p10[i0] = (float)total0;
    p11[i0] = (float)total1;
  }
}

static __attribute__((noinline)) void k49(const float *p0, const float *p1, const float *p2, const float *p3, const float *p4, const float *p5, float *p6, float *p7) {
  for (int64_t i0 = 0; i0 < 4; i0++) {
    for (int64_t i2 = 0; i2 < 8; i2++) {
      p7[8 * i0 + i2] = (float)0.0;
    }
    for (int64_t i1 = 0; i1 < 2; i1++) {
#pragma omp simd
      for (int64_t i2 = 0; i2 < 8; i2++) {
        const float x0 = p0[8 * i0 + 32 * i1 + i2];
        const float x1 = p1[i0 + 4 * i1];
        const float v0 = (float)(x0 * x1);
        const float x2 = p2[i0 + 4 * i1];
        const float v1 = (float)(v0 + x2);
        const float x3 = p3[8 * i0 + 32 * i1 + i2];
        const float v2 = (float)(x3 - v1);
        const float x4 = p4[i0 + 4 * i1];
        const float v3 = (float)(v2 * x4);
        const float x5 = p5[8 * i0 + 32 * i1 + i2];
        const float v4 = (float)(x5 + v3);
        p6[8 * i0 + 32 * i1 + i2] = v4;
        p7[8 * i0 + i2] = (p7[8 * i0 + i2] + v4);
      }
    }
  }
}

static __attribute__((noinline)) void k50(const float *p0, const int64_t *p1, float *p2) {
  memset(p2, 0, sizeof(*p2) * 40);
  for (int64_t from = 0; from < 8; from += 64) {
    const int64_t to = from + 64 < 8 ? from + 64 : 8;
    for (int64_t r = 0; r < 8; r++) {
      const int64_t at = p1[r] < 0 ? p1[r] + 5 : p1[r];
      if (at < 0 || at >= 5) continue;
#pragma omp simd
      for (int64_t c = from; c < to; c++)
        p2[at * 8 + c] += p0[r * 8 + c];
    }
  }
}

static __attribute__((noinline)) void k51(const float *p0, const float *p1, float *p2, const float *p3, float *p4, const float *p5, const float *p6, const float *p7, float *p8) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 40; i0++) {
    const float x0 = p0[i0];
    const float v0 = (float)((float)0x1.cccccc0000000p-1 * x0);
    const float x1 = p1[i0];
    const float v1 = (float)((float)0x1.99999a0000000p-4 * x1);
    const float v2 = (float)(v0 + v1);
    const float x2 = p3[i0];
    const float v3 = (float)((float)0x1.ff7cee0000000p-1 * x2);
    const float v4 = (float)((float)0x1.0624de0000000p-10 * x1);
    const float v5 = (float)(v4 * x1);
    const float v6 = (float)(v3 + v5);
    const float x3 = p5[0];
    const float v7 = (float)(x3 * v2);
    const float v8 = sqrtf(v6);
    const float x4 = p6[0];
    const float v9 = (float)(v8 + x4);
    const float v10 = (v7 / v9);
    const float x5 = p7[i0];
    const float v11 = (float)(x5 - v10);
    p2[i0] = v2;
    p4[i0] = v6;
    p8[i0] = v11;
  }
}

static __attribute__((noinline)) void k52(const float *p0, const int64_t *p1, float *p2) {
  memset(p2, 0, sizeof(*p2) * 32);
  for (int64_t from = 0; from < 8; from += 64) {
    const int64_t to = from + 64 < 8 ? from + 64 : 8;
    for (int64_t r = 0; r < 4; r++) {
      const int64_t at = p1[r] < 0 ? p1[r] + 4 : p1[r];
      if (at < 0 || at >= 4) continue;
#pragma omp simd
      for (int64_t c = from; c < to; c++)
        p2[at * 8 + c] += p0[r * 8 + c];
    }
  }
}

static __attribute__((noinline)) void k53(const float *p0, const float *p1, float *p2, const float *p3, float *p4, const float *p5, const float *p6, const float *p7, float *p8) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 32; i0++) {
    const float x0 = p0[i0];
    const float v0 = (float)((float)0x1.cccccc0000000p-1 * x0);
    const float x1 = p1[i0];
    const float v1 = (float)((float)0x1.99999a0000000p-4 * x1);
    const float v2 = (float)(v0 + v1);
    const float x2 = p3[i0];
    const float v3 = (float)((float)0x1.ff7cee0000000p-1 * x2);
    const float v4 = (float)((float)0x1.0624de0000000p-10 * x1);
    const float v5 = (float)(v4 * x1);
    const float v6 = (float)(v3 + v5);
    const float x3 = p5[0];
    const float v7 = (float)(x3 * v2);
    const float v8 = sqrtf(v6);
    const float x4 = p6[0];
    const float v9 = (float)(v8 + x4);
    const float v10 = (v7 / v9);
    const float x5 = p7[i0];
    const float v11 = (float)(x5 - v10);
    p2[i0] = v2;
    p4[i0] = v6;
    p8[i0] = v11;
  }
}

static __attribute__((noinline)) void k54(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 64;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 1 * r + 8 * j, *y = B + 1 * from + 8 * j;
        const float x0 = x[0], x1 = x[8], x2 = x[16], x3 = x[24];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[8 + 1 * c];
          sum += x2 * y[16 + 1 * c];
          sum += x3 * y[24 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[8 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k55(const float *p0, const float *p1, float *p2, const float *p3, float *p4, const float *p5, const float *p6, const float *p7, float *p8) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 64; i0++) {
    const float x0 = p0[i0];
    const float v0 = (float)((float)0x1.cccccc0000000p-1 * x0);
    const float x1 = p1[i0];
    const float v1 = (float)((float)0x1.99999a0000000p-4 * x1);
    const float v2 = (float)(v0 + v1);
    const float x2 = p3[i0];
    const float v3 = (float)((float)0x1.ff7cee0000000p-1 * x2);
    const float v4 = (float)((float)0x1.0624de0000000p-10 * x1);
    const float v5 = (float)(v4 * x1);
    const float v6 = (float)(v3 + v5);
    const float x3 = p5[0];
    const float v7 = (float)(x3 * v2);
    const float v8 = sqrtf(v6);
    const float x4 = p6[0];
    const float v9 = (float)(v8 + x4);
    const float v10 = (v7 / v9);
    const float x5 = p7[i0];
    const float v11 = (float)(x5 - v10);
    p2[i0] = v2;
    p4[i0] = v6;
    p8[i0] = v11;
  }
}

static __attribute__((noinline)) void k56(const float *p0, float *p1) {
  for (int64_t i1 = 0; i1 < 8; i1++) {
    p1[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 8; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 8; i1++) {
      const float x0 = p0[8 * i0 + i1];
      p1[i1] = (p1[i1] + x0);
    }
  }
}

static __attribute__((noinline)) void k57(const float *p0, const float *p1, float *p2, const float *p3, float *p4, const float *p5, const float *p6, const float *p7, float *p8) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 8; i0++) {
    const float x0 = p0[i0];
    const float v0 = (float)((float)0x1.cccccc0000000p-1 * x0);
    const float x1 = p1[i0];
    const float v1 = (float)((float)0x1.99999a0000000p-4 * x1);
    const float v2 = (float)(v0 + v1);
    const float x2 = p3[i0];
    const float v3 = (float)((float)0x1.ff7cee0000000p-1 * x2);
    const float v4 = (float)((float)0x1.0624de0000000p-10 * x1);
    const float v5 = (float)(v4 * x1);
    const float v6 = (float)(v3 + v5);
    const float x3 = p5[0];
    const float v7 = (float)(x3 * v2);
    const float v8 = sqrtf(v6);
    const float x4 = p6[0];
    const float v9 = (float)(v8 + x4);
    const float v10 = (v7 / v9);
    const float x5 = p7[i0];
    const float v11 = (float)(x5 - v10);
    p2[i0] = v2;
    p4[i0] = v6;
    p8[i0] = v11;
  }
}

static __attribute__((noinline)) void k58(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 256;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 32; from += 32) {
      const int64_t to = from + 32 < 32 ? from + 32 : 32;
      float row[32];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 1 * r + 8 * j, *y = B + 1 * from + 32 * j;
        const float x0 = x[0], x1 = x[8], x2 = x[16], x3 = x[24];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[32 + 1 * c];
          sum += x2 * y[64 + 1 * c];
          sum += x3 * y[96 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[32 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k59(const float *p0, const float *p1, float *p2, const float *p3, float *p4, const float *p5, const float *p6, const float *p7, float *p8) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 256; i0++) {
    const float x0 = p0[i0];
    const float v0 = (float)((float)0x1.cccccc0000000p-1 * x0);
    const float x1 = p1[i0];
    const float v1 = (float)((float)0x1.99999a0000000p-4 * x1);
    const float v2 = (float)(v0 + v1);
    const float x2 = p3[i0];
    const float v3 = (float)((float)0x1.ff7cee0000000p-1 * x2);
    const float v4 = (float)((float)0x1.0624de0000000p-10 * x1);
    const float v5 = (float)(v4 * x1);
    const float v6 = (float)(v3 + v5);
    const float x3 = p5[0];
    const float v7 = (float)(x3 * v2);
    const float v8 = sqrtf(v6);
    const float x4 = p6[0];
    const float v9 = (float)(v8 + x4);
    const float v10 = (v7 / v9);
    const float x5 = p7[i0];
    const float v11 = (float)(x5 - v10);
    p2[i0] = v2;
    p4[i0] = v6;
    p8[i0] = v11;
  }
}

static __attribute__((noinline)) void k60(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 256;
    for (int64_t r = 0; r < 32; r++)
    for (int64_t from = 0; from < 8; from += 8) {
      const int64_t to = from + 8 < 8 ? from + 8 : 8;
      float row[8];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 1 * r + 32 * j, *y = B + 1 * from + 8 * j;
        const float x0 = x[0], x1 = x[32], x2 = x[64], x3 = x[96];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[8 + 1 * c];
          sum += x2 * y[16 + 1 * c];
          sum += x3 * y[24 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[8 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k61(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 40;
    for (int64_t r = 0; r < 8; r++)
    for (int64_t from = 0; from < 5; from += 5) {
      const int64_t to = from + 5 < 5 ? from + 5 : 5;
      float row[5];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 8; j += 4) {
        const float *x = A + 1 * r + 8 * j, *y = B + 1 * from + 5 * j;
        const float x0 = x[0], x1 = x[8], x2 = x[16], x3 = x[24];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          sum += x1 * y[5 + 1 * c];
          sum += x2 * y[10 + 1 * c];
          sum += x3 * y[15 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[5 * r + from + c] = row[c];
    }
  }
}

void ondol_run0(char **m) {
  k0((int64_t *)m[0], (int64_t *)m[94]);
  k1((float *)m[50], (int64_t *)m[94], (float *)m[95]);
  k2((float *)m[52], (int64_t *)m[96], (float *)m[97]);
  k3((float *)m[95], (float *)m[97], (float *)m[98], (float *)m[100]);
  k4((float *)m[100], (float *)m[102]);
  k5((float *)m[98], (float *)m[102], (float *)m[103], (float *)m[104]);
  k6((float *)m[104], (float *)m[106], (float *)m[213]);
  k7((float *)m[70], (float *)m[106], (float *)m[103], (float *)m[72], (float *)m[107]);
  k8((float *)m[107], (float *)m[54], (float *)m[108]);
  k9((float *)m[108], (float *)m[56], (float *)m[109]);
  k10((float *)m[109], (float *)m[111]);
  k8((float *)m[107], (float *)m[58], (float *)m[112]);
  k9((float *)m[112], (float *)m[60], (float *)m[113]);
  k11((float *)m[111], (float *)m[113], (float *)m[114]);
  k12((_Bool *)m[99], (float *)m[114], (float *)m[116], (float *)m[117]);
  k13((float *)m[117], (float *)m[119]);
  k14((float *)m[116], (float *)m[119], (float *)m[120], (float *)m[121]);
  k15((float *)m[121], (float *)m[123]);
  k16((float *)m[120], (float *)m[123], (float *)m[124]);
  k8((float *)m[107], (float *)m[62], (float *)m[125]);
  k9((float *)m[125], (float *)m[64], (float *)m[126]);
  k17((float *)m[124], (float *)m[126], (float *)m[127]);
  k18((float *)m[127], (float *)m[128]);
  k8((float *)m[128], (float *)m[66], (float *)m[129]);
  k19((float *)m[129], (float *)m[68], (float *)m[98], (float *)m[130], (float *)m[131]);
  k4((float *)m[131], (float *)m[132]);
  k5((float *)m[130], (float *)m[132], (float *)m[133], (float *)m[134]);
  k6((float *)m[134], (float *)m[135], (float *)m[190]);
  k7((float *)m[82], (float *)m[135], (float *)m[133], (float *)m[84], (float *)m[136]);
  k20((float *)m[136], (float *)m[74], (float *)m[137]);
  k21((float *)m[137], (float *)m[76], (float *)m[150], (float *)m[186]);
  k22((float *)m[150], (float *)m[78], (float *)m[151]);
  k19((float *)m[151], (float *)m[80], (float *)m[130], (float *)m[152], (float *)m[153]);
  k4((float *)m[153], (float *)m[154]);
  k5((float *)m[152], (float *)m[154], (float *)m[155], (float *)m[156]);
  k6((float *)m[156], (float *)m[157], (float *)m[177]);
  k7((float *)m[86], (float *)m[157], (float *)m[155], (float *)m[88], (float *)m[158]);
  k23((float *)m[158], (float *)m[90], (float *)m[159]);
  k24((float *)m[159], (float *)m[160]);
  k25((float *)m[159], (float *)m[160], (float *)m[161], (float *)m[162], (float *)m[163]);
  k26((int64_t *)m[164], (int64_t *)m[1], (int64_t *)m[165]);
  k27((float *)m[161], (int64_t *)m[165], (float *)m[166]);
  k28((float *)m[163], (float *)m[166], (float *)m[167]);
  k29((float *)m[167], (float *)m[168]);
  k30((int64_t *)m[2], (int64_t *)m[2], (double *)m[49], (double *)m[45], (double *)m[46], (float *)m[230], (float *)m[232]);
  k31((float *)m[173]);
  k32((float *)m[162], (float *)m[163], (int64_t *)m[172], (int64_t *)m[1], (float *)m[173], (float *)m[174]);
  k33((float *)m[174], (float *)m[90], (float *)m[175]);
  k34((float *)m[175], (float *)m[86], (float *)m[176], (float *)m[155], (float *)m[177], (float *)m[178], (float *)m[225], (float *)m[179], (float *)m[181]);
  k4((float *)m[179], (float *)m[180]);
  k4((float *)m[181], (float *)m[182]);
  k35((float *)m[178], (float *)m[180], (float *)m[182], (float *)m[176], (float *)m[177], (float *)m[183], (float *)m[81]);
  k36((float *)m[183], (float *)m[78], (float *)m[184]);
  k37((float *)m[184], (float *)m[186], (float *)m[187], (float *)m[77]);
  k38((float *)m[187], (float *)m[74], (float *)m[188]);
  k34((float *)m[188], (float *)m[82], (float *)m[189], (float *)m[133], (float *)m[190], (float *)m[191], (float *)m[224], (float *)m[192], (float *)m[194]);
  k4((float *)m[192], (float *)m[193]);
  k4((float *)m[194], (float *)m[195]);
  k39((float *)m[191], (float *)m[193], (float *)m[195], (float *)m[189], (float *)m[190], (float *)m[183], (float *)m[196], (float *)m[69]);
  k40((float *)m[196], (float *)m[66], (float *)m[197]);
  k41((float *)m[124], (float *)m[197], (float *)m[198]);
  k18((float *)m[198], (float *)m[199]);
  k40((float *)m[199], (float *)m[62], (float *)m[200]);
  k42((float *)m[197], (float *)m[126], (float *)m[201]);
  k43((float *)m[201], (float *)m[124], (float *)m[202]);
  k44((float *)m[201], (float *)m[202], (float *)m[124], (float *)m[203]);
  k17((float *)m[203], (float *)m[113], (float *)m[204]);
  k45((float *)m[204], (float *)m[205]);
  k18((float *)m[205], (float *)m[206]);
  k40((float *)m[206], (float *)m[54], (float *)m[207]);
  k46((float *)m[111], (float *)m[203], (float *)m[208]);
  k47((float *)m[208], (float *)m[209]);
  k40((float *)m[209], (float *)m[58], (float *)m[210]);
  k48((float *)m[200], (float *)m[207], (float *)m[210], (float *)m[211], (float *)m[70], (float *)m[212], (float *)m[103], (float *)m[213], (float *)m[214], (float *)m[223], (float *)m[215], (float *)m[217]);
  k4((float *)m[215], (float *)m[216]);
  k4((float *)m[217], (float *)m[218]);
  k49((float *)m[214], (float *)m[216], (float *)m[218], (float *)m[212], (float *)m[213], (float *)m[196], (float *)m[219], (float *)m[222]);
  k50((float *)m[219], (int64_t *)m[94], (float *)m[51]);
  k51((float *)m[3], (float *)m[51], (float *)m[3], (float *)m[4], (float *)m[4], (float *)m[230], (float *)m[232], (float *)m[50], (float *)m[50]);
  k52((float *)m[222], (int64_t *)m[96], (float *)m[53]);
  k53((float *)m[5], (float *)m[53], (float *)m[5], (float *)m[6], (float *)m[6], (float *)m[230], (float *)m[232], (float *)m[52], (float *)m[52]);
  k54((float *)m[107], (float *)m[206], (float *)m[55]);
  k55((float *)m[7], (float *)m[55], (float *)m[7], (float *)m[8], (float *)m[8], (float *)m[230], (float *)m[232], (float *)m[54], (float *)m[54]);
  k56((float *)m[206], (float *)m[57]);
  k57((float *)m[9], (float *)m[57], (float *)m[9], (float *)m[10], (float *)m[10], (float *)m[230], (float *)m[232], (float *)m[56], (float *)m[56]);
  k54((float *)m[107], (float *)m[209], (float *)m[59]);
  k55((float *)m[11], (float *)m[59], (float *)m[11], (float *)m[12], (float *)m[12], (float *)m[230], (float *)m[232], (float *)m[58], (float *)m[58]);
  k56((float *)m[209], (float *)m[61]);
  k57((float *)m[13], (float *)m[61], (float *)m[13], (float *)m[14], (float *)m[14], (float *)m[230], (float *)m[232], (float *)m[60], (float *)m[60]);
  k54((float *)m[107], (float *)m[199], (float *)m[63]);
  k55((float *)m[15], (float *)m[63], (float *)m[15], (float *)m[16], (float *)m[16], (float *)m[230], (float *)m[232], (float *)m[62], (float *)m[62]);
  k56((float *)m[199], (float *)m[65]);
  k57((float *)m[17], (float *)m[65], (float *)m[17], (float *)m[18], (float *)m[18], (float *)m[230], (float *)m[232], (float *)m[64], (float *)m[64]);
  k54((float *)m[128], (float *)m[196], (float *)m[67]);
  k55((float *)m[19], (float *)m[67], (float *)m[19], (float *)m[20], (float *)m[20], (float *)m[230], (float *)m[232], (float *)m[66], (float *)m[66]);
  k57((float *)m[21], (float *)m[69], (float *)m[21], (float *)m[22], (float *)m[22], (float *)m[230], (float *)m[232], (float *)m[68], (float *)m[68]);
  k56((float *)m[223], (float *)m[71]);
  k57((float *)m[23], (float *)m[71], (float *)m[23], (float *)m[24], (float *)m[24], (float *)m[230], (float *)m[232], (float *)m[70], (float *)m[70]);
  k56((float *)m[211], (float *)m[73]);
  k57((float *)m[25], (float *)m[73], (float *)m[25], (float *)m[26], (float *)m[26], (float *)m[230], (float *)m[232], (float *)m[72], (float *)m[72]);
  k58((float *)m[136], (float *)m[187], (float *)m[75]);
  k59((float *)m[27], (float *)m[75], (float *)m[27], (float *)m[28], (float *)m[28], (float *)m[230], (float *)m[232], (float *)m[74], (float *)m[74]);
  k53((float *)m[29], (float *)m[77], (float *)m[29], (float *)m[30], (float *)m[30], (float *)m[230], (float *)m[232], (float *)m[76], (float *)m[76]);
  k60((float *)m[150], (float *)m[183], (float *)m[79]);
  k59((float *)m[31], (float *)m[79], (float *)m[31], (float *)m[32], (float *)m[32], (float *)m[230], (float *)m[232], (float *)m[78], (float *)m[78]);
  k57((float *)m[33], (float *)m[81], (float *)m[33], (float *)m[34], (float *)m[34], (float *)m[230], (float *)m[232], (float *)m[80], (float *)m[80]);
  k56((float *)m[224], (float *)m[83]);
  k57((float *)m[35], (float *)m[83], (float *)m[35], (float *)m[36], (float *)m[36], (float *)m[230], (float *)m[232], (float *)m[82], (float *)m[82]);
  k56((float *)m[188], (float *)m[85]);
  k57((float *)m[37], (float *)m[85], (float *)m[37], (float *)m[38], (float *)m[38], (float *)m[230], (float *)m[232], (float *)m[84], (float *)m[84]);
  k56((float *)m[225], (float *)m[87]);
  k57((float *)m[39], (float *)m[87], (float *)m[39], (float *)m[40], (float *)m[40], (float *)m[230], (float *)m[232], (float *)m[86], (float *)m[86]);
  k56((float *)m[175], (float *)m[89]);
  k57((float *)m[41], (float *)m[89], (float *)m[41], (float *)m[42], (float *)m[42], (float *)m[230], (float *)m[232], (float *)m[88], (float *)m[88]);
  k61((float *)m[158], (float *)m[174], (float *)m[91]);
  k51((float *)m[43], (float *)m[91], (float *)m[43], (float *)m[44], (float *)m[44], (float *)m[230], (float *)m[232], (float *)m[90], (float *)m[90]);
}
