#include <array>
#include <string>
#include <string_view>

#include "florin/base/hex.h"
#include "florin/hsm/key_templates.h"
#include "tools/key/exchange.h"

namespace florin::tools {
namespace {

using card::AesDukptKeyType;
using mechanisms::DukptDeviceKey;
using mechanisms::DukptDeviceKeyKind;
using mechanisms::KeyType;

struct UpdateKeyType {
  std::string_view name;
  AesDukptKeyType type;
  std::size_t length;
};
constexpr std::array<UpdateKeyType, 3> kUpdateKeyTypes = {{
    {"AES-128", AesDukptKeyType::kAes128, 16},
    {"AES-192", AesDukptKeyType::kAes192, 24},
    {"AES-256", AesDukptKeyType::kAes256, 32},
}};

struct DeviceKeyPlan {
  DukptDeviceKey mechanism;
  hsm::KeyTemplate key;
};

Result<DeviceKeyPlan> PlanOf(const DeviceKeyOptions& options, ByteView device,
                             const hsm::KeyDescription& bdk) {
  const bool aes = bdk.type == KeyType::kAes;
  if (!aes && !options.update.empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 "only an AES BDK has update keys; leave --update out");
  }
  for (const UpdateKeyType& known : kUpdateKeyTypes) {
    if (known.name != options.update) continue;
    FLORIN_TRY(const auto header, card::KeyBlockHeader::Parse("D0000K1AE00N0000"));
    FLORIN_TRY(auto key, hsm::PaymentKey(options.key.label, header, known.length));
    return DeviceKeyPlan{{DukptDeviceKeyKind::kUpdate, device, known.type}, std::move(key)};
  }
  FLORIN_TRY(const auto header,
             card::KeyBlockHeader::Parse(aes ? "D0000B1AX00E0000" : "B0000B1TX00E0000"));
  FLORIN_TRY(auto key, hsm::PaymentKey(options.key.label, header, bdk.length.value_or(0)));
  key.rules.extractable = true;
  return DeviceKeyPlan{{DukptDeviceKeyKind::kInitial, device, {}}, std::move(key)};
}

Status Derive(const DeviceKeyOptions& options) {
  const auto device = HexDecode(options.device);
  if (!device.ok()) return Error(ErrorCode::kInvalidArgument, "--device is hex digits");
  FLORIN_TRY(const TokenSession token, OpenTokenSession(options.key.token));
  hsm::Session& session = *token.session;
  FLORIN_CHECK_OK(CheckLabelIsFree(session, hsm::KeyClass::kSecret, options.key.label));
  FLORIN_TRY(const hsm::KeyHandle bdk, FindSecretKey(session, options.bdk));
  FLORIN_TRY(const hsm::KeyDescription description, session.Describe(bdk));
  FLORIN_TRY(const DeviceKeyPlan plan, PlanOf(options, *device, description));
  const auto key = session.Derive(plan.mechanism, bdk, plan.key);
  if (!key.ok()) return ExplainRefusal(key.error(), plan.key.rules);
  return PrintKey(session, *key, options.key.json);
}

}  // namespace

int RunDeviceKey(const DeviceKeyOptions& options) {
  const Status done = Derive(options);
  return done.ok() ? 0 : ReportFailure("device-key", done.error());
}

}  // namespace florin::tools
