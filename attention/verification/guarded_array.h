// An array that shows what a kernel did beyond what it was asked: canaries around it, poison in it.
#ifndef ATTUNE_ATTENTION_VERIFICATION_GUARDED_ARRAY_H_
#define ATTUNE_ATTENTION_VERIFICATION_GUARDED_ARRAY_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "numerics/dtype.h"

namespace attune {

// Host memory: a guard of canaries, the elements, a guard of canaries. Elements start out as
// poison. Canaries and poison are NaNs in every dtype, so that reading them shows too; their bits
// are ones that no arithmetic gives.
class GuardedArray {
 public:
  static constexpr int64_t kGuardBytes = 256;

  GuardedArray(Dtype dtype, int64_t elements);

  Dtype dtype() const { return dtype_; }
  int64_t elements() const { return elements_; }

  // The first element; 256-byte aligned.
  void* data();
  const void* data() const;

  // Guards and elements, to be mirrored into device memory as they are. The elements start
  // kGuardBytes in.
  absl::Span<uint8_t> bytes();
  absl::Span<const uint8_t> bytes() const;

  // Makes every element poison.
  void Poison();
  bool IsPoison(int64_t index) const;

  // DataLoss names `name` and the first byte that is no canary any more, by its distance from the
  // elements.
  absl::Status CheckGuards(absl::string_view name) const;

 private:
  struct alignas(256) Line {
    uint8_t bytes[256];
  };

  Dtype dtype_;
  int64_t elements_;
  std::vector<Line> lines_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_VERIFICATION_GUARDED_ARRAY_H_
