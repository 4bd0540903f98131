// Key blocks (TR-31, X9.143, ISO 20038) as a form of wrapping that keeps the key's header.
#include <vector>

#include "crypto/card/key_block_payload.h"
#include "crypto/card/key_block_seal.h"
#include "crypto/card/key_block_unwrap.h"
#include "crypto/card/key_block_wrap.h"
#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/mechanisms/transfer.h"
#include "crypto/mechanisms/travelling_key.h"

namespace florin::mechanisms {
namespace {

using card::KeyBlock;
using card::KeyBlockKeys;
using card::OptionalBlock;
using card::OptionalBlocks;

Error Denied(const char* message) { return {ErrorCode::kPermissionDenied, message}; }

KeyType KbpkType(char version) {
  return version == 'D' || version == 'E' ? KeyType::kAes : KeyType::kDes3;
}

class KeyBlockForm final : public Implementation {
 public:
  Status Check(Verb verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<KeyBlockWrap>(mechanism);
    if (verb == Verb::kUnwrap) {
      if (parameter.version == 0 && parameter.optional_blocks.empty() &&
          parameter.optional_block_count == 0) {
        return OkStatus();
      }
      return Error(ErrorCode::kInvalidArgument,
                   "key block: version and optional blocks are the block's; leave them out");
    }
    if (parameter.version == 'A' || parameter.version == 'C') {
      return Denied("key blocks are written in versions B, D and E; A and C are for import only");
    }
    const bool known =
        parameter.version == 'B' || parameter.version == 'D' || parameter.version == 'E';
    if (!known || key.rules().type != KbpkType(parameter.version)) {
      return Error(ErrorCode::kInvalidArgument,
                   "key block: version B takes a TDES KBPK, D and E an AES KBPK");
    }
    FLORIN_CHECK_OK(BlocksOf(parameter.optional_blocks, parameter.optional_block_count));
    return OkStatus();
  }

  Result<std::size_t> WrappedSize(const Mechanism& mechanism, const Key&,
                                  const Key& target) const override {
    const auto& parameter = ParameterOf<KeyBlockWrap>(mechanism);
    FLORIN_TRY(const auto blocks,
               BlocksFor(parameter.optional_blocks, parameter.optional_block_count, target));
    FLORIN_TRY(const auto header, HeaderFor(parameter, target));
    FLORIN_TRY(const SecretBytes key, PayloadOf(target));
    const std::size_t payload = card::KeyBlockPayloadSize(
        parameter.version, key.size(), card::ObscuredKeySize(header.algorithm(), key.size()));
    const std::size_t tail = card::KeyBlockTailSize(parameter.version, payload);
    std::vector<char> scratch(card::kMaxKeyBlockSize);
    FLORIN_TRY(const std::size_t bound, card::WriteKeyBlockHeader(header, blocks, tail, scratch));
    return bound + tail;
  }

  Result<std::size_t> Wrap(const Mechanism& mechanism, const Key& wrapping, const Key& target,
                           RandomSource& random, MutableBytes out) const override {
    const auto& parameter = ParameterOf<KeyBlockWrap>(mechanism);
    FLORIN_TRY(const auto blocks,
               BlocksFor(parameter.optional_blocks, parameter.optional_block_count, target));
    FLORIN_TRY(const auto header, HeaderFor(parameter, target));
    FLORIN_TRY(const auto keys,
               KeyBlockKeys::Create(parameter.version, wrapping.Material(SecretAccess{})));
    FLORIN_TRY(const SecretBytes key, PayloadOf(target));
    return card::WrapKeyBlock(keys, header, blocks, key.Read(SecretAccess{}),
                              wrapping.rules().key_block_export, random,
                              {reinterpret_cast<char*>(out.data()), out.size()});
  }

  Status StateRules(ByteView wrapped, KeyRules& rules) const override {
    FLORIN_TRY(const KeyBlock block, KeyBlock::Parse(AsText(wrapped)));
    return StateHeader(block.header(), block.optional_blocks(), rules);
  }

  Result<SecretBytes> Unwrap(const Mechanism&, const Key& unwrapping, ByteView wrapped,
                             RandomSource&, KeyRules& rules) const override {
    FLORIN_TRY(const KeyBlock block, KeyBlock::Parse(AsText(wrapped)));
    const char version = block.header().version();
    if (unwrapping.rules().type != KbpkType(version)) {
      return Error(ErrorCode::kInvalidArgument,
                   "key block: versions A, B and C take a TDES KBPK, D and E an AES KBPK");
    }
    FLORIN_TRY(const auto keys, KeyBlockKeys::Create(version, unwrapping.Material(SecretAccess{})));
    auto payload = card::UnwrapKeyBlock(keys, block, unwrapping.rules().key_block_import);
    if (payload.code() == ErrorCode::kPermissionDenied) {
      return Error(payload.code(), payload.error().message(), kRefusedByUnwrappingKey);
    }
    if (!payload.ok()) return payload;
    return MaterialOf(std::move(payload).value(), rules);
  }

 private:
  static Result<KeyBlockHeader> HeaderFor(const KeyBlockWrap& parameter, const Key& target) {
    FLORIN_TRY(const KeyBlockHeader header, HeaderOf(target));
    return header.WithVersion(parameter.version);
  }
};

}  // namespace

const Implementation& KeyBlockImplementation() { return Forever<KeyBlockForm>(); }

}  // namespace florin::mechanisms
