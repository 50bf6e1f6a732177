// Turns a kernel family's parameter space into the source that instantiates its variants.
#ifndef ATTUNE_AUTOTUNE_CODEGEN_VARIANT_TEMPLATE_H_
#define ATTUNE_AUTOTUNE_CODEGEN_VARIANT_TEMPLATE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "autotune/space/configuration.h"

namespace attune {

// Expands `text` for the variants of one shard:
//   {{file}}           the path of the file being generated, as an #include would name it
//   {{shard}}          the shard's number
//   {{index}}          the variant's number in the whole space
//   {{configuration}}  the variant's fields as designated initialisers: ".block_m = 64, .block_n =
//   128"
//   {{text}}           Configuration::ToString: "block_m=64,block_n=128"
// A line that names one of the last three is repeated for each variant.
std::string ExpandShard(absl::string_view text, absl::string_view file, int shard, int first_index,
                        const std::vector<Configuration>& variants);

// Expands `text` for the whole family: {{space}} is the parameter space's text as a raw string
// literal,
// {{fingerprint}} the given one; a line that names {{shard}} is repeated for each shard.
std::string ExpandTable(absl::string_view text, int shards, absl::string_view space,
                        absl::string_view fingerprint);

// Splits `variants` into `shards` runs whose sizes differ by at most one.
std::vector<std::vector<Configuration>> SplitIntoShards(const std::vector<Configuration>& variants,
                                                        int shards);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CODEGEN_VARIANT_TEMPLATE_H_
