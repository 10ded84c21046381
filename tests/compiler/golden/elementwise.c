static __attribute__((noinline)) void k0(const float *p0, float *p1) {
#pragma omp simd
  for (int64_t i0 = 0; i0 < 40; i0++) {
    const float x0 = p0[i0];
    const float v0 = (float)(x0 * x0);
    const float v1 = (float)((float)0x1.0000000000000p+0 + v0);
    p1[i0] = v1;
  }
}

static __attribute__((noinline)) void k1(const float *p0, const float *p1, const float *p2, float *p3) {
  for (int64_t i0 = 0; i0 < 50; i0++) {
#pragma omp simd
    for (int64_t i1 = 0; i1 < 40; i1++) {
      const float x0 = p0[40 * i0 + i1];
      const float v0 = (float)(x0 * (float)0x1.0000000000000p+1);
      const float x1 = p1[i1];
      const float v1 = (float)(v0 + x1);
      const float v2 = tanhf(v1);
      const float v3 = (float)(-x0);
      const float v4 = (float)(v3 * x0);
      const float v5 = exponentialf(v4);
      const float v6 = (float)(v2 * v5);
      const float x2 = p2[i1];
      const float v7 = (v6 / x2);
      const float v8 = sinf(x0);
      const float v9 = (float)(v7 + v8);
      p3[40 * i0 + i1] = v9;
    }
  }
}

void ondol_run0(char **m) {
  k0((float *)m[1], (float *)m[6]);
  k1((float *)m[0], (float *)m[1], (float *)m[6], (float *)m[7]);
}
