// What each bench file contributes: one function per room.
#pragma once

#include "bench/contest.h"

namespace florin::bench {

Result<Entries> EcEntries();         // ec_bench.cc: ECDH
Result<Entries> HpkeEntries();       // hpke_bench.cc: HPKE
Result<Entries> KernelsEntries();    // kernels_bench.cc: AES for one short message
Result<Entries> PayloadEntries();    // payload_bench.cc: Apple Pay
Result<Entries> GooglePayEntries();  // google_pay_bench.cc: Google Pay
Result<Entries> VaultEntries();      // vault_bench.cc: lookups
Result<Entries> CardEntries();       // card_bench.cc: card operations, one at a time
Result<Entries> ModuleEntries();     // module_bench.cc: the cost of a PKCS#11 call

}  // namespace florin::bench
