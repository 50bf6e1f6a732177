// Random variants of a family over random problems, on a GPU, against the fp64 reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "attention/cuda/testing/family_under_test.h"
#include "attention/cuda/testing/variant_sample.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "base/status_macros.h"
#include "device/device.h"
#include "operators/cuda/kernel_store.h"
#include "operators/testing/configuration_draw.h"
#include "testing/gpu/gpu.h"
#include "testing/mirrored_run.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

constexpr int kVariants = 24;
constexpr int kProblemsPerVariant = 6;
constexpr absl::Duration kShrinkTime = absl::Seconds(60);

absl::Status Verify(const AttentionInputs& inputs) {
  if (inputs.direction() == Direction::kForward) {
    return VerifyForward(inputs, ExpectForward(inputs));
  }
  return VerifyBackward(inputs, ExpectBackward(inputs));
}

absl::Status RunAndVerify(const Problem& problem, const AttentionKernel& kernel, uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  AttentionInputs inputs(problem, FamilyUnderTest().direction(), seed);
  ATTUNE_RETURN_IF_ERROR(RunMirrored(kernel, *device, inputs));
  return Verify(inputs);
}

absl::Status PrepareAndVerify(const Problem& problem, const Configuration& configuration,
                              uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const auto kernel,
                          FamilyUnderTest().Prepare(problem, configuration, *device));
  return RunAndVerify(problem, *kernel, seed);
}

// The smallest problem found within kShrinkTime that still fails, and how it does.
std::string Shrunk(const Problem& problem, const Configuration& configuration,
                   const DeviceInfo& device, uint64_t seed) {
  const absl::Time deadline = absl::Now() + kShrinkTime;
  const Problem small = ShrinkFailure(problem, [&](const Problem& candidate) {
    return absl::Now() < deadline && Admits(FamilyUnderTest(), candidate, configuration, device) &&
           !PrepareAndVerify(candidate, configuration, seed).ok();
  });
  return absl::StrCat("smallest failing problem found: ", small.ToString(), ": ",
                      PrepareAndVerify(small, configuration, seed).ToString());
}

// Fills the kernel cache side by side, as the kernels are then loaded one by one.
void CompileAhead(const std::vector<Variant>& variants, const DeviceInfo& device) {
  const auto cache = SharedKernelCache();
  ASSERT_TRUE(cache.ok()) << cache.status();
  std::vector<KernelSource> sources;
  for (const Variant& variant : variants) {
    sources.push_back(
        FamilyUnderTest().Source(variant.problem, variant.configuration, device.architecture));
  }
  const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const auto images = (*cache)->GetAll(sources, threads);
  for (size_t i = 0; i < images.size(); ++i) {
    EXPECT_TRUE(images[i].ok()) << variants[i].ToString() << "\n" << images[i].status();
  }
}

TEST(VariantsGpuTest, RandomVariantsMatchTheReferenceOnRandomProblems) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const CudaAttentionFamily& family = FamilyUnderTest();
  const DeviceInfo& info = (*device)->info();
  const uint64_t seed = TestSeed();
  std::cout << "ATTUNE_TEST_SEED=" << seed << std::endl;
  const std::vector<Variant> variants = SampleVariants(family, info, kVariants, seed);
  ASSERT_EQ(variants.size(), static_cast<size_t>(kVariants));
  CompileAhead(variants, info);
  int failures = 0;
  for (const Variant& variant : variants) {
    for (uint64_t number = 0; number < kProblemsPerVariant; ++number) {
      const Problem problem =
          number == 0 ? variant.problem : SameTraits(variant.problem, seed, number);
      if (!Admits(family, problem, variant.configuration, info)) continue;
      const absl::Status status = PrepareAndVerify(problem, variant.configuration, seed);
      if (status.ok()) continue;
      ADD_FAILURE() << variant.configuration.ToString() << " for " << problem.ToString() << ": "
                    << status << "\n"
                    << Shrunk(problem, variant.configuration, info, seed);
      // A broken kernel fails everywhere; a few examples tell as much as all.
      if (++failures == 3) return;
    }
  }
}

}  // namespace
}  // namespace attune
