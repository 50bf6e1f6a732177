// Runs a fuzz target on its corpus, and on every truncation of it: argv[1...] are the files.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    const absl::StatusOr<std::string> content = attune::ReadFile(argv[i]);
    if (!content.ok()) {
      std::fprintf(stderr, "%s\n", content.status().ToString().c_str());
      return 1;
    }
    for (size_t size = 0; size <= content->size(); ++size) {
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(content->data()), size);
    }
    std::printf("%s: %zu prefixes\n", argv[i], content->size() + 1);
  }
  return 0;
}
