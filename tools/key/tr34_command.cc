#include <CLI/CLI.hpp>
#include <memory>

#include "tools/key/exchange_command.h"
#include "tools/key/tr34.h"

namespace florin::tools {
namespace {

constexpr const char* kStatus =
    "Exit status: 0 done, 1 refused or wrong (rules of a key, a certificate, a token), 2 it could\n"
    "not be tried. Files are DER or PEM; -: standard input.\n";

void AddFiles(CLI::App& command, Tr34Files& files, const char* peer) {
  command.add_option("--certificate", files.certificate, "The own certificate")->required();
  command.add_option("--peer", files.peer, peer)->required();
  command
      .add_option("--peer-authority", files.peer_authority,
                  "The certificate of the authority that issued the peer's: the one that the key\n"
                  "was made for")
      ->required();
}

CLI::App* AddPair(CLI::App& tr34, Tr34PairOptions& options) {
  CLI::App* command = tr34.add_subcommand(
      "pair",
      "Make the RSA pair of a host (KDH) or device (KRD) and print its public key, which an\n"
      "authority of that role then certifies.");
  AddTarget(*command, options.key, "Label of both keys");
  command->add_option("--role", options.role, "kdh: sends keys, krd: takes them")
      ->required()
      ->check(CLI::IsMember({"kdh", "krd"}));
  command
      ->add_option("--peer-authority", options.peer_authority,
                   "The certificate of the other role's authority: the key exchanges keys with\n"
                   "holders of its certificates only, for good")
      ->required();
  command->add_flag("--no-list", options.no_list,
                    "That authority publishes no revocation list; else one is demanded each time");
  command->add_option("--bits", options.bits, "2048, 3072 (default) or 4096")
      ->check(CLI::IsMember({2048, 3072, 4096}));
  command->add_flag("--stronger-keys", options.stronger,
                    "Exchange keys stronger than the RSA key of the device, against the norm");
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key tr34 pair krd --token terminal --role krd\n"
                  "         --peer-authority hosts.pem > krd.pub");
  return command;
}

CLI::App* AddSend(CLI::App& tr34, Tr34SendOptions& options) {
  CLI::App* command =
      tr34.add_subcommand("send", "Print a key as a token of TR-34 for one device.");
  AddTarget(*command, options.key, "Label of the key to be sent");
  command->add_option("--kdh", options.kdh, "Label of the own pair (florin key tr34 pair)")
      ->required();
  AddFiles(*command, options.files, "The device's certificate");
  command->add_option("--peer-list", options.peer_list,
                      "The current revocation list of the devices' authority");
  command->add_option("--list", options.list,
                      "That of the hosts' authority, which goes into the token");
  command->add_option(
      "--random", options.files.random,
      "Two passes: the device's random number in hex. Without it: one pass, by time");
  command->add_option("--cipher", options.cipher, "AES-256 (default), AES-192, AES-128 or TDES")
      ->check(CLI::IsMember({"AES-256", "AES-192", "AES-128", "TDES"}));
  command
      ->add_option("--optional-block", options.optional_blocks,
                   "ID=DATA, as in LB=zone-7; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key tr34 send bdk-1 --token host --kdh kdh\n"
                  "         --certificate kdh.pem --peer krd.pem --peer-authority devices.pem\n"
                  "         --peer-list devices.crl --list hosts.crl > token.pem");
  return command;
}

CLI::App* AddTake(CLI::App& tr34, Tr34TakeOptions& options) {
  CLI::App* command = tr34.add_subcommand("take", "Bring a key in from a token of TR-34.");
  AddTarget(*command, options.key, "Label of the new key");
  command->add_option("--krd", options.krd, "Label of the own pair (florin key tr34 pair)")
      ->required();
  AddFiles(*command, options.files, "The host's certificate");
  command->add_option("--key-token", options.token, "The token of TR-34")->required();
  CLI::Option* random = command->add_option("--random", options.files.random,
                                            "Two passes: the random number that was sent, in hex");
  command
      ->add_option("--after", options.after,
                   "One pass: the time of this host's last token, in seconds since 1970; an older\n"
                   "one is refused")
      ->check(CLI::NonNegativeNumber)
      ->excludes(random);
  command->add_flag("--extractable", options.extractable,
                    "The key may leave in key blocks; its exportability must not be N");
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key tr34 take bdk-1 --token terminal --krd krd\n"
                  "         --certificate krd.pem --peer kdh.pem --peer-authority hosts.pem\n"
                  "         --key-token token.pem");
  return command;
}

