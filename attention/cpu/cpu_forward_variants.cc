#include "attention/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/cpu/cpu_forward_variants.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once per target.
#include "attention/cpu/cpu_forward-inl.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

absl::Span<const CpuForwardVariant> CpuForwardVariantsOfTarget() {
  static constexpr CpuForwardVariant kVariants[] = {
      CpuForward<CpuForwardConfiguration{.query_tile = 56, .key_tile = 192, .micro_vectors = 2}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 56, .key_tile = 384, .micro_vectors = 2}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 56, .key_tile = 192, .micro_vectors = 3}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 56, .key_tile = 384, .micro_vectors = 3}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 112, .key_tile = 192, .micro_vectors = 2}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 112, .key_tile = 384, .micro_vectors = 2}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 112, .key_tile = 192, .micro_vectors = 3}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 112, .key_tile = 384, .micro_vectors = 3}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 224, .key_tile = 192, .micro_vectors = 2}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 224, .key_tile = 384, .micro_vectors = 2}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 224, .key_tile = 192, .micro_vectors = 3}>::Variant(),
      CpuForward<CpuForwardConfiguration{.query_tile = 224, .key_tile = 384, .micro_vectors = 3}>::Variant(),
  };
  return kVariants;
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune {

HWY_EXPORT(CpuForwardVariantsOfTarget);

absl::Span<const CpuForwardVariant> CpuForwardVariants() {
  return HWY_DYNAMIC_DISPATCH(CpuForwardVariantsOfTarget)();
}

}  // namespace attune
#endif
