#include "crypto/mechanisms/key.h"

#include <algorithm>
#include <utility>

#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/key_schedules.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/primitives/des_keys.h"
#include "crypto/primitives/rsa.h"
#include "crypto/primitives/rsa_der.h"
#include "crypto/primitives/tdes.h"
#include "florin/card/kcv.h"

namespace florin::mechanisms {
namespace {

std::size_t EcLength(KeyType type, Curve curve) {
  const CurveInfo& info = InfoOf(curve);
  return type == KeyType::kEcPublic ? info.public_size : info.private_size;
}

// KeyRules::length of a key of this material.
Result<std::size_t> LengthOf(KeyType type, const SecretBytes& material) {
  const ByteView bytes = material.Read(SecretAccess{});
  if (type == KeyType::kRsaPrivate) {
    FLORIN_TRY(const auto numbers, primitives::ParseRsaPrivateKey(bytes));
    return numbers.modulus.size();
  }
  if (type == KeyType::kRsaPublic) {
    FLORIN_TRY(const auto numbers, primitives::ParseRsaSpki(bytes));
    return numbers.modulus.size();
  }
  return bytes.size();
}

Result<SecretBytes> DrawSecret(const KeyRules& rules, RandomSource& random) {
  FLORIN_TRY(auto material, SecretBytes::Create(rules.length));
  // A weak DES key comes up once in 2^52 draws; a second draw in a row means a broken source.
  for (int attempt = 0; attempt < 2; ++attempt) {
    FLORIN_CHECK_OK(random.Fill(material.Write(SecretAccess{})));
    if (rules.type != KeyType::kDes3) return material;
    primitives::SetOddParity(material.Write(SecretAccess{}));
    const ByteView bytes = material.Read(SecretAccess{});
    if (primitives::CheckDesKey(bytes).ok() && !primitives::IsTwoKeyBundle(bytes)) return material;
  }
  return Error(ErrorCode::kDeviceError, "the random source does not give random bytes");
}

Result<SecretBytes> DrawRsa(const KeyRules& rules) {
  FLORIN_TRY(const auto key, primitives::RsaPrivateKey::Generate(rules.length * 8));
  return key.ToDer();
}

Result<SecretBytes> DrawScalar(const KeyRules& rules, RandomSource& random) {
  FLORIN_TRY(const auto key, primitives::CurvePrivateKey::Generate(rules.curve, random));
  return key.private_key().Clone();
}

Result<SecretBytes> Draw(const KeyRules& rules, RandomSource& random) {
  switch (rules.type) {
    case KeyType::kEcPrivate: return DrawScalar(rules, random);
    case KeyType::kRsaPrivate: return DrawRsa(rules);
    default: return DrawSecret(rules, random);
  }
}

// A wrapping that is undone outside, or by the private key as data, is none (Clulow 2003). With a
// header the private key could leave in a key block and come back to decrypt.
Status CheckPairOfWrapping(const KeyRules& private_rules, const KeyRules& public_rules) {
  if (!public_rules.verbs.Has(Verb::kWrap)) return OkStatus();
  if (private_rules.verbs.Has(Verb::kDecrypt)) {
    return Error(ErrorCode::kPermissionDenied,
                 "key pair: where the public key wraps, the private key must not decrypt");
  }
  if (!private_rules.sensitive || private_rules.header.has_value()) {
    return Error(ErrorCode::kPermissionDenied,
                 "key pair: where the public key wraps, the private key must be sensitive and have "
                 "no key block header");
  }
  return OkStatus();
}

Result<SecretBytes> PublicMaterialOf(const Key& private_key) {
  if (IsEcKey(private_key.rules().type)) return SecretBytes::CopyOf(private_key.PublicPoint());
  std::array<std::uint8_t, primitives::kMaxRsaSpkiSize> info{};
  FLORIN_TRY(const std::size_t size, private_key.PublicKeyInfo(info));
  return SecretBytes::CopyOf(ByteView(info).first(size));
}

// Mechanisms of `narrow` are among those of `wide`. A name can open, too: where only it does.
bool NamesNoMore(const KeyRules& narrow, const KeyRules& wide) {
  const auto& names = narrow.allowed_mechanisms;
  if (wide.allowed_mechanisms.empty()) {
    return std::none_of(names.begin(), names.end(),
                        [&narrow](MechanismType type) { return OpensByName(type, narrow.verbs); });
  }
  return !names.empty() && std::all_of(names.begin(), names.end(), [&](MechanismType type) {
    return NamesMechanism(wide, type);
  });
}

bool ServesOnlyProfilesOf(const KeyRules& narrow, const KeyRules& wide) {
  if (!wide.emv.has_value()) return true;
  return narrow.emv.has_value() && card::IsNarrower(*narrow.emv, *wide.emv);
}

// The marks of `narrow` allow no translation that those of `wide` forbid.
bool MarksNoMore(const PinKeyMarks& narrow, const PinKeyMarks& wide) {
  return (!narrow.zone_key || wide.zone_key) &&
         (narrow.forbid_aes_to_tdes || !wide.forbid_aes_to_tdes);
}

// Dates of use of `narrow` lie within those of `wide`.
bool LivesWithin(const KeyLife& narrow, const KeyLife& wide) {
  if (narrow.state != wide.state) return false;
  if (wide.not_before.has_value() &&
      (!narrow.not_before.has_value() || narrow.not_before->value < wide.not_before->value)) {
    return false;
  }
  return !wide.not_after.has_value() ||
         (narrow.not_after.has_value() && narrow.not_after->value <= wide.not_after->value);
}

bool PutsUpWithNoMoreThan(const KeyRules& narrow, const KeyRules& wide) {
  const auto& in = narrow.key_block_import;
  const auto& out = narrow.key_block_export;
  const auto& wide_in = wide.key_block_import;
  const auto& wide_out = wide.key_block_export;
  return in.legacy_versions <= wide_in.legacy_versions && in.weaker_kbpk <= wide_in.weaker_kbpk &&
         in.single_des <= wide_in.single_des && in.any_combination <= wide_in.any_combination &&
         in.weaker_rsa <= wide_in.weaker_rsa && out.weaker_kbpk <= wide_out.weaker_kbpk &&
         out.weaker_rsa <= wide_out.weaker_rsa;
}

// Verbs, mechanisms, profiles, marks, dates, policies and flags of `narrow` are among those of
// `wide`.
bool IsNarrower(const KeyRules& narrow, const KeyRules& wide) {
  for (int verb = 0; verb <= static_cast<int>(Verb::kGenerate); ++verb) {
    if (narrow.verbs.Has(static_cast<Verb>(verb)) && !wide.verbs.Has(static_cast<Verb>(verb))) {
      return false;
    }
  }
  return NamesNoMore(narrow, wide) && narrow.type == wide.type && narrow.length == wide.length &&
         (!IsEcKey(narrow.type) || narrow.curve == wide.curve) && narrow.header == wide.header &&
         ServesOnlyProfilesOf(narrow, wide) && MarksNoMore(narrow.pin, wide.pin) &&
         narrow.decimalisation == wide.decimalisation && narrow.tr34_peers == wide.tr34_peers &&
         (!wide.hmac_hash.has_value() || narrow.hmac_hash == wide.hmac_hash) &&
         LivesWithin(narrow.life, wide.life) && PutsUpWithNoMoreThan(narrow, wide) &&
         (narrow.sensitive || !wide.sensitive) && (!narrow.extractable || wide.extractable);
}

}  // namespace

Key::Key(KeyRules rules, std::shared_ptr<const KeySchedules> schedules, const KeyContext& context)
    : rules_(std::move(rules)), schedules_(std::move(schedules)), context_(context) {}

Key::~Key() = default;

Result<KeyPtr> Key::Restore(KeyRules rules, SecretBytes material, const KeyContext& context) {
  const auto length = LengthOf(rules.type, material);
  if (!length.ok()) {
    return Error(ErrorCode::kInvalidArgument,
                 "RSA key: not in DER, or a modulus or exponent that is not kept here");
  }
  if (rules.length == 0) rules.length = *length;
  if (rules.length != *length) {
    return Error(ErrorCode::kInvalidArgument, "key: the material is not as long as the rules say");
  }
  FLORIN_CHECK_OK(CheckRules(rules));
  FLORIN_TRY(auto schedules, KeySchedules::Create(rules, std::move(material)));
  return KeyPtr(new Key(std::move(rules), std::move(schedules), context));
}

Result<KeyPtr> Key::Make(KeyRules rules, SecretBytes material, const KeyContext& context) {
  FLORIN_CHECK_OK(CheckNewLife(rules.life));
  return Restore(std::move(rules), std::move(material), context);
}

Result<KeyPtr> Key::Import(KeyRules rules, SecretBytes material, const Clock& clock) {
  return Make(std::move(rules), std::move(material), {KeyOrigin::kImported, &clock});
}

Result<KeyPtr> Key::Generate(KeyRules rules, RandomSource& random, const Clock& clock) {
  if (IsPublicKey(rules.type)) {
    return Error(ErrorCode::kInvalidArgument, "key: a public key comes with its private key only");
  }
  if (rules.type == KeyType::kEcPrivate && rules.length == 0) {
    rules.length = EcLength(rules.type, rules.curve);
  }
  FLORIN_CHECK_OK(CheckRules(rules));
  FLORIN_CHECK_OK(CheckNewLife(rules.life));
  FLORIN_TRY(auto material, Draw(rules, random));
  return Make(std::move(rules), std::move(material), {KeyOrigin::kGenerated, &clock});
}

Result<KeyPairPtrs> Key::GeneratePair(KeyRules private_rules, KeyRules public_rules,
                                      RandomSource& random, const Clock& clock) {
  if (!IsPair(private_rules, public_rules)) {
    return Error(
        ErrorCode::kInvalidArgument,
        "key pair: needs a private and a public key, EC of one curve or RSA of one length");
  }
  // Both sets of rules are judged before anything is drawn.
  if (public_rules.length == 0) {
    public_rules.length = IsEcKey(public_rules.type)
                              ? EcLength(public_rules.type, public_rules.curve)
                              : private_rules.length;
  }
  FLORIN_CHECK_OK(CheckPairOfWrapping(private_rules, public_rules));
  FLORIN_CHECK_OK(CheckRules(public_rules));
  FLORIN_CHECK_OK(CheckNewLife(public_rules.life));
  FLORIN_TRY(auto private_key, Generate(std::move(private_rules), random, clock));
  FLORIN_TRY(auto material, PublicMaterialOf(*private_key));
  FLORIN_TRY(auto public_key,
             Make(std::move(public_rules), std::move(material), {KeyOrigin::kGenerated, &clock}));
  return KeyPairPtrs{std::move(private_key), std::move(public_key)};
}

ByteView Key::Material(SecretAccess access) const { return schedules_->material(access); }

ByteView Key::PublicPoint() const {
  return IsEcKey(rules_.type) ? schedules_->CurvePublic() : ByteView();
}

Result<std::size_t> Key::PublicKeyInfo(MutableBytes out) const {
  if (!IsPublicKey(rules_.type) && !IsPrivateKey(rules_.type)) {
    return Error(ErrorCode::kInvalidArgument, "a secret key has no public part");
  }
  if (IsRsaKey(rules_.type)) {
    FLORIN_TRY(const auto numbers, RsaNumbers());
    return primitives::WriteRsaSpki(numbers, out);
  }
  return primitives::WriteCurveSpki(rules_.curve, PublicPoint(), out);
}

Result<primitives::RsaPublicNumbers> Key::RsaNumbers() const {
  const ByteView material = Material(SecretAccess{});
  if (rules_.type == KeyType::kRsaPublic) return primitives::ParseRsaSpki(material);
  if (rules_.type != KeyType::kRsaPrivate) {
    return Error(ErrorCode::kInvalidArgument, "the key is no RSA key");
  }
  FLORIN_TRY(const auto numbers, primitives::ParseRsaPrivateKey(material));
  return primitives::RsaPublicNumbers{numbers.modulus, numbers.public_exponent};
}

std::size_t Key::StrengthBits() const {
  const bool two_keys =
      rules_.type == KeyType::kDes3 && primitives::IsTwoKeyBundle(Material(SecretAccess{}));
  return two_keys ? 80 : mechanisms::StrengthBits(rules_);
}

Result<std::array<std::uint8_t, 3>> Key::CheckValue() const {
  if (rules_.type != KeyType::kAes && rules_.type != KeyType::kDes3) {
    return Error(ErrorCode::kUnsupported, "no check value is defined for this key type");
  }
  const auto method =
      rules_.type == KeyType::kAes ? card::KcvMethod::kCmacAes : card::KcvMethod::kLegacyTdes;
  std::array<std::uint8_t, 3> value{};
  FLORIN_CHECK_OK(card::KeyCheckValue(method, Material(SecretAccess{}), value));
  return value;
}

Result<KeyPtr> Key::CopyNarrowed(KeyRules rules) const {
  if (!IsNarrower(rules, rules_)) {
    return Error(ErrorCode::kPermissionDenied, "a copy of a key may only narrow its rules");
  }
  FLORIN_TRY(auto material, SecretBytes::CopyOf(Material(SecretAccess{})));
  return Restore(std::move(rules), std::move(material), context_);
}

Result<KeyPtr> Key::InState(KeyState state) const {
  FLORIN_CHECK_OK(CheckStateChange(rules_.life.state, state));
  KeyRules rules = rules_;
  rules.life.state = state;
  return KeyPtr(new Key(std::move(rules), schedules_, context_));
}

}  // namespace florin::mechanisms
