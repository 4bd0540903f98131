// EvpCache: every OpenSSL algorithm this project uses, fetched once. Private to this room.
#pragma once

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>

#include "crypto/primitives/ec.h"
#include "florin/base/hash.h"

namespace florin::primitives {

// One immutable table, filled at first use and never freed: contexts in other threads and static
// destructors of the host may still use it while the process ends.
// The library context is our own, with the default provider loaded by name, so that neither the
// host's openssl.cnf nor its providers change what runs here.
struct EvpCache {
  OSSL_LIB_CTX* context = nullptr;

  // Index 0, 1, 2: 128, 192, 256 bits.
  std::array<EVP_CIPHER*, 3> aes_ecb{};
  std::array<EVP_CIPHER*, 3> aes_cbc{};
  std::array<EVP_CIPHER*, 3> aes_ctr{};
  std::array<EVP_CIPHER*, 3> aes_gcm{};
  // Three-key: shorter keys are expanded.
  EVP_CIPHER* tdes_ecb = nullptr;
  EVP_CIPHER* tdes_cbc = nullptr;

  std::array<EVP_MD*, 5> digest{};  // by Hash

  std::array<EC_GROUP*, kWeierstrassCurves> group{};  // by Curve

  EVP_MD* md(Hash hash) const { return digest[static_cast<std::size_t>(hash)]; }
  EC_GROUP* curve(Curve curve) const { return group[static_cast<std::size_t>(curve)]; }
};

// Returns the table, or nullptr when OpenSSL cannot offer all of it (PrimitivesReady fails then).
const EvpCache* Evp();

}  // namespace florin::primitives
