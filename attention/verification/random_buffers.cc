#include "attention/verification/random_buffers.h"

#include <cstring>

#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {

std::vector<uint8_t> RandomBuffer(const NamedBuffer& buffer, uint64_t seed) {
  std::vector<uint8_t> bytes(static_cast<size_t>(buffer.extent * kNamedBufferElementBytes));
  if (buffer.element == BufferElement::kFloat32) {
    FillNormal(seed, Dtype::kFloat32, bytes.data(), buffer.extent);
    return bytes;
  }
  for (int64_t i = 0; i < buffer.extent; ++i) {
    const int32_t value = static_cast<int32_t>(RandomBits(seed, static_cast<uint64_t>(i)) % 4);
    std::memcpy(bytes.data() + i * kNamedBufferElementBytes, &value, sizeof(value));
  }
  return bytes;
}

}  // namespace attune
