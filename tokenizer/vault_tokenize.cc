#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "tokenizer/record.h"
#include "tokenizer/vault_impl.h"

namespace florin::tokenizer {
namespace {

// A range with a share f of its tokens in use refuses a new one with probability f^128: one in
// 700 at 95 percent. More draws would only delay the day on which it needs another BIN.
constexpr int kMaxDraws = 128;

// SP 800-38D 8.3 allows 2^32 uses of a key with random nonces. Half of them are left to records
// that were sealed in transactions which then failed.
constexpr std::uint64_t kMaxRecordsPerKey = std::uint64_t{1} << 31;

std::uint64_t NanosecondsSince(std::chrono::steady_clock::time_point start) {
  const auto passed = std::chrono::steady_clock::now() - start;
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(passed).count());
}

}  // namespace

Result<Token> VaultImpl::Tokenize(const Pan& pan, std::uint32_t domain_id) {
  Result<Token> token = TokenizeOne(pan, domain_id);
  Step(parts_.hook, steps::kAnswering);
  Emit("tokenize", token);
  return token;
}

Result<Token> VaultImpl::TokenizeOne(const Pan& pan, std::uint32_t domain_id) {
  PendingToken pending;
  FLORIN_TRY(pending.domain, FindDomain(domain_id));
  FLORIN_CHECK_OK(CheckPan(&pan));
  pending.pan = &pan;
  pending.key.domain = domain_id;
  Result<Token> token = Error(ErrorCode::kInternal, "a token was neither found nor made");
  pending.result = &token;
  {
    FLORIN_TRY(const auto ring, ring_->Acquire());
    FLORIN_CHECK_OK(ring->Fingerprint(pan, pending.key.fingerprint));
    Step(parts_.hook, steps::kFingerprinted);
    FLORIN_CHECK_OK(parts_.store->Read([&](const StoreSnapshot& snapshot) -> Status {
      token = FindToken(*ring, snapshot, pending);
      return OkStatus();
    }));
  }
  if (token.code() != ErrorCode::kNotFound) return token;
  CommitJob job({&pending, 1});
  group_commit_.Run(
      job, [this](CommitJob* jobs) { Commit(jobs); }, parts_.hook);
  return token;
}

Status VaultImpl::TokenizeBatch(std::uint32_t domain_id, std::span<TokenizeItem> items) {
  if (items.size() > kMaxVaultBatch) {
    return Error(ErrorCode::kLimitExceeded, "a batch has at most 65536 items; send several");
  }
  FLORIN_TRY(const Domain* const domain, FindDomain(domain_id));
  std::vector<PendingToken> missing;
  {
    FLORIN_TRY(const auto ring, ring_->Acquire());
    for (std::size_t begin = 0; begin < items.size(); begin += kRingBatch) {
      const auto chunk = items.subspan(begin, std::min(kRingBatch, items.size() - begin));
      const Status status = TokenizeChunk(*ring, domain, chunk, missing);
      if (status.ok()) continue;
      for (TokenizeItem& item : chunk) item.token = status.error();
    }
  }
  if (!missing.empty()) {
    CommitJob job(missing);
    group_commit_.Run(
        job, [this](CommitJob* jobs) { Commit(jobs); }, parts_.hook);
  }
  Step(parts_.hook, steps::kAnswering);
  for (const TokenizeItem& item : items) Emit("tokenize", item.token);
  return OkStatus();
}

Status VaultImpl::TokenizeChunk(RingSession& ring, const Domain* domain,
                                std::span<TokenizeItem> items, std::vector<PendingToken>& missing) {
  std::array<PendingToken, kRingBatch> pending;
  std::array<FingerprintItem, kRingBatch> fingerprints;
  std::size_t count = 0;
  for (TokenizeItem& item : items) {
    if (const Status status = CheckPan(item.pan); !status.ok()) {
      item.token = status.error();
      continue;
    }
    PendingToken& one = pending[count];
    one = {item.pan, domain, {}, &item.token};
    one.key.domain = domain->id;
    fingerprints[count++] = {item.pan, &one.key.fingerprint, {}};
  }
  if (count == 0) return OkStatus();
  FLORIN_CHECK_OK(ring.Fingerprints(std::span(fingerprints).first(count)));
  for (std::size_t i = 0; i < count; ++i) FLORIN_CHECK_OK(fingerprints[i].status);
  Step(parts_.hook, steps::kFingerprinted);
  FLORIN_CHECK_OK(parts_.store->Read([&](const StoreSnapshot& snapshot) -> Status {
    FindTokens(ring, snapshot, std::span(pending).first(count));
    return OkStatus();
  }));
  for (std::size_t i = 0; i < count; ++i) {
    if (pending[i].result->code() == ErrorCode::kNotFound) missing.push_back(pending[i]);
  }
  return OkStatus();
}

