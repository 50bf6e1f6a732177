// The worker process that tries configurations: holds one device and one bench on it. Linking this
// registers it.
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "autotune/bench/bench_options.h"
#include "autotune/bench/isolated_bench.h"
#include "autotune/bench/local_bench.h"
#include "autotune/bench/processor_slice.h"
#include "autotune/bench/trial_worker.pb.h"
#include "autotune/family/registry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"
#include "device/discovery.h"

namespace attune {
namespace {

// What stays from one request to the next.
struct WorkerState {
  std::string device_id;
  std::unique_ptr<Device> device;
  std::unique_ptr<LocalBench> bench;
};

absl::StatusOr<const KernelFamily*> FindFamily(absl::string_view name) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->name() == name) return family;
  }
  return absl::NotFoundError(absl::StrCat("no kernel family is called '", name, "'"));
}

absl::Status OpenBench(const OpenBenchRequest& request, WorkerState& state) {
  state.bench.reset();
  ATTUNE_RETURN_IF_ERROR(KeepToSlice(request.options().index(), request.options().benches()));
  if (state.device == nullptr || state.device_id != request.device()) {
    ATTUNE_ASSIGN_OR_RETURN(state.device, OpenDevice(request.device()));
    state.device_id = request.device();
  }
  ATTUNE_ASSIGN_OR_RETURN(const KernelFamily* const family, FindFamily(request.family()));
  ATTUNE_ASSIGN_OR_RETURN(state.bench,
                          LocalBench::Open(*family, FromProto(request.workload()), *state.device,
                                           FromProto(request.options())));
  return absl::OkStatus();
}

absl::StatusOr<TrialWorkerReply> AnswerOpened(const TrialWorkerRequest& request,
                                              LocalBench& bench) {
  TrialWorkerReply reply;
  switch (request.request_case()) {
    case TrialWorkerRequest::kPrepare:
      for (const ConfigurationProto& announced : request.prepare().announce()) {
        bench.Announce(FromProto(announced));
      }
      bench.Prepare(FromProto(request.prepare().configuration()));
      return reply;
    case TrialWorkerRequest::kTry: {
      ATTUNE_ASSIGN_OR_RETURN(
          *reply.mutable_trial(),
          bench.Try(FromProto(request.try_().configuration()), request.try_().max_samples()));
      reply.set_broken(reply.trial().outcome() == Trial::LAUNCH_ERROR && !bench.CheckDevice().ok());
      return reply;
    }
    case TrialWorkerRequest::kTime: {
      ATTUNE_ASSIGN_OR_RETURN(
          const auto nanoseconds,
          bench.Time(FromProto(request.time().configuration()), request.time().count()));
      reply.mutable_nanoseconds()->Assign(nanoseconds.begin(), nanoseconds.end());
      return reply;
    }
    default:
      return absl::InvalidArgumentError("a trial worker was asked for what it does not know");
  }
}

absl::StatusOr<std::string> Answer(absl::string_view bytes) {
  // Never destroyed: a process whose device is broken could not.
  static auto* const state = new WorkerState;
  TrialWorkerRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("the request of a trial cannot be read");
  }
  if (request.quit()) std::_Exit(0);
  if (request.has_open()) {
    ATTUNE_RETURN_IF_ERROR(OpenBench(request.open(), *state));
    return std::string();
  }
  if (state->bench == nullptr) return absl::FailedPreconditionError("no bench is open");
  ATTUNE_ASSIGN_OR_RETURN(const TrialWorkerReply reply, AnswerOpened(request, *state->bench));
  return reply.SerializeAsString();
}

[[maybe_unused]] const bool kRegistered =
    RegisterWorker(kTrialWorker, Answer, WorkerPriority::kSame);

}  // namespace
}  // namespace attune
