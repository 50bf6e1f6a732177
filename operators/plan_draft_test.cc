#include "operators/plan_draft.h"

#include <string>
#include <utility>

#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "operators/operator_family.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

constexpr char kSpace[] = R"(
  kernel: 'rows'
  parameter { name: 'tile' values: [1, 2, 4] default_value: 4 doc: 'rows' }
  constraint { name: 'tile_fits' expression: 'tile <= length' doc: 'no empty rows' }
)";

// An operator of the least that one can be.
struct Rows {
  int64_t length = 0;
  std::string ToString() const { return absl::StrCat("length=", length); }
};
struct NoTensors {};

class RowsKernel : public OperatorKernel<NoTensors> {
 public:
  int64_t workspace_bytes() const override { return 0; }
  Resources resources() const override { return {}; }
  absl::Status Run(const NoTensors&, void*, Stream&) const override { return absl::OkStatus(); }
};

class RowsFamily : public OperatorFamily<Rows, RowsKernel> {
 public:
  RowsFamily(std::string name, absl::Status prepares)
      : name_(std::move(name)),
        prepares_(std::move(prepares)),
        space_(ParameterSpace::Parse(kSpace, "plan_draft_test.cc").value()) {}

  absl::string_view name() const override { return name_; }
  absl::string_view operator_name() const override { return "rows"; }
  const ParameterSpace& space() const override { return space_; }
  std::string fingerprint() const override { return "testing"; }
  Workload ToWorkload(const Rows& problem) const override {
    return {.operator_name = "rows", .sizes = {{"length", problem.length}}};
  }
  absl::StatusOr<Rows> FromWorkload(const Workload& workload) const override {
    return Rows{workload.sizes.at("length")};
  }
  Variables ProblemNumbers(const Rows& problem) const override {
    return {{"length", static_cast<double>(problem.length)}};
  }
  absl::Status Supports(const Rows&, const DeviceInfo&) const override { return absl::OkStatus(); }
  Variables Model(const Rows&, const Configuration&, const DeviceInfo&) const override {
    return {};
  }
  absl::StatusOr<std::unique_ptr<RowsKernel>> Prepare(const Rows&, const Configuration&,
                                                      Device&) const override {
    if (!prepares_.ok()) return prepares_;
    return std::make_unique<RowsKernel>();
  }

 private:
  const std::string name_;
  const absl::Status prepares_;
  const ParameterSpace space_;
};

class PlanDraftTest : public ::testing::Test {
 protected:
  absl::StatusOr<PlanDraft<RowsFamily>> Prepare(const absl::Status& first,
                                                const absl::Status& second) {
    first_ = std::make_unique<RowsFamily>("first", first);
    second_ = std::make_unique<RowsFamily>("second", second);
    const RowsFamily* const families[] = {first_.get(), second_.get()};
    return PreparePlan<RowsFamily>({.problem = problem_,
                                    .families = families,
                                    .wish = {.operator_name = "rows", .wanted = wanted_},
                                    .configuration = configuration_,
                                    .has_users_code = has_users_code_},
                                   device_);
  }

  const absl::Status slow_ = absl::FailedPreconditionError("slow code");
  const absl::Status broken_ = absl::InvalidArgumentError("does not compile");
  FakeDevice device_{{.id = "cpu"}};
  std::unique_ptr<RowsFamily> first_, second_;
  Rows problem_{.length = 64};
  std::string wanted_;
  std::optional<Configuration> configuration_;
  bool has_users_code_ = false;
};

TEST_F(PlanDraftTest, TheFirstFamilyThatCanIsTakenWithItsConfiguration) {
  const auto draft = Prepare(absl::OkStatus(), absl::OkStatus());
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->family.family, first_.get());
  EXPECT_NE(draft->kernel, nullptr);
  EXPECT_EQ(DescribeDraft("first", {}, draft->configuration),
            "family: first\nconfiguration: tile=4 (default)\n");
}

TEST_F(PlanDraftTest, AFamilyWhoseVariantCannotBeMadeIsPassedOver) {
  for (const absl::Status& status : {slow_, broken_}) {
    const auto draft = Prepare(status, absl::OkStatus());
    ASSERT_TRUE(draft.ok()) << draft.status();
    EXPECT_EQ(draft->family.family, second_.get());
    EXPECT_THAT(draft->family.passed_over, ElementsAre(absl::StrCat("first: ", status.message())));
  }
  EXPECT_EQ(Prepare(slow_, broken_).status(), slow_);
}

TEST_F(PlanDraftTest, WhatTheCallerFixedOrWroteIsNotPassedOver) {
  const absl::Status memory = absl::ResourceExhaustedError("no memory");
  EXPECT_EQ(Prepare(memory, absl::OkStatus()).status(), memory);
  wanted_ = "first";
  EXPECT_EQ(Prepare(slow_, absl::OkStatus()).status(), slow_);
  wanted_ = "";
  configuration_ = Configuration({{"tile", 2}});
  EXPECT_EQ(Prepare(slow_, absl::OkStatus()).status(), slow_);
  EXPECT_EQ(Prepare(absl::OkStatus(), slow_)->configuration.origin, "given");
  configuration_.reset();
  has_users_code_ = true;
  EXPECT_EQ(Prepare(broken_, absl::OkStatus()).status(), broken_);
  EXPECT_TRUE(Prepare(slow_, absl::OkStatus()).ok());
}

TEST_F(PlanDraftTest, AConfigurationThatIsNotAdmittedNamesTheConstraint) {
  problem_.length = 1;
  configuration_ = Configuration({{"tile", 2}});
  const absl::Status status = Prepare(absl::OkStatus(), absl::OkStatus()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "constraint tile_fits does not admit tile=2 of first for length=1");
}

}  // namespace
}  // namespace attune
