// The options of EMV <-> their numbers in florin_pkcs11.h. Part of the EMV codecs.
#pragma once

#include <optional>

#include "crypto/cryptoki/param_fields.h"
#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/result.h"
#include "florin/card/emv_profile.h"

namespace florin::cryptoki {

inline constexpr Numbered<card::EmvMasterKeyOption> kMasterKeyOptions[] = {
    {card::EmvMasterKeyOption::kA, CK_FLORIN_EMV_OPTION_A},
    {card::EmvMasterKeyOption::kB, CK_FLORIN_EMV_OPTION_B},
    {card::EmvMasterKeyOption::kBEveryLength, CK_FLORIN_EMV_OPTION_B_EVERY_LENGTH},
    {card::EmvMasterKeyOption::kC, CK_FLORIN_EMV_OPTION_C},
};
inline constexpr Numbered<card::EmvSessionKeyMethod> kSessionKeyMethods[] = {
    {card::EmvSessionKeyMethod::kCommon, CK_FLORIN_EMV_SESSION_KEY_CSK},
    {card::EmvSessionKeyMethod::kNone, CK_FLORIN_EMV_SESSION_KEY_NONE},
    {card::EmvSessionKeyMethod::kMastercard, CK_FLORIN_EMV_SESSION_KEY_MASTERCARD},
    {card::EmvSessionKeyMethod::kEmv2000, CK_FLORIN_EMV_SESSION_KEY_EMV2000},
    {card::EmvSessionKeyMethod::kUnionPay, CK_FLORIN_EMV_SESSION_KEY_UNIONPAY},
};
inline constexpr Numbered<card::EmvArpcKey> kArpcKeys[] = {
    {card::EmvArpcKey::kSessionKey, CK_FLORIN_EMV_ARPC_SESSION_KEY},
    {card::EmvArpcKey::kMasterKey, CK_FLORIN_EMV_ARPC_MASTER_KEY},
};
inline constexpr Numbered<card::EmvPadding> kPaddings[] = {
    {card::EmvPadding::kMethod1, CK_FLORIN_PADDING_METHOD_1},
    {card::EmvPadding::kMethod2, CK_FLORIN_PADDING_METHOD_2},
};
inline constexpr Numbered<card::EmvScheme> kSchemes[] = {
    {card::EmvScheme::kVisa, CK_FLORIN_EMV_VISA},
    {card::EmvScheme::kMastercard, CK_FLORIN_EMV_MASTERCARD},
    {card::EmvScheme::kInterac, CK_FLORIN_EMV_INTERAC},
    {card::EmvScheme::kCcd, CK_FLORIN_EMV_CCD},
    {card::EmvScheme::kAmex, CK_FLORIN_EMV_AMEX},
    {card::EmvScheme::kJcb, CK_FLORIN_EMV_JCB},
    {card::EmvScheme::kUnionPay, CK_FLORIN_EMV_UNIONPAY},
    {card::EmvScheme::kDiscover, CK_FLORIN_EMV_DISCOVER},
};

// All zero unless the method is that of EMV 2000.
CK_FLORIN_EMV_TREE EncodeEmvTree(std::optional<card::EmvSessionKeyMethod> method,
                                 const card::EmvTree& tree);
// False for a tree where the method takes none, or one without a leaf for each ATC.
bool DecodeEmvTree(std::optional<card::EmvSessionKeyMethod> method, const CK_FLORIN_EMV_TREE& in,
                   card::EmvTree& out);

}  // namespace florin::cryptoki
