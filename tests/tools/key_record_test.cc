// The record of a key that an auditor reads: every field, unknowns, and texts that others chose.
#include "tools/key/key_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "florin/mechanisms/key_life.h"

namespace florin::tools {
namespace {

constexpr UnixSeconds kNow{1795651200};  // 2026-11-26T00:00:00Z by date(1)

hsm::KeyDescription IssuerKey() {
  hsm::KeyDescription key;
  key.key_class = hsm::KeyClass::kSecret;
  key.label = "imk-ac";
  key.id = {0x01, 0xFE};
  key.persistent = true;
  key.type = mechanisms::KeyType::kDes3;
  key.length = 16;
  key.strength = 80;
  key.verbs = {mechanisms::Verb::kSign, mechanisms::Verb::kVerify};
  key.sensitive = true;
  key.extractable = false;
  key.allowed_mechanisms = {mechanisms::MechanismType::kEmvAuthorization,
                            mechanisms::MechanismType::kEmvArqcTrace};
  key.header = card::KeyBlockHeader::Parse("D0000E0TV01N0000").value();
  key.emv.emplace();
  key.emv->cvns.set(0x0A);
  key.emv->cvns.set(0x12);
  key.emv->dkis.set();
  key.emv->session_key = card::EmvSessionKeyMethod::kCommon;
  key.state = mechanisms::KeyState::kActive;
  key.not_before = UnixSeconds{0};
  key.not_after = mechanisms::EndOfDay("2026-11-25").value();
  key.origin = mechanisms::KeyOrigin::kUnwrapped;
  key.check_value = {{0x08, 0xD7, 0xB4}, card::KcvMethod::kLegacyTdes};
  return key;
}

TEST(KeyRecord, HasEveryField) {
  const auto record = KeyRecord(IssuerKey(), kNow);
  EXPECT_EQ(record["label"], "imk-ac");
  EXPECT_EQ(record["id"], "01FE");
  EXPECT_EQ(record["class"], "secret");
  EXPECT_EQ(record["type"], "TDES");
  EXPECT_EQ(record["length_bytes"], 16);
  EXPECT_EQ(record["strength_bits"], 80);
  EXPECT_EQ(record["usage"], "E0");
  EXPECT_EQ(record["mode_of_use"], "V");
  EXPECT_EQ(record["exportability"], "N");
  EXPECT_EQ(record["key_version"], "01");
  EXPECT_EQ(record["verbs"].dump(), R"(["sign","verify"])");
  EXPECT_EQ(record["state"], "active");
  EXPECT_EQ(record["use_now"], "process") << "the end date has passed";
  EXPECT_EQ(record["not_before"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(record["not_after"], "2026-11-25T23:59:59Z");
  EXPECT_EQ(record["origin"], "unwrapped");
  EXPECT_EQ(record["kcv"], "08D7B4");
  EXPECT_EQ(record["kcv_method"], "zero block");
  EXPECT_EQ(record["sensitive"], true);
  EXPECT_EQ(record["extractable"], false);
  EXPECT_EQ(record["allowed_mechanisms"].size(), 2U);
  EXPECT_EQ(record["emv_scheme"], "visa");
  EXPECT_EQ(record["emv_cvns"], "10 18");
  EXPECT_EQ(record["emv_dkis"], "all");
  EXPECT_EQ(record["emv_session_key"], "common");
  EXPECT_TRUE(record["emv_master_key"].is_null());
}

TEST(KeyRecord, NamesEveryCurve) {
  hsm::KeyDescription key;
  key.key_class = hsm::KeyClass::kPrivate;
  key.type = mechanisms::KeyType::kEcPrivate;
  EXPECT_TRUE(KeyRecord(key, kNow)["curve"].is_null());
  for (const auto& [curve, name] : {std::pair{Curve::kP256, "P-256"},
                                    {Curve::kP384, "P-384"},
                                    {Curve::kP521, "P-521"},
                                    {Curve::kX25519, "X25519"},
                                    {Curve::kEd25519, "Ed25519"}}) {
    key.curve = curve;
    EXPECT_EQ(KeyRecord(key, kNow)["type"], "EC");
    EXPECT_EQ(KeyRecord(key, kNow)["curve"], name);
  }
  key.type = mechanisms::KeyType::kChaCha20;
  EXPECT_EQ(KeyRecord(key, kNow)["type"], "ChaCha20");
}

TEST(KeyRecord, SaysWhatPinKeysAreMarkedWith) {
  hsm::KeyDescription key = IssuerKey();
  EXPECT_TRUE(KeyRecord(key, kNow)["pin_zone_key"].is_null());
  key.pin = mechanisms::PinKeyMarks{.zone_key = true, .forbid_aes_to_tdes = false};
  key.decimalisation = true;
  EXPECT_EQ(KeyRecord(key, kNow)["pin_zone_key"], true);
  EXPECT_EQ(KeyRecord(key, kNow)["pin_forbid_aes_to_tdes"], false);
  EXPECT_EQ(KeyRecord(key, kNow)["pin_decimalisation"], true);
}

TEST(KeyRecord, SaysNullForWhatATokenDoesNotTell) {
  const auto record = KeyRecord(hsm::KeyDescription(), kNow);
  EXPECT_EQ(record.size(), KeyRecord(IssuerKey(), kNow).size());
  for (const char* field :
       {"label",         "id",         "type",        "curve",         "length_bytes",
        "strength_bits", "usage",      "mode_of_use", "exportability", "key_version",
        "state",         "use_now",    "not_before",  "not_after",     "origin",
        "kcv",           "kcv_method", "sensitive",   "extractable",   "persistent",
        "emv_scheme"}) {
    EXPECT_TRUE(record[field].is_null()) << field;
  }
}

TEST(KeyRecord, EveryTextIsPrintable) {
  EXPECT_EQ(PrintableText("plain ~"), "plain ~");
  EXPECT_EQ(PrintableText(std::string_view("a\nb\0\\\xC3\xBC\x7F", 8)),
            "a\\x0Ab\\x00\\x5C\\xC3\\xBC\\x7F");
  hsm::KeyDescription key = IssuerKey();
  key.label = "\x1b[2J\xff";
  EXPECT_EQ(KeyRecord(key, kNow)["label"], "\\x1B[2J\\xFF");
}

std::size_t Cells(const std::string& line) {
  return 1 + static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
}

TEST(KeyRecord, CsvLinesHaveAsManyCellsAsTheHeader) {
  const auto record = KeyRecord(IssuerKey(), kNow);
  const std::string header = CsvHeader(record);
  const std::string line = CsvLine(record);
  EXPECT_EQ(Cells(header), record.size());
  EXPECT_EQ(Cells(line), record.size());
  EXPECT_EQ(header.substr(0, 21), "label,id,class,type,c");
  EXPECT_EQ(line.substr(0, 34), "imk-ac,01FE,secret,TDES,,16,80,E0,");
  EXPECT_EQ(line.substr(line.size() - 2), "\r\n");
  EXPECT_EQ(Cells(CsvLine(KeyRecord(hsm::KeyDescription(), kNow))), record.size());
}

TEST(KeyRecord, CsvCellsAreQuotedAndNoFormulas) {
  hsm::KeyDescription key;
  const auto cell = [&](const std::string& label) {
    key.label = label;
    const std::string line = CsvLine(KeyRecord(key, kNow));
    return line.substr(0, line.find(",,secret"));
  };
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("say \"key\""), "\"say \"\"key\"\"\"");
  EXPECT_EQ(cell("=1+1"), "'=1+1");
  EXPECT_EQ(cell("@SUM(A1,A2)"), "\"'@SUM(A1,A2)\"");
  EXPECT_EQ(cell("-key"), "'-key");
  EXPECT_EQ(cell("+key"), "'+key");
  EXPECT_EQ(cell("line\r\nbreak"), "line\\x0D\\x0Abreak");
}

TEST(KeyRecord, TimesAreUtc) {
  EXPECT_EQ(TimeText(kNow), "2026-11-26T00:00:00Z");
  EXPECT_EQ(TimeText({951782400 + 3661}), "2000-02-29T01:01:01Z");
  EXPECT_EQ(TimeText({-62135596800}), "0001-01-01T00:00:00Z");
  EXPECT_EQ(TimeText({-1}), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace florin::tools
