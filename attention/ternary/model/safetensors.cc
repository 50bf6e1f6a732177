#include "attention/ternary/model/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"

namespace attune {
namespace {

// Sorted by name: ordered_json looks keys up one by one, and a header may have a million.
using Json = nlohmann::json;

constexpr int64_t kLengthBytes = 8;
// The format's own limit.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;

constexpr std::pair<const char*, int64_t> kDtypes[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1},
    {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
    {"U32", 4},  {"F32", 4}, {"I64", 8}, {"U64", 8},     {"F64", 8}};

absl::Status Error(absl::string_view name, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("tensor \"", name, "\" ", what));
}

// The integers of array `key` of `entry`; an error if there is no such array, or it holds more than
// integers that are not negative.
absl::StatusOr<std::vector<int64_t>> Integers(const std::string& name, const Json& entry,
                                              const char* key) {
  const auto array = entry.find(key);
  if (array == entry.end() || !array->is_array()) return Error(name, absl::StrCat("has no ", key));
  std::vector<int64_t> integers;
  for (const Json& item : *array) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > std::numeric_limits<int64_t>::max()) {
      return Error(name, absl::StrCat("has ", key, " that are no integers from 0 on"));
    }
    integers.push_back(item.get<int64_t>());
  }
  return integers;
}

absl::StatusOr<DenseTensor> ParseTensor(const std::string& name, const Json& entry,
                                        absl::string_view data) {
  if (!entry.is_object()) return Error(name, "is no JSON object");
  const auto dtype = entry.find("dtype");
  if (dtype == entry.end() || !dtype->is_string()) return Error(name, "has no dtype");
  DenseTensor tensor = {.name = name, .dtype = dtype->get<std::string>()};
  ATTUNE_ASSIGN_OR_RETURN(tensor.shape, Integers(name, entry, "shape"));
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<int64_t> offsets,
                          Integers(name, entry, "data_offsets"));
  const absl::StatusOr<int64_t> bytes = TensorBytesOf(tensor.dtype, tensor.shape);
  if (!bytes.ok()) return Error(name, bytes.status().message());
  if (offsets.size() != 2 || offsets[1] < offsets[0] || offsets[1] - offsets[0] != *bytes) {
    return Error(name, absl::StrCat("has data_offsets that do not span the ", *bytes,
                                    " bytes of its shape"));
  }
  if (offsets[1] > static_cast<int64_t>(data.size())) {
    return Error(name, absl::StrCat("ends at byte ", offsets[1], " of data, of which there are ",
                                    data.size(), ": the file is truncated"));
  }
  tensor.data = data.substr(offsets[0], *bytes);
  return tensor;
}

// Orders `tensors` by where they lie. An error if they do not follow each other through `data`.
absl::Status OrderByData(std::vector<DenseTensor>& tensors, absl::string_view data) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.data.data(), a.data.size()) < std::pair(b.data.data(), b.data.size());
  });
  const char* end = data.data();
  for (const DenseTensor& tensor : tensors) {
    if (tensor.data.data() != end) {
      return Error(tensor.name, "overlaps the tensor before it, or leaves a gap behind it");
    }
    end += tensor.data.size();
  }
  if (end != data.data() + data.size()) {
    return absl::InvalidArgumentError(absl::StrCat("there are ", data.data() + data.size() - end,
                                                   " bytes behind the last tensor"));
  }
  return absl::OkStatus();
}

// Looks for a name that a header has twice: the parsed object has only the last. A callback of the
// parser would see it too, but with one the parser goes through the whole object after each of its
// members (nlohmann-json 3.11).
class NameCheck : public nlohmann::json_sax<Json> {
 public:
  const std::optional<std::string>& repeated() const { return repeated_; }

  bool key(string_t& name) override {
    if (depth_ == 1 && !names_.insert(name).second) repeated_ = name;
    return !repeated_.has_value();
  }
  bool start_object(size_t) override { return Enter(1); }
  bool end_object() override { return Enter(-1); }
  bool start_array(size_t) override { return Enter(1); }
  bool end_array() override { return Enter(-1); }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool Enter(int levels) {
    depth_ += levels;
    return true;
  }

