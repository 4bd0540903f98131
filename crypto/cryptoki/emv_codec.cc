#include "crypto/cryptoki/emv_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "crypto/cryptoki/emv_numbers.h"
#include "crypto/cryptoki/param_fields.h"
#include "florin/card/emv.h"

namespace florin::cryptoki {
namespace {

using mechanisms::EmvArpc;
using mechanisms::EmvArqcTrace;
using mechanisms::EmvAuthorization;
using mechanisms::EmvCardAndAtc;
using mechanisms::EmvCryptogram;
using mechanisms::EmvPadding;
using mechanisms::EmvSessionKeyMethod;
using mechanisms::EmvVerifiedArpc;

// The fields that every struct with a card has: pan, panLength and psn.
template <class Params>
Status EncodePanAndPsn(const Pan* pan, std::uint8_t psn, Params& out) {
  if (psn > card::kMaxPsn) return BadParameter("the PAN sequence number must be 0..99");
  out.psn = psn;
  return EncodePan(pan, out.pan, out.panLength);
}

template <class Params>
Status DecodePanAndPsn(const Params& in, const Pan*& out, std::uint8_t& psn, Pan& pan) {
  if (in.psn > card::kMaxPsn) return BadParameter("the PAN sequence number must be 0..99");
  FLORIN_CHECK_OK(DecodePan(in.pan, in.panLength, pan));
  out = &pan;
  psn = in.psn;
  return OkStatus();
}

Status EncodeCard(const EmvCardAndAtc& card, CK_FLORIN_EMV_CARD& out) {
  FLORIN_CHECK_OK(EncodePanAndPsn(card.pan, card.psn, out));
  out.atc[0] = static_cast<CK_BYTE>(card.atc >> 8);
  out.atc[1] = static_cast<CK_BYTE>(card.atc & 0xFF);
  out.masterKeyOption = NumberOf(kMasterKeyOptions, card.option);
  out.sessionKeyMethod = NumberOf(kSessionKeyMethods, card.session_key);
  if (card.session_key == EmvSessionKeyMethod::kMastercard) CopyBytes(card.un, out.un);
  out.tree = EncodeEmvTree(card.session_key, card.tree);
  return OkStatus();
}

Status DecodeCard(const CK_FLORIN_EMV_CARD& card, EmvCardAndAtc& out, Pan& pan) {
  const auto option = ValueOf(kMasterKeyOptions, card.masterKeyOption);
  if (!option.has_value()) return BadParameter("there is no such ICC master key option");
  const auto method = ValueOf(kSessionKeyMethods, card.sessionKeyMethod);
  if (!method.has_value()) return BadParameter("there is no such session key method");
  if (method != EmvSessionKeyMethod::kMastercard && !AllZero(card.un)) {
    return BadParameter("the unpredictable number belongs to Mastercard's session keys");
  }
  if (!DecodeEmvTree(method, card.tree, out.tree)) {
    return BadParameter("a tree belongs to EMV 2000 and needs a leaf for each ATC; else zeros");
  }
  FLORIN_CHECK_OK(CheckReserved(card.reserved));
  out.atc = static_cast<std::uint16_t>(card.atc[0] << 8 | card.atc[1]);
  out.option = *option;
  out.session_key = *method;
  std::copy(card.un, card.un + sizeof(card.un), out.un.begin());
  return DecodePanAndPsn(card, out.pan, out.psn, pan);
}

Status DecodePadding(CK_BYTE padding, EmvPadding& out) {
  const auto known = ValueOf(kPaddings, padding);
  if (!known.has_value()) return BadParameter("the padding must be method 1 or 2");
  out = *known;
  return OkStatus();
}

Status CheckProprietary(bool method2, ByteView proprietary) {
  if (proprietary.size() > card::kMaxProprietaryData) {
    return BadParameter("the proprietary authentication data must have at most 8 bytes");
  }
  if (!method2 && !proprietary.empty()) {
    return BadParameter("proprietary authentication data belongs to method 2, which has a CSU");
  }
  return OkStatus();
}

// A field that is there, or zero.
template <std::size_t N>
bool DecodeOptional(CK_BYTE has, const CK_BYTE (&in)[N],
                    std::optional<std::array<std::uint8_t, N>>& out) {
  if (has == 0) return AllZero(in);
  out.emplace();
  std::copy(in, in + N, out->begin());
  return has == 1;
}

}  // namespace

Status EncodeEmvCryptogram(const EmvCryptogram& in, CK_FLORIN_EMV_CRYPTOGRAM_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  FLORIN_CHECK_OK(EncodeCard(in.card, out.card));
  out.padding = NumberOf(kPaddings, in.padding);
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
  FLORIN_CHECK_OK(CheckProprietary(in.csu.has_value(), in.proprietary));
  out.arpcKey = NumberOf(kArpcKeys, in.key);
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
  const auto key = ValueOf(kArpcKeys, in.arpcKey);
  if (!key.has_value()) return BadParameter("the ARPC key must be the session's or the master key");
  out.key = *key;
  if (in.method == 1) {
    if (in.proprietaryLength != 0 || !AllZero(in.csu) || !AllZero(in.proprietary)) {
      return BadParameter("CSU and proprietary data belong to method 2; leave them zero");
    }
    std::copy(in.arc, in.arc + sizeof(in.arc), out.arc.begin());
  } else if (in.method == 2) {
    if (in.proprietaryLength > card::kMaxProprietaryData || !AllZero(in.arc) ||
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
  out.padding = NumberOf(kPaddings, in.padding);
  return OkStatus();
}

Status DecodeEmvVerifiedArpc(const CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS& in, EmvVerifiedArpc& out,
                             Pan& pan) {
  FLORIN_CHECK_OK(DecodePadding(in.padding, out.padding));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  std::copy(in.arqc, in.arqc + sizeof(in.arqc), out.arqc.begin());
  return DecodeEmvArpc(in.arpc, out.arpc, pan);
}

Status EncodeEmvAuthorization(const EmvAuthorization& in, CK_FLORIN_EMV_AUTHORIZATION_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  FLORIN_CHECK_OK(CheckProprietary(in.csu.has_value(), in.proprietary));
  if (in.arc.has_value()) {
    out.hasArc = 1;
    CopyBytes(*in.arc, out.arc);
  }
  if (in.csu.has_value()) {
    out.hasCsu = 1;
    CopyBytes(*in.csu, out.csu);
  }
  out.proprietaryLength = static_cast<CK_BYTE>(in.proprietary.size());
  CopyBytes(in.proprietary, out.proprietary);
  return EncodePanAndPsn(in.card.pan, in.card.psn, out);
}

Status DecodeEmvAuthorization(const CK_FLORIN_EMV_AUTHORIZATION_PARAMS& in, EmvAuthorization& out,
                              Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  if (in.reserved != 0) return BadParameter("reserved bytes must be zero");
  if (!DecodeOptional(in.hasArc, in.arc, out.arc) || !DecodeOptional(in.hasCsu, in.csu, out.csu)) {
    return BadParameter("hasArc and hasCsu are 1, or 0 with zeros in the field");
  }
  if (in.proprietaryLength > card::kMaxProprietaryData ||
      !AllZero(in.proprietary, in.proprietaryLength)) {
    return BadParameter("proprietary data has at most 8 bytes, and zeros behind");
  }
  out.proprietary = ByteView(in.proprietary, in.proprietaryLength);
  FLORIN_CHECK_OK(CheckProprietary(out.csu.has_value(), out.proprietary));
  return DecodePanAndPsn(in, out.card.pan, out.card.psn, pan);
}

Status EncodeEmvArqcTrace(const EmvArqcTrace& in, CK_FLORIN_EMV_ARQC_TRACE_PARAMS& out) {
  out = {};
  out.ulVersion = CK_FLORIN_VERSION_1;
  return EncodePanAndPsn(in.card.pan, in.card.psn, out);
}

Status DecodeEmvArqcTrace(const CK_FLORIN_EMV_ARQC_TRACE_PARAMS& in, EmvArqcTrace& out, Pan& pan) {
  FLORIN_CHECK_OK(CheckVersion(in.ulVersion));
  FLORIN_CHECK_OK(CheckReserved(in.reserved));
  return DecodePanAndPsn(in, out.card.pan, out.card.psn, pan);
}

}  // namespace florin::cryptoki
