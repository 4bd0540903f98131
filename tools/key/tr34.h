// florin key tr34 pair, send, take, unbind and leave: keys between a key distribution host and a
// device.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/key/exchange.h"

namespace CLI {
class App;
}

namespace florin::tools {

struct Tr34PairOptions {
  ExchangeTarget key;
  std::string role;  // kdh or krd
  std::string peer_authority;
  bool no_list = false;
  std::size_t bits = 3072;
  bool stronger = false;
};

// Files are DER or PEM.
struct Tr34Files {
  std::string certificate;
  std::string peer;
  std::string peer_authority;
  std::string random;  // hex; empty: one pass
};

struct Tr34SendOptions {
  ExchangeTarget key;
  Tr34Files files;
  std::string kdh;
  std::string peer_list;
  std::string list;
  std::string cipher = "AES-256";
  std::vector<std::string> optional_blocks;  // ID=DATA
};

struct Tr34TakeOptions {
  ExchangeTarget key;
  Tr34Files files;
  std::string krd;
  std::string token;
  std::int64_t after = 0;
  bool extractable = false;
};

struct Tr34UnbindOptions {
  TokenOptions token;
  Tr34Files files;
  std::string key;            // label of the own pair
  std::string next;           // the certificate of the host that follows; empty: nobody does
  std::string own_authority;  // unbind only, with next
  std::string peer_list;
  std::string list;
  std::string unbind_token;  // leave only
  bool json = false;
};

// Adds them to `key`. After parsing, the result runs the one that was named, if it is one of these,
// and returns its exit status: 0 done, 1 refused, 2 it could not be tried.
std::function<std::optional<int>()> AddTr34Commands(CLI::App& key);

int RunTr34Pair(const Tr34PairOptions& options);
int RunTr34Send(const Tr34SendOptions& options);
int RunTr34Take(const Tr34TakeOptions& options);
int RunTr34Unbind(const Tr34UnbindOptions& options);
int RunTr34Leave(const Tr34UnbindOptions& options);

}  // namespace florin::tools
