// Pkcs11Session: listing keys, telling what the token says of them, and moving them along their
// life.
#include <array>
#include <cstring>

#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/emv_profiles_codec.h"
#include "crypto/cryptoki/key_exchange_codec.h"
#include "crypto/cryptoki/key_life_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/public_key_codec.h"
#include "crypto/mechanisms/key_life.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/pkcs11/session.h"
#include "crypto/pkcs11/session_batch.h"

namespace florin::pkcs11 {
namespace {

using hsm::KeyClass;
using hsm::KeyDescription;
using hsm::KeyHandle;
using mechanisms::KeyType;
using mechanisms::Verb;

// Longer values than this are none that Florin reads.
constexpr std::size_t kMaxValue = 4096;

Error NoStates() {
  return {ErrorCode::kUnsupported,
          "the token keeps no states of keys (CKA_FLORIN_KEY_STATE); use Florin's module"};
}

// Attributes of one object, one call for each: modules differ in what they answer for several of
// which one is unknown.
class Reader {
 public:
  Reader(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
      : functions_(functions), session_(session), object_(object) {}

  // Nullopt where the token has no such value, or does not show it. The view is good until the next
  // call.
  std::optional<ByteView> Bytes(CK_ATTRIBUTE_TYPE type) {
    if (failure_ != CKR_OK) return std::nullopt;
    CK_ATTRIBUTE attribute = {type, buffer_.data(), buffer_.size()};
    const CK_RV rv = functions_.C_GetAttributeValue(session_, object_, &attribute, 1);
    switch (rv) {
      case CKR_OK:
        if (attribute.ulValueLen > buffer_.size()) return std::nullopt;
        return ByteView(buffer_).first(attribute.ulValueLen);
      case CKR_ATTRIBUTE_TYPE_INVALID:
      case CKR_ATTRIBUTE_SENSITIVE:
      case CKR_BUFFER_TOO_SMALL: return std::nullopt;
      default: failure_ = rv; return std::nullopt;
    }
  }

  std::optional<CK_ULONG> Ulong(CK_ATTRIBUTE_TYPE type) {
    const auto bytes = Bytes(type);
    CK_ULONG value = 0;
    if (!bytes.has_value() || bytes->size() != sizeof(value)) return std::nullopt;
    std::memcpy(&value, bytes->data(), sizeof(value));
    return value;
  }

  std::optional<bool> Bool(CK_ATTRIBUTE_TYPE type) {
    const auto bytes = Bytes(type);
    if (!bytes.has_value() || bytes->size() != sizeof(CK_BBOOL)) return std::nullopt;
    return (*bytes)[0] != CK_FALSE;
  }

  // The first answer that was no answer, else CKR_OK.
  CK_RV failure() const { return failure_; }

 private:
  const CK_FUNCTION_LIST& functions_;
  CK_SESSION_HANDLE session_;
  CK_OBJECT_HANDLE object_;
  CK_RV failure_ = CKR_OK;
  std::array<std::uint8_t, kMaxValue> buffer_{};
};

std::optional<KeyClass> ClassFrom(std::optional<CK_ULONG> object_class) {
  if (object_class == CKO_SECRET_KEY) return KeyClass::kSecret;
  if (object_class == CKO_PRIVATE_KEY) return KeyClass::kPrivate;
  if (object_class == CKO_PUBLIC_KEY) return KeyClass::kPublic;
  return std::nullopt;
}

std::optional<KeyType> TypeFrom(KeyClass key_class, CK_ULONG number,
                                const mechanisms::VerbSet& verbs) {
  if (key_class != KeyClass::kSecret) {
    const bool is_private = key_class == KeyClass::kPrivate;
    if (cryptoki::IsEcKeyType(number)) return is_private ? KeyType::kEcPrivate : KeyType::kEcPublic;
    if (number == CKK_RSA) return is_private ? KeyType::kRsaPrivate : KeyType::kRsaPublic;
    return std::nullopt;
  }
  switch (number) {
    case CKK_AES: return KeyType::kAes;
    case CKK_CHACHA20: return KeyType::kChaCha20;
    case CKK_DES2:
    case CKK_DES3: return KeyType::kDes3;
    case CKK_SHA224_HMAC:
    case CKK_SHA256_HMAC:
    case CKK_SHA384_HMAC:
    case CKK_SHA512_HMAC: return KeyType::kHmac;
    case CKK_GENERIC_SECRET:
      return verbs.Has(Verb::kSign) || verbs.Has(Verb::kVerify) ? KeyType::kHmac
                                                                : KeyType::kGenericSecret;
    default: return std::nullopt;
  }
}

void ReadVerbs(Reader& reader, KeyDescription& key) {
  constexpr std::pair<CK_ATTRIBUTE_TYPE, Verb> kRoles[] = {
      {CKA_SIGN, Verb::kSign},       {CKA_VERIFY, Verb::kVerify}, {CKA_ENCRYPT, Verb::kEncrypt},
      {CKA_DECRYPT, Verb::kDecrypt}, {CKA_DERIVE, Verb::kDerive}, {CKA_WRAP, Verb::kWrap},
      {CKA_UNWRAP, Verb::kUnwrap},
  };
  for (const auto& [type, verb] : kRoles) {
    if (reader.Bool(type).value_or(false)) key.verbs.Add(verb);
  }
}

void ReadLength(Reader& reader, CK_ULONG type_number, KeyDescription& key) {
  if (!key.type.has_value()) return;
  if (mechanisms::IsRsaKey(*key.type)) {
    const auto modulus = reader.Bytes(CKA_MODULUS);
    if (modulus.has_value()) key.length = cryptoki::ModulusLength(*modulus);
  } else if (mechanisms::IsEcKey(*key.type)) {
    const auto params = reader.Bytes(CKA_EC_PARAMS);
    if (!params.has_value()) return;
    const auto curve = cryptoki::CurveFromEcParams(*params);
    if (!curve.ok()) return;
    key.curve = *curve;
    const CurveInfo& info = InfoOf(*curve);
    key.length = key.type == KeyType::kEcPublic ? info.public_size : info.private_size;
  } else if (type_number == CKK_DES2 || type_number == CKK_DES3) {
    key.length = type_number == CKK_DES2 ? 16 : 24;
  } else if (const auto length = reader.Ulong(CKA_VALUE_LEN)) {
    key.length = *length;
  }
}

// Three-key DES whose last part repeats the first counts as two-key, which no attribute tells: the
// strength is that of the type.
void SetStrength(KeyDescription& key) {
  if (!key.type.has_value() || !key.length.has_value()) return;
  mechanisms::KeyRules rules;
  rules.type = *key.type;
  rules.length = *key.length;
  rules.curve = key.curve.value_or(Curve::kP256);
  if (!mechanisms::IsEcKey(rules.type) || key.curve.has_value())
    key.strength = mechanisms::StrengthBits(rules);
}

void ReadAllowed(Reader& reader, KeyDescription& key) {
  const auto list = reader.Bytes(CKA_ALLOWED_MECHANISMS);
  if (!list.has_value()) return;
  for (std::size_t i = 0; i + sizeof(CK_ULONG) <= list->size(); i += sizeof(CK_ULONG)) {
    CK_MECHANISM_TYPE number = 0;
    std::memcpy(&number, list->data() + i, sizeof(number));
    const auto* known = cryptoki::FindMechanismNumber(number);
    if (known == nullptr) {
      ++key.unknown_mechanisms;
      continue;
    }
    // Several numbers of a mechanism are one mechanism here, and stand together.
    auto& allowed = key.allowed_mechanisms;
    if (allowed.empty() || allowed.back() != known->type) allowed.push_back(known->type);
  }
}

void ReadDates(Reader& reader, KeyDescription& key) {
  if (const auto start = reader.Bytes(CKA_START_DATE)) {
    const auto date = cryptoki::NotBeforeFromDate(*start);
    if (date.ok()) key.not_before = *date;
  }
  if (const auto end = reader.Bytes(CKA_END_DATE)) {
    const auto date = cryptoki::NotAfterFromDate(*end);
    if (date.ok()) key.not_after = *date;
  }
}

// What only Florin's module has. Its numbers mean other things, or nothing, elsewhere.
void ReadFlorin(Reader& reader, KeyDescription& key) {
  if (const auto header = reader.Bytes(CKA_FLORIN_KEY_BLOCK_HEADER)) {
    const auto parsed = card::KeyBlockHeader::Parse(AsText(*header));
    if (parsed.ok()) key.header = *parsed;
  }
  if (const auto profiles = reader.Bytes(CKA_FLORIN_EMV_PROFILES)) {
    const auto decoded = cryptoki::DecodeEmvProfiles(*profiles);
    if (decoded.ok()) key.emv = *decoded;
  }
  const std::string_view usage = key.header.has_value() ? key.header->usage() : "";
  if (usage == "P0") {
    const auto marks =
        cryptoki::DecodePinKeyMarks(reader.Ulong(CKA_FLORIN_PIN_KEY_MARKS).value_or(0));
    if (marks.ok()) key.pin = *marks;
  }
  if (usage == "V1") {
    key.decimalisation = reader.Bytes(CKA_FLORIN_DECIMALISATION_TABLE).has_value();
  }
  if (usage == "K2") {
    if (const auto peers = reader.Bytes(CKA_FLORIN_TR34_PEERS)) {
      const auto decoded = cryptoki::DecodeTr34Peers(*peers);
      if (decoded.ok()) key.tr34_peers = *decoded;
    }
  }
  if (const auto state = reader.Ulong(CKA_FLORIN_KEY_STATE)) {
    const auto known = cryptoki::StateFromNumber(*state);
    if (known.ok()) key.state = *known;
  }
  if (const auto origin = reader.Ulong(CKA_FLORIN_KEY_ORIGIN)) {
    const auto known = cryptoki::OriginFromNumber(*origin);
    if (known.ok()) key.origin = *known;
  }
}

void ReadCheckValue(Reader& reader, bool is_florin, KeyDescription& key) {
  if (key.type != KeyType::kAes && key.type != KeyType::kDes3) return;
  const auto value = reader.Bytes(CKA_CHECK_VALUE);
  hsm::CheckValue check;
  if (!value.has_value() || value->size() != check.value.size()) return;
  std::memcpy(check.value.data(), value->data(), check.value.size());
  if (key.type == KeyType::kDes3) check.method = card::KcvMethod::kLegacyTdes;
  if (key.type == KeyType::kAes && is_florin) check.method = card::KcvMethod::kCmacAes;
  key.check_value = check;
}

}  // namespace

// Adds the objects of one class; ends the search in any case.
CK_RV Pkcs11Session::FindAll(CK_OBJECT_CLASS object_class,
                             std::vector<CK_OBJECT_HANDLE>& objects) const {
  CK_ATTRIBUTE wanted = {CKA_CLASS, &object_class, sizeof(object_class)};
  CK_RV rv = c().C_FindObjectsInit(handle_, &wanted, 1);
  if (rv != CKR_OK) return rv;
  while (objects.size() <= hsm::kMaxListedKeys) {
    std::array<CK_OBJECT_HANDLE, 64> some{};
    CK_ULONG how_many = 0;
    rv = c().C_FindObjects(handle_, some.data(), some.size(), &how_many);
    if (rv != CKR_OK || how_many == 0) break;
    if (how_many > some.size()) {
      rv = CKR_GENERAL_ERROR;
      break;
    }
    objects.insert(objects.end(), some.begin(), some.begin() + static_cast<int>(how_many));
  }
  const CK_RV end = c().C_FindObjectsFinal(handle_);
  return rv != CKR_OK ? rv : end;
}

Result<std::vector<KeyHandle>> Pkcs11Session::List() {
  FLORIN_CHECK_OK(CheckAlive());
  std::vector<CK_OBJECT_HANDLE> objects;
  for (const CK_OBJECT_CLASS object_class : {CKO_SECRET_KEY, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
    const CK_RV rv = FindAll(object_class, objects);
    if (rv != CKR_OK) return Judge(rv);
  }
  if (objects.size() > hsm::kMaxListedKeys) {
    return Error(ErrorCode::kLimitExceeded, "the token has more keys than a list may have");
  }
  // Keys without a name have a handle that no name leads to.
  std::unordered_map<CK_OBJECT_HANDLE, KeyHandle> known;
  for (const auto& [object, key] : handles_.Live()) known.emplace(object, key);
  std::vector<KeyHandle> keys;
  keys.reserve(objects.size());
  for (const CK_OBJECT_HANDLE object : objects) {
    const auto found = known.find(object);
    if (found != known.end()) {
      keys.push_back(found->second);
    } else {
      FLORIN_TRY(const KeyHandle key, HandleOf(object));
      keys.push_back(key);
    }
  }
  return keys;
}

Result<KeyDescription> Pkcs11Session::Describe(KeyHandle key) {
  FLORIN_CHECK_OK(CheckAlive());
  FLORIN_TRY(const CK_OBJECT_HANDLE object, handles_.Find(key));
  Reader reader(c(), handle_, object);
  KeyDescription description;
  const auto key_class = ClassFrom(reader.Ulong(CKA_CLASS));
  if (reader.failure() == CKR_OBJECT_HANDLE_INVALID) Forget(key);
  if (reader.failure() != CKR_OK) return Judge(reader.failure());
  if (!key_class.has_value()) {
    return Error(ErrorCode::kDeviceError, "the token does not say what class this key has");
  }
  description.key_class = *key_class;
  if (const auto label = reader.Bytes(CKA_LABEL)) description.label = AsText(*label);
  if (const auto id = reader.Bytes(CKA_ID)) description.id.assign(id->begin(), id->end());
  description.persistent = reader.Bool(CKA_TOKEN);
  ReadVerbs(reader, description);
  if (const auto number = reader.Ulong(CKA_KEY_TYPE)) {
    description.type = TypeFrom(*key_class, *number, description.verbs);
    ReadLength(reader, *number, description);
  }
  SetStrength(description);
  if (*key_class != KeyClass::kPublic) {
    description.sensitive = reader.Bool(CKA_SENSITIVE);
    description.extractable = reader.Bool(CKA_EXTRACTABLE);
  }
  ReadAllowed(reader, description);
  ReadDates(reader, description);
  if (token_->obeys_headers()) ReadFlorin(reader, description);
  // CKA_LOCAL: born in this token. Its absence leaves more than one way open.
  if (!description.origin.has_value() && reader.Bool(CKA_LOCAL).value_or(false)) {
    description.origin = mechanisms::KeyOrigin::kGenerated;
  }
  ReadCheckValue(reader, token_->obeys_headers(), description);
  if (reader.failure() != CKR_OK) return Judge(reader.failure());
  return description;
}

Status Pkcs11Session::SetState(KeyHandle key, mechanisms::KeyState state) {
  FLORIN_CHECK_OK(CheckAlive());
  FLORIN_TRY(const CK_OBJECT_HANDLE object, handles_.Find(key));
  if (!token_->obeys_headers()) return NoStates();
  Reader reader(c(), handle_, object);
  const auto number = reader.Ulong(CKA_FLORIN_KEY_STATE);
  if (reader.failure() != CKR_OK) return Judge(reader.failure());
  if (!number.has_value()) return NoStates();
  // The token decides, but its answer does not say why not.
  FLORIN_TRY(const mechanisms::KeyState current, cryptoki::StateFromNumber(*number));
  FLORIN_CHECK_OK(mechanisms::CheckStateChange(current, state));
  CK_ULONG wanted = cryptoki::StateNumber(state);
  CK_ATTRIBUTE attribute = {CKA_FLORIN_KEY_STATE, &wanted, sizeof(wanted)};
  const CK_RV rv = c().C_SetAttributeValue(handle_, object, &attribute, 1);
  return rv == CKR_OK ? OkStatus() : Status(Judge(rv));
}

// A refusal by state or date, told as precisely as a session that has the key itself would.
std::optional<Error> Pkcs11Session::ExplainRefusal(Verb verb, KeyHandle key) {
  const auto object = handles_.Find(key);
  if (!object.ok() || !alive_ || !token_->obeys_headers()) return std::nullopt;
  Reader reader(c(), handle_, *object);
  KeyDescription description;
  ReadFlorin(reader, description);
  ReadDates(reader, description);
  if (reader.failure() != CKR_OK || !description.state.has_value()) return std::nullopt;
  const mechanisms::KeyLife life{*description.state, description.not_before, description.not_after};
  const Status judged = mechanisms::JudgeLife(verb, life, SystemClock().Now());
  if (judged.ok()) return std::nullopt;
  return judged.error();
}

}  // namespace florin::pkcs11
