// Templates of keys: KeyRules, name and place as the CK_ATTRIBUTE lists a module takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/cryptoki/ec_codec.h"
#include "crypto/cryptoki/key_exchange_codec.h"
#include "crypto/cryptoki/key_life_codec.h"
#include "crypto/cryptoki/mechanism_names.h"
#include "crypto/cryptoki/pkcs11.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::cryptoki {

// Which function takes the template; each wants other attributes.
enum class TemplateUse : std::uint8_t {
  kCreate,    // C_CreateObject: with the value
  kGenerate,  // C_GenerateKey, C_GenerateKeyPair: with a length, or a curve or modulus bits on the
              // public side
  kDerive,    // C_DeriveKey: with a length
  kUnwrap,    // C_UnwrapKey: the wrapped key brings its length
  kUnwrapToLength,  // C_UnwrapKey of a form that does not tell the length: with one
};

// What a key is called and where it lives. Views.
struct KeyPlace {
  std::string_view label;  // empty: none
  ByteView id;             // empty: none
  bool persistent = false;
};

inline constexpr std::size_t kMaxLabelLength = 255;
inline constexpr std::size_t kMaxIdLength = 255;

CK_OBJECT_CLASS ClassOf(mechanisms::KeyType type);
// Two-key and three-key DES differ by `length`, EC keys by `curve`; HMAC keys are generic secrets.
CK_KEY_TYPE KeyTypeNumber(mechanisms::KeyType type, std::size_t length, Curve curve = Curve::kP256);

// The value of CKA_FLORIN_PIN_KEY_MARKS. Decoding: kInvalidArgument with
// CKR_ATTRIBUTE_VALUE_INVALID.
CK_ULONG EncodePinKeyMarks(const mechanisms::PinKeyMarks& marks);
Result<mechanisms::PinKeyMarks> DecodePinKeyMarks(CK_ULONG marks);

// A template with the storage of its values beside it: no heap. Label, id, value and header are
// pointed to and must outlive this object. Every verb is written, as TRUE or FALSE, because the
// defaults of modules differ. Not movable.
class EncodedTemplate {
 public:
  EncodedTemplate() = default;
  EncodedTemplate(const EncodedTemplate&) = delete;
  EncodedTemplate& operator=(const EncodedTemplate&) = delete;

  // `value` is the clear material as KeyRules::type says (kCreate only).
  // kMalformed, kUnsupported: no RSA key. kInvalidArgument: a verb that keys of this class do not
  // have, a name that is too long, dates of use that are not whole days.
  Status Encode(TemplateUse use, const mechanisms::KeyRules& rules, const KeyPlace& place,
                ByteView value = {});

  // For the C_* functions, which take it non-const and read it only.
  CK_ATTRIBUTE* data() { return attributes_.data(); }
  CK_ULONG count() const { return count_; }

 private:
  static constexpr std::size_t kMaxAttributes = 36;
  static constexpr std::size_t kMaxNumbers = 128;

  void Add(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t length);
  void AddFlag(CK_ATTRIBUTE_TYPE type, bool value);
  Status AddVerbs(const mechanisms::KeyRules& rules);
  void AddAllowed(const mechanisms::KeyRules& rules);
  Status AddLife(const mechanisms::KeyLife& life);
  void AddView(CK_ATTRIBUTE_TYPE type, ByteView value);
  Status AddRsa(TemplateUse use, const mechanisms::KeyRules& rules, ByteView value);
  Status AddMaterial(TemplateUse use, const mechanisms::KeyRules& rules, ByteView value);

  std::array<CK_ATTRIBUTE, kMaxAttributes> attributes_{};
  std::size_t count_ = 0;
  CK_OBJECT_CLASS class_ = 0;
  CK_KEY_TYPE key_type_ = 0;
  CK_ULONG value_length_ = 0;
  std::array<CK_MECHANISM_TYPE, kMaxNumbers> allowed_{};
  std::array<std::uint8_t, kMaxWrappedPointLength> point_{};
  CK_FLORIN_EMV_PROFILES emv_profiles_{};
  CK_ULONG pin_marks_ = 0;
  CK_ULONG hmac_hash_ = 0;
  Tr34PeersValue tr34_peers_{};
  EncodedLife life_{};
  CK_ULONG key_block_policy_ = 0;
};

}  // namespace florin::cryptoki
