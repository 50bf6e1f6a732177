#include "operators/cuda/family_code.h"

#include <utility>

namespace attune {

FamilyCode::FamilyCode(DeviceCode code, const std::string& space_file)
    : code_(std::move(code)),
      space_(ParameterSpace::Parse(code_.headers->at(space_file), space_file).value()),
      fingerprint_(FingerprintOf(code_)) {}

}  // namespace attune
