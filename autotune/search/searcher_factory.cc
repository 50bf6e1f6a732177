#include "autotune/search/searcher_factory.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "autotune/search/exhaustive_searcher.h"
#include "autotune/search/genetic_searcher.h"
#include "autotune/search/halving_searcher.h"
#include "autotune/search/local_searcher.h"
#include "autotune/search/model_searcher.h"
#include "autotune/search/random_searcher.h"

namespace attune {
namespace {

template <typename T>
std::unique_ptr<Searcher> Make(SearchProblem problem) {
  return std::make_unique<T>(std::move(problem));
}

struct Strategy {
  absl::string_view name;
  std::unique_ptr<Searcher> (*make)(SearchProblem problem);
};

constexpr Strategy kStrategies[] = {
    {"exhaustive", Make<ExhaustiveSearcher>}, {"genetic", Make<GeneticSearcher>},
    {"halving", Make<HalvingSearcher>},       {"local", Make<LocalSearcher>},
    {"model", Make<ModelSearcher>},           {"random", Make<RandomSearcher>},
};

}  // namespace

std::vector<std::string> SearcherNames() {
  std::vector<std::string> names;
  for (const Strategy& strategy : kStrategies) names.emplace_back(strategy.name);
  return names;
}

double DefaultShare(absl::string_view name) { return name == "exhaustive" ? 1 : 0.1; }

absl::StatusOr<std::unique_ptr<Searcher>> MakeSearcher(absl::string_view name,
                                                       SearchProblem problem) {
  for (const Strategy& strategy : kStrategies) {
    if (strategy.name == name) return strategy.make(std::move(problem));
  }
  return absl::InvalidArgumentError(absl::StrCat("no search strategy \"", absl::CHexEscape(name),
                                                 "\"; there are ",
                                                 absl::StrJoin(SearcherNames(), ", ")));
}

}  // namespace attune
