#include "attention/cuda/testing/variant_sample.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "attention/configuration_choice.h"
#include "numerics/random.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

constexpr int kDraws = 20000;
// Groups of 16 and 64 query heads besides those of 1, 2 and 8 that are drawn otherwise.
constexpr HeadCounts kLargeGroups[] = {{32, 2}, {64, 1}};
// One parameter in so many is drawn, the others are as they run untuned: of draws of all of them
// the constraints of a large space admit too few.
constexpr uint64_t kDrawn = 4;
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

uint64_t TestSeed() {
  const char* const text = std::getenv("ATTUNE_TEST_SEED");
  uint64_t seed = 0;
  return text != nullptr && absl::SimpleAtoi(text, &seed) ? seed : 1;
}

bool Admits(const AttentionFamily& family, const Problem& problem,
            const Configuration& configuration, const DeviceInfo& device) {
  const auto removed = family.space().RemovedBy(
      configuration, ConstraintVariables(family, problem, configuration, device));
  return removed.ok() && !removed->has_value();
}

std::optional<Configuration> DrawConfiguration(const AttentionFamily& family,
                                               const Problem& problem, const DeviceInfo& device,
                                               uint64_t seed) {
  const auto untuned = ChooseConfiguration(family, problem, device, nullptr);
  if (!untuned.ok()) return std::nullopt;
  uint64_t draws = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<Configuration::Entry> entries;
    for (const Parameter& parameter : family.space().parameters()) {
      const uint64_t bits = RandomBits(seed, draws++);
      const int64_t drawn = parameter.values[bits / kDrawn % parameter.values.size()];
      const bool keep = bits % kDrawn != 0;
      entries.emplace_back(parameter.name,
                           keep ? untuned->configuration.Get(parameter.name) : drawn);
    }
    Configuration configuration(std::move(entries));
    if (Admits(family, problem, configuration, device)) return configuration;
  }
  return std::nullopt;
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
