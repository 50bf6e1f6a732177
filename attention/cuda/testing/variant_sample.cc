#include "attention/cuda/testing/variant_sample.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "numerics/random.h"
#include "operators/family_configuration.h"
#include "operators/testing/configuration_draw.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

// Groups of 16 and 64 query heads besides those of 1, 2 and 8 that are drawn otherwise.
constexpr HeadCounts kLargeGroups[] = {{32, 2}, {64, 1}};
constexpr Dtype kDtypes[] = {Dtype::kBfloat16, Dtype::kFloat32, Dtype::kFloat16};

// Problem `number` of a sample.
Problem SampleProblem(uint64_t seed, int number) {
  const uint64_t bits = RandomBits(seed, static_cast<uint64_t>(number));
  RandomProblemOptions options;
  options.dtypes = {kDtypes[(seed + static_cast<uint64_t>(number)) % 3]};
  options.empty_lengths = false;
  if (bits % 4 != 0) {
    options.min_head_dim = options.max_head_dim = bits % 8 < 4 ? 64 : 128;
    options.unequal_dims = false;
  }
  if (bits / 8 % 8 == 0) {
    options.heads = kLargeGroups[bits / 64 % 2];
    options.max_batch = 1;
  }
  return RandomProblem(bits, options);
}

}  // namespace

std::string Variant::ToString() const {
  return absl::StrCat(configuration.ToString(), " for ", problem.ToString());
}

bool Admits(const AttentionFamily& family, const Problem& problem,
            const Configuration& configuration, const DeviceInfo& device) {
  return CheckAdmitted(family, problem, device, configuration).ok();
}

std::vector<Variant> SampleVariants(const AttentionFamily& family, const DeviceInfo& device,
                                    int count, uint64_t seed) {
  std::vector<Variant> variants;
  // Families may support but a part of the problems; a family that supports none gives no variant.
  for (int number = 0; number < 100 * count && static_cast<int>(variants.size()) < count;
       ++number) {
    const Problem problem = SampleProblem(seed, number);
    if (!family.Supports(problem, device).ok()) continue;
    std::optional<Configuration> configuration =
        DrawConfiguration(family, problem, device, RandomBits(seed, 1000 + number));
    if (!configuration.has_value()) {
      auto choice = ChooseConfiguration(family, problem, device, nullptr);
      if (!choice.ok()) continue;
      configuration = choice->configuration;
    }
    variants.push_back({problem, *std::move(configuration)});
  }
  return variants;
}

Problem SameTraits(const Problem& problem, uint64_t seed, uint64_t number) {
  RandomProblemOptions options;
  options.dtypes = {problem.dtype};
  options.max_length = 300;
  options.min_head_dim = options.max_head_dim = problem.qk_dim;
  options.unequal_dims = false;
  options.strides = problem.v_dim == problem.qk_dim;
  options.packed = problem.packed.has_value();
  // How many query heads share a key-value head may be compiled in, as for hopper_forward.
  options.heads = HeadCounts{problem.q_heads, problem.kv_heads};
  if (problem.q_heads > 8) options.max_batch = 1;
  Problem other = RandomProblem(RandomBits(seed, number), options);
  other.v_dim = problem.v_dim;
  other.softmax_scale = problem.softmax_scale;
  other.soft_cap = problem.soft_cap;
  other.alibi = problem.alibi;
  // Which bounds a mask has may be compiled in, as for hopper_forward; where they are is not.
  const bool same_bounds = other.mask.left.has_value() == problem.mask.left.has_value() &&
                           other.mask.right.has_value() == problem.mask.right.has_value();
  if (!same_bounds) other.mask = problem.mask;
  return other;
}

}  // namespace attune
