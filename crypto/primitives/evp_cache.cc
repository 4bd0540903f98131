#include "crypto/primitives/evp_cache.h"

#include <openssl/objects.h>
#include <openssl/provider.h>

#include <memory>

#include "crypto/primitives/openssl_ptr.h"

namespace florin::primitives {
namespace {

bool FetchCiphers(EvpCache& cache) {
  constexpr std::array<const char*, 3> kEcb = {"AES-128-ECB", "AES-192-ECB", "AES-256-ECB"};
  constexpr std::array<const char*, 3> kCbc = {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"};
  constexpr std::array<const char*, 3> kCtr = {"AES-128-CTR", "AES-192-CTR", "AES-256-CTR"};
  constexpr std::array<const char*, 3> kGcm = {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"};
  const auto fetch = [&cache](const char* name) {
    return EVP_CIPHER_fetch(cache.context, name, nullptr);
  };
  bool all = true;
  for (std::size_t i = 0; i < kEcb.size(); ++i) {
    cache.aes_ecb[i] = fetch(kEcb[i]);
    cache.aes_cbc[i] = fetch(kCbc[i]);
    cache.aes_ctr[i] = fetch(kCtr[i]);
    cache.aes_gcm[i] = fetch(kGcm[i]);
    all = all && cache.aes_ecb[i] != nullptr && cache.aes_cbc[i] != nullptr &&
          cache.aes_ctr[i] != nullptr && cache.aes_gcm[i] != nullptr;
  }
  cache.tdes_ecb = fetch("DES-EDE3-ECB");
  cache.tdes_cbc = fetch("DES-EDE3-CBC");
  return all && cache.tdes_ecb != nullptr && cache.tdes_cbc != nullptr;
}

bool FetchDigestsAndCurves(EvpCache& cache) {
  constexpr std::array<const char*, 5> kDigests = {"SHA1", "SHA2-224", "SHA2-256", "SHA2-384",
                                                   "SHA2-512"};
  bool all = true;
  for (std::size_t i = 0; i < kDigests.size(); ++i) {
    cache.digest[i] = EVP_MD_fetch(cache.context, kDigests[i], nullptr);
    all = all && cache.digest[i] != nullptr;
  }
  constexpr std::array<int, kWeierstrassCurves> kCurves = {NID_X9_62_prime256v1, NID_secp384r1,
                                                           NID_secp521r1};
  for (std::size_t i = 0; i < kCurves.size(); ++i) {
    cache.group[i] = EC_GROUP_new_by_curve_name_ex(cache.context, nullptr, kCurves[i]);
    all = all && cache.group[i] != nullptr;
  }
  return all;
}

const EvpCache* Build() {
  ErrorQueueScope errors;
  auto cache = std::make_unique<EvpCache>();
  cache->context = OSSL_LIB_CTX_new();
  if (cache->context == nullptr) return nullptr;
  if (OSSL_PROVIDER_load(cache->context, "default") == nullptr) return nullptr;
  if (!FetchCiphers(*cache) || !FetchDigestsAndCurves(*cache)) return nullptr;
  return cache.release();
}

}  // namespace

const EvpCache* Evp() {
  static const EvpCache* const kCache = Build();
  return kCache;
}

}  // namespace florin::primitives
