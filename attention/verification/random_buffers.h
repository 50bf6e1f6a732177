// Contents of the buffers that a problem's expressions read, drawn for tests and for tuning.
#ifndef ATTUNE_ATTENTION_VERIFICATION_RANDOM_BUFFERS_H_
#define ATTUNE_ATTENTION_VERIFICATION_RANDOM_BUFFERS_H_

#include <cstdint>
#include <vector>

#include "attention/expressions.h"

namespace attune {

// The bytes of `buffer`: standard normals, or integers from 0 to 3, which are indices into most
// things and ids that often agree.
std::vector<uint8_t> RandomBuffer(const NamedBuffer& buffer, uint64_t seed);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_VERIFICATION_RANDOM_BUFFERS_H_