// What both sides of an unbinding take.
void AddUnbinding(CLI::App& command, Tr34UnbindOptions& options, const char* peer) {
  AddTokenOptions(command, options.token);
  command.add_option("label", options.key, "Label of the own pair (florin key tr34 pair)")
      ->required();
  command.add_flag("--json", options.json, "Print one JSON object and nothing else");
  AddFiles(command, options.files, peer);
  command
      .add_option("--random", options.files.random,
                  "The random number that the device sent for this, in hex")
      ->required();
}

CLI::App* AddUnbind(CLI::App& tr34, Tr34UnbindOptions& options) {
  CLI::App* command = tr34.add_subcommand(
      "unbind",
      "As the host, let a device go, or hand it over to another host of the same authority.");
  AddUnbinding(*command, options, "The device's certificate");
  CLI::Option* next = command->add_option("--next", options.next,
                                          "The certificate of the host that follows (rebinding)");
  CLI::Option* own = command->add_option("--own-authority", options.own_authority,
                                         "The certificate of the hosts' authority");
  own->needs(next);
  next->needs(own);
  command->add_option("--peer-list", options.peer_list, "Revocation list of the devices' authority")
      ->needs(next);
  command->add_option("--list", options.list, "That of the hosts' authority")->needs(next);
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key tr34 unbind kdh --token host\n"
                  "         --certificate kdh.pem --peer krd.pem --peer-authority devices.pem\n"
                  "         --random 0011223344556677 > unbind.pem");
  return command;
}

CLI::App* AddLeave(CLI::App& tr34, Tr34UnbindOptions& options) {
  CLI::App* command =
      tr34.add_subcommand("leave", "As the device, check that the host lets it go.");
  AddUnbinding(*command, options, "The host's certificate");
  command->add_option("--next", options.next,
                      "The certificate of the host that shall follow (rebinding)");
  command->add_option("--unbind-token", options.unbind_token, "The host's token")->required();
  command->footer(std::string(kStatus) +
                  "Example: FLORIN_PIN=... florin key tr34 leave krd --token terminal\n"
                  "         --certificate krd.pem --peer kdh.pem --peer-authority hosts.pem\n"
                  "         --random 0011223344556677 --unbind-token unbind.pem");
  return command;
}

}  // namespace

std::function<std::optional<int>()> AddTr34Commands(CLI::App& key) {
  CLI::App* tr34 = key.add_subcommand(
      "tr34", "Keys in tokens of TR-34, from a key distribution host to a key receiving device");
  tr34->require_subcommand(1);
  const auto pair_options = std::make_shared<Tr34PairOptions>();
  const auto send_options = std::make_shared<Tr34SendOptions>();
  const auto take_options = std::make_shared<Tr34TakeOptions>();
  const auto unbind_options = std::make_shared<Tr34UnbindOptions>();
  const auto leave_options = std::make_shared<Tr34UnbindOptions>();
  CLI::App* unbind = AddUnbind(*tr34, *unbind_options);
  CLI::App* leave = AddLeave(*tr34, *leave_options);
  CLI::App* pair = AddPair(*tr34, *pair_options);
  CLI::App* send = AddSend(*tr34, *send_options);
  CLI::App* take = AddTake(*tr34, *take_options);
  return [=]() -> std::optional<int> {
    if (pair->parsed()) return RunTr34Pair(*pair_options);
    if (send->parsed()) return RunTr34Send(*send_options);
    if (take->parsed()) return RunTr34Take(*take_options);
    if (unbind->parsed()) return RunTr34Unbind(*unbind_options);
    if (leave->parsed()) return RunTr34Leave(*leave_options);
    return std::nullopt;
  };
}

}  // namespace florin::tools
