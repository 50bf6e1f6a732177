#ifndef ATTUNE_AUTOTUNE_SEARCH_SEARCHER_FACTORY_H_
#define ATTUNE_AUTOTUNE_SEARCH_SEARCHER_FACTORY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/search/searcher.h"

namespace attune {

// The strategies by the names that command lines and the cache know, sorted.
std::vector<std::string> SearcherNames();

// What is used when nobody names another.
inline constexpr absl::string_view kDefaultStrategy = "model";

// The share of a space after which a search by strategy `name` is worth ending: all of it for the
// exhaustive one, a tenth for the others, by which the default strategy comes within 1 % of the
// fastest (autotune/replay/default_strategy_test.cc).
double DefaultShare(absl::string_view name);

// The strategy `name` on `problem`. An unknown name is an InvalidArgument that says which are
// known.
absl::StatusOr<std::unique_ptr<Searcher>> MakeSearcher(absl::string_view name,
                                                       SearchProblem problem);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_SEARCHER_FACTORY_H_
