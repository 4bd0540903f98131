#include "crypto/cryptoki/dukpt_codec.h"

#include <algorithm>
#include <cstddef>

#include "crypto/cryptoki/param_fields.h"

namespace florin::cryptoki {
namespace {

using card::AesDukptKeyType;
using mechanisms::DukptData;
using mechanisms::DukptDeviceKey;
using mechanisms::DukptDeviceKeyKind;
using mechanisms::DukptDirection;
using mechanisms::DukptMac;
using mechanisms::DukptMacMethod;
using mechanisms::DukptTransaction;

constexpr Numbered<DukptDirection> kDirections[] = {
    {DukptDirection::kRequest, CK_FLORIN_DUKPT_REQUEST},
    {DukptDirection::kResponse, CK_FLORIN_DUKPT_RESPONSE},
    {DukptDirection::kBothWays, CK_FLORIN_DUKPT_BOTH_WAYS},
};

constexpr Numbered<AesDukptKeyType> kKeyTypes[] = {
    {AesDukptKeyType::kTdes2, CK_FLORIN_DUKPT_KEY_TDES2},
    {AesDukptKeyType::kTdes3, CK_FLORIN_DUKPT_KEY_TDES3},
    {AesDukptKeyType::kAes128, CK_FLORIN_DUKPT_KEY_AES128},
    {AesDukptKeyType::kAes192, CK_FLORIN_DUKPT_KEY_AES192},
    {AesDukptKeyType::kAes256, CK_FLORIN_DUKPT_KEY_AES256},
    {AesDukptKeyType::kHmac128, CK_FLORIN_DUKPT_KEY_HMAC128},
    {AesDukptKeyType::kHmac192, CK_FLORIN_DUKPT_KEY_HMAC192},
    {AesDukptKeyType::kHmac256, CK_FLORIN_DUKPT_KEY_HMAC256},
};

constexpr Numbered<DukptMacMethod> kMethods[] = {
    {DukptMacMethod::kRetail, CK_FLORIN_DUKPT_MAC_RETAIL},
    {DukptMacMethod::kCmac, CK_FLORIN_DUKPT_MAC_CMAC},
    {DukptMacMethod::kHmacSha256, CK_FLORIN_DUKPT_MAC_HMAC_SHA256},
};

constexpr Numbered<DukptDeviceKeyKind> kDeviceKeyKinds[] = {
    {DukptDeviceKeyKind::kInitial, CK_FLORIN_DUKPT_INITIAL_KEY},
    {DukptDeviceKeyKind::kUpdate, CK_FLORIN_DUKPT_UPDATE_KEY},
};

Status DecodeKeyType(CK_BYTE number, std::optional<AesDukptKeyType>& out) {
  if (number == 0) return OkStatus();
  out = ValueOf(kKeyTypes, number);
  if (out.has_value()) return OkStatus();
  return BadParameter("the key type must be 0 or a CK_FLORIN_DUKPT_KEY_*");
}

}  // namespace

Status EncodeTransaction(const DukptTransaction& in, CK_FLORIN_DUKPT_TRANSACTION& out) {
  if (in.ksn.empty() || in.ksn.size() > sizeof(out.ksn)) {
    return BadParameter("a KSN has 8 or 10 bytes under a TDES BDK, 12 or 10 under an AES BDK");
  }
  std::copy(in.ksn.begin(), in.ksn.end(), out.ksn);
  out.ksnLength = static_cast<CK_BYTE>(in.ksn.size());
  out.direction = NumberOf(kDirections, in.direction);
  if (in.key_type.has_value()) out.keyType = NumberOf(kKeyTypes, *in.key_type);
  return OkStatus();
}

Status DecodeTransaction(const CK_FLORIN_DUKPT_TRANSACTION& in, const std::uint8_t* original,
                         DukptTransaction& out) {
  if (in.ksnLength == 0 || in.ksnLength > sizeof(in.ksn) || !AllZero(in.ksn, in.ksnLength)) {
    return BadParameter("the KSN must have 8 to 12 bytes, and the bytes after it must be zero");
  }
  const auto direction = ValueOf(kDirections, in.direction);
  if (!direction.has_value()) return BadParameter("the direction must be a CK_FLORIN_DUKPT_*");
  FLORIN_CHECK_OK(DecodeKeyType(in.keyType, out.key_type));
  if (in.reserved != 0) return BadParameter("reserved bytes must be zero");
  out.direction = *direction;
  out.ksn = ByteView(original + offsetof(CK_FLORIN_DUKPT_TRANSACTION, ksn), in.ksnLength);
  return OkStatus();
}

Status EncodeDukptMac(const DukptMac& in, CK_FLORIN_DUKPT_MAC_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  if (in.mac_length == 0 || in.mac_length > 0xFF) {
    return BadParameter("the MAC length must be 4 bytes up to a whole MAC");
  }
  FLORIN_CHECK_OK(EncodeTransaction(in.transaction, out.transaction));
  out.method = NumberOf(kMethods, in.method);
  out.macLength = static_cast<CK_BYTE>(in.mac_length);
  return OkStatus();
}

Status EncodeDukptData(const DukptData& in, CK_FLORIN_DUKPT_DATA_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  if (in.iv.size() > sizeof(out.iv)) {
    return BadParameter("the initialisation vector must have one block, or be absent");
  }
  FLORIN_CHECK_OK(EncodeTransaction(in.transaction, out.transaction));
  out.variantOnly = in.variant_only ? 1 : 0;
  out.ivLength = static_cast<CK_BYTE>(in.iv.size());
  std::copy(in.iv.begin(), in.iv.end(), out.iv);
  return OkStatus();
}

Status DecodeDukptMac(const CK_FLORIN_DUKPT_MAC_PARAMS& in, const std::uint8_t* original,
                      DukptMac& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  const auto method = ValueOf(kMethods, in.method);
  if (!method.has_value()) return BadParameter("the method must be a CK_FLORIN_DUKPT_MAC_*");
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  out.method = *method;
  out.mac_length = in.macLength;
  return DecodeTransaction(in.transaction,
                           original + offsetof(CK_FLORIN_DUKPT_MAC_PARAMS, transaction),
                           out.transaction);
}

Status DecodeDukptData(const CK_FLORIN_DUKPT_DATA_PARAMS& in, const std::uint8_t* original,
                       DukptData& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  if (in.variantOnly > 1) return BadParameter("variantOnly must be 0 or 1");
  if (in.ivLength > sizeof(in.iv) || !AllZero(in.iv, in.ivLength)) {
    return BadParameter("the initialisation vector must have one block, the rest zero");
  }
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  out.variant_only = in.variantOnly == 1;
  if (in.ivLength != 0) {
    out.iv = ByteView(original + offsetof(CK_FLORIN_DUKPT_DATA_PARAMS, iv), in.ivLength);
  }
  return DecodeTransaction(in.transaction,
                           original + offsetof(CK_FLORIN_DUKPT_DATA_PARAMS, transaction),
                           out.transaction);
}

Status EncodeDukptDeviceKey(const DukptDeviceKey& in, CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  if (in.device.empty() || in.device.size() > sizeof(out.device)) {
    return BadParameter("a device has an initial KSN of 8 or 10 bytes, or an initial key id of 8");
  }
  std::copy(in.device.begin(), in.device.end(), out.device);
  out.deviceLength = static_cast<CK_BYTE>(in.device.size());
  out.kind = NumberOf(kDeviceKeyKinds, in.kind);
  if (in.key_type.has_value()) out.keyType = NumberOf(kKeyTypes, *in.key_type);
  return OkStatus();
}

Status DecodeDukptDeviceKey(const CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS& in,
                            const std::uint8_t* original, DukptDeviceKey& out) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  const auto kind = ValueOf(kDeviceKeyKinds, in.kind);
  if (!kind.has_value()) {
    return BadParameter("the kind must be CK_FLORIN_DUKPT_INITIAL_KEY or _UPDATE_KEY");
  }
  if (in.deviceLength == 0 || in.deviceLength > sizeof(in.device) ||
      !AllZero(in.device, in.deviceLength)) {
    return BadParameter("the device must have 8 or 10 bytes, and the bytes after it must be zero");
  }
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  FLORIN_CHECK_OK(DecodeKeyType(in.keyType, out.key_type));
  out.kind = *kind;
  out.device =
      ByteView(original + offsetof(CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS, device), in.deviceLength);
  return OkStatus();
}

}  // namespace florin::cryptoki
