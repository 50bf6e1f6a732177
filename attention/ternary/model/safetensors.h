// Files of named dense tensors in the safetensors format, which others write and read
// (https://huggingface.co/docs/safetensors).
#ifndef ATTUNE_ATTENTION_TERNARY_MODEL_SAFETENSORS_H_
#define ATTUNE_ATTENTION_TERNARY_MODEL_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "numerics/dtype.h"

namespace attune {

// The name in the header of such a file that stands for no tensor.
inline constexpr char kSafetensorsMetadata[] = "__metadata__";

struct DenseTensor {
  std::string name;
  std::string dtype;  // as safetensors spells it: "F32", "BF16", "I64"
  std::vector<int64_t> shape;
  absl::string_view data;  // somebody else's; row-major, little-endian

  friend bool operator==(const DenseTensor&, const DenseTensor&) = default;
};

struct SafetensorsFile {
  std::map<std::string, std::string> metadata;
  std::vector<DenseTensor> tensors;  // in the order of their data

  friend bool operator==(const SafetensorsFile&, const SafetensorsFile&) = default;
};

// The bytes of one element of `dtype`. InvalidArgument lists the names that there are.
absl::StatusOr<int64_t> SafetensorsDtypeBytes(absl::string_view dtype);

// The dtype of that name, if it is one that weights are quantized from.
std::optional<Dtype> FloatDtypeOf(absl::string_view dtype);

// The bytes of a tensor. InvalidArgument: an unknown dtype, a negative extent, 2^63 bytes or more.
absl::StatusOr<int64_t> TensorBytesOf(absl::string_view dtype, const std::vector<int64_t>& shape);

// The tensors of a file of `content`, into which they point. InvalidArgument says in one line what
// is wrong: a file or a tensor cut off, a header that is no JSON object, lacks a field or has a
// name twice, a shape whose bytes are not those between the offsets, tensors that overlap or leave
// gaps.
absl::StatusOr<SafetensorsFile> ParseSafetensors(absl::string_view content);

// The bytes of a file that holds `file`, whose tensors are valid.
std::string FormatSafetensors(const SafetensorsFile& file);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MODEL_SAFETENSORS_H_
