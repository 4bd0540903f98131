// The main job: wallet payments from the bytes a phone sends to the issuer's answer, with every key
// inside a PKCS#11 token.
#pragma once

#include <cstddef>
#include <string>

namespace florin::demo {

struct DemoOptions {
  std::size_t payments = 2000;  // fresh tokens to make and process
  unsigned threads = 0;         // 0: one for each processor
  std::string directory;        // tokens and vaults; empty: a fresh one, removed afterwards
  std::string module_path;      // the PKCS#11 module; empty: libflorin-pkcs11.so of this build
  bool json = false;            // one JSON object on standard output, nothing else
};

// Runs the demo and prints to standard output, progress and errors to standard error.
// Returns the exit status: 0 when every payment succeeded.
int RunDemo(const DemoOptions& options);

}  // namespace florin::demo
