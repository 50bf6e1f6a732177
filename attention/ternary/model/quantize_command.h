// The command line that quantizes folders of safetensors files.
#ifndef ATTUNE_ATTENTION_TERNARY_MODEL_QUANTIZE_COMMAND_H_
#define ATTUNE_ATTENTION_TERNARY_MODEL_QUANTIZE_COMMAND_H_

#include <ostream>
#include <string>
#include <vector>

namespace attune {

// Returns the exit code: 0, or 1 where something was wrong; one line on `err` says what, and
// nothing has been written.
int RunQuantizeCommand(const std::vector<std::string>& arguments, std::ostream& out,
                       std::ostream& err);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MODEL_QUANTIZE_COMMAND_H_
