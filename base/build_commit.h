// Which sources a program was built from, for the files that it writes.
#ifndef ATTUNE_BASE_BUILD_COMMIT_H_
#define ATTUNE_BASE_BUILD_COMMIT_H_

namespace attune {

// The commit's hash, shortened to twelve digits; "unknown" where the build was outside git.
extern const char kBuildCommit[];

// Whether tracked files differed from that commit: "true", "false" or "unknown".
extern const char kBuildDirty[];

}  // namespace attune

#endif  // ATTUNE_BASE_BUILD_COMMIT_H_
