// Ready templates for the keys that payment systems have. Each returns a persistent key that is
// sensitive, may not leave, and may do its one job; KeyTemplateOf says itself what it returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "florin/base/result.h"
#include "florin/card/key_block.h"
#include "florin/hsm/key_template.h"

#pragma GCC visibility push(default)

namespace florin::hsm {

// Apple Pay payment processing key: P-256, key agreement only. Private and public key bear the same
// label. Errors: those of KeyRef::Create.
Result<KeyPairTemplate> PaymentProcessingKeyPair(std::string_view label);

// A pair that agrees on keys and does nothing else: on P-256, P-384 or P-521 (ECDH), or X25519.
// Such is a recipient's or sender's key of HPKE. Private and public key bear the same label.
// kInvalidArgument for Ed25519; the errors of KeyRef::Create.
Result<KeyPairTemplate> AgreementKeyPair(std::string_view label, Curve curve);

// Which key a wallet's payment processing certificate is for.
enum class ProcessingKey : std::uint8_t {
  kP256,     // Apple Pay EC_v1
  kRsa2048,  // Apple Pay RSA_v1
};

// A payment processing key that asks for its own certificate (payload/certificate_request.h): it
// agrees on keys or unwraps them, and signs, which SP 800-57 part 1 r5 5.2 permits for the request.
// Tokens that do not know CKA_ALLOWED_MECHANISMS may refuse it. Private and public key bear the
// same label. Errors: those of KeyRef::Create.
Result<KeyPairTemplate> CertifiedKeyPair(std::string_view label, ProcessingKey key);

// The key that seals a vault's key ring: AES-256, X9.143 usage D0, encrypts and decrypts.
Result<KeyTemplate> VaultKeyRingKey(std::string_view label);

// Which side of a cryptogram a key stands on.
enum class CryptogramSide : char {
  kCard = 'G',    // generates ARQC, TC, AAC (X9.143 mode of use G)
  kIssuer = 'V',  // verifies them, and answers right ones with ARPC (mode of use V)
};

// Issuer master key for application cryptograms (IMK-AC): double-length TDES, usage E0.
Result<KeyTemplate> IssuerMasterKey(std::string_view label, CryptogramSide side);

// A secret key of any usage of X9.143, named by its header, such as "D0000P0TB00N0000", with every
// verb that usage and mode of use permit together. `length` in bytes: TDES 16 or 24, AES 16, 24 or
// 32, HMAC 16..256. Narrow `rules.verbs` where the key shall do less. kInvalidArgument or
// kUnsupported for a header of another algorithm, and the errors of KeyRef::Create.
Result<KeyTemplate> PaymentKey(std::string_view label, const mechanisms::KeyBlockHeader& header,
                               std::size_t length);

// Which ways keys pass under a key block protection key.
enum class KeyBlockWay : char {
  kBoth = 'B',
  kExport = 'E',  // wraps only (X9.143 mode of use E)
  kImport = 'D',  // unwraps only (mode of use D)
};

// Key block protection key (KBPK): AES-256, usage K1, for blocks of versions D and E. It puts up
// with nothing beyond the norm.
Result<KeyTemplate> KeyBlockProtectionKey(std::string_view label, KeyBlockWay way);

// RSA pair of TR-34 (usage K2): for the KDH's side, mode of use S, a private key that wraps and
// lets go; for the KRD's, mode of use D, one that unwraps and checks that it is let go. Its peers
// are those of `peers`. `length` is the modulus length in bytes: 256, 384, 512. Keys stronger than
// RSA of that length neither leave nor come in unless the policies of key blocks in the rules say
// so (weaker_rsa).
Result<KeyPairTemplate> Tr34KeyPair(std::string_view label, card::Tr34Role role,
                                    const mechanisms::Tr34Peers& peers, std::size_t length);

// What Session::Unwrap takes for this block: a session key without a name, of the type and header
// that the block states and of any length, which may do all that its header permits here. It may
// not leave; where the exportability is not N, `rules.extractable` may be set. kUnsupported: an
// algorithm of which no key is kept here.
Result<KeyTemplate> KeyTemplateOf(const card::KeyBlock& block);

// The same for a token of TR-34, DER, whose signature nobody has looked at yet. kMalformed,
// kVerificationFailed: no key token.
Result<KeyTemplate> KeyTemplateOfTr34(ByteView token);

}  // namespace florin::hsm

#pragma GCC visibility pop
