// CK_MECHANISM parameters as a client may send them. The first byte chooses the mechanism, the
// second how many of the rest are the parameter (255: all); what remains is the memory its pointers
// lead to.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "crypto/cryptoki/mechanism_codec.h"
#include "crypto/cryptoki/mechanism_names.h"

namespace {

using florin::cryptoki::AllMechanismNumbers;
using florin::cryptoki::DecodedMechanism;
using florin::cryptoki::EncodedMechanism;

// Input cannot hold addresses: a pointer field that is not zero leads to `memory`, and a length
// beyond it is cut, as an honest client's would be.
void Point(CK_BYTE_PTR& pointer, CK_ULONG& length, std::vector<std::uint8_t>& memory) {
  if (pointer == nullptr) return;
  pointer = memory.data();
  length = std::min<CK_ULONG>(length, memory.size());
}

template <class Params, class Fix>
void FixPointers(std::vector<std::uint8_t>& bytes, Fix fix) {
  if (bytes.size() != sizeof(Params)) return;
  Params params;
  std::memcpy(&params, bytes.data(), sizeof(params));
  fix(params);
  std::memcpy(bytes.data(), &params, sizeof(params));
}

// The fields that all tokens of TR-34 have.
template <class Params>
void PointTr34(Params& p, std::vector<std::uint8_t>& memory) {
  Point(p.pCertificate, p.ulCertificateLen, memory);
  Point(p.pPeer, p.ulPeerLen, memory);
  Point(p.pPeerAuthority, p.ulPeerAuthorityLen, memory);
  Point(p.pPeerList, p.ulPeerListLen, memory);
  Point(p.pList, p.ulListLen, memory);
  Point(p.pRandom, p.ulRandomLen, memory);
}

void FixPointers(CK_MECHANISM_TYPE type, std::vector<std::uint8_t>& bytes,
                 std::vector<std::uint8_t>& memory) {
  switch (type) {
    case CKM_AES_GCM:
      FixPointers<CK_GCM_PARAMS>(bytes, [&](CK_GCM_PARAMS& p) {
        Point(p.pIv, p.ulIvLen, memory);
        Point(p.pAAD, p.ulAADLen, memory);
      });
      FixPointers<CK_GCM_PARAMS_WITHOUT_IV_BITS>(bytes, [&](CK_GCM_PARAMS_WITHOUT_IV_BITS& p) {
        Point(p.pIv, p.ulIvLen, memory);
        Point(p.pAAD, p.ulAADLen, memory);
      });
      break;
    case CKM_ECDH1_DERIVE:
      FixPointers<CK_ECDH1_DERIVE_PARAMS>(bytes, [&](CK_ECDH1_DERIVE_PARAMS& p) {
        Point(p.pSharedData, p.ulSharedDataLen, memory);
        Point(p.pPublicData, p.ulPublicDataLen, memory);
      });
      break;
    case CKM_CONCATENATE_BASE_AND_DATA:
    case CKM_CONCATENATE_DATA_AND_BASE:
      FixPointers<CK_KEY_DERIVATION_STRING_DATA>(
          bytes, [&](CK_KEY_DERIVATION_STRING_DATA& p) { Point(p.pData, p.ulLen, memory); });
      break;
    case CKM_HKDF_DERIVE:
      FixPointers<CK_HKDF_PARAMS>(bytes, [&](CK_HKDF_PARAMS& p) {
        Point(p.pSalt, p.ulSaltLen, memory);
        Point(p.pInfo, p.ulInfoLen, memory);
      });
      break;
    case CKM_FLORIN_ECDH_AES_KEY_WRAP:
      FixPointers<CK_ECDH_AES_KEY_WRAP_PARAMS>(bytes, [&](CK_ECDH_AES_KEY_WRAP_PARAMS& p) {
        Point(p.pSharedData, p.ulSharedDataLen, memory);
      });
      break;
    case CKM_CHACHA20_POLY1305:
      FixPointers<CK_SALSA20_CHACHA20_POLY1305_PARAMS>(bytes,
                                                       [&](CK_SALSA20_CHACHA20_POLY1305_PARAMS& p) {
                                                         Point(p.pNonce, p.ulNonceLen, memory);
                                                         Point(p.pAAD, p.ulAADLen, memory);
                                                       });
      break;
    case CKM_FLORIN_TR34_UNBIND:
      FixPointers<CK_FLORIN_TR34_UNBIND_PARAMS>(bytes, [&](CK_FLORIN_TR34_UNBIND_PARAMS& p) {
        PointTr34(p, memory);
        Point(p.pNext, p.ulNextLen, memory);
        Point(p.pOwnAuthority, p.ulOwnAuthorityLen, memory);
      });
      break;
    case CKM_FLORIN_TR34_KEY_TOKEN:
      FixPointers<CK_FLORIN_TR34_PARAMS>(bytes, [&](CK_FLORIN_TR34_PARAMS& p) {
        PointTr34(p, memory);
        Point(p.pOptionalBlocks, p.ulOptionalBlocksLen, memory);
      });
      break;
    default: break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto numbers = AllMechanismNumbers();
  const CK_MECHANISM_TYPE type = numbers[data[0] % numbers.size()].ckm;
  const std::size_t length = data[1] == 255 ? size - 2 : std::min<std::size_t>(data[1], size - 2);
  std::vector<std::uint8_t> parameter(data + 2, data + 2 + length);
  std::vector<std::uint8_t> memory(data + 2 + length, data + size);
  FixPointers(type, parameter, memory);

  const CK_MECHANISM mechanism = {type, parameter.empty() ? nullptr : parameter.data(), length};
  DecodedMechanism decoded;
  if (!decoded.Decode(&mechanism).ok()) return 0;
  // What one side accepts, the other must be able to say.
  EncodedMechanism encoded;
  DecodedMechanism again;
  if (!encoded.Encode(decoded.get()).ok() || !again.Decode(encoded.get()).ok()) std::abort();
  if (again.get().index() != decoded.get().index()) std::abort();
  return 0;
}
