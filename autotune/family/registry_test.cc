#include "autotune/family/registry.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class NamedFamily : public KernelFamily {
 public:
  explicit NamedFamily(std::string name)
      : name_(std::move(name)),
        space_(*ParameterSpace::Parse(
            "kernel: 'k' parameter { name: 'p' values: 1 default_value: 1 }", "test")) {}
  absl::string_view name() const override { return name_; }
  absl::string_view operator_name() const override { return "op"; }
  const ParameterSpace& space() const override { return space_; }
  std::string fingerprint() const override { return "0"; }
  absl::Status Supports(const Workload&, const DeviceInfo&) const override {
    return absl::OkStatus();
  }
  absl::StatusOr<Variables> Model(const Workload&, const Configuration&,
                                  const DeviceInfo&) const override {
    return Variables();
  }
  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload&, Device&,
                                                   uint64_t) const override {
    return absl::UnimplementedError("this family is only a name");
  }

 private:
  std::string name_;
  ParameterSpace space_;
};

TEST(RegistryTest, ListsFamiliesByName) {
  EXPECT_THAT(RegisteredKernelFamilies(), IsEmpty());
  RegisterKernelFamily(std::make_unique<NamedFamily>("b"));
  RegisterKernelFamily(std::make_unique<NamedFamily>("a"));
  const auto families = RegisteredKernelFamilies();
  ASSERT_THAT(families, SizeIs(2));
  EXPECT_EQ(families[0]->name(), "a");
  EXPECT_EQ(families[1]->name(), "b");
}

TEST(RegistryTest, KeepsSuitesByDeviceKind) {
  RegisterDefaultSuite({DeviceKind::kCpu, "text", "source"});
  EXPECT_THAT(RegisteredDefaultSuites(DeviceKind::kCpu), SizeIs(1));
  EXPECT_THAT(RegisteredDefaultSuites(DeviceKind::kCuda), IsEmpty());
}

}  // namespace
}  // namespace attune
