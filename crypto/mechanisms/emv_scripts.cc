// Issuer scripts: MAC and encryption of commands, and the command that changes a PIN in the card.
#include <algorithm>
#include <array>
#include <utility>

#include "crypto/card/emv_derivation.h"
#include "crypto/card/emv_script.h"
#include "crypto/card/emv_session_key.h"
#include "crypto/mechanisms/emv_issuer.h"
#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/other_keys.h"
#include "crypto/mechanisms/pin_keys.h"

namespace florin::mechanisms {
namespace {

using card::Pin;

Status CheckScript(const EmvScript& script, const Key& key) {
  FLORIN_CHECK_OK(CheckEmvCard(script.pan, script.psn));
  if (script.key == card::EmvScriptKeyMethod::kNone) {
    return Error(ErrorCode::kInvalidArgument, "EMV: scripts need a session key method");
  }
  return CheckIssuerKey(key);
}

Status CheckMacLength(std::size_t length) {
  if (length >= card::kMinScriptMac && length <= card::kMaxScriptMac) return OkStatus();
  return Error(ErrorCode::kInvalidArgument, "EMV: a script MAC has 4 to 8 bytes");
}

Result<card::EmvKey> CardKey(const EmvScript& script, const Key& issuer) {
  FLORIN_TRY(const auto* cipher, issuer.schedules().Cipher());
  return card::DeriveIccMasterKeyWith(*cipher, script.option, *script.pan, script.psn,
                                      issuer.rules().length);
}

Result<card::EmvKey> SessionKey(const EmvScript& script, const Key& issuer) {
  FLORIN_TRY(const auto icc_key, CardKey(script, issuer));
  return card::DeriveScriptKey(icc_key, script.key, script.atc,
                               card::ScriptRand(script.arqc, script.command));
}

class Mac final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<EmvScriptMac>(mechanism);
    FLORIN_CHECK_OK(CheckMacLength(parameter.mac_length));
    return CheckScript(parameter.script, key);
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return ParameterOf<EmvScriptMac>(mechanism).mac_length;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<EmvScriptMac>(mechanism);
    FLORIN_CHECK_OK(Compute(parameter, key, input, out.first(parameter.mac_length)));
    return parameter.mac_length;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<EmvScriptMac>(mechanism);
    SecretArray<card::kMaxScriptMac> mac;
    const auto expected = mac.Write(SecretAccess{}).first(parameter.mac_length);
    FLORIN_CHECK_OK(Compute(parameter, key, input, expected));
    if (ConstantTimeEqual(expected, signature)) return OkStatus();
    return Error(ErrorCode::kVerificationFailed, "EMV: the script MAC does not match");
  }

 private:
  static Status Compute(const EmvScriptMac& parameter, const Key& key, ByteView input,
                        MutableBytes mac) {
    if (input.size() < card::kScriptHeaderSize ||
        input.size() > card::kScriptHeaderSize + card::kMaxScriptData) {
      return Error(ErrorCode::kMalformed,
                   "EMV: a script command has a header of 5 bytes and 0 to 255 bytes of data");
    }
    FLORIN_TRY(const auto session_key, SessionKey(parameter.script, key));
    return card::ScriptMac(session_key, input.first<card::kScriptHeaderSize>(), parameter.prefix,
                           {parameter.script.atc, parameter.script.arqc},
                           input.subspan(card::kScriptHeaderSize), mac);
  }
};

class Encryption final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    return CheckScript(ParameterOf<EmvScriptEncryption>(mechanism).script, key);
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&,
                         std::size_t input_length) const override {
    return card::EncryptedScriptSize(ParameterOf<EmvScriptEncryption>(mechanism).padding,
                                     input_length);
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<EmvScriptEncryption>(mechanism);
    FLORIN_TRY(const auto session_key, SessionKey(parameter.script, key));
    auto written = card::EncryptScriptData(session_key, parameter.padding, input, out);
    if (!written.ok() && written.code() == ErrorCode::kInvalidArgument) {
      return Error(ErrorCode::kMalformed, written.error().message());
    }
    return written;
  }
};

