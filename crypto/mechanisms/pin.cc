// PINs: translation, verification, change and generation, all of enciphered blocks.
#include <algorithm>
#include <array>

#include "crypto/card/pin_generation.h"
#include "crypto/card/pin_verification.h"
#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/other_keys.h"
#include "crypto/mechanisms/pin_keys.h"

namespace florin::mechanisms {
namespace {

using card::Pin;
using card::PinOffset;
using card::Pvv;

constexpr std::size_t kPvkSize = 16;

Error BadPin(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

// One error for everything that is wrong with a PIN or its block.
Error PinFailed() { return {ErrorCode::kVerificationFailed, "PIN verification failed"}; }

// A batch of random bytes for the length of one call.
class Randomness {
 public:
  card::RandomBatch& batch() { return batch_; }

 private:
  std::array<std::uint8_t, card::kMinRandomBatch> buffer_{};
  card::RandomBatch batch_{SystemRandom(), buffer_};
};

// --- the reference ---

bool IsPvv(const PinReference& reference) { return reference.kind == PinReferenceKind::kVisaPvv; }

Status CheckReference(const PinReference& reference, const Key& pvk, const Pan* pan) {
  const KeyRules& rules = pvk.rules();
  if (rules.length != kPvkSize) return BadPin("a PVK is a TDES key of 16 bytes");
  if ((rules.header->usage() == "V2") != IsPvv(reference)) {
    return Error(ErrorCode::kPermissionDenied,
                 "keys of usage V2 are for Visa PVVs, those of usage V1 for IBM 3624 offsets");
  }
  if (pan == nullptr || pan->empty()) return BadPin("PVV and offset need the PAN");
  FLORIN_CHECK_OK(pvk.schedules().Cipher());
  if (IsPvv(reference)) {
    return reference.pvki <= card::kMaxPvki ? OkStatus() : Status(BadPin("a PVKI is 0 to 6"));
  }
  if (!rules.decimalisation.has_value()) {
    return Error(ErrorCode::kPermissionDenied,
                 "the key has no decimalisation table; make it with one");
  }
  FLORIN_CHECK_OK(card::ValidationData::FromPan(*pan, reference.pan_start, reference.pan_digits,
                                                reference.fill));
  return OkStatus();
}

// The PVK and what belongs to it, ready to compute. Lives as long as key and PAN.
class PvvReference {
 public:
  static Result<PvvReference> Create(const PinReference& reference, const Key& pvk,
                                     const Pan& pan) {
    FLORIN_TRY(const auto* cipher, pvk.schedules().Cipher());
    return PvvReference({*cipher, pan, reference.pvki});
  }
  const card::PvvContext& context() const { return context_; }

 private:
  explicit PvvReference(const card::PvvContext& context) : context_(context) {}
  card::PvvContext context_;
};

class OffsetReference {
 public:
  static Result<OffsetReference> Create(const PinReference& reference, const Key& pvk,
                                        const Pan& pan) {
    FLORIN_TRY(const auto* cipher, pvk.schedules().Cipher());
    FLORIN_TRY(auto table, card::DecimalisationTable::Parse(pvk.rules().decimalisation->digits()));
    FLORIN_TRY(auto data, card::ValidationData::FromPan(pan, reference.pan_start,
                                                        reference.pan_digits, reference.fill));
    return OffsetReference(*cipher, std::move(table), std::move(data));
  }
  card::Ibm3624Context context() const { return {pvk_, table_, data_}; }

 private:
  OffsetReference(const primitives::KeyedCipher& pvk, card::DecimalisationTable table,
                  card::ValidationData data)
      : pvk_(pvk), table_(std::move(table)), data_(std::move(data)) {}

  const primitives::KeyedCipher& pvk_;
  card::DecimalisationTable table_;
  card::ValidationData data_;
};

Result<std::size_t> WriteDigits(std::string_view digits, MutableBytes out) {
  if (out.size() < digits.size()) {
    return Error(ErrorCode::kBufferTooSmall, "no room for the PVV or offset");
  }
  std::copy(digits.begin(), digits.end(), out.begin());
  return digits.size();
}

// The reference of a PIN, to the start of `out`.
Result<std::size_t> WriteReference(const PinReference& reference, const Key& pvk, const Pan& pan,
                                   const Pin& pin, MutableBytes out) {
  if (IsPvv(reference)) {
    FLORIN_TRY(const auto pvv, PvvReference::Create(reference, pvk, pan));
    FLORIN_TRY(const Pvv value, card::MakePvv(pvv.context(), pin));
    return WriteDigits(value.Read(SecretAccess{}), out);
  }
  FLORIN_TRY(const auto ibm, OffsetReference::Create(reference, pvk, pan));
  FLORIN_TRY(const PinOffset value, card::MakeOffset(ibm.context(), pin));
  return WriteDigits(value.Read(SecretAccess{}), out);
}

// Verifies the PIN in a block in one time, whatever is wrong.
Status VerifyBlock(const PinReference& reference, const Key& pvk, const PinBlock& block,
                   const Key& block_key, ByteView enciphered, const Pan& pan, ByteView expected) {
  FLORIN_TRY(const auto cipher, PinBlockCipher::Create(block, block_key));
  if (IsPvv(reference)) {
    FLORIN_TRY(const auto pvv, PvvReference::Create(reference, pvk, pan));
    const auto value = Pvv::Parse(AsText(expected));
    if (!value.ok()) return PinFailed();
    return card::VerifyPinBlockPvv(pvv.context(), cipher.get(), block.profile, enciphered, *value);
  }
  FLORIN_TRY(const auto ibm, OffsetReference::Create(reference, pvk, pan));
  const auto value = PinOffset::Parse(AsText(expected));
  if (!value.ok()) return PinFailed();
  return card::VerifyPinBlockOffset(ibm.context(), cipher.get(), block.profile, enciphered, pan,
                                    *value);
}

Result<Pin> OpenBlock(const PinBlock& block, const Key& key, ByteView enciphered, const Pan& pan) {
  FLORIN_TRY(const auto cipher, PinBlockCipher::Create(block, key));
  return card::DecryptPinBlock(cipher.get(), block.profile, enciphered, pan);
}

// Offsets may be made of blocks of format 1 too.
Status CheckSource(const PinReference& reference, const PinBlock& block) {
  return IsPvv(reference) ? card::CheckPvvSource(block.profile.format) : OkStatus();
}

// Parameter, PVK and the key of the blocks that come in. T: PinVerification, PinChange.
template <class T>
Status CheckVerifying(const T& parameter, MechanismType type, const Key& pvk) {
  FLORIN_CHECK_OK(CheckReference(parameter.reference, pvk, parameter.pan));
  FLORIN_TRY(const Key* block_key,
             PermittedKey(parameter.block_key, Verb::kDecrypt, type, KeyRole::kPinSource));
  FLORIN_CHECK_OK(CheckPinBlock(parameter.block, *block_key, parameter.pan));
  return CheckSource(parameter.reference, parameter.block);
}

// --- the mechanisms ---

class Translation final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& to_key) const override {
    const auto& parameter = ParameterOf<PinTranslation>(mechanism);
    FLORIN_TRY(const Key* from_key,
               PermittedKey(parameter.from_key, Verb::kDecrypt, MechanismType::kPinTranslation,
                            KeyRole::kPinSource));
    FLORIN_CHECK_OK(CheckPinBlock(parameter.from, *from_key, parameter.pan));
    FLORIN_CHECK_OK(CheckPinBlock(parameter.to, to_key, parameter.pan));
    return card::CheckTranslation({.from = parameter.from.profile.format,
                                   .to = parameter.to.profile.format,
                                   .same_pan = true,
                                   .in_key = PinPropertiesOf(parameter.from, *from_key),
                                   .out_key = PinPropertiesOf(parameter.to, to_key)});
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return card::PinBlockSize(ParameterOf<PinTranslation>(mechanism).to.profile.format);
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& to_key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<PinTranslation>(mechanism);
    const Key& from_key = *parameter.from_key.key;
    FLORIN_TRY(const auto from, PinBlockCipher::Create(parameter.from, from_key));
    FLORIN_TRY(const auto to, PinBlockCipher::Create(parameter.to, to_key));
    const Pan& pan = PanOrNone(parameter.pan);
    const card::PinBlockEnd source{from.get(), PinPropertiesOf(parameter.from, from_key),
                                   parameter.from.profile, pan};
    const card::PinBlockEnd target{to.get(), PinPropertiesOf(parameter.to, to_key),
                                   parameter.to.profile, pan};
    const std::size_t size = card::PinBlockSize(parameter.to.profile.format);
    Randomness random;
    FLORIN_CHECK_OK(card::TranslatePinBlock(source, input, target, card::PinBlockUse::kTransport,
                                            random.batch(), out.first(size)));
    return size;
  }
};

class Verification final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& pvk) const override {
    return CheckVerifying(ParameterOf<PinVerification>(mechanism), MechanismType::kPinVerification,
                          pvk);
  }

  // The length of an offset is that of the PIN, which the block alone knows.
  bool MayWriteLess(Verb) const override { return true; }
  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return IsPvv(ParameterOf<PinVerification>(mechanism).reference) ? Pvv::kMaxDigits
                                                                    : kMaxPinReference;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& pvk, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<PinVerification>(mechanism);
    FLORIN_TRY(const Pin pin,
               OpenBlock(parameter.block, *parameter.block_key.key, input, *parameter.pan));
    return WriteReference(parameter.reference, pvk, *parameter.pan, pin, out);
  }

  Status Verify(const Mechanism& mechanism, const Key& pvk, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<PinVerification>(mechanism);
    return VerifyBlock(parameter.reference, pvk, parameter.block, *parameter.block_key.key, input,
                       *parameter.pan, signature);
  }
};

