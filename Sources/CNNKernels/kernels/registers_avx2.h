// AVX2: 12 of its 16 registers hold sums.

#define CNN_LANES 8
#define CNN_TILE_ROWS 6
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 6
#define CNN_PANELS 1
