#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/x509_internal.h"

namespace florin::primitives {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, OpensslFree<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, OpensslFree<X509_STORE_CTX_free>>;

// 112 bits of security: RSA-2048, P-256, SHA-256 and up; nothing signed with SHA-1 below the root.
constexpr int kSecurityLevel = 2;

Error ChainWrong() {
  return Error(ErrorCode::kVerificationFailed,
               "the certificate chain does not lead to the trusted root");
}

bool SameKey(X509* certificate, const Certificate& root) {
  const EVP_PKEY* a = X509_get0_pubkey(certificate);
  const EVP_PKEY* b = X509_get0_pubkey(CertificateAccess::X509Of(root));
  return a != nullptr && b != nullptr && EVP_PKEY_eq(a, b) == 1;
}

// Whether the certificate has no critical extension but those that OpenSSL judges and the one that
// the caller did (RFC 5280 4.2).
bool KnowsCriticalExtensions(const X509* certificate, std::string_view judged) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) == 1) {
      continue;
    }
    std::array<char, 80> oid{};
    const int size = OBJ_obj2txt(oid.data(), oid.size(), X509_EXTENSION_get_object(extension), 1);
    if (size <= 0 || std::string_view(oid.data()) != judged) return false;
  }
  return true;
}

// What X509_verify_cert leaves to us: the top carries the trusted key, and whatever issues is a CA
// that says so itself (OpenSSL lets old certificates without basic constraints pass).
bool PathIsStrict(X509_STORE_CTX* ctx, const Certificate& root, std::string_view judged) {
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(ctx);
  const int count = chain == nullptr ? 0 : sk_X509_num(chain);
  if (count < 1 || !SameKey(sk_X509_value(chain, count - 1), root)) return false;
  for (int i = 0; i < count; ++i) {
    if (!KnowsCriticalExtensions(sk_X509_value(chain, i), judged)) return false;
  }
  for (int i = 1; i < count; ++i) {
    if (X509_check_ca(sk_X509_value(chain, i)) != 1) return false;
  }
  return true;
}

// The time in which every certificate of the verified path is valid; nothing where one says none.
Validity PathValidity(X509_STORE_CTX* ctx) {
  Validity common{{INT64_MIN}, {INT64_MAX}};
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(ctx);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    UnixSeconds not_before;
    UnixSeconds not_after;
    const X509* certificate = sk_X509_value(chain, i);
    if (!ToUnixSeconds(X509_get0_notBefore(certificate), not_before) ||
        !ToUnixSeconds(X509_get0_notAfter(certificate), not_after)) {
      return Validity{{INT64_MAX}, {INT64_MIN}};
    }
    common.not_before = std::max(common.not_before, not_before);
    common.not_after = std::min(common.not_after, not_after);
  }
  return common;
}

struct Verdict {
  bool valid;
  bool time_is_wrong;
  Validity validity;  // of the path, where it is valid
};

// Without `time` the validity of certificates is not looked at.
Result<Verdict> Verify(const Certificate& leaf, STACK_OF(X509) * untrusted, const Certificate& root,
                       std::optional<UnixSeconds> time, std::string_view judged) {
  const StorePtr store(X509_STORE_new());
  const StoreCtxPtr ctx(X509_STORE_CTX_new_ex(Evp()->context, nullptr));
  if (store == nullptr || ctx == nullptr ||
      X509_STORE_add_cert(store.get(), CertificateAccess::X509Of(root)) != 1 ||
      X509_STORE_CTX_init(ctx.get(), store.get(), CertificateAccess::X509Of(leaf), untrusted) !=
          1) {
    return Error(ErrorCode::kInternal, "OpenSSL refused to set up a chain verification");
  }
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
  // A time that was set beats X509_V_FLAG_NO_CHECK_TIME: it is one or the other.
  if (time) X509_VERIFY_PARAM_set_time(param, static_cast<time_t>(time->value));
  X509_VERIFY_PARAM_set_depth(param, static_cast<int>(kMaxIntermediates));
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  // The root is trusted for what it is, whoever issued it.
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | (time ? 0 : X509_V_FLAG_NO_CHECK_TIME);
  if (!judged.empty()) flags |= X509_V_FLAG_IGNORE_CRITICAL;  // PathIsStrict looks at them
  if (X509_VERIFY_PARAM_set_flags(param, flags) != 1) return ChainWrong();
  const bool valid = X509_verify_cert(ctx.get()) == 1 && PathIsStrict(ctx.get(), root, judged);
  const int error = X509_STORE_CTX_get_error(ctx.get());
  return Verdict{valid,
                 error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID,
                 PathValidity(ctx.get())};
}

}  // namespace

Status VerifyChain(const Certificate& leaf, std::span<const Certificate> intermediates,
                   const Certificate& root, UnixSeconds time, std::string_view judged_extension) {
  if (intermediates.size() > kMaxIntermediates) {
    return Error(ErrorCode::kLimitExceeded, "a chain has at most 8 intermediate certificates");
  }
  ErrorQueueScope errors;
  const X509StackPtr untrusted = BorrowedStack(intermediates);
  if (untrusted == nullptr) return Error(ErrorCode::kResourceExhausted, "out of memory");
  FLORIN_TRY(const Verdict verdict, Verify(leaf, untrusted.get(), root, time, judged_extension));
  if (verdict.valid) return OkStatus();
  if (!verdict.time_is_wrong) return ChainWrong();
  // OpenSSL stops at the first fault. Only if nothing else is wrong may the answer be "expired".
  FLORIN_TRY(const Verdict timeless,
             Verify(leaf, untrusted.get(), root, std::nullopt, judged_extension));
  if (!timeless.valid) return ChainWrong();
  // It also counts the last second as expired; RFC 5280 4.1.2.5 has it valid.
  if (timeless.validity.not_before <= time && time <= timeless.validity.not_after) {
    return OkStatus();
  }
  return Error(ErrorCode::kExpired, "a certificate of the chain is not valid at this time");
}

Validity CommonValidity(std::span<const Certificate> certificates) {
  Validity common{{INT64_MIN}, {INT64_MAX}};
  for (const Certificate& certificate : certificates) {
    common.not_before = std::max(common.not_before, certificate.not_before());
    common.not_after = std::min(common.not_after, certificate.not_after());
  }
  return common;
}

}  // namespace florin::primitives
