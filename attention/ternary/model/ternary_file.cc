#include "attention/ternary/model/ternary_file.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attention/ternary/model/ternary_file.pb.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

// Eight bytes: a name, and a line end that a transfer as text would spoil. Then the header's
// length, 64 bits, little-endian, then the header.
constexpr char kMagic[] = "TERNARY\n";
constexpr int64_t kMagicBytes = 8;
constexpr int64_t kPrefixBytes = 16;
constexpr int64_t kAlignment = 64;
constexpr int kVersion = 1;

int64_t Aligned(int64_t offset) { return (offset + kAlignment - 1) / kAlignment * kAlignment; }

absl::Status Error(absl::string_view tensor, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("tensor \"", tensor, "\": ", what));
}

// The bytes that `tensor`'s data takes. An error if they do not fit its shape.
absl::StatusOr<int64_t> DataBytes(const ModelTensor& tensor) {
  const DenseTensor& dense = tensor.dense;
  const absl::StatusOr<int64_t> dense_bytes = TensorBytesOf(dense.dtype, dense.shape);
  if (!dense_bytes.ok()) return Error(dense.name, dense_bytes.status().message());
  if (!tensor.ternary.has_value()) return *dense_bytes;
  const TernaryShape& shape = tensor.ternary->matrix.shape;
  if (dense.shape != std::vector<int64_t>{shape.rows, shape.columns}) {
    return Error(dense.name, absl::StrCat("a ternary matrix of ", shape.ToString(),
                                          " stands for a tensor of another shape"));
  }
  return TernaryBytes(shape);
}

// Whether what it unpacks to can be written.
absl::Status CheckTernary(const DenseTensor& dense, const TernaryMatrix& matrix) {
  const std::optional<Dtype> dtype = FloatDtypeOf(dense.dtype);
  if (!dtype.has_value()) {
    return Error(dense.name, absl::StrCat("is ternary and stands for ", dense.dtype,
                                          "; expected F32, F16 or BF16"));
  }
  const absl::Status valid = Validate(matrix);
  if (!valid.ok()) return Error(dense.name, valid.message());
  for (size_t i = 0; i < matrix.scales.size(); ++i) {
    float rounded = 0;
    StoreElement(*dtype, &rounded, 0, matrix.scales[i]);
    if (std::isfinite(LoadElement(*dtype, &rounded, 0))) continue;
    const auto groups = static_cast<size_t>(GroupsPerRow(matrix.shape));
    return Error(dense.name, absl::StrCat("scale ", i % groups, " of row ", i / groups, " is ",
                                          matrix.scales[i], ", more than ", dense.dtype, " holds"));
  }
  return absl::OkStatus();
}

absl::Status CheckTensor(const ModelTensor& tensor) {
  if (tensor.dense.name.empty() || tensor.dense.name == kSafetensorsMetadata) {
    return Error(tensor.dense.name, "is no name that a tensor in a safetensors file can have");
  }
  ATTUNE_ASSIGN_OR_RETURN(const int64_t bytes, DataBytes(tensor));
  if (!tensor.ternary.has_value()) {
    if (static_cast<int64_t>(tensor.dense.data.size()) == bytes) return absl::OkStatus();
    return Error(tensor.dense.name, absl::StrCat("has ", tensor.dense.data.size(),
                                                 " bytes of data; its shape has ", bytes));
  }
  return CheckTernary(tensor.dense, tensor.ternary->matrix);
}

void FillHeader(const ModelTensor& tensor, TernaryFileTensor& proto) {
  proto.set_name(tensor.dense.name);
  proto.set_dtype(tensor.dense.dtype);
  proto.mutable_shape()->Assign(tensor.dense.shape.begin(), tensor.dense.shape.end());
  if (!tensor.ternary.has_value()) return;
  TernaryFileTensor::Ternary& ternary = *proto.mutable_ternary();
  ternary.set_group(tensor.ternary->matrix.shape.group);
  ternary.set_threshold(tensor.ternary->threshold);
  ternary.set_sparsity(tensor.ternary->sparsity);
  ternary.set_relative_error(tensor.ternary->relative_error);
  ternary.set_cosine(tensor.ternary->cosine);
}

