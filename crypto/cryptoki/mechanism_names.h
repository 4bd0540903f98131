// Mechanism numbers: which CKM_ numbers each MechanismType has, and the flags of each Verb.
#pragma once

#include <optional>
#include <span>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/hash.h"
#include "florin/mechanisms/key_rules.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

// One CKM_ number. A type has several where the hash is part of the number, or where a form with a
// chosen output length stands beside the plain one.
struct MechanismNumber {
  CK_MECHANISM_TYPE ckm;
  mechanisms::MechanismType type;
  std::optional<Hash> hash;
  bool general;  // takes the output length (CK_MAC_GENERAL_PARAMS)
};

// All of them, grouped by type in the order of MechanismType.
std::span<const MechanismNumber> AllMechanismNumbers();

// The numbers of one type; never empty.
std::span<const MechanismNumber> MechanismNumbersOf(mechanisms::MechanismType type);

// Null where Florin does not know the number.
const MechanismNumber* FindMechanismNumber(CK_MECHANISM_TYPE ckm);

// CKF_SIGN for kSign, and so on. kGenerate has two flags: CKF_GENERATE and CKF_GENERATE_KEY_PAIR.
CK_FLAGS VerbFlags(mechanisms::Verb verb);

// The number of the digest alone, such as CKM_SHA256; empty for a number that is no hash's here.
CK_MECHANISM_TYPE DigestNumber(Hash hash);
std::optional<Hash> HashOfDigest(CK_MECHANISM_TYPE number);

// The mechanism that generates keys of `type`; `length` in bytes tells DES2 from DES3, `curve` the
// forms of EC keys apart.
CK_MECHANISM_TYPE GenerationMechanism(mechanisms::KeyType type, std::size_t length, Curve curve);

}  // namespace florin::cryptoki
