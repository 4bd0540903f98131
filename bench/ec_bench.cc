// ECDH P-256 with point checks against OpenSSL's bare curve operation.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <array>
#include <memory>

#include "bench/entries.h"
#include "crypto/primitives/ec.h"
#include "florin/base/random.h"

namespace florin::bench {
namespace {

// EC_POINT_mul on a point and a scalar that are parsed already: no lower bound is to be had from
// OpenSSL. One context for all calls, as a careful user would have.
class BareCurve {
 public:
  BareCurve(ByteView scalar, ByteView point)
      : group_(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)),
        scalar_(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr)),
        point_(EC_POINT_new(group_)),
        shared_(EC_POINT_new(group_)),
        context_(BN_CTX_secure_new()) {
    BN_set_flags(scalar_, BN_FLG_CONSTTIME);
    FLORIN_INVARIANT(EC_POINT_oct2point(group_, point_, point.data(), point.size(), context_) == 1);
  }
  BareCurve(const BareCurve&) = delete;
  BareCurve& operator=(const BareCurve&) = delete;
  ~BareCurve() {
    BN_CTX_free(context_);
    EC_POINT_free(shared_);
    EC_POINT_free(point_);
    BN_clear_free(scalar_);
    EC_GROUP_free(group_);
  }

  Status Multiply(std::size_t iterations) const {
    for (std::size_t i = 0; i < iterations; ++i) {
      if (EC_POINT_mul(group_, shared_, nullptr, point_, scalar_, context_) != 1) {
        return Error(ErrorCode::kInternal, "EC_POINT_mul failed");
      }
    }
    return OkStatus();
  }

 private:
  EC_GROUP* group_;
  BIGNUM* scalar_;
  EC_POINT* point_;
  EC_POINT* shared_;
  BN_CTX* context_;
};

}  // namespace

Result<Entries> EcEntries() {
  FLORIN_TRY(primitives::EcPrivateKey generated,
             primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom()));
  FLORIN_TRY(primitives::EcPrivateKey peer,
             primitives::EcPrivateKey::Generate(Curve::kP256, SystemRandom()));
  auto key = std::make_shared<primitives::EcPrivateKey>(std::move(generated));
  const ByteView peer_view = peer.public_key().point();
  const Bytes peer_point(peer_view.begin(), peer_view.end());
  auto bare = std::make_shared<BareCurve>(key->scalar().Read(SecretAccess{}), peer_point);

  Entries entries;
  entries.contests.push_back(
      {.name = "ecdh/p256",
       .ours_name = "florin, raw point checked",
       .rival_name = "EC_POINT_mul alone",
       .ours = [key, peer_point](std::size_t iterations) -> Status {
         SecretArray<32> z;
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_CHECK_OK(primitives::Ecdh(*key, peer_point, z.Write(SecretAccess{})));
         }
         return OkStatus();
       },
       .rival = [bare](std::size_t iterations) -> Status { return bare->Multiply(iterations); },
       .bound = Bound{Bound::Kind::kAtMostTimesSlower, 1.1}});
  return entries;
}

}  // namespace florin::bench
