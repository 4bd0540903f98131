#include "florin/card/emv_profile.h"

#include <algorithm>

namespace florin::card {
namespace {

constexpr std::size_t kProvenCounters = 8;  // bytes

}  // namespace

bool IsNarrower(const EmvAllowedProfiles& narrow, const EmvAllowedProfiles& wide) {
  return narrow.scheme == wide.scheme && (narrow.cvns & ~wide.cvns).none() &&
         (narrow.dkis & ~wide.dkis).none() && (wide.unproven || !narrow.unproven) &&
         narrow.master_key == wide.master_key && narrow.session_key == wide.session_key &&
         narrow.tree == wide.tree;
}

Result<EmvProfile> SelectEmvProfile(const EmvAllowedProfiles& allowed, const EmvIad& iad) {
  if (!allowed.cvns.test(iad.cvn) || !allowed.dkis.test(iad.dki)) {
    return Error(ErrorCode::kPermissionDenied,
                 "the issuer key does not serve this cryptogram version or derivation key index");
  }
  const auto profiles = EmvProfiles();
  const auto found = std::ranges::find_if(profiles, [&](const EmvProfile& profile) {
    return profile.scheme == allowed.scheme && profile.format == iad.format &&
           profile.cvn == iad.cvn;
  });
  if (found == profiles.end()) {
    return Error(ErrorCode::kUnsupported, "no profile is known for this cryptogram version");
  }
  EmvProfile profile = *found;
  if (profile.input.card_part == EmvCardPart::kCvrAndCounters &&
      iad.counters.size() != kProvenCounters) {
    profile.proven = false;
  }
  if (!profile.proven && !allowed.unproven) {
    return Error(ErrorCode::kPermissionDenied,
                 "this profile is in doubt; the issuer key must allow unproven profiles");
  }
  if (allowed.master_key.has_value()) profile.master_key = allowed.master_key;
  if (allowed.session_key.has_value()) profile.session_key = allowed.session_key;
  if (!profile.master_key.has_value() || !profile.session_key.has_value()) {
    return Error(ErrorCode::kUnsupported,
                 "this profile leaves its keys open; the issuer key must name the master key "
                 "option and the session key method");
  }
  return profile;
}

}  // namespace florin::card
