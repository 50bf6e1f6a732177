#include "operators/cuda/family_code.h"

#include <memory>

#include "gtest/gtest.h"

namespace attune {
namespace {

DeviceCode Code(const std::string& space) {
  return {.family = "scale",
          .header = "scale.cuh",
          .headers = std::make_shared<const HeaderSet>(
              HeaderSet{{"scale.cuh", "int a;\n"}, {"scale.space.textproto", space}})};
}

constexpr char kSpace[] = R"(
kernel: "scale"
parameter { name: "width" values: [1, 2] default_value: 1 doc: "Columns." }
)";

TEST(FamilyCodeTest, SpaceIsReadFromAmongTheHeaders) {
  const FamilyCode code(Code(kSpace), "scale.space.textproto");
  EXPECT_EQ(code.space().size(), 2);
  EXPECT_EQ(code.code().family, "scale");
}

TEST(FamilyCodeTest, FingerprintIsOfTheKernelAndNotOfTheSpace) {
  const FamilyCode code(Code(kSpace), "scale.space.textproto");
  EXPECT_EQ(code.fingerprint(), FingerprintOf(Code("")));
}

}  // namespace
}  // namespace attune
