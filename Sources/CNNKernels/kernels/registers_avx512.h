// AVX-512: 24 of its 32 registers hold sums.

#define CNN_LANES 16
#define CNN_TILE_ROWS 12
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 14
#define CNN_PANELS 2