class PinChangeOfCard final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<EmvPinChange>(mechanism);
    FLORIN_CHECK_OK(CheckMacLength(parameter.mac_length));
    FLORIN_CHECK_OK(CheckScript(parameter.script, key));
    FLORIN_TRY(const Key* confidentiality,
               PermittedKey(parameter.confidentiality_key, Verb::kEncrypt,
                            MechanismType::kEmvPinChange, KeyRole::kConfidentiality));
    FLORIN_CHECK_OK(CheckIssuerKey(*confidentiality));
    if (parameter.form == card::EmvPinBlock::kVis) {
      FLORIN_TRY(const Key* cryptogram,
                 PermittedKey(parameter.cryptogram_key, Verb::kVerify, MechanismType::kEmvPinChange,
                              KeyRole::kCardCryptogram));
      FLORIN_CHECK_OK(CheckIssuerKey(*cryptogram));
    } else if (parameter.with_current) {
      return Error(ErrorCode::kInvalidArgument,
                   "EMV: a format 2 block has no place for the current PIN");
    }
    FLORIN_TRY(const Key* block_key,
               PermittedKey(parameter.block_key, Verb::kDecrypt, MechanismType::kEmvPinChange,
                            KeyRole::kPinSource));
    FLORIN_CHECK_OK(CheckPinBlock(parameter.block, *block_key, parameter.script.pan));
    return card::CheckTranslation({.from = parameter.block.profile.format,
                                   .to = card::PinBlockFormat::kFormat2,
                                   .same_pan = true,
                                   .in_key = PinPropertiesOf(parameter.block, *block_key),
                                   .out_key = {},
                                   .use = card::PinBlockUse::kPinChange});
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    const auto& parameter = ParameterOf<EmvPinChange>(mechanism);
    return card::kScriptHeaderSize +
           card::EncryptedScriptSize(parameter.padding, card::kEmvPinBlockSize) +
           parameter.mac_length;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& integrity, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<EmvPinChange>(mechanism);
    const std::size_t size = card::PinBlockSize(parameter.block.profile.format);
    if (input.size() != (parameter.with_current ? 2 * size : size)) {
      return Error(ErrorCode::kVerificationFailed, "PIN verification failed");
    }
    FLORIN_TRY(const Pin new_pin, Open(parameter, input.first(size)));
    Pin current_pin;
    if (parameter.with_current) {
      FLORIN_TRY(current_pin, Open(parameter, input.subspan(size)));
    }
    const EmvScript& script = parameter.script;
    FLORIN_TRY(const auto smi, SessionKey(script, integrity));
    FLORIN_TRY(const auto smc, SessionKey(script, *parameter.confidentiality_key.key));
    const card::EmvScriptProfile profile{
        .key = script.key,
        .mac_prefix = parameter.prefix,
        .padding = parameter.padding,
        .pin_block = parameter.form,
        .pin_block_with_current = parameter.form,
    };
    const bool vis = parameter.form == card::EmvPinBlock::kVis;
    // Format 2 is bound to no key of the card.
    FLORIN_TRY(const auto card_key,
               vis ? CardKey(script, *parameter.cryptogram_key.key) : Result(smc.Clone()));
    return card::PinChangeCommand(profile, {card_key, smc, smi}, {script.atc, script.arqc}, new_pin,
                                  parameter.with_current ? &current_pin : nullptr,
                                  parameter.mac_length, out);
  }

 private:
  static Result<Pin> Open(const EmvPinChange& parameter, ByteView enciphered) {
    FLORIN_TRY(const auto cipher,
               PinBlockCipher::Create(parameter.block, *parameter.block_key.key));
    return card::DecryptPinBlock(cipher.get(), parameter.block.profile, enciphered,
                                 *parameter.script.pan);
  }
};

}  // namespace

const Implementation& EmvScriptMacImplementation() { return Forever<Mac>(); }
const Implementation& EmvScriptEncryptionImplementation() { return Forever<Encryption>(); }
const Implementation& EmvPinChangeImplementation() { return Forever<PinChangeOfCard>(); }

}  // namespace florin::mechanisms
