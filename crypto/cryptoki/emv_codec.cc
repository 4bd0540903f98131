#include "crypto/cryptoki/emv_codec.h"

#include <algorithm>
#include <cstddef>

#include "crypto/cryptoki/param_fields.h"

namespace florin::cryptoki {
namespace {

using mechanisms::EmvArpc;
using mechanisms::EmvCardAndAtc;
using mechanisms::EmvCryptogram;
using mechanisms::EmvMasterKeyOption;
using mechanisms::EmvPadding;
using mechanisms::EmvVerifiedArpc;

constexpr std::size_t kMaxPsn = 99;
constexpr std::size_t kMaxProprietary = 8;

Status EncodeCard(const EmvCardAndAtc& card, CK_FLORIN_EMV_CARD& out) {
  if (card.psn > kMaxPsn) return BadParameter("the PAN sequence number must be 0..99");
  FLORIN_CHECK_OK(EncodePan(card.pan, out.pan, out.panLength));
  out.psn = card.psn;
  out.atc[0] = static_cast<CK_BYTE>(card.atc >> 8);
  out.atc[1] = static_cast<CK_BYTE>(card.atc & 0xFF);
  out.masterKeyOption =
      card.option == EmvMasterKeyOption::kA ? CK_FLORIN_EMV_OPTION_A : CK_FLORIN_EMV_OPTION_B;
  out.sessionKeyMethod = CK_FLORIN_EMV_SESSION_KEY_CSK;
  return OkStatus();
}

Status DecodeCard(const CK_FLORIN_EMV_CARD& card, EmvCardAndAtc& out, Pan& pan) {
  if (card.psn > kMaxPsn) return BadParameter("the PAN sequence number must be 0..99");
  if (card.masterKeyOption != CK_FLORIN_EMV_OPTION_A &&
      card.masterKeyOption != CK_FLORIN_EMV_OPTION_B) {
    return BadParameter("the ICC master key option must be A or B");
  }
  if (card.sessionKeyMethod != CK_FLORIN_EMV_SESSION_KEY_CSK) {
    return BadParameter("the session key method must be common session key derivation");
  }
  FLORIN_CHECK_OK(CheckReserved(card.reserved));
  FLORIN_CHECK_OK(DecodePan(card.pan, card.panLength, pan));
  out.pan = &pan;
  out.psn = card.psn;
  out.atc = static_cast<std::uint16_t>(card.atc[0] << 8 | card.atc[1]);
  out.option = card.masterKeyOption == CK_FLORIN_EMV_OPTION_A ? EmvMasterKeyOption::kA
                                                              : EmvMasterKeyOption::kB;
  return OkStatus();
}

CK_BYTE EncodePadding(EmvPadding padding) {
  return padding == EmvPadding::kMethod1 ? CK_FLORIN_PADDING_METHOD_1 : CK_FLORIN_PADDING_METHOD_2;
}

Status DecodePadding(CK_BYTE padding, EmvPadding& out) {
  if (padding != CK_FLORIN_PADDING_METHOD_1 && padding != CK_FLORIN_PADDING_METHOD_2) {
    return BadParameter("the padding must be method 1 or 2");
  }
  out = padding == CK_FLORIN_PADDING_METHOD_1 ? EmvPadding::kMethod1 : EmvPadding::kMethod2;
  return OkStatus();
}

}  // namespace

Status EncodeEmvCryptogram(const EmvCryptogram& in, CK_FLORIN_EMV_CRYPTOGRAM_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  FLORIN_CHECK_OK(EncodeCard(in.card, out.card));
  out.padding = EncodePadding(in.padding);
  return OkStatus();
}

Status DecodeEmvCryptogram(const CK_FLORIN_EMV_CRYPTOGRAM_PARAMS& in, EmvCryptogram& out,
                           Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(DecodePadding(in.padding, out.padding));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  return DecodeCard(in.card, out.card, pan);
}

Status EncodeEmvArpc(const EmvArpc& in, CK_FLORIN_EMV_ARPC_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  if (in.proprietary.size() > kMaxProprietary) {
    return BadParameter("the proprietary authentication data must have at most 8 bytes");
  }
  if (!in.csu.has_value() && !in.proprietary.empty()) {
    return BadParameter("proprietary authentication data belongs to method 2, which has a CSU");
  }
  FLORIN_CHECK_OK(EncodeCard(in.card, out.card));
  if (!in.csu.has_value()) {
    out.method = 1;
    std::copy(in.arc.begin(), in.arc.end(), out.arc);
    return OkStatus();
  }
  out.method = 2;
  std::copy(in.csu->begin(), in.csu->end(), out.csu);
  out.proprietaryLength = static_cast<CK_BYTE>(in.proprietary.size());
  std::copy(in.proprietary.begin(), in.proprietary.end(), out.proprietary);
  return OkStatus();
}

Status DecodeEmvArpc(const CK_FLORIN_EMV_ARPC_PARAMS& in, EmvArpc& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  if (in.method == 1) {
    if (in.proprietaryLength != 0 || !AllZero(in.csu) || !AllZero(in.proprietary)) {
      return BadParameter("CSU and proprietary data belong to method 2; leave them zero");
    }
    std::copy(in.arc, in.arc + sizeof(in.arc), out.arc.begin());
  } else if (in.method == 2) {
    if (in.proprietaryLength > kMaxProprietary || !AllZero(in.arc) ||
        !AllZero(in.proprietary, in.proprietaryLength)) {
      return BadParameter("method 2 takes a CSU and at most 8 bytes, and no ARC");
    }
    out.csu.emplace();
    std::copy(in.csu, in.csu + sizeof(in.csu), out.csu->begin());
    out.proprietary = ByteView(in.proprietary, in.proprietaryLength);
  } else {
    return BadParameter("the ARPC method must be 1 or 2");
  }
  return DecodeCard(in.card, out.card, pan);
}

Status EncodeEmvVerifiedArpc(const EmvVerifiedArpc& in, CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS& out) {
  out = {};
  FLORIN_CHECK_OK(EncodeEmvArpc(in.arpc, out.arpc));
  std::copy(in.arqc.begin(), in.arqc.end(), out.arqc);
  out.padding = EncodePadding(in.padding);
  return OkStatus();
}

Status DecodeEmvVerifiedArpc(const CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS& in, EmvVerifiedArpc& out,
                             Pan& pan) {
  FLORIN_CHECK_OK(DecodePadding(in.padding, out.padding));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  std::copy(in.arqc, in.arqc + sizeof(in.arqc), out.arqc.begin());
  return DecodeEmvArpc(in.arpc, out.arpc, pan);
}

}  // namespace florin::cryptoki
