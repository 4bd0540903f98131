// Everything a payment server links Florin for, in one include.
#pragma once

#include "florin/base/pan.h"                            // IWYU pragma: export
#include "florin/card/emv_tlv.h"                        // IWYU pragma: export
#include "florin/hsm/key_templates.h"                   // IWYU pragma: export
#include "florin/hsm/session.h"                         // IWYU pragma: export
#include "florin/hsm/session_pool.h"                    // IWYU pragma: export
#include "florin/hsm/soft_session.h"                    // IWYU pragma: export
#include "florin/payload/apple_merchant_token_usage.h"  // IWYU pragma: export
#include "florin/payload/apple_pay.h"                   // IWYU pragma: export
#include "florin/payload/apple_pay_explain.h"           // IWYU pragma: export
#include "florin/payload/apple_provisioning.h"          // IWYU pragma: export
#include "florin/payload/certificate_request.h"         // IWYU pragma: export
#include "florin/payload/google_pay.h"                  // IWYU pragma: export
#include "florin/payload/google_wallet_callbacks.h"     // IWYU pragma: export
#include "florin/payload/google_wallet_simulator.h"     // IWYU pragma: export
#include "florin/payload/hpke.h"                        // IWYU pragma: export
#include "florin/payload/jwe.h"                         // IWYU pragma: export
#include "florin/payload/jwe_keys.h"                    // IWYU pragma: export
#include "florin/payload/jws.h"                         // IWYU pragma: export
#include "florin/payload/wallet_simulator.h"            // IWYU pragma: export
#include "florin/pkcs11/pkcs11_session.h"               // IWYU pragma: export
#include "florin/tokenizer/replay_guard.h"              // IWYU pragma: export
#include "florin/tokenizer/vault.h"                     // IWYU pragma: export
#include "florin/version.h"                             // IWYU pragma: export
