#include <algorithm>
#include <array>
#include <utility>

#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "tokenizer/record.h"
#include "tokenizer/vault_impl.h"

namespace florin::tokenizer {
namespace {

// How many domains the store holds. Only a hint to load them again; the records themselves are
// authenticated.
Result<std::uint32_t> CountDomains(const StoreSnapshot& snapshot) {
  const auto bytes = snapshot.FindMeta(kDomainCountKey);
  if (bytes.code() == ErrorCode::kNotFound) return std::uint32_t{0};
  if (!bytes.ok()) return bytes.error();
  const auto count = ByteReader(*bytes).ReadU32();
  if (!count.ok()) return Error(ErrorCode::kCorrupted, "the count of domains is damaged");
  return *count;
}

Status ConfirmDomain(const Domain& known, const TokenRange& range) {
  if (known.range.bin() == range.bin() && known.range.token_length() == range.token_length()) {
    return OkStatus();
  }
  return Error(ErrorCode::kConflict, "this domain id is registered with another token range");
}

}  // namespace

Result<const Domain*> VaultImpl::FindDomain(std::uint32_t id) {
  const Domain* domain = domains_.Find(id);
  if (domain != nullptr) return domain;
  FLORIN_TRY(const auto ring, ring_->Acquire());
  FLORIN_CHECK_OK(parts_.store->Read(
      [&](const StoreSnapshot& snapshot) { return LoadDomains(snapshot, *ring); }));
  domain = domains_.Find(id);
  if (domain != nullptr) return domain;
  return Error(ErrorCode::kNotFound, "no such token domain; register it first");
}

Status VaultImpl::CheckPan(const Pan* pan) const {
  if (pan == nullptr || pan->empty()) {
    return Error(ErrorCode::kInvalidArgument, "there is no card number to tokenise");
  }
  if (domains_.Covers(pan->Read(SecretAccess{}))) {
    return Error(ErrorCode::kInvalidArgument, "the number lies in a token BIN: it is no card's");
  }
  return OkStatus();
}

Status VaultImpl::LoadDomains(const StoreSnapshot& snapshot, RingSession& ring) {
  FLORIN_TRY(const std::uint32_t count, CountDomains(snapshot));
  if (count == domain_count_.load(std::memory_order_acquire)) return OkStatus();
  const std::lock_guard lock(domain_mutex_);
  FLORIN_CHECK_OK(snapshot.ScanMeta(kDomainKeyPrefix, [&](ByteView key, ByteView record) {
    return LoadDomain(key, record, ring);
  }));
  if (domains_.size() < count) {
    return Error(ErrorCode::kCorrupted, "the vault lacks a domain that it counted");
  }
  domain_count_.store(static_cast<std::uint32_t>(domains_.size()), std::memory_order_release);
  return OkStatus();
}

Status VaultImpl::LoadDomain(ByteView key, ByteView record, RingSession& ring) {
  FLORIN_TRY(const DomainRecordView view, ParseDomainRecord(key, record));
  if (domains_.Find(view.domain.id) != nullptr) return OkStatus();
  std::array<std::uint8_t, kDomainAadLength> aad;
  DomainAad(key, view.header_bytes, aad);
  OpenItem item{view.key_version, view.nonce, aad, view.tag, {}, {}};
  FLORIN_CHECK_OK(ring.Open(item));
  auto range = TokenRange::Create(view.domain);
  if (!range.ok()) return Error(ErrorCode::kCorrupted, "a domain record holds no token range");
  return domains_.Add(view.domain.id, std::move(range).value());
}

Status VaultImpl::RegisterDomain(const TokenDomain& domain) {
  Status status = AddDomain(domain);
  Emit("register-domain", status);
  return status;
}

Status VaultImpl::AddDomain(const TokenDomain& domain) {
  FLORIN_TRY(const TokenRange range, TokenRange::Create(domain));
  if (const Domain* known = domains_.Find(domain.id); known != nullptr) {
    return ConfirmDomain(*known, range);
  }
  FLORIN_TRY(const auto ring, ring_->Acquire());
  const Status written = parts_.store->Write(
      [&](StoreTransaction& transaction) { return PutDomain(transaction, *ring, domain, range); });
  if (!written.ok()) return written;
  return parts_.store->Read(
      [&](const StoreSnapshot& snapshot) { return LoadDomains(snapshot, *ring); });
}

// How many domains there are, which one more may join.
Result<std::uint32_t> VaultImpl::CheckRoom(const TokenRange& range) {
  const std::lock_guard lock(domain_mutex_);
  if (domains_.size() >= DomainTable::kMaxDomains) {
    return Error(ErrorCode::kResourceExhausted, "a vault has at most 4096 domains");
  }
  if (domains_.Overlaps(range)) {
    return Error(ErrorCode::kConflict, "the token BIN overlaps that of another domain");
  }
  return static_cast<std::uint32_t>(domains_.size());
}

Status VaultImpl::PutDomain(StoreTransaction& transaction, RingSession& ring,
                            const TokenDomain& domain, const TokenRange& range) {
  FLORIN_CHECK_OK(LoadDomains(transaction, ring));
  if (const Domain* known = domains_.Find(domain.id); known != nullptr) {
    return ConfirmDomain(*known, range);
  }
  FLORIN_TRY(const std::uint32_t count, CheckRoom(range));
  // Tokens of the BIN could equal such a number, and the number itself would be refused from now
  // on.
  FLORIN_CHECK_OK(CheckNoPanIn(ring, transaction, range.bin()));
  std::array<std::uint8_t, kDomainKeyLength> key;
  EncodeDomainKey(domain.id, key);
  std::array<std::uint8_t, kDomainRecordLength> record;
  const std::span<std::uint8_t, kDomainRecordLength> bytes(record);
  const auto header = bytes.first<kDomainHeaderLength>();
  EncodeDomainHeader(domain, ring.data_version(), parts_.clock->Now(), header);
  std::array<std::uint8_t, kDomainAadLength> aad;
  DomainAad(key, header, aad);
  Nonce nonce;
  FLORIN_CHECK_OK(parts_.random->Fill(nonce));
  std::copy(nonce.begin(), nonce.end(), record.begin() + kDomainHeaderLength);
  FLORIN_CHECK_OK(ring.Seal(nonce, aad, {}, bytes.last<kTagLength>()));
  FLORIN_CHECK_OK(transaction.PutMeta(key, record));
  std::array<std::uint8_t, 4> count_bytes;
  FLORIN_INVARIANT(ByteWriter(count_bytes).WriteU32(count + 1).ok());
  return transaction.PutMeta(kDomainCountKey, count_bytes);
}

}  // namespace florin::tokenizer
