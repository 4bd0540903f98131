#include "tools/card/pin.h"

#include <initializer_list>
#include <optional>
#include <utility>

#include "florin/base/pan.h"
#include "tools/command_io.h"

namespace florin::tools {
namespace {

using hsm::KeyHandle;
using hsm::KeyTemplate;
using mechanisms::PinBlock;
using mechanisms::PinReferenceKind;

// What the mechanisms take, with everything that their views refer to. Not movable.
class PinCall {
 public:
  explicit PinCall(const PinOptions& options) : options_(options) {}
  PinCall(const PinCall&) = delete;
  PinCall& operator=(const PinCall&) = delete;

  Status Open(std::initializer_list<const KeyArgument*> arguments) {
    FLORIN_TRY(CommandKeys opened, CommandKeys::Open(options_.token, arguments));
    keys_.emplace(std::move(opened));
    if (options_.pan.empty()) return OkStatus();
    auto pan = Pan::Parse(options_.pan);
    if (!pan.ok()) return Bad("--pan must have 12 to 19 digits");
    pan_ = std::move(pan).value();
    return OkStatus();
  }

  hsm::Session& session() { return keys_->session(); }
  const Pan* pan() const { return pan_.empty() ? nullptr : &pan_; }

  Result<KeyHandle> BlockKey(const PinBlockOptions& options, bool zone_key = false) {
    return FindPinBlockKey(*keys_, options, zone_key);
  }

  Result<KeyHandle> Pvk() {
    FLORIN_TRY(KeyTemplate test_key, TestKeyTemplate(options_.ibm3624 ? "V1TC" : "V2TC"));
    if (options_.ibm3624) {
      auto table = card::DecimalisationDigits::Parse(options_.table);
      if (!table.ok()) return Bad("--table must have 16 digits");
      test_key.rules.decimalisation = *table;
    }
    return keys_->Find(options_.pvk, std::move(test_key));
  }

  // The parameter of verification, change or generation, but for what is theirs alone.
  template <class T>
  Result<T> Parameter() {
    if (pan_.empty()) return Bad("--pan is needed: PVV and offset depend on it");
    T parameter;
    if (options_.ibm3624) {
      parameter.reference = {
          PinReferenceKind::kIbm3624, 0, static_cast<std::uint8_t>(options_.pan_start),
          static_cast<std::uint8_t>(options_.pan_digits), static_cast<std::uint8_t>(options_.fill)};
    } else {
      parameter.reference.pvki = static_cast<std::uint8_t>(options_.pvki);
    }
    FLORIN_TRY(parameter.block, MakePinBlock(options_.block, ksn_));
    FLORIN_TRY(parameter.block_key.handle, BlockKey(options_.block));
    parameter.pan = &pan_;
    return parameter;
  }

