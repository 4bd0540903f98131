#include "crypto/payload/jose_header.h"

#include <algorithm>

namespace florin::payload {
namespace {

template <class Names>
bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<JoseHeader> JoseHeader::Of(const std::optional<JsonObject>& protected_header,
                                  const std::optional<JsonObject>& shared,
                                  const std::optional<JsonObject>& own) {
  JoseHeader header;
  for (const auto* object : {&protected_header, &shared, &own}) {
    if (!object->has_value()) continue;
    for (const JsonMember member : **object) {
      if (header.Find(member.name).has_value()) {
        return Error(ErrorCode::kMalformed, "JOSE: two headers have a member in common");
      }
    }
    header.objects_[static_cast<std::size_t>(
        std::count_if(header.objects_.begin(), header.objects_.end(),
                      [](const auto& known) { return known.has_value(); }))] = *object;
  }
  return header;
}

std::optional<JsonValue> JoseHeader::Find(std::string_view name) const {
  for (const auto& object : objects_) {
    if (!object.has_value()) break;
    if (const auto found = object->Find(name)) return found;
  }
  return std::nullopt;
}

Result<std::string_view> JoseHeader::GetString(std::string_view name) const {
  const auto found = Find(name);
  if (found.has_value()) return found->AsString();
  return Error(ErrorCode::kMalformed, "JOSE: the header lacks a member that it needs");
}

Result<std::string_view> JoseHeader::FindString(std::string_view name) const {
  const auto found = Find(name);
  return found.has_value() ? found->AsString() : std::string_view();
}

Status JoseHeader::CheckMembers(std::span<const std::string_view> known,
                                const std::vector<std::string>& required,
                                const std::vector<std::string>& optional, bool any_member) const {
  for (const std::string& name : required) {
    if (!Find(name).has_value()) {
      return Error(ErrorCode::kVerificationFailed,
                   "JOSE: the header lacks a member that the profile requires");
    }
  }
  for (const auto& object : objects_) {
    if (!object.has_value()) break;
    for (const JsonMember member : *object) {
      if (member.name == "crit") {
        return Error(ErrorCode::kVerificationFailed, "JOSE: no critical extension is understood");
      }
      if (member.name == "zip") {
        return Error(ErrorCode::kVerificationFailed, "JOSE: compressed content is not taken");
      }
      if (any_member || Has(known, member.name) || Has(required, member.name) ||
          Has(optional, member.name)) {
        continue;
      }
      return Error(ErrorCode::kVerificationFailed,
                   "JOSE: the header has a member that the profile does not know");
    }
  }
  return OkStatus();
}

}  // namespace florin::payload
