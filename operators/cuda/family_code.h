// A family's device code, and what is made of it once.
#ifndef ATTUNE_OPERATORS_CUDA_FAMILY_CODE_H_
#define ATTUNE_OPERATORS_CUDA_FAMILY_CODE_H_

#include <string>

#include "autotune/space/parameter_space.h"
#include "operators/cuda/device_code.h"

namespace attune {

// Constant once made, and costly to make: families keep one for the whole program.
class FamilyCode {
 public:
  // `space_file` is the path, in the code's headers, of the text of a valid parameter space.
  FamilyCode(DeviceCode code, const std::string& space_file);

  const DeviceCode& code() const { return code_; }
  const ParameterSpace& space() const { return space_; }
  // FingerprintOf the code.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  const DeviceCode code_;
  const ParameterSpace space_;
  const std::string fingerprint_;
};

}  // namespace attune

#endif  // ATTUNE_OPERATORS_CUDA_FAMILY_CODE_H_
