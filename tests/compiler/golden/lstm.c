static __attribute__((noinline)) void k0(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (8), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 12 * r + 1 * j, *y = B + 1 * from + 4 * j;
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

static __attribute__((noinline)) void k1(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (4), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 12 * r + 1 * j, *y = B + 1 * from + 4 * j;
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

static __attribute__((noinline)) void k2(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 12 * r + 1 * j, *y = B + 1 * from + 4 * j;
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

static __attribute__((noinline)) void k3(const float *p0, const float *p1, float *p2, const float *p3, const float *p4, float *p5, const float *p6, const float *p7, float *p8, float *p9, float *p10, float *p11, float *p12, float *p13, float *p14, float *p15) {
  for (int64_t i0 = 0; i0 < 4; i0++) {
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
      const float x2 = p3[4 * i0 + i1];
      const float x3 = p4[i1];
      const float v6 = (float)(x2 + x3);
      const float v7 = (float)(-v6);
      const float v8 = smallerf(v7, (float)0x1.6000000000000p+6);
      const float v9 = exponentialf(v8);
      const float v10 = (float)((float)0x1.0000000000000p+0 + v9);
      const float v11 = ((float)0x1.0000000000000p+0 / v10);
      const float x4 = p6[4 * i0 + i1];
      const float x5 = p7[i1];
      const float v12 = (float)(x4 + x5);
      const float v13 = tanhf(v12);
      const float v14 = (float)(v11 * v13);
      const float v15 = tanhf(v14);
      const float v16 = (float)(v5 * v15);
      const float v17 = (float)(v15 * v15);
      const float v18 = (float)((float)0x1.0000000000000p+0 - v17);
      const float v19 = (float)((float)0x1.0000000000000p+0 - v11);
      const float v20 = (float)((float)0x1.0000000000000p+0 - v5);
      const float v21 = (float)(v13 * v13);
      const float v22 = (float)((float)0x1.0000000000000p+0 - v21);
      p2[4 * i0 + i1] = v5;
      p5[4 * i0 + i1] = v11;
      p8[4 * i0 + i1] = v13;
      p9[4 * i0 + i1] = v14;
      p10[4 * i0 + i1] = v15;
      p11[4 * i0 + i1] = v16;
      p12[4 * i0 + i1] = v18;
      p13[4 * i0 + i1] = v19;
      p14[4 * i0 + i1] = v20;
      p15[4 * i0 + i1] = v22;
    }
  }
}

static __attribute__((noinline)) void k4(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
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

static __attribute__((noinline)) void k5(const float *p0, const float *p1, const float *p2, float *p3, const float *p4, const float *p5, const float *p6, float *p7, const float *p8, const float *p9, const float *p10, const float *p11, float *p12, const float *p13, const float *p14, const float *p15, float *p16, float *p17, float *p18, float *p19, float *p20, float *p21, float *p22, float *p23, float *p24) {
  for (int64_t i0 = 0; i0 < 4; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 + x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(v0 + x2);
      const float v2 = (float)(-v1);
      const float v3 = smallerf(v2, (float)0x1.6000000000000p+6);
      const float v4 = exponentialf(v3);
      const float v5 = (float)((float)0x1.0000000000000p+0 + v4);
      const float v6 = ((float)0x1.0000000000000p+0 / v5);
      const float x3 = p4[4 * i0 + i1];
      const float x4 = p5[i1];
      const float v7 = (float)(x3 + x4);
      const float x5 = p6[4 * i0 + i1];
      const float v8 = (float)(v7 + x5);
      const float v9 = (float)(-v8);
      const float v10 = smallerf(v9, (float)0x1.6000000000000p+6);
      const float v11 = exponentialf(v10);
      const float v12 = (float)((float)0x1.0000000000000p+0 + v11);
      const float v13 = ((float)0x1.0000000000000p+0 / v12);
      const float x6 = p8[4 * i0 + i1];
      const float v14 = (float)(v13 * x6);
      const float x7 = p9[4 * i0 + i1];
      const float x8 = p10[i1];
      const float v15 = (float)(x7 + x8);
      const float x9 = p11[4 * i0 + i1];
      const float v16 = (float)(v15 + x9);
      const float v17 = (float)(-v16);
      const float v18 = smallerf(v17, (float)0x1.6000000000000p+6);
      const float v19 = exponentialf(v18);
      const float v20 = (float)((float)0x1.0000000000000p+0 + v19);
      const float v21 = ((float)0x1.0000000000000p+0 / v20);
      const float x10 = p13[4 * i0 + i1];
      const float x11 = p14[i1];
      const float v22 = (float)(x10 + x11);
      const float x12 = p15[4 * i0 + i1];
      const float v23 = (float)(v22 + x12);
      const float v24 = tanhf(v23);
      const float v25 = (float)(v21 * v24);
      const float v26 = (float)(v14 + v25);
      const float v27 = tanhf(v26);
      const float v28 = (float)(v6 * v27);
      const float v29 = (float)(v27 * v27);
      const float v30 = (float)((float)0x1.0000000000000p+0 - v29);
      const float v31 = (float)((float)0x1.0000000000000p+0 - v13);
      const float v32 = (float)((float)0x1.0000000000000p+0 - v21);
      const float v33 = (float)((float)0x1.0000000000000p+0 - v6);
      const float v34 = (float)(v24 * v24);
      const float v35 = (float)((float)0x1.0000000000000p+0 - v34);
      p3[4 * i0 + i1] = v6;
      p7[4 * i0 + i1] = v13;
      p12[4 * i0 + i1] = v21;
      p16[4 * i0 + i1] = v24;
      p17[4 * i0 + i1] = v26;
      p18[4 * i0 + i1] = v27;
      p19[4 * i0 + i1] = v28;
      p20[4 * i0 + i1] = v30;
      p21[4 * i0 + i1] = v31;
      p22[4 * i0 + i1] = v32;
      p23[4 * i0 + i1] = v33;
      p24[4 * i0 + i1] = v35;
    }
  }
}

static __attribute__((noinline)) void k6(const float *p0, const float *p1, const float *p2, float *p3, const float *p4, const float *p5, const float *p6, float *p7, const float *p8, const float *p9, const float *p10, const float *p11, float *p12, const float *p13, const float *p14, const float *p15, float *p16, float *p17, float *p18, float *p19, float *p20, float *p21, float *p22, float *p23, float *p24) {
  for (int64_t i0 = 0; i0 < 4; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[i1];
      const float v0 = (float)(x0 + x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(v0 + x2);
      const float v2 = (float)(-v1);
      const float v3 = smallerf(v2, (float)0x1.6000000000000p+6);
      const float v4 = exponentialf(v3);
      const float v5 = (float)((float)0x1.0000000000000p+0 + v4);
      const float v6 = ((float)0x1.0000000000000p+0 / v5);
      const float x3 = p4[4 * i0 + i1];
      const float x4 = p5[i1];
      const float v7 = (float)(x3 + x4);
      const float x5 = p6[4 * i0 + i1];
      const float v8 = (float)(v7 + x5);
      const float v9 = (float)(-v8);
      const float v10 = smallerf(v9, (float)0x1.6000000000000p+6);
      const float v11 = exponentialf(v10);
      const float v12 = (float)((float)0x1.0000000000000p+0 + v11);
      const float v13 = ((float)0x1.0000000000000p+0 / v12);
      const float x6 = p8[4 * i0 + i1];
      const float v14 = (float)(v13 * x6);
      const float x7 = p9[4 * i0 + i1];
      const float x8 = p10[i1];
      const float v15 = (float)(x7 + x8);
      const float x9 = p11[4 * i0 + i1];
      const float v16 = (float)(v15 + x9);
      const float v17 = (float)(-v16);
      const float v18 = smallerf(v17, (float)0x1.6000000000000p+6);
      const float v19 = exponentialf(v18);
      const float v20 = (float)((float)0x1.0000000000000p+0 + v19);
      const float v21 = ((float)0x1.0000000000000p+0 / v20);
      const float x10 = p13[4 * i0 + i1];
      const float x11 = p14[i1];
      const float v22 = (float)(x10 + x11);
      const float x12 = p15[4 * i0 + i1];
      const float v23 = (float)(v22 + x12);
      const float v24 = tanhf(v23);
      const float v25 = (float)(v21 * v24);
      const float v26 = (float)(v14 + v25);
      const float v27 = tanhf(v26);
      const float v28 = (float)(v6 * v27);
      const float v29 = (float)(v27 * v27);
      const float v30 = (float)((float)0x1.0000000000000p+0 - v29);
      const float v31 = (float)((float)0x1.0000000000000p+0 - v13);
      const float v32 = (float)((float)0x1.0000000000000p+0 - v6);
      const float v33 = (float)((float)0x1.0000000000000p+0 - v21);
      const float v34 = (float)(v24 * v24);
      const float v35 = (float)((float)0x1.0000000000000p+0 - v34);
      p3[4 * i0 + i1] = v6;
      p7[4 * i0 + i1] = v13;
      p12[4 * i0 + i1] = v21;
      p16[4 * i0 + i1] = v24;
      p17[4 * i0 + i1] = v26;
      p18[4 * i0 + i1] = v27;
      p19[4 * i0 + i1] = v28;
      p20[4 * i0 + i1] = v30;
      p21[4 * i0 + i1] = v31;
      p22[4 * i0 + i1] = v32;
      p23[4 * i0 + i1] = v33;
      p24[4 * i0 + i1] = v35;
    }
  }
}

static __attribute__((noinline)) void k7(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 4;
    for (int64_t r = 0; r < 1; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = B + 1 * r, *y = A + 4 * from + 4 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 4; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 4];
          t2 += x[1 * j] * y[j + 8];
          t3 += x[1 * j] * y[j + 12];
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

static __attribute__((noinline)) void k8(const float *p0, const float *p1, const float *p2, float *p3, float *p4) {
  double total0 = (float)0.0;
  float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
  for (int64_t i0 = 0; i0 < 4; i0++) {
    const float x0 = p0[i0];
    const float x1 = p1[0];
    const float v0 = (float)(x0 + x1);
    const float x2 = p2[i0];
    const float v1 = (float)(v0 - x2);
    const float v2 = (float)(v1 * v1);
    const float v3 = (float)((float)0x1.0000000000000p+0 * v1);
    const float v4 = (float)(v3 * (float)0x1.0000000000000p-1);
    p3[i0] = v4;
    part0 = (part0 + v2);
  }
  total0 = (total0 + part0);
  p4[0] = (float)total0;
}

static __attribute__((noinline)) void k9(const float *p0, float *p1) {
  const float x0 = p0[0];
  const float v0 = (x0 / (float)0x1.0000000000000p+2);
  p1[0] = v0;
}

static __attribute__((noinline)) void k10(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 1; j += 1) {
        const float *x = A + 1 * r + 1 * j, *y = B + 1 * from + 1 * j;
        const float x0 = x[0];
#pragma omp simd
        for (int64_t c = 0; c < to - from; c++) {
          float sum = row[c];
          sum += x0 * y[0 + 1 * c];
          row[c] = sum;
        }
      }
      for (int64_t c = 0; c < to - from; c++) C[4 * r + from + c] = row[c];
    }
  }
}

