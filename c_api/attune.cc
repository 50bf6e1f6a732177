#include "c_api/attune.h"

#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "attention/attention.h"
#include "base/build_commit.h"
#include "base/status_macros.h"
#include "device/discovery.h"

struct attune_plan {
  attune::AttentionPlan plan;
  std::string family;
  std::string configuration;
};

namespace attune {
namespace {

thread_local std::string last_error;

attune_status Report(const absl::Status& status) {
  last_error = std::string(status.message());
  return static_cast<attune_status>(status.code());
}

// A stream of the caller's, who is the only one to wait for it.
class CallerStream : public Stream {
 public:
  explicit CallerStream(void* handle) : handle_(handle) {}
  absl::Status Synchronize() override {
    return absl::FailedPreconditionError(
        "a run does not wait for the stream that it is enqueued on: synchronise it yourself");
  }
  void* native_handle() const override { return handle_; }

 private:
  void* handle_;
};

// Never destroyed: whoever loads this library may hold plans until the process ends.
absl::StatusOr<Device*> SharedDevice(const std::string& id) {
  static auto* const mutex = new std::mutex;
  static auto* const devices = new std::map<std::string, std::unique_ptr<Device>>;
  const std::lock_guard<std::mutex> lock(*mutex);
  std::unique_ptr<Device>& device = (*devices)[id];
  if (device == nullptr) {
    absl::StatusOr<std::unique_ptr<Device>> opened = OpenDevice(id);
    if (!opened.ok()) return opened.status();
    device = *std::move(opened);
  }
  return device.get();
}

// `value` as one of the `count` enumerators of a C++ enum that is numbered likewise.
template <typename Enum>
absl::StatusOr<Enum> Enumerator(const char* field, int32_t value, int count) {
  if (value >= 0 && value < count) return static_cast<Enum>(value);
  return absl::InvalidArgumentError(
      absl::StrCat(field, " is ", value, "; expected 0 to ", count - 1));
}

std::optional<int64_t> Bound(int64_t bound) {
  if (bound == ATTUNE_UNBOUNDED) return std::nullopt;
  return bound;
}

std::optional<Strides> GivenStrides(const attune_strides& strides) {
  if (strides.batch == 0 && strides.head == 0 && strides.length == 0) return std::nullopt;
  return Strides{.batch = strides.batch, .head = strides.head, .length = strides.length};
}

static_assert(static_cast<int>(Dtype::kFloat32) == ATTUNE_FP32);
static_assert(static_cast<int>(Dtype::kFloat16) == ATTUNE_FP16);
static_assert(static_cast<int>(Dtype::kBfloat16) == ATTUNE_BF16);
static_assert(static_cast<int>(Direction::kBackward) == ATTUNE_BACKWARD);
static_assert(static_cast<int>(Alignment::kTopLeft) == ATTUNE_TOP_LEFT);
static_assert(static_cast<int>(absl::StatusCode::kDataLoss) == ATTUNE_DATA_LOSS);

absl::StatusOr<Problem> ProblemOf(const attune_problem& given) {
  Problem problem;
  ATTUNE_ASSIGN_OR_RETURN(problem.dtype, Enumerator<Dtype>("dtype", given.dtype, 3));
  ATTUNE_ASSIGN_OR_RETURN(problem.mask.alignment,
                          Enumerator<Alignment>("mask_alignment", given.mask_alignment, 2));
  problem.batch = given.batch;
  problem.q_heads = given.q_heads;
  problem.kv_heads = given.kv_heads;
  problem.q_len = given.q_len;
  problem.kv_len = given.kv_len;
  problem.qk_dim = given.qk_dim;
  problem.v_dim = given.v_dim;
  problem.mask.left = Bound(given.mask_left);
  problem.mask.right = Bound(given.mask_right);
  problem.alibi = given.alibi != 0;
  if (!std::isnan(given.softmax_scale)) problem.softmax_scale = given.softmax_scale;
  problem.soft_cap = given.soft_cap;
  problem.query_strides = GivenStrides(given.query_strides);
  problem.key_strides = GivenStrides(given.key_strides);
  problem.value_strides = GivenStrides(given.value_strides);
  problem.out_strides = GivenStrides(given.out_strides);
  return problem;
}

absl::StatusOr<PlanOptions> OptionsOf(int32_t direction, const attune_plan_options& given) {
  PlanOptions options;
  ATTUNE_ASSIGN_OR_RETURN(options.direction, Enumerator<Direction>("direction", direction, 2));
  ATTUNE_ASSIGN_OR_RETURN(options.device,
                          SharedDevice(given.device == nullptr ? "cpu" : given.device));
  if (given.family != nullptr) options.family = given.family;
  if (given.configuration != nullptr) {
    ATTUNE_ASSIGN_OR_RETURN(options.configuration, Configuration::Parse(given.configuration));
  }
  return options;
}

absl::StatusOr<std::unique_ptr<attune_plan>> CreatePlan(const attune_problem& given,
                                                        const attune_plan_options& given_options) {
  ATTUNE_ASSIGN_OR_RETURN(const Problem problem, ProblemOf(given));
  ATTUNE_ASSIGN_OR_RETURN(const PlanOptions options, OptionsOf(given.direction, given_options));
  ATTUNE_ASSIGN_OR_RETURN(AttentionPlan plan, Attention::Plan(problem, options));
  std::string family(plan.family().name());
  std::string configuration = plan.configuration().ToString();
  return std::unique_ptr<attune_plan>(
      new attune_plan{std::move(plan), std::move(family), std::move(configuration)});
}

AttentionTensors TensorsOf(Direction direction, const attune_tensors& t) {
  if (direction == Direction::kForward) {
    return ForwardTensors{.query = t.query,
                          .key = t.key,
                          .value = t.value,
                          .alibi_slopes = t.alibi_slopes,
                          .out = t.out,
                          .log_sum_exp = t.log_sum_exp};
  }
  return BackwardTensors{.query = t.query,
                         .key = t.key,
                         .value = t.value,
                         .alibi_slopes = t.alibi_slopes,
                         .out = t.out,
                         .log_sum_exp = t.log_sum_exp,
                         .d_out = t.d_out,
                         .d_query = t.d_query,
                         .d_key = t.d_key,
                         .d_value = t.d_value};
}

attune_status NullArgument(const char* name) {
  return Report(absl::InvalidArgumentError(absl::StrCat(name, " is null")));
}

}  // namespace
}  // namespace attune