template <typename Element>
absl::string_view BytesOf(const std::vector<Element>& elements) {
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(Element)};
}

void AppendData(const ModelTensor& tensor, std::string& content) {
  const auto append = [&](absl::string_view data) { content.append(data.data(), data.size()); };
  if (!tensor.ternary.has_value()) {
    append(tensor.dense.data);
    return;
  }
  append(BytesOf(tensor.ternary->matrix.plus));
  append(BytesOf(tensor.ternary->matrix.minus));
  append(BytesOf(tensor.ternary->matrix.scales));
}

// The same bytes on every run: maps have no order of their own.
std::string Serialized(const TernaryFileHeader& header) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  header.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

// The header's bytes depend on the offsets, and these on the header's bytes: offsets count from the
// data's begin until all else stands.
std::string SerializeHeader(TernaryFileHeader header) {
  int64_t begin = 0;
  std::string bytes;
  // Twice is the rule; larger offsets may make the header longer once more.
  do {
    const int64_t assumed = begin;
    TernaryFileHeader shifted = header;
    for (TernaryFileTensor& tensor : *shifted.mutable_tensor()) {
      tensor.set_offset(tensor.offset() + assumed);
    }
    bytes = Serialized(shifted);
    begin = Aligned(kPrefixBytes + static_cast<int64_t>(bytes.size()));
    if (begin == assumed) return bytes;
  } while (true);
}

template <typename Element>
absl::string_view TakeElements(absl::string_view data, std::vector<Element>& elements) {
  const size_t bytes = elements.size() * sizeof(Element);
  std::memcpy(elements.data(), data.data(), bytes);
  return data.substr(bytes);
}

// `data` has the right size.
void TakeMatrix(absl::string_view data, TernaryMatrix& matrix) {
  matrix = MakeTernaryMatrix(matrix.shape);
  TakeElements(TakeElements(TakeElements(data, matrix.plus), matrix.minus), matrix.scales);
}

// `end` is where the header ends, or the data of the tensor before it: what two tensors share would
// let a small file ask for any amount of memory.
absl::StatusOr<absl::string_view> DataOf(const TernaryFileTensor& proto, int64_t bytes, int64_t end,
                                         absl::string_view content) {
  if (proto.bytes() != bytes) {
    return Error(proto.name(),
                 absl::StrCat("has ", proto.bytes(), " bytes of data; its shape has ", bytes));
  }
  const auto size = static_cast<int64_t>(content.size());
  if (proto.offset() < end || proto.offset() % kAlignment != 0) {
    return Error(proto.name(),
                 absl::StrCat("has its data at byte ", proto.offset(), "; expected a multiple of ",
                              kAlignment, " behind what comes before it, which ends at ", end));
  }
  if (proto.offset() > size || bytes > size - proto.offset()) {
    return Error(proto.name(),
                 absl::StrCat("has ", bytes, " bytes of data from byte ", proto.offset(),
                              " on; the file has ", size, " bytes: it is truncated"));
  }
  return content.substr(proto.offset(), bytes);
}

// Moves `end` behind the tensor's data.
absl::StatusOr<ModelTensor> ParseTensor(const TernaryFileTensor& proto, absl::string_view content,
                                        int64_t& end) {
  ModelTensor tensor = {.dense = {.name = proto.name(),
                                  .dtype = proto.dtype(),
                                  .shape = {proto.shape().begin(), proto.shape().end()}}};
  if (proto.has_ternary()) {
    if (proto.shape_size() != 2) return Error(proto.name(), "is ternary and no matrix");
    const TernaryShape shape = {
        .rows = proto.shape(0), .columns = proto.shape(1), .group = proto.ternary().group()};
    const absl::Status valid = Validate(shape);
    if (!valid.ok()) return Error(proto.name(), valid.message());
    tensor.ternary = TernaryWeights{.matrix = {.shape = shape},
                                    .threshold = proto.ternary().threshold(),
                                    .sparsity = proto.ternary().sparsity(),
                                    .relative_error = proto.ternary().relative_error(),
                                    .cosine = proto.ternary().cosine()};
  }
  ATTUNE_ASSIGN_OR_RETURN(const int64_t bytes, DataBytes(tensor));
  ATTUNE_ASSIGN_OR_RETURN(const absl::string_view data, DataOf(proto, bytes, end, content));
  end = proto.offset() + bytes;
  if (tensor.ternary.has_value()) {
    TakeMatrix(data, tensor.ternary->matrix);
  } else {
    tensor.dense.data = data;
  }
  ATTUNE_RETURN_IF_ERROR(CheckTensor(tensor));
  return tensor;
}

