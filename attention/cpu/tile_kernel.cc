#include "attention/cpu/tile_kernel.h"

#include <cassert>

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

// Only functions with this attribute use what the compiler's baseline has not.
#define ATTUNE_TILE_TARGET \
  __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512bf16")))
#define ATTUNE_VECTOR_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace attune {
namespace {

// Linux, Documentation/arch/x86/xstate.rst: arch_prctl's requests, and the component that tile data
// is.
constexpr int kGetSupportedComponents = 0x1021;
constexpr int kRequestComponent = 0x1023;
constexpr int kTileData = 18;

// The operand of LDTILECFG (Intel, Software Developer's Manual, volume 1, section 18.3).
struct alignas(64) TileConfiguration {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t bytes_per_row[16] = {};
  uint8_t rows[16] = {};
};

constexpr TileConfiguration WholeTiles() {
  TileConfiguration configuration;
  for (int tile = 0; tile < 8; ++tile) {
    configuration.bytes_per_row[tile] = kTileWords * 4;
    configuration.rows[tile] = kTileRows;
  }
  return configuration;
}

constexpr TileConfiguration kWholeTiles = WholeTiles();

// Functions of their own: GCC 12 does not heed the attribute of a constructor.
ATTUNE_TILE_TARGET void ConfigureTiles() { _tile_loadconfig(&kWholeTiles); }
ATTUNE_TILE_TARGET void ReleaseTiles() { _tile_release(); }

constexpr int64_t Bytes(int64_t words) { return words * 4; }

// Tiles 0 to 3 are C's, by row; 4 and 5 A's, 6 and 7 B's. The instructions name them by constants.
template <int kRowTiles, int kColumnTiles>
ATTUNE_TILE_TARGET void MultiplyBlock(TileMatrix a, TileMatrix b, int64_t words, float* c,
                                      int64_t c_stride, bool add) {
  constexpr bool kRight = kColumnTiles > 1;
  constexpr bool kBelow = kRowTiles > 1;
  float* const below = c + kTileRows * c_stride;
  if (add) {
    _tile_loadd(0, c, Bytes(c_stride));
    if (kRight) _tile_loadd(1, c + kTileWords, Bytes(c_stride));
    if (kBelow) _tile_loadd(2, below, Bytes(c_stride));
    if (kRight && kBelow) _tile_loadd(3, below + kTileWords, Bytes(c_stride));
  } else {
    _tile_zero(0);
    if (kRight) _tile_zero(1);
    if (kBelow) _tile_zero(2);
    if (kRight && kBelow) _tile_zero(3);
  }
  const float* a_data = a.data;
  const float* b_data = b.data;
  for (int64_t word = 0; word < words; word += kTileWords) {
    _tile_loadd(4, a_data, Bytes(a.stride));
    _tile_loadd(6, b_data, Bytes(b.stride));
    _tile_dpbf16ps(0, 4, 6);
    if (kRight) {
      _tile_loadd(7, b_data + kTileWords, Bytes(b.stride));
      _tile_dpbf16ps(1, 4, 7);
    }
    if (kBelow) {
      _tile_loadd(5, a_data + kTileRows * a.stride, Bytes(a.stride));
      _tile_dpbf16ps(2, 5, 6);
      if (kRight) _tile_dpbf16ps(3, 5, 7);
    }
    a_data += kTileWords;
    b_data += kTileRows * b.stride;
  }
  _tile_stored(0, c, Bytes(c_stride));
  if (kRight) _tile_stored(1, c + kTileWords, Bytes(c_stride));
  if (kBelow) _tile_stored(2, below, Bytes(c_stride));
  if (kRight && kBelow) _tile_stored(3, below + kTileWords, Bytes(c_stride));
}

// Rows of C that MultiplyRows keeps in registers: 2 vectors of each, and 2 of B, of 32 registers.
constexpr int kVectorRows = 8;

template <int kColumnTiles>
ATTUNE_VECTOR_TARGET void MultiplyRows(TileMatrix a, TileMatrix b, int64_t words, float* c,
                                       int64_t c_stride, bool add) {
  __m512 sums[kVectorRows][kColumnTiles];
  for (int row = 0; row < kVectorRows; ++row) {
    for (int tile = 0; tile < kColumnTiles; ++tile) {
      const float* const start = c + row * c_stride + tile * kTileWords;
      sums[row][tile] = add ? _mm512_loadu_ps(start) : _mm512_setzero_ps();
    }
  }
  for (int64_t word = 0; word < words; ++word) {
    __m512bh columns[kColumnTiles];
    for (int tile = 0; tile < kColumnTiles; ++tile) {
      columns[tile] =
          reinterpret_cast<__m512bh>(_mm512_loadu_ps(b.data + word * b.stride + tile * kTileWords));
    }
    for (int row = 0; row < kVectorRows; ++row) {
      const __m512bh pair =
          reinterpret_cast<__m512bh>(_mm512_set1_ps(a.data[row * a.stride + word]));
      for (int tile = 0; tile < kColumnTiles; ++tile) {
        sums[row][tile] = _mm512_dpbf16_ps(sums[row][tile], pair, columns[tile]);
      }
    }
  }
  for (int row = 0; row < kVectorRows; ++row) {
    for (int tile = 0; tile < kColumnTiles; ++tile) {
      _mm512_storeu_ps(c + row * c_stride + tile * kTileWords, sums[row][tile]);
    }
  }
}

// Intel, Software Developer's Manual, volume 2, CPUID: bits of leaf 7's EDX. __builtin_cpu_supports
// of clang 14 has no names for them.
constexpr unsigned int kAmxBf16 = 1u << 22;
constexpr unsigned int kAmxTile = 1u << 24;

bool ProcessorHasTiles() {
  unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kAmxBf16) != 0 &&
         (edx & kAmxTile) != 0;
}

}  // namespace

