// What florin card pin does, once its command line is read.
#pragma once

#include <string>

#include "tools/card/pin_block.h"

namespace florin::tools {

struct PinOptions {
  TokenOptions token;
  bool json = false;
  std::string pan;

  PinBlockOptions block;
  PinBlockOptions to;  // translate
  bool zone_key = false;
  std::string enciphered;
  std::string new_enciphered;  // change

  KeyArgument pvk;
  std::string pvv;     // the reference, for Visa
  std::string offset;  // the reference, for IBM 3624
  bool ibm3624 = false;
  int pvki = 1;
  std::string table = "0123456789012345";  // of a test key
  int pan_start = 0;
  int pan_digits = 16;
  int fill = 0;
  int length = 4;
};

// Each prints its result, or says on stderr why there is none. 0: done, or the PIN is right; 1: it
// is wrong, or its block is; 2: it could not be judged.
int RunPinTranslate(const PinOptions& options);
int RunPinVerify(const PinOptions& options);
int RunPinReference(const PinOptions& options);
int RunPinGenerate(const PinOptions& options);
int RunPinChange(const PinOptions& options);

}  // namespace florin::tools