// Sets `end` to where the header ends.
absl::StatusOr<TernaryFileHeader> ParseHeader(absl::string_view content, int64_t& end) {
  if (content.substr(0, kMagicBytes) != absl::string_view(kMagic, kMagicBytes)) {
    return absl::InvalidArgumentError(
        "the file does not begin with TERNARY: no file of ternary weights");
  }
  const auto truncated = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "the file has ", content.size(), " bytes and ends within its header: it is truncated"));
  };
  if (content.size() < kPrefixBytes) return truncated();
  uint64_t length = 0;
  std::memcpy(&length, content.data() + kMagicBytes, sizeof(length));
  if (length > content.size() - kPrefixBytes) return truncated();
  TernaryFileHeader header;
  if (length > INT32_MAX ||
      !header.ParseFromArray(content.data() + kPrefixBytes, static_cast<int>(length))) {
    return absl::InvalidArgumentError("the file's header is no protobuf TernaryFileHeader");
  }
  if (header.version() != kVersion) {
    return absl::InvalidArgumentError(absl::StrCat("the file has version ", header.version(),
                                                   "; this program reads version ", kVersion));
  }
  end = kPrefixBytes + static_cast<int64_t>(length);
  return header;
}

}  // namespace

absl::StatusOr<std::string> FormatTernaryFile(const TernaryFile& file) {
  TernaryFileHeader header;
  header.set_version(kVersion);
  header.mutable_metadata()->insert(file.metadata.begin(), file.metadata.end());
  int64_t end = 0;
  for (const ModelTensor& tensor : file.tensors) {
    ATTUNE_RETURN_IF_ERROR(CheckTensor(tensor));
    TernaryFileTensor& proto = *header.add_tensor();
    FillHeader(tensor, proto);
    ATTUNE_ASSIGN_OR_RETURN(const int64_t bytes, DataBytes(tensor));
    proto.set_offset(end);
    proto.set_bytes(bytes);
    end = Aligned(end + bytes);
  }
  const std::string header_bytes = SerializeHeader(header);
  const uint64_t length = header_bytes.size();
  std::string content;
  content.reserve(Aligned(kPrefixBytes + static_cast<int64_t>(length)) + end);
  content.append(kMagic, kMagicBytes);
  content.append(reinterpret_cast<const char*>(&length), sizeof(length));
  content += header_bytes;
  for (const ModelTensor& tensor : file.tensors) {
    content.resize(Aligned(static_cast<int64_t>(content.size())));
    AppendData(tensor, content);
  }
  return content;
}

absl::StatusOr<TernaryFile> ParseTernaryFile(absl::string_view content) {
  int64_t end = 0;
  ATTUNE_ASSIGN_OR_RETURN(const TernaryFileHeader header, ParseHeader(content, end));
  TernaryFile file = {.metadata = {header.metadata().begin(), header.metadata().end()}};
  std::set<std::string> names;
  for (const TernaryFileTensor& proto : header.tensor()) {
    if (!names.insert(proto.name()).second) return Error(proto.name(), "is there twice");
    ATTUNE_ASSIGN_OR_RETURN(ModelTensor tensor, ParseTensor(proto, content, end));
    file.tensors.push_back(std::move(tensor));
  }
  return file;
}

}  // namespace attune