class Change final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& pvk) const override {
    return CheckVerifying(ParameterOf<PinChange>(mechanism), MechanismType::kPinChange, pvk);
  }

  bool MayWriteLess(Verb) const override { return true; }
  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return IsPvv(ParameterOf<PinChange>(mechanism).reference) ? Pvv::kMaxDigits : kMaxPinReference;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& pvk, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<PinChange>(mechanism);
    const std::size_t size = card::PinBlockSize(parameter.block.profile.format);
    if (input.size() != 2 * size) return PinFailed();
    const Key& block_key = *parameter.block_key.key;
    FLORIN_CHECK_OK(VerifyBlock(parameter.reference, pvk, parameter.block, block_key,
                                input.first(size), *parameter.pan, parameter.current));
    FLORIN_TRY(const Pin pin,
               OpenBlock(parameter.block, block_key, input.subspan(size), *parameter.pan));
    FLORIN_CHECK_OK(card::CheckPinStrength(pin));
    return WriteReference(parameter.reference, pvk, *parameter.pan, pin, out);
  }
};

class Generation final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& pvk) const override {
    const auto& parameter = ParameterOf<PinGeneration>(mechanism);
    FLORIN_CHECK_OK(CheckReference(parameter.reference, pvk, parameter.pan));
    FLORIN_TRY(const Key* block_key,
               PermittedKey(parameter.block_key, Verb::kEncrypt, MechanismType::kPinGeneration,
                            KeyRole::kPinTarget));
    FLORIN_CHECK_OK(CheckPinBlock(parameter.block, *block_key, parameter.pan));
    const card::PinLengths& lengths = parameter.block.profile.lengths;
    if (parameter.pin_length < lengths.min || parameter.pin_length > lengths.max) {
      return BadPin("the PIN length lies outside those that the block allows");
    }
    if (parameter.offset.empty()) return OkStatus();
    if (IsPvv(parameter.reference)) return BadPin("an offset belongs to IBM 3624");
    if (parameter.offset.size() != parameter.pin_length) {
      return BadPin("an offset has as many digits as the PIN");
    }
    FLORIN_CHECK_OK(PinOffset::Parse(AsText(parameter.offset)));
    return OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    const auto& parameter = ParameterOf<PinGeneration>(mechanism);
    return card::PinBlockSize(parameter.block.profile.format) +
           (IsPvv(parameter.reference) ? Pvv::kMaxDigits : parameter.pin_length);
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& pvk, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<PinGeneration>(mechanism);
    if (!input.empty()) return Error(ErrorCode::kMalformed, "PIN generation takes no input");
    Randomness random;
    FLORIN_TRY(const Pin pin, PinOf(parameter, pvk, random.batch()));
    const std::size_t size = card::PinBlockSize(parameter.block.profile.format);
    FLORIN_TRY(const auto cipher,
               PinBlockCipher::Create(parameter.block, *parameter.block_key.key));
    FLORIN_CHECK_OK(card::EncryptPinBlock(cipher.get(), parameter.block.profile, pin,
                                          *parameter.pan, random.batch(), out.first(size)));
    FLORIN_TRY(const std::size_t digits,
               WriteReference(parameter.reference, pvk, *parameter.pan, pin, out.subspan(size)));
    return size + digits;
  }

 private:
  static Result<Pin> PinOf(const PinGeneration& parameter, const Key& pvk,
                           card::RandomBatch& random) {
    if (parameter.offset.empty()) return card::GeneratePin(random, parameter.pin_length);
    FLORIN_TRY(const auto ibm, OffsetReference::Create(parameter.reference, pvk, *parameter.pan));
    FLORIN_TRY(const PinOffset offset, PinOffset::Parse(AsText(parameter.offset)));
    return card::PinFromOffset(ibm.context(), offset);
  }
};

}  // namespace

const Implementation& PinTranslationImplementation() { return Forever<Translation>(); }
const Implementation& PinVerificationImplementation() { return Forever<Verification>(); }
const Implementation& PinChangeImplementation() { return Forever<Change>(); }
const Implementation& PinGenerationImplementation() { return Forever<Generation>(); }

}  // namespace florin::mechanisms
