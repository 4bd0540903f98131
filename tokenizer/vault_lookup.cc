#include <algorithm>
#include <array>
#include <utility>

#include "tokenizer/record.h"
#include "tokenizer/vault_impl.h"

namespace florin::tokenizer {
namespace {

// A record on its way to its PAN. Stays where it is: an OpenItem points into it.
struct Opening {
  TokenHeader header;
  std::array<std::uint8_t, kTokenAadLength> aad;
  PanContent content;
};

// Makes `item` open `record` into `opening`.
Status Prepare(ByteView record, const TokenKey& key, Opening& opening, OpenItem& item) {
  FLORIN_TRY(const TokenRecordView view, ParseTokenRecord(record));
  opening.header = view.header;
  TokenAad(view.header_bytes, key, opening.aad);
  item.key_version = view.header.key_version;
  item.nonce = view.nonce;
  item.aad = opening.aad;
  item.sealed = view.sealed;
  item.out = opening.content.Write(SecretAccess{});
  return OkStatus();
}

// Follows the index to the record and prepares it. kNotFound where the PAN has no token.
Result<Token> Follow(const StoreSnapshot& snapshot, const FingerprintKey& fingerprint,
                     Opening& opening, OpenItem& item) {
  FLORIN_TRY(const TokenKey key, snapshot.FindFingerprint(fingerprint));
  const auto record = snapshot.FindToken(key);
  if (record.code() == ErrorCode::kNotFound) {
    return Error(ErrorCode::kCorrupted, "the fingerprint index names a token without a record");
  }
  if (!record.ok()) return record.error();
  FLORIN_CHECK_OK(Prepare(*record, key, opening, item));
  if (opening.header.domain != fingerprint.domain ||
      opening.header.instance != fingerprint.instance) {
    return Error(ErrorCode::kCorrupted, "the fingerprint index names a token of another domain");
  }
  return key.ToToken();
}

// The token may leave only where its opened record holds this very PAN.
Result<Token> Confirm(Result<Token> token, const Opening& opening, const Pan& pan) {
  FLORIN_TRY(const Pan stored, DecodePanContent(opening.content));
  if (!stored.EqualTo(pan)) {
    return Error(ErrorCode::kCorrupted, "the fingerprint index names a token of another number");
  }
  return token;
}

Error NoSuchToken() { return Error(ErrorCode::kNotFound, "the domain has no such token"); }

// A domain may not learn which tokens another has; the observer may.
Result<Pan> ToCaller(Result<Pan> pan) {
  if (pan.code() == ErrorCode::kPermissionDenied) return NoSuchToken();
  return pan;
}

// kPermissionDenied for a token of another domain: not for callers, see ToCaller.
Status Seek(const StoreSnapshot& snapshot, const Token& token, std::uint32_t domain_id,
            Opening& opening, OpenItem& item) {
  const TokenKey key = TokenKey::Of(token);
  const auto record = snapshot.FindToken(key);
  if (record.code() == ErrorCode::kNotFound) {
    return NoSuchToken();
  }
  if (!record.ok()) return record.error();
  FLORIN_CHECK_OK(Prepare(*record, key, opening, item));
  if (opening.header.domain != domain_id) {
    return Error(ErrorCode::kPermissionDenied, "the token belongs to another domain");
  }
  return OkStatus();
}

}  // namespace

Result<Token> VaultImpl::FindToken(RingSession& ring, const StoreSnapshot& snapshot,
                                   const PendingToken& wanted) const {
  Opening opening;
  OpenItem item;
  auto token = Follow(snapshot, wanted.key, opening, item);
  if (!token.ok()) return token;
  FLORIN_CHECK_OK(ring.Open(item));
  return Confirm(std::move(token), opening, *wanted.pan);
}

void VaultImpl::FindTokens(RingSession& ring, const StoreSnapshot& snapshot,
                           std::span<PendingToken> wanted) const {
  std::array<Opening, kRingBatch> openings;
  std::array<OpenItem, kRingBatch> items;
  std::array<PendingToken*, kRingBatch> found{};
  std::size_t count = 0;
  for (PendingToken& one : wanted) {
    *one.result = Follow(snapshot, one.key, openings[count], items[count]);
    if (one.result->ok()) found[count++] = &one;
  }
  const Status status = ring.OpenBatch(std::span(items).first(count));
  for (std::size_t i = 0; i < count; ++i) {
    Result<Token>& result = *found[i]->result;
    const Status& opened = status.ok() ? items[i].status : status;
    if (opened.ok()) {
      result = Confirm(std::move(result), openings[i], *found[i]->pan);
    } else {
      result = opened.error();
    }
  }
}

Status VaultImpl::CheckNoPanIn(RingSession& ring, const StoreSnapshot& snapshot,
                               std::string_view bin) const {
  std::array<Opening, kRingBatch> openings;
  std::array<OpenItem, kRingBatch> items;
  std::size_t count = 0;
  const auto check = [&]() -> Status {
    FLORIN_CHECK_OK(ring.OpenBatch(std::span(items).first(count)));
    for (std::size_t i = 0; i < count; ++i) {
      FLORIN_CHECK_OK(items[i].status);
      FLORIN_TRY(const Pan pan, DecodePanContent(openings[i].content));
      if (pan.Read(SecretAccess{}).starts_with(bin)) {
        return Error(ErrorCode::kConflict, "a card number in the vault lies in this token BIN");
      }
    }
    count = 0;
    return OkStatus();
  };
  const Status scanned =
      snapshot.ScanTokens(kNoBucket, [&](ByteView name, ByteView record) -> Status {
        FLORIN_TRY(const TokenKey key, DecodeTokenKey(name));
        FLORIN_CHECK_OK(Prepare(record, key, openings[count], items[count]));
        return ++count < kRingBatch ? OkStatus() : check();
      });
  return scanned.ok() ? check() : scanned;
}

Result<Pan> VaultImpl::Detokenize(const Token& token, std::uint32_t domain_id) {
  Result<Pan> pan = DetokenizeOne(token, domain_id);
  Emit("detokenize", pan);
  return ToCaller(std::move(pan));
}

Result<Pan> VaultImpl::DetokenizeOne(const Token& token, std::uint32_t domain_id) {
  FLORIN_CHECK_OK(FindDomain(domain_id));
  FLORIN_TRY(const auto ring, ring_->Acquire());
  Opening opening;
  const Status opened = parts_.store->Read([&](const StoreSnapshot& snapshot) -> Status {
    OpenItem item;
    FLORIN_CHECK_OK(Seek(snapshot, token, domain_id, opening, item));
    return ring->Open(item);
  });
  if (!opened.ok()) return opened.error();
  return DecodePanContent(opening.content);
}

void VaultImpl::OpenTokens(RingSession& ring, const StoreSnapshot& snapshot,
                           std::uint32_t domain_id, std::span<DetokenizeItem> items) const {
  std::array<Opening, kRingBatch> openings;
  std::array<OpenItem, kRingBatch> open_items;
  std::array<DetokenizeItem*, kRingBatch> found{};
  std::size_t count = 0;
  for (DetokenizeItem& item : items) {
    const Status sought = Seek(snapshot, item.token, domain_id, openings[count], open_items[count]);
    if (sought.ok()) {
      found[count++] = &item;
    } else {
      item.pan = sought.error();
    }
  }
  const Status status = ring.OpenBatch(std::span(open_items).first(count));
  for (std::size_t i = 0; i < count; ++i) {
    const Status& opened = status.ok() ? open_items[i].status : status;
    if (opened.ok()) {
      found[i]->pan = DecodePanContent(openings[i].content);
    } else {
      found[i]->pan = opened.error();
    }
  }
}

Status VaultImpl::DetokenizeBatch(std::uint32_t domain_id, std::span<DetokenizeItem> items) {
  if (items.size() > kMaxVaultBatch) {
    return Error(ErrorCode::kLimitExceeded, "a batch has at most 65536 items; send several");
  }
  FLORIN_CHECK_OK(FindDomain(domain_id));
  FLORIN_TRY(const auto ring, ring_->Acquire());
  for (std::size_t begin = 0; begin < items.size(); begin += kRingBatch) {
    const auto chunk = items.subspan(begin, std::min(kRingBatch, items.size() - begin));
    const Status status = parts_.store->Read([&](const StoreSnapshot& snapshot) -> Status {
      OpenTokens(*ring, snapshot, domain_id, chunk);
      return OkStatus();
    });
    for (DetokenizeItem& item : chunk) {
      if (!status.ok()) item.pan = status.error();
      Emit("detokenize", item.pan);
      item.pan = ToCaller(std::move(item.pan));
    }
  }
  return OkStatus();
}

}  // namespace florin::tokenizer
