// Files of named tensors, some of them ternary. Format: docs/ternary.md.
#ifndef ATTUNE_ATTENTION_TERNARY_MODEL_TERNARY_FILE_H_
#define ATTUNE_ATTENTION_TERNARY_MODEL_TERNARY_FILE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attention/ternary/model/safetensors.h"
#include "attention/ternary/ternary_matrix.h"

namespace attune {

struct TernaryWeights {
  TernaryMatrix matrix;
  // What it was quantized with, and how well. For people: nothing else reads it.
  std::string threshold;
  double sparsity = 0;
  double relative_error = 0;
  double cosine = 0;

  friend bool operator==(const TernaryWeights&, const TernaryWeights&) = default;
};

struct ModelTensor {
  // Name, dtype and shape; and data, unless `ternary` stands in its place.
  DenseTensor dense;
  std::optional<TernaryWeights> ternary;

  friend bool operator==(const ModelTensor&, const ModelTensor&) = default;
};

struct TernaryFile {
  std::map<std::string, std::string> metadata;
  std::vector<ModelTensor> tensors;

  friend bool operator==(const TernaryFile&, const TernaryFile&) = default;
};

// The bytes of a file that holds `file`. InvalidArgument names the tensor whose matrix is not
// valid, whose bytes or sizes are not those of its shape, whose scales its dtype does not hold, or
// whose name is none of safetensors.
absl::StatusOr<std::string> FormatTernaryFile(const TernaryFile& file);

// The tensors of a file of `content`, into which dense ones point. InvalidArgument says in one line
// what is wrong, and names the tensor: no file of this kind, an unknown version, a file cut off,
// sizes that do not fit the shape, data that overlaps, elements with both bits set, bits behind the
// last column, scales that are NaN or infinite, in the dense tensor's dtype too, names that no
// safetensors file has.
absl::StatusOr<TernaryFile> ParseTernaryFile(absl::string_view content);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MODEL_TERNARY_FILE_H_