 private:
  const PinOptions& options_;
  std::optional<CommandKeys> keys_;
  Pan pan_;
  Bytes ksn_;
};

std::string Digits(ByteView bytes) { return std::string(AsText(bytes)); }

const char* ReferenceName(const PinOptions& options) { return options.ibm3624 ? "offset" : "pvv"; }

Result<Json> Translate(const PinOptions& options) {
  PinCall call(options);
  FLORIN_CHECK_OK(call.Open({&options.block.key, &options.to.key}));
  Bytes from_ksn;
  Bytes to_ksn;
  mechanisms::PinTranslation translation{.pan = call.pan()};
  FLORIN_TRY(translation.from, MakePinBlock(options.block, from_ksn));
  FLORIN_TRY(translation.to, MakePinBlock(options.to, to_ksn));
  FLORIN_TRY(translation.from_key.handle, call.BlockKey(options.block));
  FLORIN_TRY(const KeyHandle to, call.BlockKey(options.to, options.zone_key));
  FLORIN_TRY(const Bytes block, HexOption(options.enciphered, "--block must be hex digits"));
  Bytes out(16);
  FLORIN_TRY(const std::size_t written, call.session().Encrypt(translation, to, block, out));
  return Json{{"block", UpperHex(ByteView(out).first(written))}};
}

Result<Json> Verify(const PinOptions& options) {
  PinCall call(options);
  FLORIN_CHECK_OK(call.Open({&options.block.key, &options.pvk}));
  FLORIN_TRY(const auto verification, call.Parameter<mechanisms::PinVerification>());
  FLORIN_TRY(const KeyHandle pvk, call.Pvk());
  FLORIN_TRY(const Bytes block, HexOption(options.enciphered, "--block must be hex digits"));
  const std::string& expected = options.ibm3624 ? options.offset : options.pvv;
  FLORIN_CHECK_OK(call.session().Verify(verification, pvk, block, AsBytes(expected)));
  return Json{{"right", true}};
}

Result<Json> MakeReference(const PinOptions& options) {
  PinCall call(options);
  FLORIN_CHECK_OK(call.Open({&options.block.key, &options.pvk}));
  FLORIN_TRY(const auto verification, call.Parameter<mechanisms::PinVerification>());
  FLORIN_TRY(const KeyHandle pvk, call.Pvk());
  FLORIN_TRY(const Bytes block, HexOption(options.enciphered, "--block must be hex digits"));
  Bytes out(mechanisms::kMaxPinReference);
  FLORIN_TRY(const std::size_t written, call.session().Sign(verification, pvk, block, out));
  return Json{{ReferenceName(options), Digits(ByteView(out).first(written))}};
}

Result<Json> Generate(const PinOptions& options) {
  PinCall call(options);
  FLORIN_CHECK_OK(call.Open({&options.block.key, &options.pvk}));
  FLORIN_TRY(auto generation, call.Parameter<mechanisms::PinGeneration>());
  generation.pin_length = static_cast<std::uint8_t>(options.length);
  generation.offset = AsBytes(options.offset);
  FLORIN_TRY(const KeyHandle pvk, call.Pvk());
  Bytes out(16 + mechanisms::kMaxPinReference);
  FLORIN_TRY(const std::size_t written, call.session().Sign(generation, pvk, {}, out));
  const std::size_t size = card::PinBlockSize(generation.block.profile.format);
  return Json{{"block", UpperHex(ByteView(out).first(size))},
              {ReferenceName(options), Digits(ByteView(out).subspan(size, written - size))}};
}

Result<Json> Change(const PinOptions& options) {
  PinCall call(options);
  FLORIN_CHECK_OK(call.Open({&options.block.key, &options.pvk}));
  FLORIN_TRY(auto change, call.Parameter<mechanisms::PinChange>());
  change.current = AsBytes(options.ibm3624 ? options.offset : options.pvv);
  FLORIN_TRY(const KeyHandle pvk, call.Pvk());
  FLORIN_TRY(Bytes blocks, HexOption(options.enciphered, "--block must be hex digits"));
  FLORIN_TRY(const Bytes fresh, HexOption(options.new_enciphered, "--new-block must be hex"));
  blocks.insert(blocks.end(), fresh.begin(), fresh.end());
  Bytes out(mechanisms::kMaxPinReference);
  FLORIN_TRY(const std::size_t written, call.session().Sign(change, pvk, blocks, out));
  return Json{{ReferenceName(options), Digits(ByteView(out).first(written))}};
}

constexpr VerdictText kVerdict = {"PIN      right", "PIN      WRONG, or its block is"};

}  // namespace

int RunPinTranslate(const PinOptions& options) {
  return Finish("card pin translate", options.json, Translate(options), kVerdict);
}
int RunPinVerify(const PinOptions& options) {
  return Finish("card pin verify", options.json, Verify(options), kVerdict);
}
int RunPinReference(const PinOptions& options) {
  return Finish("card pin reference", options.json, MakeReference(options), kVerdict);
}
int RunPinGenerate(const PinOptions& options) {
  return Finish("card pin generate", options.json, Generate(options), kVerdict);
}
int RunPinChange(const PinOptions& options) {
  return Finish("card pin change", options.json, Change(options), kVerdict);
}

}  // namespace florin::tools
