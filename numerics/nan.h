// Finding the elements that are no numbers.
#ifndef ATTUNE_NUMERICS_NAN_H_
#define ATTUNE_NUMERICS_NAN_H_

#include <cstdint>
#include <optional>

#include "numerics/dtype.h"

namespace attune {

// The index of the first NaN among the `count` elements of `dtype` at `data`; nullopt if there is
// none. As fast as memory is read, on all threads.
std::optional<int64_t> FirstNan(Dtype dtype, const void* data, int64_t count);

}  // namespace attune

#endif  // ATTUNE_NUMERICS_NAN_H_