static __attribute__((noinline)) void k11(const float *p0, const float *p1, const float *p2, const float *p3, const float *p4, const float *p5, float *p6, float *p7, const float *p8, const float *p9, const float *p10, float *p11, const float *p12, float *p13, float *p14, float *p15, float *p16) {
  for (int64_t i1 = 0; i1 < 4; i1++) {
    p14[i1] = (float)0.0;
    p15[i1] = (float)0.0;
    p16[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 4; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[4 * i0 + i1];
      const float v0 = (float)(x0 * x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(v0 * x2);
      const float x3 = p3[4 * i0 + i1];
      const float v2 = (float)(v1 * x3);
      const float x4 = p4[4 * i0 + i1];
      const float v3 = (float)(v2 * x4);
      const float x5 = p5[4 * i0 + i1];
      const float v4 = (float)(v3 * x5);
      const float v5 = (float)(v1 * x4);
      const float x6 = p8[4 * i0 + i1];
      const float v6 = (float)(v1 * x6);
      const float x7 = p9[4 * i0 + i1];
      const float v7 = (float)(v6 * x7);
      const float x8 = p10[4 * i0 + i1];
      const float v8 = (float)(v7 * x8);
      const float v9 = (float)(v1 * x7);
      const float x9 = p12[4 * i0 + i1];
      const float v10 = (float)(v9 * x9);
      p6[4 * i0 + i1] = v4;
      p7[4 * i0 + i1] = v5;
      p11[4 * i0 + i1] = v8;
      p13[4 * i0 + i1] = v10;
      p14[i1] = (p14[i1] + v4);
      p15[i1] = (p15[i1] + v8);
      p16[i1] = (p16[i1] + v10);
    }
  }
}

static __attribute__((noinline)) void k12(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (8), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 1 * r + 12 * j, *y = B + 1 * from + 4 * j;
        const float x0 = x[0], x1 = x[12], x2 = x[24], x3 = x[36];
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

static __attribute__((noinline)) void k13(const float *p0, const float *p1, const float *p2, const float *p3, float *p4, float *p5) {
  for (int64_t i1 = 0; i1 < 4; i1++) {
    p5[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 4; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[4 * i0 + i1];
      const float v0 = (float)(x0 * x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(v0 * x2);
      const float x3 = p3[4 * i0 + i1];
      const float v2 = (float)(v1 * x3);
      p4[4 * i0 + i1] = v2;
      p5[i1] = (p5[i1] + v2);
    }
  }
}

static __attribute__((noinline)) void k14(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      int64_t c = 0;
      for (; c + 4 <= to - from; c += 4) {
        const float *x = A + 4 * r, *y = B + 4 * from + 4 * c;
        float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+:t0, t1, t2, t3)
        for (int64_t j = 0; j < 4; j++) {
          t0 += x[1 * j] * y[j + 0];
          t1 += x[1 * j] * y[j + 4];
          t2 += x[1 * j] * y[j + 8];
          t3 += x[1 * j] * y[j + 12];
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

static __attribute__((noinline)) void k15(const float *p0, const float *p1, const float *p2, const float *p3, const float *p4, const float *p5, const float *p6, const float *p7, const float *p8, const float *p9, float *p10, const float *p11, const float *p12, const float *p13, float *p14, float *p15, const float *p16, const float *p17, float *p18, const float *p19, float *p20, float *p21, float *p22, float *p23, float *p24) {
  for (int64_t i1 = 0; i1 < 4; i1++) {
    p21[i1] = (float)0.0;
    p22[i1] = (float)0.0;
    p23[i1] = (float)0.0;
    p24[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 4; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[4 * i0 + i1];
      const float v0 = (float)(x0 + x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(v0 + x2);
      const float x3 = p3[4 * i0 + i1];
      const float v2 = (float)(v1 + x3);
      const float x4 = p4[4 * i0 + i1];
      const float v3 = (float)(v2 * x4);
      const float x5 = p5[4 * i0 + i1];
      const float v4 = (float)(v3 * x5);
      const float x6 = p6[4 * i0 + i1];
      const float v5 = (float)(x6 + v4);
      const float x7 = p7[4 * i0 + i1];
      const float v6 = (float)(v5 * x7);
      const float x8 = p8[4 * i0 + i1];
      const float v7 = (float)(v6 * x8);
      const float x9 = p9[4 * i0 + i1];
      const float v8 = (float)(v7 * x9);
      const float x10 = p11[4 * i0 + i1];
      const float v9 = (float)(v5 * x10);
      const float x11 = p12[4 * i0 + i1];
      const float v10 = (float)(v9 * x11);
      const float x12 = p13[4 * i0 + i1];
      const float v11 = (float)(v10 * x12);
      const float v12 = (float)(v5 * x8);
      const float x13 = p16[4 * i0 + i1];
      const float v13 = (float)(v2 * x13);
      const float v14 = (float)(v13 * x4);
      const float x14 = p17[4 * i0 + i1];
      const float v15 = (float)(v14 * x14);
      const float v16 = (float)(v5 * x11);
      const float x15 = p19[4 * i0 + i1];
      const float v17 = (float)(v16 * x15);
      p10[4 * i0 + i1] = v8;
      p14[4 * i0 + i1] = v11;
      p15[4 * i0 + i1] = v12;
      p18[4 * i0 + i1] = v15;
      p20[4 * i0 + i1] = v17;
      p21[i1] = (p21[i1] + v8);
      p22[i1] = (p22[i1] + v11);
      p23[i1] = (p23[i1] + v15);
      p24[i1] = (p24[i1] + v17);
    }
  }
}

static __attribute__((noinline)) void k16(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (4), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 1 * r + 12 * j, *y = B + 1 * from + 4 * j;
        const float x0 = x[0], x1 = x[12], x2 = x[24], x3 = x[36];
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

static __attribute__((noinline)) void k17(const float *p0, const float *p1, float *p2) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 16; i0++) {
    const float x0 = p0[i0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 + x1);
    p2[i0] = v0;
  }
}

static __attribute__((noinline)) void k18(const float *p0, const float *p1, float *p2) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 4; i0++) {
    const float x0 = p0[i0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 + x1);
    p2[i0] = v0;
  }
}

static __attribute__((noinline)) void k19(const float *p0, const float *p1, const float *p2, const float *p3, const float *p4, const float *p5, const float *p6, const float *p7, const float *p8, const float *p9, float *p10, const float *p11, const float *p12, float *p13, const float *p14, float *p15, float *p16, float *p17, float *p18) {
  for (int64_t i1 = 0; i1 < 4; i1++) {
    p16[i1] = (float)0.0;
    p17[i1] = (float)0.0;
    p18[i1] = (float)0.0;
  }
  for (int64_t i0 = 0; i0 < 4; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 4; i1++) {
      const float x0 = p0[4 * i0 + i1];
      const float x1 = p1[4 * i0 + i1];
      const float v0 = (float)(x0 + x1);
      const float x2 = p2[4 * i0 + i1];
      const float v1 = (float)(v0 + x2);
      const float x3 = p3[4 * i0 + i1];
      const float v2 = (float)(v1 + x3);
      const float x4 = p4[4 * i0 + i1];
      const float v3 = (float)(v2 * x4);
      const float x5 = p5[4 * i0 + i1];
      const float v4 = (float)(v3 * x5);
      const float x6 = p6[4 * i0 + i1];
      const float v5 = (float)(x6 + v4);
      const float x7 = p7[4 * i0 + i1];
      const float v6 = (float)(v5 * x7);
      const float x8 = p8[4 * i0 + i1];
      const float v7 = (float)(v6 * x8);
      const float x9 = p9[4 * i0 + i1];
      const float v8 = (float)(v7 * x9);
      const float x10 = p11[4 * i0 + i1];
      const float v9 = (float)(v2 * x10);
      const float v10 = (float)(v9 * x4);
      const float x11 = p12[4 * i0 + i1];
      const float v11 = (float)(v10 * x11);
      const float v12 = (float)(v5 * x8);
      const float x12 = p14[4 * i0 + i1];
      const float v13 = (float)(v12 * x12);
      p10[4 * i0 + i1] = v8;
      p13[4 * i0 + i1] = v11;
      p15[4 * i0 + i1] = v13;
      p16[i1] = (p16[i1] + v8);
      p17[i1] = (p17[i1] + v11);
      p18[i1] = (p18[i1] + v13);
    }
  }
}

static __attribute__((noinline)) void k20(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 16;
    for (int64_t r = 0; r < 4; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = A + 1 * r + 12 * j, *y = B + 1 * from + 4 * j;
        const float x0 = x[0], x1 = x[12], x2 = x[24], x3 = x[36];
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

static __attribute__((noinline)) void k21(const float *p0, const float *p1, const float *p2, float *p3) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 16; i0++) {
    const float x0 = p0[i0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 + x1);
    const float x2 = p2[i0];
    const float v1 = (float)(v0 + x2);
    p3[i0] = v1;
  }
}

static __attribute__((noinline)) void k22(const float *p0, const float *p1, const float *p2, float *p3) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 4; i0++) {
    const float x0 = p0[i0];
    const float x1 = p1[i0];
    const float v0 = (float)(x0 + x1);
    const float x2 = p2[i0];
    const float v1 = (float)(v0 + x2);
    p3[i0] = v1;
  }
}

