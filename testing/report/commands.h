// The commands of gpu_test that need a GPU. Each adds to a report what it finds. An error means
// that the command itself could not be carried out: Unavailable, for want of something on this
// machine (BLOCKED); anything else, a failure.
#ifndef ATTUNE_TESTING_REPORT_COMMANDS_H_
#define ATTUNE_TESTING_REPORT_COMMANDS_H_

#include "absl/status/status.h"
#include "testing/report/report.h"
#include "testing/report/session.h"

namespace attune {

// Every GoogleTest program of the target, options.iterations times.
absl::Status RunTests(const Session& session, Report& report);

// Every benchmark of the target, options.iterations repetitions after a warm-up; and, where a
// program times a problem on both, whether the GPU is at least twice as fast as the CPU.
absl::Status RunBenchmarks(const Session& session, Report& report);

// Standard problems on the GPU against the fp64 reference, each options.iterations times with other
// inputs; which family serves which.
absl::Status RunValidation(const Session& session, Report& report);

// Nsight Compute over one kernel of each dtype, options.iterations launches of each.
absl::Status RunProfile(const Session& session, Report& report);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_COMMANDS_H_
