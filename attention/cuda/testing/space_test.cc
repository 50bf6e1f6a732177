// A family's space and model, on every architecture, without a compiler or a GPU.
#include <gtest/gtest.h>

#include "attention/cuda/testing/architectures.h"
#include "attention/cuda/testing/family_under_test.h"
#include "attention/cuda/testing/variant_sample.h"
#include "attention/family.h"
#include "operators/testing/configuration_draw.h"

namespace attune {
namespace {

TEST(KernelFamilyTest, SpaceIsTheFamilysOwn) {
  const CudaAttentionFamily& family = FamilyUnderTest();
  EXPECT_EQ(family.space().kernel(), family.name());
  for (const Parameter& parameter : family.space().parameters()) {
    EXPECT_FALSE(parameter.doc.empty()) << parameter.name;
  }
  for (const Constraint& constraint : family.space().constraints()) {
    EXPECT_FALSE(constraint.doc.empty()) << constraint.name;
  }
}

TEST(KernelFamilyTest, FingerprintNamesTheCode) {
  EXPECT_EQ(FamilyUnderTest().fingerprint().size(), 32u);
  EXPECT_EQ(FamilyUnderTest().fingerprint(), FamilyUnderTest().fingerprint());
}

TEST(KernelFamilyTest, OtherDevicesAreRefusedWithAReason) {
  const absl::Status status = FamilyUnderTest().Supports(Problem{}, DeviceInfo{.id = "cpu"});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
}

TEST(KernelFamilyTest, EveryArchitectureThatIsSupportedHasAdmittedVariantsThatFit) {
  const CudaAttentionFamily& family = FamilyUnderTest();
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(testing::Message() << "ATTUNE_TEST_SEED=" << seed);
  int supported = 0;
  for (const DeviceInfo& device : TestedArchitectures()) {
    for (const Variant& variant : SampleVariants(family, device, 9, seed)) {
      SCOPED_TRACE(device.architecture + " " + variant.ToString());
      ++supported;
      EXPECT_TRUE(Admits(family, variant.problem, variant.configuration, device));
      const Variables model = family.Model(variant.problem, variant.configuration, device);
      EXPECT_EQ(model.count(kWorkspaceBytesVariable), 1u);
      EXPECT_LE(family.DynamicSharedBytes(variant.problem, variant.configuration),
                device.Attribute("shared_bytes_per_block"));
    }
  }
  EXPECT_GE(supported, 9);
}

}  // namespace
}  // namespace attune
