// The protection of one key block: encryption and MAC of a payload that is laid out already. The
// rules of what may be wrapped are key_block_wrap.h's and key_block_unwrap.h's.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "crypto/card/key_block_keys.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/key_block.h"

namespace florin::card {

// Length in bytes of the payload of a key: two bytes of length, the key padded as if it had
// `obscured_size` bytes (at least its own), and padding to whole cipher units.
std::size_t KeyBlockPayloadSize(char version, std::size_t key_size, std::size_t obscured_size);

// Characters of ciphertext and MAC for a payload.
std::size_t KeyBlockTailSize(char version, std::size_t payload_size);

// Lays out length in bits, key and random padding over all of `payload`, which is whole cipher
// units and at most 8191 bytes of key long.
Status FillKeyBlockPayload(ByteView key, RandomSource& random, MutableBytes payload);

// Encrypts `payload` in place and writes `bound_text`, ciphertext and MAC to the start of `out`
// (kBufferTooSmall). `bound_text` may stand there already. Any version: policy is the caller's.
Result<std::size_t> SealKeyBlock(const KeyBlockKeys& keys, std::string_view bound_text,
                                 MutableBytes payload, std::span<char> out);

// Decrypts and verifies: the MAC is compared in constant time before anything of the payload or of
// the optional blocks counts. Returns the payload with its padding. kVerificationFailed for a wrong
// KBPK and a changed block alike; kInvalidArgument where the keys are of another version.
Result<SecretBytes> OpenKeyBlock(const KeyBlockKeys& keys, const KeyBlock& block);

}  // namespace florin::card
