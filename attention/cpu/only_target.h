// Tests on every instruction set.
#ifndef ATTUNE_ATTENTION_CPU_ONLY_TARGET_H_
#define ATTUNE_ATTENTION_CPU_ONLY_TARGET_H_

#include <cstdint>
#include <vector>

#include "hwy/targets.h"

namespace attune {

// Restricts Highway to one target for the life of the object.
class OnlyTarget {
 public:
  explicit OnlyTarget(int64_t target) { Choose(target); }
  ~OnlyTarget() { Choose(0); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;

 private:
  static void Choose(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

// Of the targets that the CPU kernels are compiled for on x86, those that this machine has.
inline std::vector<int64_t> TestedTargets() {
  std::vector<int64_t> targets;
  for (const int64_t target : {HWY_SSE4, HWY_AVX2, HWY_AVX3}) {
    if ((hwy::SupportedTargets() & target) != 0) targets.push_back(target);
  }
  return targets;
}

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_ONLY_TARGET_H_
