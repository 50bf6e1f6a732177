// Build-time tool behind the variant_sources rule (variants.bzl): reads a parameter space, writes
// the sources that instantiate every configuration that its static constraints admit.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "autotune/codegen/variant_template.h"
#include "autotune/space/parameter_space.h"
#include "base/file.h"
#include "base/source_fingerprint.h"
#include "base/status_macros.h"

ABSL_FLAG(std::string, space, "", "the parameter space, a text protobuf file");
ABSL_FLAG(std::string, shard_template, "", "template of each shard's source");
ABSL_FLAG(std::string, table_template, "", "template of the source that lists the shards");
ABSL_FLAG(std::vector<std::string>, shard_outputs, {}, "the shards' source files, to be written");
ABSL_FLAG(std::string, table_output, "", "the listing source file, to be written");
ABSL_FLAG(std::string, output_root, "", "prefix of the outputs that an #include leaves out");
ABSL_FLAG(std::vector<std::string>, fingerprint_flags, {},
          "compiler flags that {{fingerprint}} covers besides the sources named as arguments");

namespace attune {
namespace {

absl::StatusOr<std::string> Fingerprint(const std::vector<std::string>& source_paths) {
  std::vector<std::string> sources;
  for (const std::string& path : source_paths) {
    ATTUNE_ASSIGN_OR_RETURN(sources.emplace_back(), ReadFile(path));
  }
  return SourceFingerprint(sources, absl::GetFlag(FLAGS_fingerprint_flags));
}

std::string IncludePath(const std::string& output) {
  const std::string root = absl::StrCat(absl::GetFlag(FLAGS_output_root), "/");
  return output.rfind(root, 0) == 0 ? output.substr(root.size()) : output;
}

absl::Status Generate(const std::vector<std::string>& fingerprinted) {
  const std::string space_path = absl::GetFlag(FLAGS_space);
  ATTUNE_ASSIGN_OR_RETURN(const std::string space_text, ReadFile(space_path));
  ATTUNE_ASSIGN_OR_RETURN(const ParameterSpace space,
                          ParameterSpace::Parse(space_text, space_path));
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<Configuration> variants, space.EnumerateStatic());
  ATTUNE_ASSIGN_OR_RETURN(const std::string shard_template,
                          ReadFile(absl::GetFlag(FLAGS_shard_template)));
  ATTUNE_ASSIGN_OR_RETURN(const std::string table_template,
                          ReadFile(absl::GetFlag(FLAGS_table_template)));
  ATTUNE_ASSIGN_OR_RETURN(const std::string fingerprint, Fingerprint(fingerprinted));

  const std::vector<std::string> outputs = absl::GetFlag(FLAGS_shard_outputs);
  const int shards = static_cast<int>(outputs.size());
  int first_index = 0;
  int shard = 0;
  for (const std::vector<Configuration>& part : SplitIntoShards(variants, shards)) {
    const std::string& output = outputs[shard];
    ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(
        output, ExpandShard(shard_template, IncludePath(output), shard, first_index, part)));
    first_index += static_cast<int>(part.size());
    ++shard;
  }
  return WriteFileAtomically(absl::GetFlag(FLAGS_table_output),
                             ExpandTable(table_template, shards, space_text, fingerprint));
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const absl::Status status =
      attune::Generate(std::vector<std::string>(arguments.begin() + 1, arguments.end()));
  if (!status.ok()) {
    std::fprintf(stderr, "generate_variants: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  return 0;
}
