#include "tools/card/reading_command.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tools/card/choices.h"
#include "tools/card/reading.h"

namespace florin::tools {
namespace {

constexpr char kStatus[] = "Exit status: 0, or 2 where it is malformed.\nExample: ";

struct Parsed {
  std::string input;
  card::EmvScheme scheme = card::EmvScheme::kVisa;
  bool json = false;
};

struct Reading {
  CLI::App* app;
  std::shared_ptr<Parsed> parsed;
  int (*run)(const Parsed&, const CLI::App&);
};

class Readings {
 public:
  explicit Readings(CLI::App& card) : card_(card) {}

  Reading& Add(const char* name, const char* help, const char* example,
               int (*run)(const Parsed&, const CLI::App&)) {
    auto parsed = std::make_shared<Parsed>();
    CLI::App* app = card_.add_subcommand(name, help);
    app->add_flag("--json", parsed->json, "Print one JSON object and nothing else");
    app->footer(std::string(kStatus) + example);
    list_.push_back({app, std::move(parsed), run});
    return list_.back();
  }

  void AddInput(const char* name, const char* help, const char* what, const char* example,
                int (*run)(const Parsed&, const CLI::App&)) {
    const Reading& reading = Add(name, help, example, run);
    reading.app->add_option(what, reading.parsed->input, "In hex")->required();
  }

  const std::vector<Reading>& list() const { return list_; }

 private:
  CLI::App& card_;
  std::vector<Reading> list_;
};

void AddScheme(const Reading& reading, const char* help, bool required) {
  CLI::Option* scheme = reading.app->add_option("--scheme", reading.parsed->scheme, help);
  Choose(scheme, kSchemes)->required(required);
}

void AddInputs(Readings& readings) {
  readings.AddInput("tlv", "Field 55, taken apart; what tells whose card it is stays hidden",
                    "field55", "florin card tlv 9F3602001C5A085413330089010012",
                    [](const Parsed& p, const CLI::App&) { return RunTlv(p.input, p.json); });
  readings.AddInput("ksn", "A KSN of DUKPT, taken apart", "ksn",
                    "florin card ksn FFFF9876543210E00001",
                    [](const Parsed& p, const CLI::App&) { return RunKsn(p.input, p.json); });
  readings.AddInput(
      "token-field", "The field that carries a cryptogram of the own token domain", "field",
      "florin card token-field 0107012CDEADBEEF001122334455667700000000",
      [](const Parsed& p, const CLI::App&) { return RunTokenField(p.input, p.json); });
}

}  // namespace

std::function<std::optional<int>()> AddReadingCommands(CLI::App& card) {
  Readings readings(card);
  AddInputs(readings);
  const Reading track2 =
      readings.Add("track2", "Track 2, taken apart; the PAN is masked, what is behind it hidden",
                   "florin card track2 5413330089010012D2512201123456789F",
                   [](const Parsed& p, const CLI::App&) { return RunTrack2(p.input, p.json); });
  track2.app
      ->add_option("track2", track2.parsed->input,
                   "Characters, with or without both sentinels, or tag 57 in hex")
      ->required();
  const Reading iad = readings.Add(
      "iad", "Issuer application data (tag 9F10), taken apart: CVN, key index, CVR, counters",
      "florin card iad --scheme visa 06011203A0B800",
      [](const Parsed& p, const CLI::App&) { return RunIad(p.scheme, p.input, p.json); });
  iad.app->add_option("iad", iad.parsed->input, "In hex")->required();
  AddScheme(iad, "Whose rules the card follows: the same byte means different things", true);
  const Reading profiles = readings.Add(
      "profiles",
      "The EMV profiles: what each cryptogram version number decides. (key says): public sources\n"
      "leave it open, so the issuer key must name it. in doubt: no published value proves it.",
      "florin card profiles --scheme visa", [](const Parsed& p, const CLI::App& app) {
        return RunProfiles(app.count("--scheme") == 0 ? nullptr : &p.scheme, p.json);
      });
  AddScheme(profiles, "Only this scheme's", false);
  return [list = readings.list()]() -> std::optional<int> {
    for (const Reading& reading : list) {
      if (reading.app->parsed()) return reading.run(*reading.parsed, *reading.app);
    }
    return std::nullopt;
  };
}

}  // namespace florin::tools
