#include "attention/verification/guarded_array.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

// NaNs as fp16, as bf16 and, twice over, as fp32. Arithmetic gives 0x7e00, 0x7fc0, 0x7fff and their
// like.
constexpr uint16_t kCanary = 0x7ffd;
constexpr uint16_t kPoison = 0x7ff9;

void FillWords(uint16_t word, uint8_t* bytes, int64_t count) {
  for (int64_t i = 0; i < count; i += 2) std::memcpy(bytes + i, &word, sizeof(word));
}

bool AreWords(uint16_t word, const uint8_t* bytes, int64_t count) {
  for (int64_t i = 0; i < count; i += 2) {
    if (std::memcmp(bytes + i, &word, sizeof(word)) != 0) return false;
  }
  return true;
}

// Guard, elements, and a guard that takes what is left of the last line too.
int64_t Lines(int64_t payload_bytes) { return 2 + (payload_bytes + 255) / 256; }

}  // namespace

GuardedArray::GuardedArray(Dtype dtype, int64_t elements)
    : dtype_(dtype), elements_(elements), lines_(Lines(elements * DtypeBytes(dtype))) {
  FillWords(kCanary, bytes().data(), static_cast<int64_t>(bytes().size()));
  Poison();
}

void* GuardedArray::data() { return bytes().data() + kGuardBytes; }
const void* GuardedArray::data() const { return bytes().data() + kGuardBytes; }

absl::Span<uint8_t> GuardedArray::bytes() {
  return absl::MakeSpan(lines_.data()->bytes, lines_.size() * sizeof(Line));
}
absl::Span<const uint8_t> GuardedArray::bytes() const {
  return absl::MakeConstSpan(lines_.data()->bytes, lines_.size() * sizeof(Line));
}

void GuardedArray::Poison() {
  FillWords(kPoison, static_cast<uint8_t*>(data()), elements_ * DtypeBytes(dtype_));
}

bool GuardedArray::IsPoison(int64_t index) const {
  const int64_t size = DtypeBytes(dtype_);
  return AreWords(kPoison, static_cast<const uint8_t*>(data()) + index * size, size);
}

absl::Status GuardedArray::CheckGuards(absl::string_view name) const {
  const int64_t end = kGuardBytes + elements_ * DtypeBytes(dtype_);
  const int64_t total = static_cast<int64_t>(bytes().size());
  for (int64_t i = 0; i < total; i += 2) {
    if (i == kGuardBytes) i = end;
    if (AreWords(kCanary, bytes().data() + i, 2)) continue;
    const std::string where = i < end
                                  ? absl::StrCat(kGuardBytes - i, " bytes before its first element")
                                  : absl::StrCat(i - end, " bytes past its last element");
    return absl::DataLossError(
        absl::StrCat(name, ": memory outside the tensor was written, ", where));
  }
  return absl::OkStatus();
}

}  // namespace attune
