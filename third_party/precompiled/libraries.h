// Precompiled for all sources but tests: what most of them include, and what costs the most.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

// At -O0 all sources would compile them again. In C++20 libstdc++ no longer says that it brings
// them.
extern template class std::basic_string<char>;
extern template class std::vector<std::string>;
extern template void std::string::_M_construct(char*, char*, std::forward_iterator_tag);
extern template void std::string::_M_construct(const char*, const char*, std::forward_iterator_tag);
