#include "autotune/codegen/variant_template.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace attune {
namespace {

std::string DesignatedInitializers(const Configuration& configuration) {
  return absl::StrJoin(configuration.entries(), ", ",
                       [](std::string* out, const Configuration::Entry& entry) {
                         absl::StrAppend(out, ".", entry.first, " = ", entry.second);
                       });
}

bool NamesVariant(absl::string_view line) {
  return absl::StrContains(line, "{{index}}") || absl::StrContains(line, "{{configuration}}") ||
         absl::StrContains(line, "{{text}}");
}

std::vector<absl::string_view> Lines(absl::string_view text) {
  if (absl::EndsWith(text, "\n")) text.remove_suffix(1);
  return absl::StrSplit(text, '\n');
}

}  // namespace

std::string ExpandShard(absl::string_view text, absl::string_view file, int shard, int first_index,
                        const std::vector<Configuration>& variants) {
  std::string result;
  for (const absl::string_view template_line : Lines(text)) {
    const std::string line = absl::StrReplaceAll(
        template_line, {{"{{file}}", file}, {"{{shard}}", absl::StrCat(shard)}});
    if (!NamesVariant(line)) {
      absl::StrAppend(&result, line, "\n");
      continue;
    }
    int index = first_index;
    for (const Configuration& variant : variants) {
      absl::StrAppend(
          &result,
          absl::StrReplaceAll(line, {{"{{index}}", absl::StrCat(index++)},
                                     {"{{configuration}}", DesignatedInitializers(variant)},
                                     {"{{text}}", variant.ToString()}}),
          "\n");
    }
  }
  return result;
}

std::string ExpandTable(absl::string_view text, int shards, absl::string_view space,
                        absl::string_view fingerprint) {
  std::string result;
  for (const absl::string_view template_line : Lines(text)) {
    const std::string line = absl::StrReplaceAll(
        template_line, {{"{{space}}", absl::StrCat("R\"textproto(", space, ")textproto\"")},
                        {"{{fingerprint}}", fingerprint}});
    const int copies = absl::StrContains(line, "{{shard}}") ? shards : 1;
    for (int shard = 0; shard < copies; ++shard) {
      absl::StrAppend(&result, absl::StrReplaceAll(line, {{"{{shard}}", absl::StrCat(shard)}}),
                      "\n");
    }
  }
  return result;
}

std::vector<std::vector<Configuration>> SplitIntoShards(const std::vector<Configuration>& variants,
                                                        int shards) {
  std::vector<std::vector<Configuration>> result;
  const size_t count = variants.size();
  for (int shard = 0; shard < shards; ++shard) {
    result.emplace_back(variants.begin() + count * shard / shards,
                        variants.begin() + count * (shard + 1) / shards);
  }
  return result;
}

}  // namespace attune
