// Quantizing the linear layers of a model, file by file.
#ifndef ATTUNE_ATTENTION_TERNARY_MODEL_QUANTIZE_MODEL_H_
#define ATTUNE_ATTENTION_TERNARY_MODEL_QUANTIZE_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attention/ternary/model/safetensors.h"
#include "attention/ternary/model/ternary_file.h"
#include "attention/ternary/quantizer.h"

namespace attune {

struct ModelQuantizationOptions {
  QuantizerOptions quantizer;
  // Matrices of fewer elements stay as they are.
  int64_t least_elements = 65536;
  // So do tensors with one of these in their name, in whatever case.
  std::vector<std::string> skipped_names = {"embed", "norm", "lm_head"};
};

// What became of one tensor.
struct TensorReport {
  std::string name;
  std::string outcome;  // the statistics, or "kept: ..." and why
};

struct QuantizedModel {
  TernaryFile file;
  std::vector<TensorReport> reports;
};

// Matrices of fp32, fp16 and bf16 become ternary unless the options skip them; all else is kept and
// points into what `file` points into. InvalidArgument names the tensor that the quantizer refuses.
absl::StatusOr<QuantizedModel> QuantizeModel(const SafetensorsFile& file,
                                             const ModelQuantizationOptions& options);

// The bytes of a safetensors file with each ternary tensor of `file` unpacked to its dtype.
std::string UnpackModel(const TernaryFile& file);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MODEL_QUANTIZE_MODEL_H_
