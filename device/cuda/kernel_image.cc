#include "device/cuda/kernel_image.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "xxhash.h"

namespace attune {
namespace {

// A file is three parts: this line with a checksum of the rest, a line of JSON, the cubin.
constexpr absl::string_view kMagic = "attune kernel image 2 ";

std::string Checksum(absl::string_view bytes) {
  return absl::StrCat(absl::Hex(XXH3_64bits(bytes.data(), bytes.size()), absl::kZeroPad16));
}

nlohmann::json ResourcesToJson(const KernelResources& resources) {
  return {{"registers", resources.registers},
          {"stack_bytes", resources.stack_bytes},
          {"spill_store_bytes", resources.spill_store_bytes},
          {"spill_load_bytes", resources.spill_load_bytes},
          {"static_shared_bytes", resources.static_shared_bytes},
          {"barriers", resources.barriers}};
}

KernelResources ResourcesFromJson(const nlohmann::json& json) {
  KernelResources resources;
  resources.registers = json.at("registers");
  resources.stack_bytes = json.at("stack_bytes");
  resources.spill_store_bytes = json.at("spill_store_bytes");
  resources.spill_load_bytes = json.at("spill_load_bytes");
  resources.static_shared_bytes = json.at("static_shared_bytes");
  resources.barriers = json.at("barriers");
  return resources;
}

absl::StatusOr<KernelImage> FromJson(absl::string_view text, absl::string_view key) try {
  const nlohmann::json json = nlohmann::json::parse(text.begin(), text.end());
  if (json.at("key").get<std::string>() != key) {
    return absl::DataLossError(absl::StrCat("it is of the key ", json.at("key").dump()));
  }
  KernelImage image;
  image.lowered_name = json.at("lowered_name");
  image.architecture = json.at("architecture");
  image.compiler_version = json.at("compiler_version");
  image.resources = ResourcesFromJson(json.at("resources"));
  image.performance_warnings = json.at("performance_warnings");
  return image;
} catch (const nlohmann::json::exception& error) {
  return absl::DataLossError(absl::StrCat("its description cannot be read: ", error.what()));
}

// Cuts the line that `content` begins with, and its end, off `content`.
absl::string_view TakeLine(absl::string_view& content) {
  const size_t end = content.find('\n');
  const absl::string_view line = content.substr(0, end);
  content.remove_prefix(end == absl::string_view::npos ? content.size() : end + 1);
  return line;
}

}  // namespace

std::string SerializeImage(const KernelImage& image, absl::string_view key) {
  const nlohmann::json description = {{"key", std::string(key)},
                                      {"lowered_name", image.lowered_name},
                                      {"architecture", image.architecture},
                                      {"compiler_version", image.compiler_version},
                                      {"resources", ResourcesToJson(image.resources)},
                                      {"performance_warnings", image.performance_warnings}};
  const std::string body = absl::StrCat(description.dump(), "\n", image.cubin);
  return absl::StrCat(kMagic, Checksum(body), "\n", body);
}

absl::StatusOr<KernelImage> ParseImage(absl::string_view content, absl::string_view key) {
  absl::string_view first = TakeLine(content);
  if (!absl::ConsumePrefix(&first, kMagic)) {
    return absl::DataLossError("it is no kernel image of this format");
  }
  if (first != Checksum(content)) {
    return absl::DataLossError("its checksum is wrong: it is damaged or cut short");
  }
  absl::StatusOr<KernelImage> image = FromJson(TakeLine(content), key);
  if (image.ok()) image->cubin = std::string(content);
  return image;
}

}  // namespace attune
