#include "crypto/payload/google_workspace.h"

#include "crypto/payload/google_token.h"

namespace florin::payload {
namespace {

thread_local std::unique_ptr<GoogleWorkspace> idle_workspace;

}  // namespace

Result<GoogleWorkspaceLease> GoogleWorkspaceLease::Acquire(std::size_t max_bytes) {
  std::unique_ptr<GoogleWorkspace> workspace = std::move(idle_workspace);
  if (workspace == nullptr || workspace->fields.size() < max_bytes) {
    FLORIN_TRY(JsonParser token, JsonParser::Create(GoogleTokenLimits(max_bytes)));
    FLORIN_TRY(JsonParser inner, JsonParser::Create(GoogleTokenLimits(max_bytes)));
    workspace = std::make_unique<GoogleWorkspace>(std::move(token), std::move(inner), max_bytes);
  }
  return GoogleWorkspaceLease(std::move(workspace));
}

GoogleWorkspaceLease::~GoogleWorkspaceLease() {
  if (workspace_ == nullptr) return;
  workspace_->token_parser.Clear();
  workspace_->inner_parser.Clear();
  idle_workspace = std::move(workspace_);
}

}  // namespace florin::payload