  int64_t depth_ = 0;
  std::set<std::string> names_;
  std::optional<std::string> repeated_;
};

absl::StatusOr<Json> ParseHeader(absl::string_view content) {
  uint64_t length = 0;
  if (content.size() < kLengthBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the file has ", content.size(), " bytes; a safetensors file has at least ", kLengthBytes));
  }
  std::memcpy(&length, content.data(), kLengthBytes);
  if (length > kMaxHeaderBytes || length > content.size() - kLengthBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the header's length is ", length, " and ",
                                                   content.size() - kLengthBytes,
                                                   " bytes follow: the file is truncated or no "
                                                   "safetensors file"));
  }
  const absl::string_view text = content.substr(kLengthBytes, length);
  Json header = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) {
    return absl::InvalidArgumentError("the header is no JSON object: no safetensors file");
  }
  NameCheck names;
  Json::sax_parse(text.begin(), text.end(), &names);
  if (names.repeated().has_value()) return Error(*names.repeated(), "is there twice");
  return header;
}

absl::Status ParseMetadata(const Json& entry, std::map<std::string, std::string>& metadata) {
  if (!entry.is_object()) return absl::InvalidArgumentError("the metadata is no JSON object");
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) {
      return absl::InvalidArgumentError(absl::StrCat("metadata \"", key, "\" is no string"));
    }
    metadata[key] = value.get<std::string>();
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> SafetensorsDtypeBytes(absl::string_view dtype) {
  std::string names;
  for (const auto& [name, bytes] : kDtypes) {
    if (dtype == name) return bytes;
    absl::StrAppend(&names, names.empty() ? "" : ", ", name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("has unknown dtype \"", dtype, "\"; expected one of ", names));
}

std::optional<Dtype> FloatDtypeOf(absl::string_view dtype) {
  if (dtype == "F32") return Dtype::kFloat32;
  if (dtype == "F16") return Dtype::kFloat16;
  if (dtype == "BF16") return Dtype::kBfloat16;
  return std::nullopt;
}

absl::StatusOr<int64_t> TensorBytesOf(absl::string_view dtype, const std::vector<int64_t>& shape) {
  ATTUNE_ASSIGN_OR_RETURN(int64_t bytes, SafetensorsDtypeBytes(dtype));
  for (const int64_t extent : shape) {
    if (extent < 0) return absl::InvalidArgumentError("has a negative extent");
    if (__builtin_mul_overflow(bytes, extent, &bytes)) {
      return absl::InvalidArgumentError("has 2^63 bytes or more");
    }
  }
  return bytes;
}

absl::StatusOr<SafetensorsFile> ParseSafetensors(absl::string_view content) {
  ATTUNE_ASSIGN_OR_RETURN(const Json header, ParseHeader(content));
  uint64_t length = 0;
  std::memcpy(&length, content.data(), kLengthBytes);
  const absl::string_view data = content.substr(kLengthBytes + length);
  SafetensorsFile file;
  for (const auto& [name, entry] : header.items()) {
    if (name == kSafetensorsMetadata) {
      ATTUNE_RETURN_IF_ERROR(ParseMetadata(entry, file.metadata));
      continue;
    }
    ATTUNE_ASSIGN_OR_RETURN(DenseTensor tensor, ParseTensor(name, entry, data));
    file.tensors.push_back(std::move(tensor));
  }
  ATTUNE_RETURN_IF_ERROR(OrderByData(file.tensors, data));
  return file;
}

std::string FormatSafetensors(const SafetensorsFile& file) {
  Json header = Json::object();
  if (!file.metadata.empty()) header[kSafetensorsMetadata] = file.metadata;
  int64_t offset = 0;
  for (const DenseTensor& tensor : file.tensors) {
    const auto end = offset + static_cast<int64_t>(tensor.data.size());
    header[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  // Spaces behind the header align the data.
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  const uint64_t length = text.size();
  std::string content(reinterpret_cast<const char*>(&length), kLengthBytes);
  content.reserve(kLengthBytes + length + offset);
  content += text;
  for (const DenseTensor& tensor : file.tensors) {
    content.append(tensor.data.data(), tensor.data.size());
  }
  return content;
}

}  // namespace attune
