// The table of profiles. A correction is an edit here, with the published value that shows it.
#include "florin/card/emv_profile.h"

namespace florin::card {
namespace {

using Arpc = EmvArpcMethod;
using ArpcKey = EmvArpcKey;
using Block = EmvPinBlock;
using Format = EmvIadFormat;
using Mk = EmvMasterKeyOption;
using Part = EmvCardPart;
using Prefix = EmvScriptMacPrefix;
using Scheme = EmvScheme;
using ScriptKey = EmvScriptKeyMethod;
using ScriptPadding = EmvScriptPadding;
using Sk = EmvSessionKeyMethod;

// EMV book 2 8.1.1 table 26, in the order that all public profiles share.
constexpr EmvTag kEmvTags[] = {
    emv_tags::kAmountAuthorised,
    emv_tags::kAmountOther,
    emv_tags::kTerminalCountry,
    emv_tags::kTvr,
    emv_tags::kTransactionCurrency,
    emv_tags::kTransactionDate,
    emv_tags::kTransactionType,
    emv_tags::kUnpredictableNumber,
    emv_tags::kAip,
    emv_tags::kAtc,
};
constexpr EmvTag kQvsdcTags[] = {
    emv_tags::kAmountAuthorised,
    emv_tags::kUnpredictableNumber,
    emv_tags::kAtc,
};

constexpr EmvInputTemplate kEmvAndIad = {kEmvTags, Part::kWholeIad};
constexpr EmvInputTemplate kEmvAndCvr = {kEmvTags, Part::kCvr};
constexpr EmvInputTemplate kQvsdc = {kQvsdcTags, Part::kCvrByte2};
constexpr EmvInputTemplate kEmvCvrAndCounters = {kEmvTags, Part::kCvrAndCounters};

constexpr EmvArpcProfile kNoArpc = {Arpc::kNone, ArpcKey::kSessionKey};
constexpr EmvArpcProfile kArpc1Mk = {Arpc::kMethod1, ArpcKey::kMasterKey};
constexpr EmvArpcProfile kArpc1Sk = {Arpc::kMethod1, ArpcKey::kSessionKey};
constexpr EmvArpcProfile kArpc2Sk = {Arpc::kMethod2, ArpcKey::kSessionKey};

constexpr EmvScriptProfile kNoScripts = {};
constexpr EmvScriptProfile kVisScripts = {
    ScriptKey::kVisa, Prefix::kAtcAndArqc, ScriptPadding::kVisa, Block::kVis, Block::kVis,
    /*proven=*/true};
constexpr EmvScriptProfile kVis22Scripts = {
    ScriptKey::kCommon, Prefix::kAtcAndArqc, ScriptPadding::kVisa, Block::kIso2, Block::kVis,
    /*proven=*/true};
constexpr EmvScriptProfile kMchipScripts = {
    ScriptKey::kCommon, Prefix::kAtcAndArqc, ScriptPadding::kMastercard, Block::kIso2, {},
    /*proven=*/true};
constexpr EmvScriptProfile kInteracScripts = {
    ScriptKey::kCommon, Prefix::kNone, ScriptPadding::kMastercard, Block::kIso2, {},
    /*proven=*/true};
// Proven but for the prefix of the MAC.
constexpr EmvScriptProfile kCcdScripts = {
    ScriptKey::kCommon, Prefix::kNone, ScriptPadding::kEmv, Block::kIso2, {}, /*proven=*/false};

constexpr EmvScriptProfile Doubtful(EmvScriptProfile script) {
  script.proven = false;
  return script;
}
constexpr EmvScriptProfile kLikeVisScripts = Doubtful(kVisScripts);
constexpr EmvScriptProfile kLikeMchipScripts = Doubtful(kMchipScripts);

constexpr std::nullopt_t kOpen = std::nullopt;
constexpr bool kProven = true;
constexpr bool kInDoubt = false;
constexpr auto kPad1 = EmvPadding::kMethod1;
constexpr auto kPad2 = EmvPadding::kMethod2;

constexpr EmvProfile kProfiles[] = {
    // Visa: the upper nibble of the CVN is the format of the IAD, the lower one the algorithm.
    {"Visa CVN 10", Scheme::kVisa, Format::kVis013, 0x0A, Mk::kA, Sk::kNone, kEmvAndCvr, kPad1,
     kArpc1Mk, kVisScripts, kProven},
    // Public sources name three session key methods.
    {"Visa CVN 14", Scheme::kVisa, Format::kVis013, 0x0E, Mk::kA, kOpen, kEmvAndCvr, kPad1,
     kArpc1Mk, kLikeVisScripts, kInDoubt},
    {"Visa CVN 17", Scheme::kVisa, Format::kVis013, 0x11, Mk::kA, Sk::kNone, kQvsdc, kPad1, kNoArpc,
     kNoScripts, kInDoubt},
    {"Visa CVN 18", Scheme::kVisa, Format::kVis013, 0x12, Mk::kB, Sk::kCommon, kEmvAndIad, kPad2,
     kArpc2Sk, kVisScripts, kProven},
    {"Visa CVN 22", Scheme::kVisa, Format::kVis24, 0x22, Mk::kB, Sk::kCommon, kEmvAndIad, kPad2,
     kArpc2Sk, kVis22Scripts, kProven},

    // Mastercard: bits 3 and 2 of the CVN choose the session key, bit 1 adds the counters.
    {"Mastercard CVN 16", Scheme::kMastercard, Format::kMchip, 0x10, Mk::kA, Sk::kMastercard,
     kEmvAndCvr, kPad2, kArpc1Mk, kMchipScripts, kProven},
    {"Mastercard CVN 17", Scheme::kMastercard, Format::kMchip, 0x11, Mk::kA, Sk::kMastercard,
     kEmvCvrAndCounters, kPad2, kArpc1Mk, kMchipScripts, kProven},
    // Bits 01: an older method, which sources name differently.
    {"Mastercard CVN 12 (hex)", Scheme::kMastercard, Format::kMchip, 0x12, Mk::kA, kOpen,
     kEmvAndCvr, kPad2, kArpc1Mk, kLikeMchipScripts, kInDoubt},
    {"Mastercard CVN 13 (hex)", Scheme::kMastercard, Format::kMchip, 0x13, Mk::kA, kOpen,
     kEmvCvrAndCounters, kPad2, kArpc1Mk, kLikeMchipScripts, kInDoubt},
    {"Mastercard CVN 20", Scheme::kMastercard, Format::kMchip, 0x14, Mk::kA, Sk::kCommon,
     kEmvAndCvr, kPad2, kArpc1Sk, kMchipScripts, kProven},
    {"Mastercard CVN 21", Scheme::kMastercard, Format::kMchip, 0x15, Mk::kA, Sk::kCommon,
     kEmvCvrAndCounters, kPad2, kArpc1Sk, kMchipScripts, kProven},

    {"Interac CVN 133", Scheme::kInterac, Format::kInterac, 0x85, Mk::kA, Sk::kMastercard,
     kEmvAndIad, kPad2, kArpc1Sk, kInteracScripts, kProven},

    // The issuer chooses option A or B for TDES.
    {"CCD A5", Scheme::kCcd, Format::kCcd, 0xA5, kOpen, Sk::kCommon, kEmvAndIad, kPad2, kArpc2Sk,
     kCcdScripts, kProven},
    {"CCD A6 (AES)", Scheme::kCcd, Format::kCcd, 0xA6, Mk::kC, Sk::kCommon, kEmvAndIad, kPad2,
     kArpc2Sk, kNoScripts, kInDoubt},

    // Their data is defined by documents that are not public: modelled on Visa's.
    {"Amex CVN 01", Scheme::kAmex, Format::kVis013, 0x01, Mk::kA, Sk::kNone, kEmvAndCvr, kPad1,
     kArpc1Mk, kLikeVisScripts, kInDoubt},
    {"JCB CVN 01", Scheme::kJcb, Format::kVis013, 0x01, Mk::kA, Sk::kNone, kEmvAndCvr, kPad1,
     kArpc1Mk, kNoScripts, kInDoubt},
    {"JCB CVN 04", Scheme::kJcb, Format::kVis013, 0x04, Mk::kA, Sk::kCommon, kEmvAndIad, kPad2,
     kArpc2Sk, kNoScripts, kInDoubt},
    {"UnionPay CVN 01", Scheme::kUnionPay, Format::kPboc, 0x01, Mk::kA, kOpen, kEmvAndCvr, kPad2,
     kArpc1Sk, kNoScripts, kInDoubt},
    {"Discover CVN 15 (hex)", Scheme::kDiscover, Format::kVis013, 0x15, kOpen, kOpen, kEmvAndIad,
     kPad2, kArpc1Sk, kNoScripts, kInDoubt},
    {"Discover CVN 16 (hex)", Scheme::kDiscover, Format::kVis013, 0x16, kOpen, kOpen, kEmvAndIad,
     kPad2, kArpc1Sk, kNoScripts, kInDoubt},
};

}  // namespace

std::span<const EmvProfile> EmvProfiles() { return kProfiles; }

}  // namespace florin::card
