// The memory that one verification of a Google message works in, kept by each thread between calls.
#pragma once

#include <memory>
#include <utility>

#include "crypto/base/json.h"
#include "crypto/payload/google_root_key_set.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::payload {

// Parsers that hold their text in wiped memory, the decoded fields, and the root keys that were
// read last.
struct GoogleWorkspace {
  GoogleWorkspace(JsonParser token, JsonParser inner, std::size_t max_bytes)
      : token_parser(std::move(token)), inner_parser(std::move(inner)), fields(max_bytes) {}
  JsonParser token_parser;
  JsonParser inner_parser;  // what the token's texts hold, one after the other
  Bytes fields;             // ciphertext and signatures: nothing secret
  GoogleRootKeySets root_keys;
};

// Borrows the thread's workspace, or makes one: also where an observer verifies from inside a call.
class GoogleWorkspaceLease {
 public:
  static Result<GoogleWorkspaceLease> Acquire(std::size_t max_bytes);

  GoogleWorkspaceLease(GoogleWorkspaceLease&&) = default;
  GoogleWorkspaceLease& operator=(GoogleWorkspaceLease&&) = delete;
  ~GoogleWorkspaceLease();

  GoogleWorkspace& operator*() const { return *workspace_; }

 private:
  explicit GoogleWorkspaceLease(std::unique_ptr<GoogleWorkspace> workspace)
      : workspace_(std::move(workspace)) {}
  std::unique_ptr<GoogleWorkspace> workspace_;
};

}  // namespace florin::payload