int32_t attune_abi_version(void) { return ATTUNE_ABI_VERSION; }

const char* attune_build(void) {
  static const auto* const build = new std::string(absl::StrCat(
      attune::kBuildCommit, std::string(attune::kBuildDirty) == "true" ? "-dirty" : ""));
  return build->c_str();
}

const char* attune_error(void) { return attune::last_error.c_str(); }

void attune_problem_init(attune_problem* problem) {
  *problem = attune_problem{};
  problem->batch = problem->q_heads = problem->kv_heads = 1;
  problem->mask_left = problem->mask_right = ATTUNE_UNBOUNDED;
  problem->softmax_scale = std::nan("");
}

attune_status attune_plan_create(const attune_problem* problem, const attune_plan_options* options,
                                 attune_plan** plan) {
  if (plan == nullptr) return attune::NullArgument("plan");
  *plan = nullptr;
  if (problem == nullptr) return attune::NullArgument("problem");
  const attune_plan_options none = {};
  auto created = attune::CreatePlan(*problem, options == nullptr ? none : *options);
  if (!created.ok()) return attune::Report(created.status());
  *plan = created->release();
  return ATTUNE_OK;
}

void attune_plan_destroy(attune_plan* plan) { delete plan; }

attune_status attune_plan_run(const attune_plan* plan, const attune_tensors* tensors,
                              void* stream) {
  if (plan == nullptr) return attune::NullArgument("plan");
  if (tensors == nullptr) return attune::NullArgument("tensors");
  attune::CallerStream caller(stream);
  const absl::Status status =
      plan->plan.Run(attune::TensorsOf(plan->plan.family().direction(), *tensors), caller);
  return status.ok() ? ATTUNE_OK : attune::Report(status);
}

const char* attune_plan_family(const attune_plan* plan) { return plan->family.c_str(); }

const char* attune_plan_configuration(const attune_plan* plan) {
  return plan->configuration.c_str();
}

const char* attune_plan_explain(const attune_plan* plan) { return plan->plan.Explain().c_str(); }

int64_t attune_plan_workspace_bytes(const attune_plan* plan) {
  return plan->plan.memory().workspace_bytes;
}