void VaultImpl::Commit(CommitJob* jobs) {
  const auto start = std::chrono::steady_clock::now();
  const auto run = [&]() -> Status {
    FLORIN_TRY(const auto ring, ring_->Acquire());
    return parts_.store->Write([&](StoreTransaction& transaction) -> Status {
      FLORIN_CHECK_OK(LoadDomains(transaction, *ring));
      FLORIN_TRY(const std::uint64_t records, transaction.CountTokens());
      if (records >= kMaxRecordsPerKey) {
        return Error(ErrorCode::kResourceExhausted, "the data key has sealed 2^31 records");
      }
      for (CommitJob* job = jobs; job != nullptr; job = job->next()) {
        for (PendingToken& item : job->items()) {
          FLORIN_CHECK_OK(CommitItem(transaction, *ring, item));
        }
      }
      return OkStatus();
    });
  };
  const Status status = run();
  if (!status.ok()) {
    for (CommitJob* job = jobs; job != nullptr; job = job->next()) {
      for (PendingToken& item : job->items()) *item.result = status.error();
    }
  }
  Emit("commit", status, NanosecondsSince(start));
}

// An error is the transaction's; what is wrong with the item alone goes into its result.
Status VaultImpl::CommitItem(StoreTransaction& transaction, RingSession& ring, PendingToken& item) {
  if (const Status status = CheckPan(item.pan); !status.ok()) {
    *item.result = status.error();
    return OkStatus();
  }
  *item.result = FindToken(ring, transaction, item);
  if (item.result->code() != ErrorCode::kNotFound) return OkStatus();
  *item.result = DrawToken(transaction, item.domain->range);
  if (!item.result->ok()) {
    const ErrorCode code = item.result->code();
    return code == ErrorCode::kResourceExhausted ? OkStatus() : Status(item.result->error());
  }
  return InsertToken(transaction, ring, item, **item.result);
}

Result<Token> VaultImpl::DrawToken(const StoreTransaction& transaction, const TokenRange& range) {
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    FLORIN_TRY(const Token token, range.Draw(*parts_.random));
    const auto taken = transaction.FindToken(TokenKey::Of(token));
    if (taken.code() == ErrorCode::kNotFound) return token;
    if (!taken.ok()) return taken.error();
  }
  return Error(ErrorCode::kResourceExhausted,
               "the token range of the domain is nearly full; register another BIN");
}

Status VaultImpl::InsertToken(StoreTransaction& transaction, RingSession& ring,
                              const PendingToken& item, const Token& token) {
  Step(parts_.hook, steps::kTokenDrawn);
  std::array<std::uint8_t, kTokenRecordLength> record;
  const std::span<std::uint8_t, kTokenRecordLength> bytes(record);
  const auto header = bytes.first<kTokenHeaderLength>();
  EncodeTokenHeader(
      {ring.data_version(), item.key.domain, item.key.instance, 0, parts_.clock->Now()}, header);
  Nonce nonce;
  FLORIN_CHECK_OK(parts_.random->Fill(nonce));
  std::copy(nonce.begin(), nonce.end(), record.begin() + kTokenHeaderLength);
  const TokenKey key = TokenKey::Of(token);
  std::array<std::uint8_t, kTokenAadLength> aad;
  TokenAad(header, key, aad);
  PanContent content;
  EncodePanContent(*item.pan, content);
  FLORIN_CHECK_OK(
      ring.Seal(nonce, aad, content.Read(SecretAccess{}), bytes.last<kSealedPanLength>()));
  Step(parts_.hook, steps::kRecordSealed);
  return transaction.Insert(key, item.key, record);
}

}  // namespace florin::tokenizer
