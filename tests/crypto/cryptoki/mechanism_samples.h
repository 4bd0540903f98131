// One Mechanism of each kind, and what it takes for two to be the same.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/pan.h"
#include "florin/mechanisms/mechanism.h"

namespace florin::cryptoki {

using namespace mechanisms;

inline Bytes Pattern(std::size_t size, std::uint8_t start = 1) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(start + i);
  return bytes;
}

inline Bytes Point(std::size_t size) {
  Bytes point = Pattern(size);
  point[0] = 4;
  return point;
}

// Everything a Mechanism may refer to, and one of each kind.
struct Samples {
  Bytes iv16 = Pattern(16), iv8 = Pattern(8), iv12 = Pattern(12), iv128 = Pattern(128);
  Bytes aad = Pattern(300), info = Pattern(1024), p256 = Point(65), p384 = Point(97);
  Bytes p521 = Point(133), x25519 = Pattern(32, 0x80);
  Bytes proprietary = Pattern(8);
  std::string long_text = std::string(kMaxOptionalBlockText, 'x');
  Pan pan = std::move(Pan::Parse("5413330089010012")).value();
  Pan long_pan = std::move(Pan::Parse("5413330089010012345")).value();

  // With everything that some method takes; the others ignore it.
  EmvCardAndAtc With(EmvSessionKeyMethod method, EmvMasterKeyOption option) const {
    EmvCardAndAtc card{&pan, 1, 0x1234, option, method};
    if (method == EmvSessionKeyMethod::kMastercard) card.un = {9, 8, 7, 6};
    if (method == EmvSessionKeyMethod::kEmv2000) card.tree = {2, 16, {1, 2, 3}};
    return card;
  }