static __attribute__((noinline)) void k23(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
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

static __attribute__((noinline)) void k24(const float *p0, const float *p1, float *p2) {
  for (int64_t i = 0; i < 1; i++) {
    const float *A = p0 + (0), *B = p1 + (0);
    float *C = p2 + i * 4;
    for (int64_t r = 0; r < 1; r++)
    for (int64_t from = 0; from < 4; from += 4) {
      const int64_t to = from + 4 < 4 ? from + 4 : 4;
      float row[4];
      memset(row, 0, sizeof row);
      for (int64_t j = 0; j < 4; j += 4) {
        const float *x = B + 1 * r + 1 * j, *y = A + 1 * from + 4 * j;
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

static __attribute__((noinline)) void k25(const float *p0, float *p1) {
  double total0 = (float)0.0;
  float part0 = (float)0.0;
#pragma omp simd reduction(+:part0)
  for (int64_t i0 = 0; i0 < 4; i0++) {
    const float x0 = p0[i0];
    part0 = (part0 + x0);
  }
  total0 = (total0 + part0);
  p1[0] = (float)total0;
}

void ondol_run0(char **m) {
  k0((float *)m[0], (float *)m[12], (float *)m[35]);
  k1((float *)m[0], (float *)m[12], (float *)m[36]);
  k2((float *)m[0], (float *)m[12], (float *)m[37]);
  k2((float *)m[0], (float *)m[8], (float *)m[40]);
  k2((float *)m[0], (float *)m[16], (float *)m[42]);
  k3((float *)m[37], (float *)m[14], (float *)m[39], (float *)m[40], (float *)m[10], (float *)m[41], (float *)m[42], (float *)m[18], (float *)m[43], (float *)m[44], (float *)m[45], (float *)m[46], (float *)m[116], (float *)m[117], (float *)m[125], (float *)m[133]);
  k4((float *)m[46], (float *)m[24], (float *)m[47]);
  k1((float *)m[0], (float *)m[4], (float *)m[49]);
  k4((float *)m[46], (float *)m[20], (float *)m[50]);
  k1((float *)m[0], (float *)m[8], (float *)m[52]);
  k4((float *)m[46], (float *)m[22], (float *)m[53]);
  k1((float *)m[0], (float *)m[16], (float *)m[55]);
  k4((float *)m[46], (float *)m[26], (float *)m[56]);
  k5((float *)m[36], (float *)m[14], (float *)m[47], (float *)m[48], (float *)m[49], (float *)m[6], (float *)m[50], (float *)m[51], (float *)m[44], (float *)m[52], (float *)m[10], (float *)m[53], (float *)m[54], (float *)m[55], (float *)m[18], (float *)m[56], (float *)m[57], (float *)m[58], (float *)m[59], (float *)m[60], (float *)m[97], (float *)m[98], (float *)m[104], (float *)m[108], (float *)m[113]);
  k4((float *)m[60], (float *)m[24], (float *)m[61]);
  k0((float *)m[0], (float *)m[4], (float *)m[63]);
  k4((float *)m[60], (float *)m[20], (float *)m[64]);
  k0((float *)m[0], (float *)m[8], (float *)m[66]);
  k4((float *)m[60], (float *)m[22], (float *)m[67]);
  k0((float *)m[0], (float *)m[16], (float *)m[69]);
  k4((float *)m[60], (float *)m[26], (float *)m[70]);
  k6((float *)m[35], (float *)m[14], (float *)m[61], (float *)m[62], (float *)m[63], (float *)m[6], (float *)m[64], (float *)m[65], (float *)m[58], (float *)m[66], (float *)m[10], (float *)m[67], (float *)m[68], (float *)m[69], (float *)m[18], (float *)m[70], (float *)m[71], (float *)m[72], (float *)m[73], (float *)m[74], (float *)m[82], (float *)m[83], (float *)m[87], (float *)m[91], (float *)m[94]);
  k7((float *)m[74], (float *)m[30], (float *)m[75]);
  k8((float *)m[75], (float *)m[32], (float *)m[1], (float *)m[80], (float *)m[76]);
  k9((float *)m[76], (float *)m[78]);
  k10((float *)m[80], (float *)m[30], (float *)m[81]);
  k11((float *)m[81], (float *)m[62], (float *)m[82], (float *)m[58], (float *)m[65], (float *)m[83], (float *)m[84], (float *)m[86], (float *)m[71], (float *)m[68], (float *)m[91], (float *)m[92], (float *)m[94], (float *)m[95], (float *)m[101], (float *)m[120], (float *)m[136]);
  k12((float *)m[0], (float *)m[84], (float *)m[85]);
  k13((float *)m[81], (float *)m[73], (float *)m[62], (float *)m[87], (float *)m[88], (float *)m[128]);
  k14((float *)m[88], (float *)m[24], (float *)m[89]);
  k14((float *)m[84], (float *)m[20], (float *)m[90]);
  k14((float *)m[92], (float *)m[22], (float *)m[93]);
  k14((float *)m[95], (float *)m[26], (float *)m[96]);
  k15((float *)m[89], (float *)m[90], (float *)m[93], (float *)m[96], (float *)m[48], (float *)m[97], (float *)m[86], (float *)m[44], (float *)m[51], (float *)m[98], (float *)m[99], (float *)m[57], (float *)m[54], (float *)m[104], (float *)m[105], (float *)m[107], (float *)m[59], (float *)m[108], (float *)m[109], (float *)m[113], (float *)m[114], (float *)m[102], (float *)m[121], (float *)m[129], (float *)m[137]);
  k16((float *)m[0], (float *)m[99], (float *)m[100]);
  k17((float *)m[85], (float *)m[100], (float *)m[5]);
  k18((float *)m[101], (float *)m[102], (float *)m[7]);
  k12((float *)m[0], (float *)m[92], (float *)m[103]);
  k16((float *)m[0], (float *)m[105], (float *)m[106]);
  k14((float *)m[109], (float *)m[24], (float *)m[110]);
  k14((float *)m[99], (float *)m[20], (float *)m[111]);
  k14((float *)m[105], (float *)m[22], (float *)m[112]);
  k14((float *)m[114], (float *)m[26], (float *)m[115]);
  k19((float *)m[110], (float *)m[111], (float *)m[112], (float *)m[115], (float *)m[39], (float *)m[116], (float *)m[107], (float *)m[43], (float *)m[41], (float *)m[117], (float *)m[118], (float *)m[45], (float *)m[125], (float *)m[126], (float *)m[133], (float *)m[134], (float *)m[122], (float *)m[130], (float *)m[138]);
  k20((float *)m[0], (float *)m[118], (float *)m[119]);
  k21((float *)m[103], (float *)m[106], (float *)m[119], (float *)m[9]);
  k22((float *)m[120], (float *)m[121], (float *)m[122], (float *)m[11]);
  k12((float *)m[0], (float *)m[88], (float *)m[123]);
  k16((float *)m[0], (float *)m[109], (float *)m[124]);
  k20((float *)m[0], (float *)m[126], (float *)m[127]);
  k21((float *)m[123], (float *)m[124], (float *)m[127], (float *)m[13]);
  k22((float *)m[128], (float *)m[129], (float *)m[130], (float *)m[15]);
  k12((float *)m[0], (float *)m[95], (float *)m[131]);
  k16((float *)m[0], (float *)m[114], (float *)m[132]);
  k20((float *)m[0], (float *)m[134], (float *)m[135]);
  k21((float *)m[131], (float *)m[132], (float *)m[135], (float *)m[17]);
  k22((float *)m[136], (float *)m[137], (float *)m[138], (float *)m[19]);
  k23((float *)m[60], (float *)m[84], (float *)m[139]);
  k23((float *)m[46], (float *)m[99], (float *)m[140]);
  k17((float *)m[139], (float *)m[140], (float *)m[21]);
  k23((float *)m[60], (float *)m[92], (float *)m[141]);
  k23((float *)m[46], (float *)m[105], (float *)m[142]);
  k17((float *)m[141], (float *)m[142], (float *)m[23]);
  k23((float *)m[60], (float *)m[88], (float *)m[143]);
  k23((float *)m[46], (float *)m[109], (float *)m[144]);
  k17((float *)m[143], (float *)m[144], (float *)m[25]);
  k23((float *)m[60], (float *)m[95], (float *)m[145]);
  k23((float *)m[46], (float *)m[114], (float *)m[146]);
  k17((float *)m[145], (float *)m[146], (float *)m[27]);
  k24((float *)m[74], (float *)m[80], (float *)m[31]);
  k25((float *)m[80], (float *)m[33]);
}
