// The registry: which mechanisms there are and what each offers. What is not in it is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/result.h"
#include "florin/mechanisms/key_rules.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::mechanisms {

class Implementation;

struct MechanismInfo {
  MechanismType type;
  const char* name;
  VerbSet verbs;
  bool multi_part;             // Operation::Update may be used
  std::size_t min_key_length;  // bytes of the main key's material; EC: scalar; RSA: modulus
  std::size_t max_key_length;
  const Implementation* implementation;  // lives as long as the process
};

// All of them, in the order of MechanismType.
std::span<const MechanismInfo> AllMechanisms();

const MechanismInfo& FindMechanism(MechanismType type);

// True when `verb` is offered with `type`.
bool Offers(MechanismType type, Verb verb);

// Whether anything can be computed in this process: the error of kernels::ActiveKernel where its
// kernel cannot be had, so that whoever starts something tells it as it is. Any thread.
Status MechanismsReady();

}  // namespace florin::mechanisms