bool HasVectorProducts() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
}

bool HasTileProducts() {
  uint64_t components = 0;
  return ProcessorHasTiles() && __builtin_cpu_supports("avx512bf16") &&
         syscall(SYS_arch_prctl, kGetSupportedComponents, &components) == 0 &&
         (components >> kTileData & 1) != 0;
}

absl::Status EnableTileProducts() {
  if (!HasTileProducts()) {
    return absl::UnimplementedError("this processor has no tiles of bf16 (AMX)");
  }
  if (syscall(SYS_arch_prctl, kRequestComponent, kTileData) != 0) {
    return absl::FailedPreconditionError(
        "the system refuses this process the use of tile registers (arch_prctl); a thread's "
        "alternate signal stack may be too small for them");
  }
  return absl::OkStatus();
}

TileScope::TileScope() { ConfigureTiles(); }
TileScope::~TileScope() { ReleaseTiles(); }

void MultiplyTiles(int row_tiles, int column_tiles, TileMatrix a, TileMatrix b, int64_t words,
                   float* c, int64_t c_stride, bool add) {
  if (row_tiles > 1) {
    if (column_tiles > 1) {
      MultiplyBlock<2, 2>(a, b, words, c, c_stride, add);
    } else {
      MultiplyBlock<2, 1>(a, b, words, c, c_stride, add);
    }
  } else if (column_tiles > 1) {
    MultiplyBlock<1, 2>(a, b, words, c, c_stride, add);
  } else {
    MultiplyBlock<1, 1>(a, b, words, c, c_stride, add);
  }
}

void MultiplyVectors(int row_tiles, int column_tiles, TileMatrix a, TileMatrix b, int64_t words,
                     float* c, int64_t c_stride, bool add) {
  for (int row = 0; row < row_tiles * kTileRows; row += kVectorRows) {
    const TileMatrix rows = {a.data + row * a.stride, a.stride};
    if (column_tiles > 1) {
      MultiplyRows<2>(rows, b, words, c + row * c_stride, c_stride, add);
    } else {
      MultiplyRows<1>(rows, b, words, c + row * c_stride, c_stride, add);
    }
  }
}

ATTUNE_VECTOR_TARGET void RoundToBf16InPlace(float* values, int64_t count) {
  for (int64_t i = 0; i < count; i += 2 * kTileWords) {
    const __m512 low = _mm512_loadu_ps(values + i);
    const __m512 high = _mm512_loadu_ps(values + i + kTileWords);
    const __m512bh rounded = _mm512_cvtne2ps_pbh(high, low);
    _mm512_storeu_si512(values + i / 2, reinterpret_cast<__m512i>(rounded));
  }
}

}  // namespace attune

#else

namespace attune {

bool HasTileProducts() { return false; }
bool HasVectorProducts() { return false; }

absl::Status EnableTileProducts() {
  return absl::UnimplementedError("tiles of bf16 are x86's, on Linux");
}

// EnableTileProducts and HasVectorProducts kept callers from all that follows.
TileScope::TileScope() { assert(false); }
TileScope::~TileScope() = default;

void MultiplyTiles(int, int, TileMatrix, TileMatrix, int64_t, float*, int64_t, bool) {
  assert(false);
}

void MultiplyVectors(int, int, TileMatrix, TileMatrix, int64_t, float*, int64_t, bool) {
  assert(false);
}

void RoundToBf16InPlace(float*, int64_t) { assert(false); }

}  // namespace attune

#endif
