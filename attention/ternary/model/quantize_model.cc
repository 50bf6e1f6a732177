#include "attention/ternary/model/quantize_model.h"

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

// Why `tensor` stays as it is; empty if it is to be quantized.
std::string WhyKept(const DenseTensor& tensor, const ModelQuantizationOptions& options) {
  if (tensor.shape.size() != 2) return "no matrix";
  if (!FloatDtypeOf(tensor.dtype).has_value()) return absl::StrCat("of ", tensor.dtype);
  const std::string name = absl::AsciiStrToLower(tensor.name);
  for (const std::string& skipped : options.skipped_names) {
    if (absl::StrContains(name, absl::AsciiStrToLower(skipped))) {
      return absl::StrCat("its name has ", skipped);
    }
  }
  const auto bytes = static_cast<int64_t>(tensor.data.size());
  const int64_t elements = bytes / DtypeBytes(*FloatDtypeOf(tensor.dtype));
  if (elements >= options.least_elements && elements > 0) return "";
  return absl::StrCat(elements, " elements, fewer than ", options.least_elements);
}

absl::StatusOr<QuantizedMatrix> QuantizeTensor(const DenseTensor& tensor,
                                               const QuantizerOptions& options) {
  const Dtype dtype = *FloatDtypeOf(tensor.dtype);
  // The format does not align what follows its header.
  std::string aligned;
  const char* data = tensor.data.data();
  if (reinterpret_cast<uintptr_t>(data) % DtypeBytes(dtype) != 0) {
    aligned = std::string(tensor.data);
    data = aligned.data();
  }
  absl::StatusOr<QuantizedMatrix> quantized = Quantize(
      {.dtype = dtype, .data = data, .rows = tensor.shape[0], .columns = tensor.shape[1]}, options);
  if (quantized.ok()) return quantized;
  return absl::Status(quantized.status().code(),
                      absl::StrCat("tensor \"", tensor.name, "\": ", quantized.status().message()));
}

std::string UnpackTensor(const ModelTensor& tensor) {
  const std::vector<float> values = Unpack(tensor.ternary->matrix);
  const Dtype dtype = *FloatDtypeOf(tensor.dense.dtype);
  std::string data(values.size() * DtypeBytes(dtype), '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    StoreElement(dtype, data.data(), static_cast<int64_t>(i), values[i]);
  }
  return data;
}

}  // namespace

absl::StatusOr<QuantizedModel> QuantizeModel(const SafetensorsFile& file,
                                             const ModelQuantizationOptions& options) {
  QuantizedModel model = {.file = {.metadata = file.metadata}};
  for (const DenseTensor& tensor : file.tensors) {
    ModelTensor stored = {.dense = tensor};
    const std::string kept = WhyKept(tensor, options);
    if (!kept.empty()) {
      model.reports.push_back({tensor.name, absl::StrCat("kept: ", kept)});
    } else {
      ATTUNE_ASSIGN_OR_RETURN(QuantizedMatrix quantized, QuantizeTensor(tensor, options.quantizer));
      const QuantizationStatistics& statistics = quantized.statistics;
      model.reports.push_back({tensor.name, statistics.ToString()});
      stored.dense.data = {};
      stored.ternary = TernaryWeights{.matrix = std::move(quantized.matrix),
                                      .threshold = options.quantizer.threshold.ToString(),
                                      .sparsity = statistics.sparsity(),
                                      .relative_error = statistics.relative_error,
                                      .cosine = statistics.cosine};
    }
    model.file.tensors.push_back(std::move(stored));
  }
  return model;
}

std::string UnpackModel(const TernaryFile& file) {
  SafetensorsFile dense = {.metadata = file.metadata};
  std::vector<std::string> unpacked(file.tensors.size());
  for (size_t i = 0; i < file.tensors.size(); ++i) {
    dense.tensors.push_back(file.tensors[i].dense);
    if (!file.tensors[i].ternary.has_value()) continue;
    unpacked[i] = UnpackTensor(file.tensors[i]);
    dense.tensors.back().data = unpacked[i];
  }
  return FormatSafetensors(dense);
}

}  // namespace attune
