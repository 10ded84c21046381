// Where the functions of tiles.c are: a library of its own, compiled once for all steps.
static panel_t *panel;
static pack_tiles_t *pack_tiles;
static product_t *product;
static convolve_t *convolve;
static convolve_back_t *convolve_back;
static attend_t *attend, *attend_back;
void ondol_tiles(void **f) {
  panel = (panel_t *)f[0];
  pack_tiles = (pack_tiles_t *)f[1];
  product = (product_t *)f[2];
  convolve = (convolve_t *)f[3];
  convolve_back = (convolve_back_t *)f[4];
  attend = (attend_t *)f[5];
  attend_back = (attend_t *)f[6];
}
