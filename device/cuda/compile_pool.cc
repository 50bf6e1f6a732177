#include "device/cuda/compile_pool.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"
#include "device/cuda/compile_request.pb.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/nvrtc.h"

namespace attune {
namespace {

constexpr absl::string_view kWorker = "cuda_compile";
// Who asks knows what it asked for: the images on the pipe carry no key.
constexpr absl::string_view kNoKey = "";

std::string RequestFor(const KernelSource& source) {
  CompileRequest request;
  request.set_name(source.name);
  request.set_text(source.text);
  request.set_name_expression(source.name_expression);
  request.set_architecture(source.architecture);
  if (source.headers != nullptr) {
    request.mutable_headers()->insert(source.headers->begin(), source.headers->end());
  }
  request.mutable_include_directories()->Assign(source.include_directories.begin(),
                                                source.include_directories.end());
  request.mutable_options()->Assign(source.options.begin(), source.options.end());
  return request.SerializeAsString();
}

KernelSource SourceOf(const CompileRequest& request) {
  return {
      .name = request.name(),
      .text = request.text(),
      .name_expression = request.name_expression(),
      .architecture = request.architecture(),
      .headers = std::make_shared<HeaderSet>(request.headers().begin(), request.headers().end()),
      .include_directories = {request.include_directories().begin(),
                              request.include_directories().end()},
      .options = {request.options().begin(), request.options().end()}};
}

absl::StatusOr<std::string> CompileInWorker(absl::string_view bytes) {
  CompileRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("the request to compile cannot be read");
  }
  ATTUNE_ASSIGN_OR_RETURN(const Nvrtc* const nvrtc, LoadNvrtc());
  ATTUNE_ASSIGN_OR_RETURN(const KernelImage image, CompileKernel(*nvrtc, SourceOf(request)));
  return SerializeImage(image, kNoKey);
}

[[maybe_unused]] const bool kRegistered = RegisterWorker(kWorker, CompileInWorker);

}  // namespace

CompilePool::CompilePool(int processes, absl::Duration timeout)
    : workers_(kWorker, processes, timeout) {}

absl::StatusOr<KernelImage> CompilePool::Compile(const KernelSource& source) {
  const absl::StatusOr<std::string> image = workers_.Call(RequestFor(source));
  if (image.ok()) return ParseImage(*image, kNoKey);
  if (!absl::IsDeadlineExceeded(image.status()) && !absl::IsAborted(image.status())) {
    return image.status();
  }
  return absl::Status(image.status().code(),
                      absl::StrCat(image.status().message(), "\ncompiling ", source.name_expression,
                                   " of ", source.name, " for ", source.architecture));
}

}  // namespace attune
