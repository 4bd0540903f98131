// What the forms that keep a key's header have in common: key blocks and tokens of TR-34.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "crypto/mechanisms/key.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/key_block_header.h"
#include "florin/card/key_block_optional.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::mechanisms {

// The optional blocks that a caller adds; views of `text`. kLimitExceeded, kInvalidArgument.
Result<std::vector<card::OptionalBlock>> BlocksOf(std::string_view text, std::size_t count);

// These, and HM where the rules of the target name the hash of an HMAC key. kPermissionDenied where
// the caller names another.
Result<std::vector<card::OptionalBlock>> BlocksFor(std::string_view text, std::size_t count,
                                                   const Key& target);

// kPermissionDenied for a key without one.
Result<KeyBlockHeader> HeaderOf(const Key& target);

// What stands inside: raw bytes, SEC 1 ECPrivateKey, or RSAPrivateKey of PKCS#1, as which RSA keys
// are kept anyway (X9.143 6.2).
Result<SecretBytes> PayloadOf(const Key& key);

// The header that the form states, and the hash of an HMAC key (HM), in the rules of the key to be
// made. kPermissionDenied where they state another, kUnsupported where no such key is kept.
Status StateHeader(const KeyBlockHeader& header, const card::OptionalBlocks& blocks,
                   KeyRules& rules);

// The material out of a payload that has proved right; completes curve and length.
// kPermissionDenied where the rules say another length.
Result<SecretBytes> MaterialOf(SecretBytes payload, KeyRules& rules);

}  // namespace florin::mechanisms
