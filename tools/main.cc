// The florin command line tool: one subcommand per task.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "florin/version.h"
#include "tools/card/card_command.h"
#include "tools/demo/demo.h"
#include "tools/key/key_command.h"
#include "tools/paths.h"
#include "tools/wallet/wallet_command.h"

int main(int argc, char** argv) {
  CLI::App app{"Florin, a payment cryptography and tokenization engine"};
  app.require_subcommand(1);
  app.set_version_flag("--version", FLORIN_VERSION);

  florin::demo::DemoOptions demo;
  demo.module_path = florin::tools::DefaultModulePath();
  CLI::App* demo_command = app.add_subcommand(
      "demo",
      "Process wallet payments end to end, with every key inside a PKCS#11 token:\n"
      "a PSP verifies, decrypts and tokenizes, a token service detokenizes, an issuer checks the\n"
      "cryptogram. Tokens and vaults live in a temporary directory that is removed at the end,\n"
      "but not after a signal.");
  demo_command->add_option("--payments", demo.payments, "Payments to make and process")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  demo_command
      ->add_option("--threads", demo.threads, "Threads to use (default: one for each processor)")
      ->check(CLI::Range(1, 1024));
  demo_command->add_option("--directory", demo.directory,
                           "Keep tokens and vaults here (must be new)");
  demo_command
      ->add_option("--module", demo.module_path,
                   "Florin's PKCS#11 module, where it does not lie beside florin")
      ->envname("FLORIN_MODULE")
      ->capture_default_str();
  demo_command->add_flag("--json", demo.json, "Print one JSON object and nothing else");
  demo_command->footer(
      "Exit status: 0 when every payment succeeded, 1 when one did not or the set-up failed.\n"
      "Example: florin demo --payments 10000 --json | jq .payments");

  const auto run_card = florin::tools::AddCardCommand(app);
  const auto run_key = florin::tools::AddKeyCommand(app);
  const auto run_wallet = florin::tools::AddWalletCommand(app);

  const auto is_meant = [&](CLI::App* command) { return command->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_meant).empty()) {
    std::fprintf(stderr, "florin: there is no command '%s'; florin --help lists them\n", argv[1]);
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  int status = 0;
  if (demo_command->parsed()) {
    status = florin::demo::RunDemo(demo);
  } else if (const auto card_status = run_card()) {
    status = *card_status;
  } else if (const auto key_status = run_key()) {
    status = *key_status;
  } else if (const auto wallet_status = run_wallet()) {
    status = *wallet_status;
  }
  if (std::fflush(stdout) != 0) {
    std::fputs("florin: the output could not be written\n", stderr);
    return 1;
  }
  return status;
}