  std::vector<Mechanism> All() const {
    std::vector<Mechanism> all = Standard();
    for (const auto& more : {Emv(), Cards(), KeyExchange(), Rsa(), Pins()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }

  std::vector<Mechanism> Standard() const {
    return {AesEcb{},
            AesCbc{iv16},
            AesCbcPad{iv16},
            AesCtr{iv16, 128},
            AesCtr{iv16, 1},
            AesGcm{iv12, aad, 16},
            AesGcm{iv16, {}, 12},
            AesGcm{iv128, aad, 13},
            AesCmac{16},
            AesCmac{4},
            AesKeyWrap{},
            Des3Ecb{},
            Des3Cbc{iv8},
            Hmac{Hash::kSha256, 0},
            Hmac{Hash::kSha1, 10},
            Hmac{Hash::kSha512, 4},
            Ecdsa{},
            Ecdsa{Hash::kSha256},
            Ecdsa{Hash::kSha384},
            EcdhDerive{p256, EcdhKdf::kNull, {}},
            EcdhDerive{p256, EcdhKdf::kSp800Sha256, info},
            EcdhDerive{p384, EcdhKdf::kX963Sha256, {}},
            ConcatenateDataAndBase{aad},
            ConcatenateBaseAndData{{}},
            HashDerive{Hash::kSha256},
            HashDerive{Hash::kSha384},
            HkdfDerive{},
            HkdfDerive{Hash::kSha512, true, false, aad, {}},
            HkdfDerive{Hash::kSha384, false, true, {}, info},
            HkdfDerive{Hash::kSha256, true, true, {}, info, OtherKey{{77}, nullptr}},
            ExtractKeyFromKey{0},
            ExtractKeyFromKey{256},
            EcdhAesKeyWrap{16, {}},
            EcdhAesKeyWrap{32, info},
            EcdhDerive{p521, EcdhKdf::kNull, {}},
            EcdhDerive{x25519, EcdhKdf::kSp800Sha256, {}},
            Ecdsa{Hash::kSha512},
            Eddsa{},
            ChaCha20Poly1305{iv12, aad},
            ChaCha20Poly1305{iv12, {}},
            ConcatenateBaseAndKey{OtherKey{{1234}, nullptr}}};
  }

  std::vector<Mechanism> Emv() const {
    EmvCardAndAtc card{&pan, 1, 0x1234, EmvMasterKeyOption::kA};
    EmvCardAndAtc other{&long_pan, 99, 0xFFFF, EmvMasterKeyOption::kB};
    EmvArpc method2{other, {}, std::array<std::uint8_t, 4>{1, 2, 3, 4}, proprietary};
    return {EmvCryptogram{card, EmvPadding::kMethod2},
            EmvCryptogram{other, EmvPadding::kMethod1},
            EmvArpc{card, {0x30, 0x30}, {}, {}},
            method2,
            EmvVerifiedArpc{{1, 2, 3, 4, 5, 6, 7, 8}, EmvPadding::kMethod1, method2},
            EmvVerifiedArpc{{}, EmvPadding::kMethod2, {card, {0x30, 0x35}, {}, {}}},
            EmvCryptogram{With(EmvSessionKeyMethod::kNone, EmvMasterKeyOption::kBEveryLength)},
            EmvCryptogram{With(EmvSessionKeyMethod::kCommon, EmvMasterKeyOption::kC)},
            EmvCryptogram{With(EmvSessionKeyMethod::kMastercard, EmvMasterKeyOption::kA)},
            EmvCryptogram{With(EmvSessionKeyMethod::kEmv2000, EmvMasterKeyOption::kB)},
            EmvArpc{.card = With(EmvSessionKeyMethod::kUnionPay, EmvMasterKeyOption::kA),
                    .csu = {},
                    .key = EmvArpcKey::kMasterKey},
            EmvAuthorization{.card = {&pan, 0}, .arc = {}, .csu = {}},
            EmvAuthorization{.card = {&pan, 99}, .arc = {{0x30, 0x30}}, .csu = {}},
            EmvAuthorization{{&long_pan, 1}, {{0x30, 0x35}}, {{1, 2, 3, 4}}, proprietary},
            EmvArqcTrace{{&long_pan, 7}}};
  }

  std::vector<Mechanism> Cards() const {
    return {
        Iso9797Mac{{card::MacAlgorithm::kIso9797Algorithm1, MacPadding::kMethod3}, 8},
        Iso9797Mac{{card::MacAlgorithm::kAs2805Part41}, 4},
        TdesCmac{8},
        TdesCmac{5},
        Verification(CardVerificationKind::kCscVersion2),
        Verification(CardVerificationKind::kDcvv),
        Verification(CardVerificationKind::kCvc3),
        ThreeDs(ThreeDsKind::kVisaCavv),
        ThreeDs(ThreeDsKind::kSpa2Iav),
        ThreeDs(ThreeDsKind::kTokenCryptogram),
        ThreeDs(ThreeDsKind::kTokenValue),
        DukptMac{{iv8}, DukptMacMethod::kRetail, 4},
        DukptMac{{iv12, DukptDirection::kBothWays, card::AesDukptKeyType::kHmac256},
                 DukptMacMethod::kHmacSha256,
                 32},
        DukptData{{ByteView(iv12).first(10), DukptDirection::kResponse}, true, {}},
        DukptData{{iv12, DukptDirection::kRequest, card::AesDukptKeyType::kAes192}, false, iv16},
        DukptDeviceKey{.device = iv8},
        DukptDeviceKey{.device = ByteView(iv12).first(10)},
        DukptDeviceKey{DukptDeviceKeyKind::kUpdate, iv8, card::AesDukptKeyType::kAes256}};
  }

  std::vector<Mechanism> KeyExchange() const {
    return {KeyBlockWrap{},
            KeyBlockWrap{'B'},
            KeyBlockWrap{'E', "KS1800604B120F9292800000", 1},
            KeyBlockWrap{'D', long_text, 2},
            Agreement(p256, card::KeyAgreementKdf::kNistSp800, Hash::kSha256, aad),
            Agreement(p384, card::KeyAgreementKdf::kAnsiX963, Hash::kSha512, info),
            Tr34KeyToken{.certificate = p256, .peer = p384, .peer_authority = info},
            Tr34Unbind{.certificate = p256, .peer = p384, .peer_authority = info, .random = iv8},
            Tr34Unbind{.certificate = p256,
                       .peer = p384,
                       .peer_authority = info,
                       .peer_list = aad,
                       .list = iv12,
                       .random = iv16,
                       .next = p256,
                       .own_authority = p384},
            Tr34KeyToken{.certificate = p256,
                         .peer = p384,
                         .peer_authority = info,
                         .peer_list = aad,
                         .list = iv12,
                         .random = iv8,
                         .after = UnixSeconds{1'700'000'000},
                         .cipher = card::Tr34Cipher::kTdesCbc,
                         .optional_blocks = "KS1800604B120F9292800000",
                         .optional_block_count = 1}};
  }

  static std::vector<Mechanism> Rsa() {
    return {RsaPkcs1{},
            RsaPkcs1{Hash::kSha256},
            RsaPkcs1{Hash::kSha512},
            RsaPss{Hash::kSha256},
            RsaPss{Hash::kSha384, true},
            RsaOaep{Hash::kSha256},
            RsaOaep{Hash::kSha512}};
  }

  static EcdhKeyAgreement Agreement(const Bytes& peer, card::KeyAgreementKdf kdf, Hash hash,
                                    const Bytes& info) {
    EcdhKeyAgreement value;
    value.peer_point = peer;
    value.agreement.kdf = kdf;
    value.agreement.hash = hash;
    value.agreement.key =
        hash == Hash::kSha512 ? card::AgreedKey::kAes192 : card::AgreedKey::kTdes2;
    value.agreement.shared_info = info;
    return value;
  }

  std::vector<Mechanism> Pins() const {
    return {EmvScriptMac{Script(), card::EmvScriptMacPrefix::kNone, 4},
            EmvScriptEncryption{Script(), card::EmvScriptPadding::kVisa},
            EmvPinChange{.script = Script(),
                         .prefix = card::EmvScriptMacPrefix::kNone,
                         .padding = card::EmvScriptPadding::kMastercard,
                         .form = card::EmvPinBlock::kVis,
                         .with_current = true,
                         .mac_length = 5,
                         .confidentiality_key = {{7}},
                         .cryptogram_key = {{8}},
                         .block = Block(card::PinBlockFormat::kFormat3),
                         .block_key = {{9}}},
            PinTranslation{Block(card::PinBlockFormat::kFormat4),
                           {{5}},
                           Block(card::PinBlockFormat::kFormat0),
                           &long_pan},
            PinTranslation{Block(card::PinBlockFormat::kFormat1),
                           {{5}},
                           {.profile = {.format = card::PinBlockFormat::kFormat1}},
                           nullptr},
            PinVerification{{PinReferenceKind::kVisaPvv, 6, 0, 16, 0},
                            Block(card::PinBlockFormat::kFormat0),
                            {{3}},
                            &pan},
            PinVerification{{PinReferenceKind::kIbm3624, 1, 2, 12, 15},
                            Block(card::PinBlockFormat::kFormat3),
                            {{3}},
                            &pan},
            PinChange{{}, iv8, Block(card::PinBlockFormat::kFormat0), {{3}}, &pan},
            PinGeneration{{PinReferenceKind::kIbm3624},
                          8,
                          iv8,
                          Block(card::PinBlockFormat::kFormat0),
                          {{3}},
                          &pan},
            PinGeneration{{}, 12, {}, Block(card::PinBlockFormat::kFormat0), {{3}}, &pan}};
  }

  EmvScript Script() const {
    return {&long_pan,
            3,
            EmvMasterKeyOption::kB,
            card::EmvScriptKeyMethod::kVisa,
            0x1234,
            {1, 2, 3, 4, 5, 6, 7, 8},
            0x0102};
  }

  PinBlock Block(card::PinBlockFormat format) const {
    PinBlock block{.profile = {.format = format, .lengths = {5, 11}}, .dukpt = {}};
    if (format == card::PinBlockFormat::kFormat4) {
      block.profile.pan_field = card::Format4PanField::kPan12;
      block.dukpt =
          DukptTransaction{iv12, DukptDirection::kRequest, card::AesDukptKeyType::kAes128};
    }
    return block;
  }

  // With a value in every field that the kind takes, and the defaults in the others.
  CardVerification Verification(CardVerificationKind kind) const {
    using Kind = CardVerificationKind;
    CardVerification value;
    value.kind = kind;
    value.pan = &pan;
    value.digits = 5;
    if (kind != Kind::kCvc3) value.expiry = card::Expiry::Of("2512");
    if (kind == Kind::kDcvv || kind == Kind::kCscVersion2) {
      value.service_code = card::ServiceCode::Of("201");
    }
    if (kind == Kind::kDcvv) value.atc_form = card::DcvvAtcForm::kDecimal;
    if (kind == Kind::kCvc3) value.unpredictable_number = {1, 2, 3, 4};
    if (kind == Kind::kDcvv || kind == Kind::kCvc3) {
      value.psn = 99;
      value.option = card::EmvMasterKeyOption::kBEveryLength;
      value.atc = 0x1234;
    }
    return value;
  }

  ThreeDsAuthentication ThreeDs(ThreeDsKind kind) const {
    ThreeDsAuthentication value;
    value.kind = kind;
    value.pan = &long_pan;
    if (kind == ThreeDsKind::kVisaCavv) {
      value.pan_form = card::CavvPanForm::kRightmost16;
      value.tracking = card::CavvTracking::Of("7993");
      value.result_code = 7;
      value.second_factor = 42;
    }
    if (kind == ThreeDsKind::kSpa2Iav || kind == ThreeDsKind::kTokenCryptogram) {
      value.amount = 999'999'999'999;
      value.currency = 978;
    }
    if (kind == ThreeDsKind::kSpa2Iav) value.ds_transaction_id = {1, 2, 3, 4};
    if (kind == ThreeDsKind::kTokenCryptogram) value.unpredictable_number = {5, 6, 7, 8};
    if (kind == ThreeDsKind::kTokenCryptogram || kind == ThreeDsKind::kTokenValue) {
      value.psn = 9;
      value.counter = 0xABCD;
      value.requestor = card::TokenRequestor::Of("40010030273");
    }
    if (kind == ThreeDsKind::kTokenValue) value.expiry = card::Expiry::Of("3012");
    return value;
  }
};

inline bool SameCard(const EmvCardAndAtc& a, const EmvCardAndAtc& b) {
  return a.pan->EqualTo(*b.pan) && a.psn == b.psn && a.atc == b.atc && a.option == b.option &&
         a.session_key == b.session_key && a.un == b.un && a.tree == b.tree;
}

struct Same {
  bool operator()(const AesCbc& a, const AesCbc& b) const { return SameBytes(a.iv, b.iv); }
  bool operator()(const AesCbcPad& a, const AesCbcPad& b) const { return SameBytes(a.iv, b.iv); }
  bool operator()(const Des3Cbc& a, const Des3Cbc& b) const { return SameBytes(a.iv, b.iv); }
  bool operator()(const AesCtr& a, const AesCtr& b) const {
    return SameBytes(a.counter_block, b.counter_block) && a.counter_bits == b.counter_bits;
  }
  bool operator()(const AesGcm& a, const AesGcm& b) const {
    return SameBytes(a.iv, b.iv) && SameBytes(a.aad, b.aad) && a.tag_length == b.tag_length;
  }
  bool operator()(const AesCmac& a, const AesCmac& b) const { return a.mac_length == b.mac_length; }
  bool operator()(const Hmac& a, const Hmac& b) const {
    return a.hash == b.hash && a.mac_length == b.mac_length;
  }
  bool operator()(const Ecdsa& a, const Ecdsa& b) const { return a.hash == b.hash; }
  bool operator()(const EcdhDerive& a, const EcdhDerive& b) const {
    return SameBytes(a.peer_point, b.peer_point) && a.kdf == b.kdf &&
           SameBytes(a.shared_info, b.shared_info);
  }
  bool operator()(const ConcatenateDataAndBase& a, const ConcatenateDataAndBase& b) const {
    return SameBytes(a.data, b.data);
  }
  bool operator()(const ConcatenateBaseAndData& a, const ConcatenateBaseAndData& b) const {
    return SameBytes(a.data, b.data);
  }
  bool operator()(const HashDerive& a, const HashDerive& b) const { return a.hash == b.hash; }
  bool operator()(const HkdfDerive& a, const HkdfDerive& b) const {
    return a.hash == b.hash && a.extract == b.extract && a.expand == b.expand &&
           SameBytes(a.salt, b.salt) && SameBytes(a.info, b.info) &&
           a.salt_key.handle == b.salt_key.handle;
  }
  bool operator()(const ChaCha20Poly1305& a, const ChaCha20Poly1305& b) const {
    return SameBytes(a.nonce, b.nonce) && SameBytes(a.aad, b.aad);
  }
  bool operator()(const ConcatenateBaseAndKey& a, const ConcatenateBaseAndKey& b) const {
    return a.second.handle == b.second.handle;
  }
  bool operator()(const ExtractKeyFromKey& a, const ExtractKeyFromKey& b) const {
    return a.bit_offset == b.bit_offset;
  }
  bool operator()(const EcdhAesKeyWrap& a, const EcdhAesKeyWrap& b) const {
    return a.wrapping_key_length == b.wrapping_key_length &&
           SameBytes(a.shared_info, b.shared_info);
  }
  bool operator()(const EmvCryptogram& a, const EmvCryptogram& b) const {
    return SameCard(a.card, b.card) && a.padding == b.padding;
  }
  bool operator()(const EmvArpc& a, const EmvArpc& b) const {
    return SameCard(a.card, b.card) && a.arc == b.arc && a.csu == b.csu &&
           SameBytes(a.proprietary, b.proprietary) && a.key == b.key;
  }
  bool operator()(const EmvAuthorization& a, const EmvAuthorization& b) const {
    return a.card.pan->EqualTo(*b.card.pan) && a.card.psn == b.card.psn && a.arc == b.arc &&
           a.csu == b.csu && SameBytes(a.proprietary, b.proprietary);
  }
  bool operator()(const EmvArqcTrace& a, const EmvArqcTrace& b) const {
    return a.card.pan->EqualTo(*b.card.pan) && a.card.psn == b.card.psn;
  }
  bool operator()(const EmvVerifiedArpc& a, const EmvVerifiedArpc& b) const {
    return a.arqc == b.arqc && a.padding == b.padding && (*this)(a.arpc, b.arpc);
  }
  bool operator()(const Iso9797Mac& a, const Iso9797Mac& b) const {
    return a.method.algorithm == b.method.algorithm && a.method.padding == b.method.padding &&
           a.mac_length == b.mac_length;
  }
  bool operator()(const TdesCmac& a, const TdesCmac& b) const {
    return a.mac_length == b.mac_length;
  }
  bool operator()(const CardVerification& a, const CardVerification& b) const {
    return a.kind == b.kind && a.digits == b.digits && a.pan->EqualTo(*b.pan) &&
           a.expiry == b.expiry && a.service_code == b.service_code && a.psn == b.psn &&
           a.option == b.option && a.atc == b.atc && a.atc_form == b.atc_form &&
           a.unpredictable_number == b.unpredictable_number;
  }
  bool operator()(const ThreeDsAuthentication& a, const ThreeDsAuthentication& b) const {
    return a.kind == b.kind && a.pan->EqualTo(*b.pan) && a.pan_form == b.pan_form &&
           a.tracking == b.tracking && a.result_code == b.result_code &&
           a.second_factor == b.second_factor && a.amount == b.amount && a.currency == b.currency &&
           a.ds_transaction_id == b.ds_transaction_id && a.psn == b.psn && a.counter == b.counter &&
           a.requestor == b.requestor && a.unpredictable_number == b.unpredictable_number &&
           a.expiry == b.expiry;
  }
  bool operator()(const DukptTransaction& a, const DukptTransaction& b) const {
    return SameBytes(a.ksn, b.ksn) && a.direction == b.direction && a.key_type == b.key_type;
  }
  bool operator()(const DukptMac& a, const DukptMac& b) const {
    return (*this)(a.transaction, b.transaction) && a.method == b.method &&
           a.mac_length == b.mac_length;
  }
  bool operator()(const DukptData& a, const DukptData& b) const {
    return (*this)(a.transaction, b.transaction) && a.variant_only == b.variant_only &&
           SameBytes(a.iv, b.iv);
  }
  bool operator()(const DukptDeviceKey& a, const DukptDeviceKey& b) const {
    return a.kind == b.kind && SameBytes(a.device, b.device) && a.key_type == b.key_type;
  }
  bool operator()(const EmvScript& a, const EmvScript& b) const {
    return a.pan->EqualTo(*b.pan) && a.psn == b.psn && a.option == b.option && a.key == b.key &&
           a.atc == b.atc && a.arqc == b.arqc && a.command == b.command;
  }
  bool operator()(const EmvScriptMac& a, const EmvScriptMac& b) const {
    return (*this)(a.script, b.script) && a.prefix == b.prefix && a.mac_length == b.mac_length;
  }
  bool operator()(const EmvScriptEncryption& a, const EmvScriptEncryption& b) const {
    return (*this)(a.script, b.script) && a.padding == b.padding;
  }
  bool operator()(const OtherKey& a, const OtherKey& b) const { return a.handle == b.handle; }
  bool operator()(const PinBlock& a, const PinBlock& b) const {
    return a.profile.format == b.profile.format && a.profile.pan_field == b.profile.pan_field &&
           a.profile.lengths.min == b.profile.lengths.min &&
           a.profile.lengths.max == b.profile.lengths.max &&
           a.dukpt.has_value() == b.dukpt.has_value() &&
           (!a.dukpt.has_value() || (*this)(*a.dukpt, *b.dukpt));
  }
  bool operator()(const PinReference& a, const PinReference& b) const {
    const bool pvv = a.kind == PinReferenceKind::kVisaPvv;
    return a.kind == b.kind &&
           (pvv ? a.pvki == b.pvki
                : a.pan_start == b.pan_start && a.pan_digits == b.pan_digits && a.fill == b.fill);
  }
  bool operator()(const EmvPinChange& a, const EmvPinChange& b) const {
    return (*this)(a.script, b.script) && a.prefix == b.prefix && a.padding == b.padding &&
           a.form == b.form && a.with_current == b.with_current && a.mac_length == b.mac_length &&
           (*this)(a.confidentiality_key, b.confidentiality_key) &&
           (*this)(a.cryptogram_key, b.cryptogram_key) && (*this)(a.block, b.block) &&
           (*this)(a.block_key, b.block_key);
  }
  bool operator()(const PinTranslation& a, const PinTranslation& b) const {
    const bool both = a.pan != nullptr && b.pan != nullptr;
    return (*this)(a.from, b.from) && (*this)(a.from_key, b.from_key) && (*this)(a.to, b.to) &&
           (both ? a.pan->EqualTo(*b.pan) : a.pan == b.pan);
  }
  template <class T>
  bool SamePinCheck(const T& a, const T& b) const {
    return (*this)(a.reference, b.reference) && (*this)(a.block, b.block) &&
           (*this)(a.block_key, b.block_key) && a.pan->EqualTo(*b.pan);
  }
  bool operator()(const PinVerification& a, const PinVerification& b) const {
    return SamePinCheck(a, b);
  }
  bool operator()(const PinChange& a, const PinChange& b) const {
    return SamePinCheck(a, b) && SameBytes(a.current, b.current);
  }
  bool operator()(const PinGeneration& a, const PinGeneration& b) const {
    return SamePinCheck(a, b) && SameBytes(a.offset, b.offset) && a.pin_length == b.pin_length;
  }
  bool operator()(const KeyBlockWrap& a, const KeyBlockWrap& b) const {
    return a.version == b.version && a.optional_blocks == b.optional_blocks &&
           a.optional_block_count == b.optional_block_count;
  }
  bool operator()(const Tr34Unbind& a, const Tr34Unbind& b) const {
    return SameBytes(a.certificate, b.certificate) && SameBytes(a.peer, b.peer) &&
           SameBytes(a.peer_authority, b.peer_authority) && SameBytes(a.peer_list, b.peer_list) &&
           SameBytes(a.list, b.list) && SameBytes(a.random, b.random) &&
           SameBytes(a.next, b.next) && SameBytes(a.own_authority, b.own_authority);
  }
  bool operator()(const Tr34KeyToken& a, const Tr34KeyToken& b) const {
    return SameBytes(a.certificate, b.certificate) && SameBytes(a.peer, b.peer) &&
           SameBytes(a.peer_authority, b.peer_authority) && SameBytes(a.peer_list, b.peer_list) &&
           SameBytes(a.list, b.list) && SameBytes(a.random, b.random) && a.after == b.after &&
           a.cipher == b.cipher && a.optional_blocks == b.optional_blocks &&
           a.optional_block_count == b.optional_block_count;
  }
  bool operator()(const EcdhKeyAgreement& a, const EcdhKeyAgreement& b) const {
    return SameBytes(a.peer_point, b.peer_point) && a.agreement.kdf == b.agreement.kdf &&
           a.agreement.hash == b.agreement.hash && a.agreement.key == b.agreement.key &&
           SameBytes(a.agreement.shared_info, b.agreement.shared_info);
  }
  bool operator()(const RsaPkcs1& a, const RsaPkcs1& b) const { return a.hash == b.hash; }
  bool operator()(const RsaPss& a, const RsaPss& b) const {
    return a.hash == b.hash && a.prehashed == b.prehashed;
  }
  bool operator()(const RsaOaep& a, const RsaOaep& b) const { return a.hash == b.hash; }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return std::is_same_v<A, B>;
  }
};

}  // namespace florin::cryptoki
