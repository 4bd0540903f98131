// Quirks: what poorer HSMs lack or want, so that clients can be tried against them.
#pragma once

#include <string_view>
#include <vector>

#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::hsm_sim {

// Of the whole module, from C_Initialize to C_Finalize. None is set unless it was asked for.
struct Quirks {
  std::vector<CK_MECHANISM_TYPE> without;  // sorted
  bool no_vendor = false;                  // no mechanism, attribute or interface of Florin's own
  bool null_kdf = false;                   // ECDH with CKD_NULL alone
  bool raw_points = false;                 // points in ECDH's parameter without DER around them
  bool der_points = false;                 // ... in a DER OCTET STRING
  bool oaep_sha1 = false;                  // OAEP with SHA-1 alone
  bool gcm_iv_12 = false;                  // IVs of GCM with 12 bytes alone

  // Whether the module says that it has no such mechanism. No allocation.
  bool Lacks(CK_MECHANISM_TYPE type) const;

  // Whether it says that it knows no such attribute.
  bool LacksAttribute(CK_ATTRIBUTE_TYPE type) const;

  // CKR_MECHANISM_PARAM_INVALID for a parameter that a quirk refuses. `decoded` is what `mechanism`
  // was read as, without complaint. No allocation.
  Status CheckParameter(const CK_MECHANISM& mechanism, const mechanisms::Mechanism& decoded) const;

  // CKR_MECHANISM_PARAM_INVALID.
  Status CheckGcmIv(CK_ULONG length) const;
};

// Sets the quirks that a list such as "null-kdf, der-points" names. CKR_ARGUMENTS_BAD for a word
// that names none, and for raw-points with der-points; the message says which it was.
Status ReadQuirks(std::string_view list, Quirks& quirks);

// Adds mechanisms to those that are lacking, by their names in the standard's header or in
// florin_pkcs11.h: "CKM_HKDF_DERIVE, CKM_AES_GCM". CKR_ARGUMENTS_BAD for a name that the module
// does not know.
Status ReadLacking(std::string_view list, Quirks& quirks);

// The name of a mechanism that the module offers; empty for any other.
std::string_view NameOfMechanism(CK_MECHANISM_TYPE type);

}  // namespace florin::hsm_sim
