#include "florin/hsm/session.h"

namespace florin::hsm {
namespace {

Error NoInventory() { return {ErrorCode::kUnsupported, "this session keeps no key inventory"}; }

}  // namespace

Result<std::size_t> Session::PublicKeyInfo(KeyHandle, MutableBytes) {
  return Error(ErrorCode::kUnsupported, "this session does not tell public keys");
}

Result<std::vector<KeyHandle>> Session::List() { return NoInventory(); }
Result<KeyDescription> Session::Describe(KeyHandle) { return NoInventory(); }
Status Session::SetState(KeyHandle, mechanisms::KeyState) { return NoInventory(); }

}  // namespace florin::hsm
