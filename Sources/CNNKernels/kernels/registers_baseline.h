// What every machine of the architecture has: NEON on arm64, SSE2 on x86-64.

#if defined(__aarch64__)
#define CNN_TILE_ROWS 6
#define CNN_TILE_VECTORS 4
#define CNN_PIXELS 5
#else
#define CNN_TILE_ROWS 4
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 2
#endif
#define CNN_PANELS 1
#define CNN_LANES 4
