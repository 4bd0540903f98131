// TDES keys that one operation uses: nothing is allocated, the schedule is wiped.
#include <cstring>

#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/des.h"
#include "crypto/primitives/tdes.h"

namespace florin::primitives {
namespace {

Status CheckRoom(ByteView in, MutableBytes out) {
  if (out.size() == in.size() && !OverlapPartially(in, out)) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "TDES takes whole blocks into as much room");
}

}  // namespace

Status TdesEncryptOnce(ByteView key, ByteView in, MutableBytes out) {
  FLORIN_CHECK_OK(CheckTdesKey(key));
  FLORIN_CHECK_OK(CheckRoom(in, out));
  if (in.size() % kTdesBlockSize != 0) {
    return Error(ErrorCode::kInvalidArgument, "TDES takes whole blocks into as much room");
  }
  const TransientDesSchedule schedule(key);
  DesEncryptEcb(*schedule, in, out);
  return OkStatus();
}

Status TdesCryptOnce(ByteView key, Direction direction, ByteView iv, ByteView in,
                     MutableBytes out) {
  FLORIN_CHECK_OK(CheckTdesKey(key));
  FLORIN_CHECK_OK(CheckRoom(in, out));
  if (in.size() % kTdesBlockSize != 0) {
    return Error(ErrorCode::kMalformed, "the message is not a whole number of blocks");
  }
  if (!iv.empty() && iv.size() != kTdesBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "the IV must have one block, and none for ECB");
  }
  const TransientDesSchedule schedule(key);
  const bool encrypt = direction == Direction::kEncrypt;
  if (iv.empty()) {
    (encrypt ? DesEncryptEcb : DesDecryptEcb)(*schedule, in, out);
    return OkStatus();
  }
  SecretArray<kTdesBlockSize> chain;
  const MutableBytes bytes = chain.Write(SecretAccess{});
  std::memcpy(bytes.data(), iv.data(), bytes.size());
  (encrypt ? DesEncryptCbc : DesDecryptCbc)(*schedule, bytes, in, out);
  return OkStatus();
}

Status DesEncryptPairOnce(ByteView keys, MutableBytes blocks) {
  FLORIN_CHECK_OK(CheckTdesKey(keys));
  if (keys.size() != 2 * kTdesBlockSize || blocks.size() != 2 * kTdesBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "two DES keys and two blocks have 16 bytes each");
  }
  const TransientDesSchedule schedule(keys);
  DesEncryptPair((*schedule).keys[0], (*schedule).keys[1], blocks);
  return OkStatus();
}

}  // namespace florin::primitives
