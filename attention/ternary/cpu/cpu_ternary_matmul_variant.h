// What the code of the CPU kernel of ternary_matmul and its host side agree on.
#ifndef ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_VARIANT_H_
#define ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_VARIANT_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/matmul_tensors.h"

namespace attune {

// Columns of one table: the sums of all subsets of their activations are its entries.
inline constexpr int64_t kTableColumns = 4;
inline constexpr int64_t kTableEntries = 16;
inline constexpr int64_t kTablesPerWord = kTernaryWordColumns / kTableColumns;

// The parameters of cpu_ternary_matmul.space.textproto, as a template argument.
struct CpuTernaryMatmulConfiguration {
  int row_tiles;
  int batch_rows;

  friend bool operator==(const CpuTernaryMatmulConfiguration&,
                         const CpuTernaryMatmulConfiguration&) = default;
};

// Tables are built and used in waves: for as many blocks of batch_rows rows of activations as fit
// the workspace. Of a block, the tables of the same columns follow each other:
// [block of the wave][table][row of the block][entry], fp32.
struct CpuTernaryMatmulLayout {
  int64_t words = 0;        // of a row
  int64_t tiles = 0;        // of weights
  int64_t blocks = 0;       // of the batch
  int64_t wave_blocks = 0;  // of one wave
  int64_t block_floats = 0;
  int64_t total_bytes = 0;
};

// One wave of a call of the kernel.
struct CpuTernaryMatmulArguments {
  TernaryMatmulProblem problem;
  CpuTernaryMatmulLayout layout;
  TernaryMatmulTensors tensors;
  float* tables = nullptr;
  int64_t first_block = 0;
};

struct CpuTernaryMatmulVariant {
  CpuTernaryMatmulConfiguration configuration;
  // Builds the tables of words [first_word, end_word) of row `row`, counted from the wave's first.
  // Rows behind the batch get tables of zeros.
  void (*build)(const CpuTernaryMatmulArguments& arguments, int64_t row, int64_t first_word,
                int64_t end_word);
  // Computes outputs of row tiles [group * row_tiles, ...) for block `block` of the wave.
  void (*multiply)(const CpuTernaryMatmulArguments& arguments, int64_t group, int64_t block);
};

// Every variant, for the best instruction set that this machine has (Highway's choice at run time).
// Generated, as the next two are.
std::vector<CpuTernaryMatmulVariant> CpuTernaryMatmulVariants();
// cpu_ternary_matmul.space.textproto.
absl::string_view CpuTernaryMatmulSpaceText();
// Of the kernel's sources.
absl::string_view CpuTernaryMatmulFingerprint();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_VARIANT_H_
