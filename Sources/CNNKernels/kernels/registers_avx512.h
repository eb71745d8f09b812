// AVX-512: 24 of its 32 registers hold sums.

#define CNN_LANES 16
#define CNN_TILE_ROWS 12
#define CNN_TILE_VECTORS 2
#define CNN_PIXELS 14
#define CNN_PANELS 2

/// Keeps loads where they stand. Sums of 14 pixels and two panels, and the panels' weights, leave two registers: were
/// all pixels' values loaded before the first is used, as clang would, sums would have to be set down for them.
#define CNN_IN_ORDER(sum) __asm__ volatile("" : "+v"(sum))
